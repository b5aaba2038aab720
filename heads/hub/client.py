"""The Hub's client with time-outs, its errors in words, and its rule of names."""

import os
import re
import string
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from typing import Any

from huggingface_hub import HfApi, get_session, set_client_factory
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    HTTPError,  # pyright: ignore[reportPrivateImportUsage]  (the client's own base, whichever library it is of)
    LocalEntryNotFoundError,
    LocalTokenNotFoundError,
    NotASafetensorsRepoError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
    RevisionResolutionError,
    SafetensorsParsingError,
)

TIMEOUT = 30.0
"""Seconds, unless the variable FG_HUB_TIMEOUT says otherwise."""

HUB_ERRORS: tuple[type[Exception], ...] = (
    HTTPError,
    OSError,
    EntryNotFoundError,
    NotASafetensorsRepoError,
    RevisionResolutionError,
    SafetensorsParsingError,
)
"""What a call of `huggingface_hub` may raise, once `client_errors` has seen it: the Hub's refusals, the network, a
damaged answer."""

RAW_ERRORS = (HTTPError, EntryNotFoundError, RevisionResolutionError, OfflineModeIsEnabled)
"""Those that `huggingface_hub` words for whoever programs with it: nobody else is to meet them."""

_END = object()
_SECRET = re.compile(r"hf_[A-Za-z0-9_-]{6,}|(?<=[Bb]earer )\S+")
_BY_STATUS = {
    401: "the Hub does not know the token, or there is no such repository; sign in with `hf auth login`",
    403: "the token has no right to do this",
    404: "there is no such thing on the Hub",
    409: "somebody else changed the repository in the meantime; try again",
    412: "somebody else changed the repository in the meantime; try again",
    413: "the Hub found the files too large",
    429: "the Hub asks to wait",
}


class HubError(OSError):
    """The Hub's client could not read an answer, or says in words what the Hub refuses."""


@contextmanager
def client_errors() -> Iterator[None]:
    """Around a call of `huggingface_hub` and nothing else: what its client raises on an answer that is not what
    the Hub sends, or that refuses in words, becomes a HubError. The same errors of our own are faults, and are
    not caught; a name that is none (HFValidationError) is whose who gave it.
    """
    try:
        yield
    except (*HUB_ERRORS, HFValidationError):
        raise
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        words = redacted(" ".join(str(error).split()))
        if type(error) is ValueError:  # the client's own words, as of metadata that the Hub does not take
            raise HubError(words) from error
        raise HubError(
            f"the Hub answered something unexpected ({type(error).__name__}: {words[:200]}); try again"
        ) from error


class _Api(HfApi):
    """The client, with `client_errors` around each of its calls."""

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        return _adapted(found) if not name.startswith("_") and callable(found) else found


def _adapted(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(*arguments: Any, **options: Any) -> Any:
        with client_errors():
            answer = method(*arguments, **options)
        return _one_by_one(answer) if isinstance(answer, Iterator) else answer

    return call


def _one_by_one(answers: Iterator[Any]) -> Iterator[Any]:
    """The answers, which come as they are asked for, and so do their errors."""
    while True:
        with client_errors():
            one = next(answers, _END)
        if one is _END:
            return
        yield one


def hub_api(token: str | None = None) -> HfApi:
    """The Hub's client; without a token it uses the one saved on this machine, if any."""
    _limit_waiting()
    return _Api(token=clean_token(token))


def clean_token(token: str | None) -> str | None:
    """The token without the white space that copying it or reading it from a file brings along; None for none.

    Raises ValueError, which does not repeat it, when it holds something that no token does.
    """
    cleaned = (token or "").strip(f"{string.whitespace}\ufeff\u200b\u00a0") or None
    if cleaned is not None and not re.fullmatch(r"[!-~]+", cleaned):
        raise ValueError(
            f"token: expected letters, digits and _, got something else in its {len(cleaned)} characters"
        )
    return cleaned


def reason(error: Exception) -> str:
    """One line saying what went wrong and what may help; tokens are redacted out."""
    for kind, words in (
        (OfflineModeIsEnabled, "offline mode is on (HF_HUB_OFFLINE): the Hub cannot be asked"),
        (LocalTokenNotFoundError, "no token; sign in with `hf auth login` or set HF_TOKEN"),
        (GatedRepoError, "the repository is gated: its owner decides who may read it"),
        (RepositoryNotFoundError, "there is no such repository, it is private, or the token is not valid"),
        (RevisionNotFoundError, "there is no such revision"),
        (LocalEntryNotFoundError, "the Hub cannot be reached, and there is no copy on this machine"),
    ):
        if isinstance(error, kind):
            return words
    return redacted(_status_reason(error) if isinstance(error, HfHubHTTPError) else _plain_reason(error))


def explained(repo: str, expected: str, error: Exception, folder: str = "") -> OSError:
    """The error in words: the repository, what was expected there, what went wrong and what to do. `folder` is
    "datasets/" for a dataset, as in its address.
    """
    words = (
        f"{repo}: expected {expected} on the Hub, but {reason(error)}; see whether https://huggingface.co/{folder}{repo} "
        "is what you mean, and sign in with `hf auth login` where it is private"
    )
    absent = isinstance(
        error, FileNotFoundError | RepositoryNotFoundError | EntryNotFoundError | RevisionNotFoundError
    )
    return FileNotFoundError(words) if absent else OSError(words)


def status_of(error: Exception) -> int | None:
    """The HTTP status the Hub answered with; None when it did not answer."""
    return error.response.status_code if isinstance(error, HfHubHTTPError) else None


def is_transient(error: Exception) -> bool:
    """Whether the same call may succeed later: no answer, a damaged one, too many requests, a fault of the
    Hub's.
    """
    status = status_of(error)
    return status is None or status in (408, 409, 412, 429) or status >= 500


def redacted(text: str) -> str:
    """The text with everything that reads as a token replaced by ***."""
    return _SECRET.sub("***", text)


def _status_reason(error: HfHubHTTPError) -> str:
    status = error.response.status_code
    said = " ".join((error.server_message or "").split())[:200]
    wait = error.response.headers.get("Retry-After")
    words = _BY_STATUS.get(status, "the Hub is out of order; try again later" if status >= 500 else "refused")
    return f"{words} (status {status}{f', {said}' if said else ''}{f', wait {wait} s' if wait else ''})"


def _plain_reason(error: Exception) -> str:
    text = " ".join(str(error).split())[:800].rstrip(
        "."
    )  # a path in it may be long; whoever shows it cuts it
    if isinstance(error, HTTPError):
        return (
            f"no whole answer from the Hub ({type(error).__name__}{f': {text}' if text else ''}); try again"
        )
    return text or type(error).__name__


def _limit_waiting() -> None:
    # The client's own calls name no time-out, or explicitly none, and would wait for ever.
    session = get_session()
    if _set_time_out not in session.event_hooks["request"]:
        hooks = {**session.event_hooks, "request": [*session.event_hooks["request"], _set_time_out]}
        client = partial(type(session), event_hooks=hooks, follow_redirects=True, timeout=None)
        set_client_factory(client)


def _set_time_out(request: Any) -> None:
    seconds = float(os.environ.get("FG_HUB_TIMEOUT") or TIMEOUT)
    given = request.extensions.get("timeout") or {}
    limits = {part: min(given.get(part) or seconds, seconds) for part in ("connect", "read", "write", "pool")}
    request.extensions = {**request.extensions, "timeout": limits}
