"""Downloads from named hosts: with time-outs and retries, checked before and after, a file whole or not at all."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from heads.io.atomic import PARTIAL, replacing
from heads.io.waiting import asked_seconds

logger = logging.getLogger(__name__)

COCO_BUCKET = "https://s3.amazonaws.com/images.cocodataset.org/"
"""COCO's images where the server has a valid certificate: the bucket that images.cocodataset.org is a name of
(that name itself answers over http alone; mlcommons/inference, pull request 2572).
"""
GITHUB_FILES = "https://raw.githubusercontent.com/"
ALLOWED = frozenset({COCO_BUCKET, GITHUB_FILES})
TIMEOUT = httpx.Timeout(30.0, connect=10.0)
RETRIED = frozenset({408, 429, 500, 502, 503, 504})
LONGEST_WAIT = 300.0
"""Seconds; a server that asks for more is not waited for."""
WORTH_SAYING = 5.0
"""Seconds from which on a wait is said: a shorter one nobody takes for a stop."""


class DownloadError(OSError):
    """A file could not be had: the message names the address and why."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is accepted: the beginnings of addresses, the media types (as the beginning of Content-Type), the
    size in bytes.
    """

    types: tuple[str, ...]
    most_bytes: int
    allowed: frozenset[str] = ALLOWED
    attempts: int = 5
    first_wait: float = 1.0
    """Seconds before the second attempt; doubled for each further one."""


class _TryAgain(Exception):
    """The attempt failed in a way that may pass; `wait`: the seconds that the server asks for."""

    def __init__(self, reason: str, wait: float | None = None):
        super().__init__(reason)
        self.wait = wait


def download(
    url: str,
    target: Path,
    limits: Limits,
    check: Callable[[Path], None] = lambda path: None,
    client: httpx.Client | None = None,
) -> Path:
    """The target, written aside and renamed once `check` has passed; at once when it is there already.

    Time-outs, broken connections, short bodies, statuses of RETRIED and a failed check (ValueError) are tried
    again, after what Retry-After asks for (at most LONGEST_WAIT) or else longer each time; a long wait is
    said in a log line. Raises DownloadError at the end of attempts, and at once for another status, address,
    type or size.
    """
    if target.is_file():
        return target
    if not url.startswith(tuple(limits.allowed)) or ".." in unquote(urlsplit(url).path).split("/"):
        raise DownloadError(f"{url}: expected an address on one of {sorted(limits.allowed)}")
    # In a folder of its own: what kills left is looked for there, and the target's may hold 100,000 images.
    with replacing(target, beside=target.parent / PARTIAL / target.name) as aside:
        _with_retries(url, limits, lambda: _attempt(url, aside, limits, check, client))
    return target


def _with_retries(url: str, limits: Limits, attempt: Callable[[], None]) -> None:
    wait = limits.first_wait
    for number in range(1, limits.attempts + 1):
        try:
            return attempt()
        except _TryAgain as error:
            asked = max(error.wait or 0.0, wait)
            if number == limits.attempts:
                raise DownloadError(f"{url}: {error}, after {number} attempts") from error
            if asked > LONGEST_WAIT:
                raise DownloadError(
                    f"{url}: {error}, after {number} attempts: the server asks to wait {asked:,.0f} s, and "
                    f"at most {LONGEST_WAIT:.0f} s are waited; try again then"
                ) from error
            if asked >= WORTH_SAYING:
                logger.warning(
                    "%s: %s; waiting %.0f s, then attempt %d of %d",
                    *(url, error, asked, number + 1, limits.attempts),
                )
            time.sleep(asked)
            wait *= 2
    return None


def _attempt(
    url: str, aside: Path, limits: Limits, check: Callable[[Path], None], client: httpx.Client | None
) -> None:
    stream = client.stream if client else httpx.stream
    try:
        with stream("GET", url, timeout=TIMEOUT) as response:  # redirects are not followed: they change host
            _check_answer(url, response, limits)
            _write(url, response, aside, limits)
        check(aside)
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise _TryAgain(f"{type(error).__name__} {error}".strip()) from error
    except ValueError as error:
        raise _TryAgain(str(error)) from error


def _check_answer(url: str, response: httpx.Response, limits: Limits) -> None:
    if response.status_code in RETRIED:
        raise _TryAgain(f"status {response.status_code}", asked_seconds(response.headers.get("Retry-After")))
    if response.status_code != 200:
        raise DownloadError(f"{url}: expected status 200, got {response.status_code}")
    kind = response.headers.get("Content-Type", "none stated")
    if not kind.startswith(limits.types):
        raise DownloadError(f"{url}: expected a content type of {list(limits.types)}, got {kind}")
    size = response.headers.get("Content-Length")
    if size is not None and size.isdigit() and int(size) > limits.most_bytes:
        raise DownloadError(f"{url}: expected at most {limits.most_bytes:,} bytes, got {int(size):,}")


def _write(url: str, response: httpx.Response, aside: Path, limits: Limits) -> None:
    written = 0
    with aside.open("wb") as file:
        for piece in response.iter_bytes():
            written += len(piece)
            if written > limits.most_bytes:
                raise DownloadError(f"{url}: expected at most {limits.most_bytes:,} bytes, got more")
            file.write(piece)
