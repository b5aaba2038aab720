"""Boards of records that are in memory: what those of a folder's index are to be equal to."""

from collections.abc import Sequence
from dataclasses import replace

from leaderboard.board.board import Board
from leaderboard.board.grouping import balanced_board, content_of, fitting_views
from leaderboard.board.naming import board_key, board_title, comparable
from leaderboard.records.balanced_file import BalancedView
from leaderboard.records.record import PRODUCED, Record


def boards(records: Sequence[Record], views: Sequence[BalancedView] = ()) -> list[Board]:
    """The boards of all records: measured ones first, then the larger; behind each its blind-balanced view where one of
    `views` is of its benchmark.
    """
    parts: dict[tuple, list[Record]] = {}
    for record in _with_fields(records):
        parts.setdefault(comparable(record), []).append(record)
    order = sorted(parts.values(), key=lambda part: (not any(map(_is_own, part)), -len(part)))
    firsts = [part[0] for part in order]
    made = []
    for part in order:
        made.append(_board(part, comparable(part[0]), board_title(part[0], firsts)))
        made += [balanced_board(made[-1], view, part[0]) for view in fitting_views(part[0], views)]
    return [board for board in made if board.entries]


def _with_fields(records: Sequence[Record]) -> list[Record]:
    """The records, those from before protocols had fields with those of a record whose protocol says the same."""
    known = {
        str(record.protocol): record.protocol for record in records if not isinstance(record.protocol, str)
    }
    return [replace(record, protocol=known.get(str(record.protocol), record.protocol)) for record in records]


def _board(part: Sequence[Record], identity: tuple[str | None, ...], title: str) -> Board:
    content = content_of(part)
    return Board(board_key(identity), title, lambda: content)


def _is_own(record: Record) -> bool:
    return record.provenance in PRODUCED
