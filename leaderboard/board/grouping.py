"""Records that may be compared in one table, in order and with their places; and under a view's weights."""

from collections.abc import Callable, Sequence
from functools import cache
from math import fsum

from leaderboard.benchmarks.protocol import is_of_detection
from leaderboard.board.board import Board, Content, Entry, Standing
from leaderboard.board.naming import board_key, comparable, record_key
from leaderboard.records.balanced_file import BalancedView
from leaderboard.records.paired import ToldApart, resolution, tied_ranks
from leaderboard.records.record import Record
from leaderboard.records.weighed import weighed
from leaderboard.tables.columns import COLUMNS
from leaderboard.tables.retrieval_columns import coarse
from leaderboard.tables.shown import columns_of


def fitting_views(record: Record, views: Sequence[BalancedView]) -> list[BalancedView]:
    """The views of the items that records like this one are measured on: of a detector's they are others, those of few
    subsets alone the same.
    """
    return [] if is_of_detection(record.protocol) else [v for v in views if v.benchmark == record.benchmark]


def content_of(
    records: Sequence[Record], standing: Callable[[Sequence[Record]], Standing] | None = None
) -> Content:
    """The table of these records. `standing` is given them as they stand in it: `standing_of`, unless places are known
    already.
    """
    ordered, columns = sorted(records, key=_rank_order), columns_of(records)
    places, apart = (standing or standing_of)(ordered)
    entries = (
        Entry(key, record, places[key], {name: column.value(record) for name, column in columns.items()})
        for record in ordered
        for key in [record_key(record)]
    )
    return Content(tuple(entries), apart)


def standing_of(ordered: Sequence[Record], told_apart: ToldApart | None = None) -> Standing:
    """The places of these records, worked out: see `leaderboard.records.paired`."""
    places = zip(map(record_key, ordered), tied_ranks(ordered, told_apart), strict=True)
    return Standing(dict(places), resolution(ordered, told_apart))


def balanced_board(board: Board, view: BalancedView, of: Record) -> Board:
    """The board's records, `of` being one of them, under the view's weights, when it is asked for them; without entries
    where it is of other items.
    """

    @cache
    def content() -> Content:
        under = [weighed(board.whole(entry), view) for entry in board.entries]
        return content_of([record for record in under if record])

    identity = (*comparable(of), "balanced", view.fitted_on)
    return Board(board_key(identity), f"{board.title}, balanced", content, view)


def _rank_order(record: Record) -> tuple[float, float, float, str, str]:
    """Best mean rank first; without one, by what there is instead."""
    mean = COLUMNS["mean_rank"].value(record)
    recall = coarse(record)
    first = float(mean) if isinstance(mean, float) else float("inf")
    shares = [result.top1 or result.average_precision or 0.0 for result in record.subsets.values()]
    return first, -fsum(shares), -(recall or 0.0), record.backbone.name, record.head.name
