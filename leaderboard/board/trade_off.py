"""The points of the chart on top: what each head gains on fine details and keeps of coarse retrieval."""

from collections.abc import Sequence
from typing import Any

from heads.kinds.cosine import BASELINE
from leaderboard.board.board import Entry
from leaderboard.tables.columns import RECALLS, coarse, coarse_interval, column

Point = dict[str, Any]


def trade_off_points(entries: Sequence[Entry], fine: str = "mean_rank", recall: str = "r10") -> list[Point]:
    """One point an entry that has both: key, head, kind, backbone, the two values with their intervals' ends
    (shares in percent), whether it is on the front, and where its backbone's cosine stands.
    """
    points = [point for entry in entries if (point := _point(entry, fine, recall))]
    heads = [(point["coarse"], point["fine"]) for point in points if point["competes"]]
    on_front = {
        pair for pair, is_on in zip(heads, front(heads, column(fine).best == "min"), strict=True) if is_on
    }
    origins = {point["origin"]: point for point in points if point["cosine"]}
    for point in points:
        point["front"] = point["competes"] and (point["coarse"], point["fine"]) in on_front
        origin = origins.get(point["origin"])
        if origin and not point["cosine"]:
            point |= {"from_coarse": origin["coarse"], "from_fine": origin["fine"]}
    return points


def front(points: Sequence[tuple[float, float]], lower: bool) -> list[bool]:
    """Which of the (coarse, fine) points no other beats in one without losing in the other.

    Coarse is better higher; fine is better lower if `lower`, else higher.
    """
    signed = [(x, -y if lower else y) for x, y in points]
    kept, best = set(), float("-inf")
    for point in sorted(set(signed), reverse=True):
        if point[1] > best:
            kept.add(point)
            best = point[1]
    return [point in kept for point in signed]


def in_words(points: Sequence[Point], fine: str, recall: str) -> str:
    """What the chart shows, for those who do not see it."""
    title = column(fine).title.lower()
    best = sorted((point for point in points if point["front"]), key=lambda point: -point["coarse"])
    told = "; ".join(
        f"{point['head']} ({title} {point['fine']:.2f}, {RECALLS[recall]} {point['coarse']:.1f} %)"
        for point in best[:8]
    )
    return f"{len(points)} heads by {title} and {RECALLS[recall]}. No other beats these in both: {told}."


def _point(entry: Entry, fine: str, recall: str) -> Point | None:
    value, kept = entry.values[fine], coarse(entry.record, recall)
    if not isinstance(value, float) or kept is None:
        return None
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
        "fine": scale * value,
        "coarse": 100 * kept,
        "fine_low": low and scale * low,
        "fine_high": high and scale * high,
        "coarse_low": left and 100 * left,
        "coarse_high": right and 100 * right,
    }
