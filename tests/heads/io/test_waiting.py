"""How long a server asks to be left alone, by its header Retry-After."""

from datetime import UTC, datetime

import pytest

from heads.io.waiting import asked_seconds

NOW = datetime(2026, 11, 25, 12, 0, 0, tzinfo=UTC)
ASKED = {
    "120": 120.0,
    " 7 ": 7.0,
    "0": 0.0,
    "Wed, 25 Nov 2026 12:01:30 GMT": 90.0,
    "Wed, 25 Nov 2026 13:01:30 +0100": 90.0,
    "Wed, 25 Nov 2026 12:01:30 -0000": 90.0,
    "Wed, 25 Nov 2026 11:00:00 GMT": 0.0,
    "soon": None,
    "": None,
    "-3": None,
    "1.5": None,
}


@pytest.mark.parametrize("text", ASKED)
def test_seconds_and_dates_are_read_and_nothing_else(text: str):
    assert asked_seconds(text, NOW) == ASKED[text]


def test_without_the_header_nothing_is_asked():
    assert asked_seconds(None) is None
