"""Boards of an index: what stands in one is read when somebody looks at it, and who can be told apart is kept."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import final

from leaderboard.benchmarks.protocol import Protocol, protocol_key
from leaderboard.board.board import Board, Content, Entry, Standing
from leaderboard.board.grouping import balanced_board, content_of, fitting_views, standing_of
from leaderboard.board.index import FolderIndex
from leaderboard.board.indexing import IndexedRecord
from leaderboard.board.naming import board_key, board_title, comparable, record_key
from leaderboard.records.balanced_file import BalancedView
from leaderboard.records.record import Record

OPENED = 3
"""Tables that are held in memory, the last that somebody asked for."""


def indexed_boards(
    index: FolderIndex, kept: Sequence[IndexedRecord], views: Sequence[BalancedView] = ()
) -> list[Board]:
    """The boards of all records: measured ones first, then the larger; behind each its blind-balanced view where one of
    `views` is of its benchmark. Places are worked out now, where they are not known, so that no visitor waits for them.
    """
    protocols = {one.sentence: one.protocol for one in kept if one.protocol}
    parts: dict[tuple[str, str], list[IndexedRecord]] = {}
    for one in kept:
        protocol = protocols.get(one.sentence)
        parts.setdefault((one.benchmark, protocol_key(protocol or one.sentence)), []).append(one)
    order = sorted(parts.values(), key=lambda part: (not any(one.own for one in part), -len(part)))
    tables = [_Table(index, part, protocols) for part in order]
    firsts = [table.first() for table in tables]
    read = lru_cache(maxsize=OPENED)(_Table.read)
    made = []
    for table, first in zip(tables, firsts, strict=True):
        if index.standing(table.digest) is None:
            read(table)
        key, title = board_key(comparable(first)), board_title(first, firsts)
        board = Board(key, title, partial(read, table), whole=table.whole)
        made.append(board)
        fitting = (view for view in fitting_views(first, views) if _is_of(board, view))
        made += [balanced_board(board, view, first) for view in fitting]
    return made


@final
class _Table:
    """The records of one board."""

    def __init__(self, index: FolderIndex, found: Sequence[IndexedRecord], protocols: Mapping[str, Protocol]):
        self._index, self._found, self._protocols = index, found, protocols
        self.digest = hashlib.sha256("".join(one.digest for one in found).encode()).hexdigest()[:24]
        self._at: dict[str, IndexedRecord] = {}

    def first(self) -> Record:
        """One of them, without what is of single items."""
        return next(iter(self._records(self._found[:1]).values()))

    def read(self) -> Content:
        """What stands in the table."""
        known = self._index.standing(self.digest)
        records = list(self._records(self._found).values())
        return content_of(records, (lambda _: known) if known else self._standing)

    def whole(self, entry: Entry) -> Record:
        """The entry's record as its file has it."""
        one = self._at.get(entry.key)
        return self._with_fields(self._index.whole(one)) if one else entry.record

    def _standing(self, ordered: Sequence[Record]) -> Standing:
        found = [self._at[record_key(record)] for record in ordered]

        def told_apart(one: int, other: int) -> bool | None:
            return self._index.told_apart((found[one], ordered[one]), (found[other], ordered[other]))

        standing = standing_of(ordered, told_apart)
        self._index.keep_standing(self.digest, standing)
        return standing

    def _records(self, found: Sequence[IndexedRecord]) -> dict[str, Record]:
        records = {}
        for one, record in self._index.slim(found):
            key = record_key(record)
            self._at[key], records[key] = one, self._with_fields(record)
        return records

    def _with_fields(self, record: Record) -> Record:
        """The record; one from before protocols had fields with those of a record whose protocol says the same."""
        return replace(record, protocol=self._protocols.get(str(record.protocol), record.protocol))


def _is_of(board: Board, view: BalancedView) -> bool:
    """Whether any record states the ranks of the items that the view weighs."""
    return any(
        result.items == view.subsets[name].items
        for entry in board.entries
        for name, result in entry.record.subsets.items()
        if name in view.subsets
    )
