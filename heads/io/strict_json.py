"""JSON from strangers: what readers could differ about is refused."""

import json
import math
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import ConfigDict, ValidationError

STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
"""How a schema reads: no field that it does not know, nothing made into something else."""

Read = TypeVar("Read")

LARGEST = 2**63
"""Whole numbers lie below it, as in every other reader; Python's own have no end."""


def read_json(content: str | bytes) -> Any:
    """What the text says.

    Raises ValueError when it is no JSON, names a field of an object twice, or holds a number without end: NaN, one
    that overflows, such as 1e999, or a whole one of more than 64 bits.
    """
    try:
        return json.loads(
            content,
            object_pairs_hook=_distinct,
            parse_int=_whole,
            parse_float=_finite,
            parse_constant=_no_number,
        )
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"expected JSON, got something else: {error}") from error


def validated(read: Callable[[str | bytes], Read], content: str | bytes) -> Read:
    """What a schema's reader makes of the text.

    Raises ValueError naming each field that is wrong, what it expects and what it got, up to five; and as `read_json`
    at what that reader lets pass: a field twice, or a number without end.
    """
    try:
        found = read(content)
    except ValidationError as error:
        raise ValueError("; ".join(_complaint(detail) for detail in error.errors()[:5])) from error
    read_json(content)
    return found


def _complaint(detail: Any) -> str:
    where = ".".join(map(str, detail["loc"])) or "file"
    got = repr(detail["input"])
    return f"{where}: {detail['msg']}, got {got if len(got) <= 80 else got[:77] + '...'}"


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice:.40}: expected once, got twice")
    return found


def _whole(text: str) -> int:
    if len(text) > 20 or not -LARGEST <= int(text) < LARGEST:
        raise ValueError(f"expected whole numbers of 64 bits, got {text[:24]}… of {len(text)} digits")
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"expected finite numbers, got {text:.24}")
    return number


def _no_number(text: str) -> float:
    raise ValueError(f"expected finite numbers, got {text}")
