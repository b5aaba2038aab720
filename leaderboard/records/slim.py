"""Records without what is of single items: all that a table shows of many; and what is left out, as JSON of its own."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import TypeAdapter

from heads.io.strict_json import read_json
from leaderboard.records.figures import BlindControls, SubsetResult
from leaderboard.records.record import Record

_OF_ITEMS = ("ranks", "images", "confusions", "by_negatives")


def slimmed(record: Record) -> Record:
    """The record without what is of single items and without confusions. Its results keep the digest of their items
    only where they state every item's rank.
    """
    return replace(record, subsets={name: _slim_result(result) for name, result in record.subsets.items()})


def is_slim(record: Record) -> bool:
    """Whether nothing in the record is of single items, but for their digest."""
    blind = [result.blind for result in record.subsets.values() if result.blind]
    controls = [control for one in blind for control in (one.mean_crop, one.other_crop) if control]
    return all(control.ranks is None for control in controls) and all(
        getattr(result, name) is None for result in record.subsets.values() for name in _OF_ITEMS
    )


@dataclass(frozen=True, slots=True)
class _Items:
    ranks: str | None = None
    items: str | None = None
    images: str | None = None


@dataclass(frozen=True, slots=True)
class _Stated:
    subsets: dict[str, _Items] = field(default_factory=dict)


_STATED = TypeAdapter(_Stated | list[_Stated])


def with_items(record: Record, content: bytes, place: int) -> Record:
    """The slim record with every item's rank, from the file that it is in, the `place`-th there, or from what was left
    out of it: nothing else is read of it, so this is many times as fast as reading the record.

    Raises ValueError where the file holds something else by now.
    """
    stated = _STATED.validate_json(content)
    one = stated[place] if isinstance(stated, list) and place < len(stated) else stated
    if isinstance(one, list) or not record.subsets.keys() <= one.subsets.keys():
        raise ValueError(f"subsets: expected {list(record.subsets)}, got others")
    ranked = {
        name: replace(result, ranks=found.ranks, items=found.items or result.items, images=found.images)
        for name, result in record.subsets.items()
        for found in [one.subsets[name]]
    }
    return replace(record, subsets=ranked)


def left_out(whole: str, slim: str) -> str:
    """What the JSON of a record has and that of the same one without single items has not, as JSON: `joined` is the
    inverse.
    """
    return json.dumps(_without(json.loads(whole), json.loads(slim)), separators=(",", ":"))


def joined(slim: str, items: str) -> str:
    """JSON of the record that `left_out` parted in two.

    Raises ValueError when either is no JSON object, or both state the same field.
    """
    return json.dumps(_merged(read_json(slim), read_json(items), ""))


def items_digest(record: Record) -> str:
    """A digest of every item's rank, the same for records that state the same ones."""
    stated = [(name, one.items, one.ranks, one.images) for name, one in sorted(record.subsets.items())]
    return hashlib.sha256(repr(stated).encode()).hexdigest()[:24]


def _slim_result(result: SubsetResult) -> SubsetResult:
    blind = result.blind
    controls = blind and BlindControls(
        replace(blind.mean_crop, ranks=None), blind.other_crop and replace(blind.other_crop, ranks=None)
    )
    items = None if None in (result.ranks, result.images) else result.items
    return replace(result, items=items, blind=controls, **dict.fromkeys(_OF_ITEMS))


def _without(whole: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _without(value, known[name]) if name in known else value
        for name, value in whole.items()
        if name not in known or value != known[name]
    }


def _merged(one: Any, other: Any, where: str) -> dict[str, Any]:
    if not (isinstance(one, dict) and isinstance(other, dict)):
        raise ValueError(f"items: {where or 'record'}: expected what the record does not state, got it again")
    shared = {name: _merged(one[name], other[name], name) for name in other if name in one}
    return {**one, **other, **shared}
