"""Retry-After: how long a server asks to be left alone."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def asked_seconds(text: str | None, now: datetime | None = None) -> float | None:
    """The seconds that a Retry-After header asks for, at least 0; None when it asks for nothing one can read.

    The header holds a number of seconds or a date (RFC 9110, 10.2.3).
    """
    if text is None:
        return None
    if text.strip().isdecimal():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - (now or datetime.now(UTC))).total_seconds())
