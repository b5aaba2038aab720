"""JSON from strangers: what readers could differ about is refused."""

import json
import math
from typing import Any

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
