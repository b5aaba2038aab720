"""Records without what is of single items: all that a table shows of many."""

import hashlib
from dataclasses import replace

from leaderboard.records.figures import BlindControls, SubsetResult
from leaderboard.records.record import Record


def slimmed(record: Record) -> Record:
    """The record without what is of single items and without confusions. Its results keep the digest of their items
    only where they state every item's rank.
    """
    return replace(record, subsets={name: _slim_result(result) for name, result in record.subsets.items()})


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
