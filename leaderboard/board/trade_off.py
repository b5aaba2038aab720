"""The points of the chart on top: what each head gains on fine details and keeps of coarse retrieval."""

from collections.abc import Collection, Sequence
from itertools import chain, islice
from typing import Any

from heads.kinds.cosine import BASELINE
from leaderboard.board.board import Entry
from leaderboard.tables.columns import column
from leaderboard.tables.retrieval_columns import RECALLS, WAYS, coarse_interval

Point = dict[str, Any]
Pair = tuple[float, float]
"""Coarse and fine."""
MOST_DRAWN = 1000
"""Points; more make a page slow and hide each other."""


def trade_off_points(
    entries: Sequence[Entry], fine: str = "mean_rank", recall: str = "r10", chosen: str = ""
) -> list[Point]:
    """One point an entry that has both: key, head, kind, backbone, the two values with their intervals' ends
    (shares in percent), whether it is on the front, and where its backbone's cosine stands.

    Of more than MOST_DRAWN as many: the entry whose key is `chosen`, the front, the first of those that lie on each
    other, the cosines, and the first of the others.
    """
    return points_of(stated(entries, fine, recall), fine, recall, chosen)


def points_of(pairs: Sequence[tuple[Entry, Pair]], fine: str, recall: str, chosen: str = "") -> list[Point]:
    """The points of entries whose figures are known: see `trade_off_points`."""
    on_front = front({pair for entry, pair in pairs if entry.competes}, column(fine).best == "min")
    points = [
        {**_point(entry, pair, fine, recall), "front": entry.competes and pair in on_front}
        for entry, pair in _drawn(pairs, on_front, chosen)
    ]
    origins = {point["origin"]: point for point in points if point["cosine"]}
    for point in points:
        origin = origins.get(point["origin"])
        if origin and not point["cosine"]:
            point |= {"from_coarse": origin["coarse"], "from_fine": origin["fine"]}
    return points


def stated(entries: Sequence[Entry], fine: str, recall: str) -> list[tuple[Entry, Pair]]:
    """The entries that have both figures, with them: coarse in percent, fine as the chart has it."""
    scale, ways = 100 if column(fine).form == "share" else 1, [f"{way}_{recall}" for way in WAYS]
    figures = ((entry, entry.values[fine], *(entry.values[way] for way in ways)) for entry in entries)
    return [
        (entry, (100 * (one + other) / 2, scale * value))
        for entry, value, one, other in figures
        if isinstance(value, float) and isinstance(one, float) and isinstance(other, float)
    ]


def front(points: Collection[Pair], lower: bool) -> set[Pair]:
    """Those of the (coarse, fine) points that no other beats in one without losing in the other.

    Coarse is better higher; fine is better lower if `lower`, else higher.
    """
    kept, best = set(), float("-inf")
    for x, y in sorted(points, key=lambda point: (point[0], -point[1] if lower else point[1]), reverse=True):
        if (signed := -y if lower else y) > best:
            kept.add((x, y))
            best = signed
    return kept


def in_words(points: Sequence[Point], fine: str, recall: str) -> str:
    """What the chart shows, for those who do not see it."""
    title = column(fine).title.lower()
    best = sorted((point for point in points if point["front"]), key=lambda point: -point["coarse"])
    told = "; ".join(
        f"{point['head']} ({title} {point['fine']:.2f}, {RECALLS[recall]} {point['coarse']:.1f} %)"
        for point in best[:8]
    )
    return f"{len(points)} heads by {title} and {RECALLS[recall]}. No other beats these in both: {told}."


def _drawn(
    pairs: Sequence[tuple[Entry, Pair]], on_front: Collection[Pair], chosen: str
) -> Sequence[tuple[Entry, Pair]]:
    """Those that are drawn, in their order: never more than MOST_DRAWN, whatever lies on the front."""
    if len(pairs) <= MOST_DRAWN:
        return pairs
    competing = [(number, pair) for number, (entry, pair) in enumerate(pairs) if entry.competes]
    first = {pair: number for number, pair in reversed(competing)}
    wanted = [
        [number for number, (entry, _) in enumerate(pairs) if entry.key == chosen],
        [number for pair, number in first.items() if pair in on_front],
        [number for number, (entry, _) in enumerate(pairs) if entry.record.head.name == BASELINE.name],
        range(len(pairs)),
    ]
    kept = islice(dict.fromkeys(chain.from_iterable(wanted)), MOST_DRAWN)
    return [pairs[number] for number in sorted(kept)]


def _point(entry: Entry, pair: Pair, fine: str, recall: str) -> Point:
    scale = 100 if column(fine).form == "share" else 1
    low, high = column(fine).interval(entry.record) or (None, None)
    left, right = coarse_interval(entry.record, recall) or (None, None)
    record = entry.record
    return {
        "key": entry.key,
        "head": entry.title,
        "name": record.head.name,
        "stage": record.head.stage,
        "kind": record.head.kind,
        "backbone": record.backbone.name,
        "origin": f"{record.backbone.name} {record.backbone.revision}",
        "competes": entry.competes,
        "cosine": record.head.name == BASELINE.name,
        "provenance": record.provenance,
        "fine": pair[1],
        "coarse": pair[0],
        "fine_low": low and scale * low,
        "fine_high": high and scale * high,
        "coarse_low": left and 100 * left,
        "coarse_high": right and 100 * right,
    }
