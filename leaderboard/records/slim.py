"""Records without what is of single items: all that a table shows of many."""

import hashlib
from dataclasses import dataclass, field, replace

from pydantic import TypeAdapter

from leaderboard.records.figures import BlindControls, SubsetResult
from leaderboard.records.record import Record


def slimmed(record: Record) -> Record:
    """The record without what is of single items and without confusions. Its results keep the digest of their items
    only where they state every item's rank.
    """
    return replace(record, subsets={name: _slim_result(result) for name, result in record.subsets.items()})


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
    """The slim record with every item's rank, from the file that it is in, the `place`-th there: nothing else is read of
    it, so this is many times as fast as reading the record.

    Raises ValueError where the file holds something else by now.
    """
    stated = _STATED.validate_json(content)
    one = stated[place] if isinstance(stated, list) and place < len(stated) else stated
    if isinstance(one, list) or not record.subsets.keys() <= one.subsets.keys():
        raise ValueError(f"subsets: expected {list(record.subsets)}, got others")
    ranked = {
        name: replace(result, ranks=found.ranks, items=found.items, images=found.images)
        for name, result in record.subsets.items()
        for found in [one.subsets[name]]
    }
    return replace(record, subsets=ranked)


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
    left_out = {"ranks": None, "images": None, "confusions": None, "by_negatives": None}
    return replace(result, items=items, blind=controls, **left_out)
