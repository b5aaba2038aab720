"""The leaderboard's table: what its template shows of rows, columns and cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from leaderboard.board.board import Board, Entry
from leaderboard.board.filtering import by_backbone, is_grouped
from leaderboard.board.state import PAGE, BoardState
from leaderboard.page.templates import render
from leaderboard.records.record import BackboneEntry
from leaderboard.tables.columns import Column, Value

LONGEST_NOTE = 600


@dataclass(frozen=True)
class Heading:
    """A column's heading; `order` is how its rows stand, none where they do not stand by it."""

    column: Column
    order: Literal["ascending", "descending"] | None

    @property
    def sign(self) -> str:
        """The arrow of the order that the column is sorted in."""
        return {"ascending": "▲", "descending": "▼", None: ""}[self.order]


@dataclass(frozen=True)
class Cell:
    """A value as it is shown; `heat` is how near it is to the column's best, in [0, 1]."""

    kind: Literal["empty", "words", "number"]
    text: str = ""
    is_best: bool = False
    heat: float | None = None
    interval: str = ""


@dataclass(frozen=True)
class Row:
    """An entry with its cells; `note` is what its record notes and not the whole board."""

    entry: Entry
    cells: Sequence[Cell]
    note: str
    is_open: bool
    is_compared: bool

    @property
    def place(self) -> str:
        """The place as it is shown; a dash without one."""
        return f"{self.entry.place}." if self.entry.place else "–"

    @property
    def stage(self) -> str:
        """The training it went through; empty where it went through none, or nobody says."""
        stage = self.entry.record.head.stage
        return "" if stage in (None, "none") else stage


@dataclass(frozen=True)
class Body:
    """Rows that stand together, under the name of their backbone where that is what they share."""

    rows: Sequence[Row]
    backbone: BackboneEntry | None


def table_html(board: Board, entries: Sequence[Entry], view: BoardState) -> str:
    """The board's rows `entries`, the first `view.rows` of them, as a table in a box that scrolls sideways."""
    columns = [board.table[name] for name in board.columns(view)]
    span = {column.name: _span(entries, column) for column in columns}
    row = partial(_row, columns=columns, span=span, view=view, known=set(board.notes))
    shown, grouped = entries[: view.rows], is_grouped(board, view)
    groups = by_backbone(shown) if grouped else [shown]
    return render(
        "table",
        board=board,
        headings=[Heading(column, _order(column, view.sort)) for column in columns],
        bodies=[
            Body([row(entry) for entry in group], group[0].record.backbone if grouped else None)
            for group in groups
        ],
        passing=len(entries),
        more=len(entries) - view.rows,
        page=PAGE,
    )


def count_html(board: Board, entries: Sequence[Entry]) -> str:
    """How many rows pass, and that places are those of the whole board."""
    return render("count", passing=len(entries), all=len(board.entries), rows_are=board.rows_are)


def _order(column: Column, sort: str) -> Literal["ascending", "descending"] | None:
    name, downwards = sort.removeprefix("-"), not sort.startswith("-")
    if column.name != name:
        return None
    # Better first means that ranks ascend and shares descend.
    return "ascending" if downwards != (column.best == "max") else "descending"


def _row(
    entry: Entry,
    columns: Sequence[Column],
    span: Mapping[str, tuple[float, float]],
    view: BoardState,
    known: set[str],
) -> Row:
    notes = " ".join(note for note in entry.record.notes if note not in known)
    return Row(
        entry,
        cells=[_cell(entry, column, span[column.name]) for column in columns],
        note=notes[:LONGEST_NOTE],
        is_open=entry.key == view.head,
        is_compared=entry.key in view.versus,
    )


def _cell(entry: Entry, column: Column, span: tuple[float, float]) -> Cell:
    value = entry.values[column.name]
    if value is None:
        return Cell("empty")
    if isinstance(value, str):
        return Cell("words", value)
    return Cell(
        "number",
        column.text(value),
        is_best=value == _best(column, span),
        heat=_heat(value, column, span) if column.best and span[0] < span[1] else None,
        interval=_interval(entry, column),
    )


def _interval(entry: Entry, column: Column) -> str:
    ends = column.interval(entry.record)
    return "–".join(map(column.text, ends)) if ends else ""


def _heat(value: float, column: Column, span: tuple[float, float]) -> float:
    part = (value - span[0]) / (span[1] - span[0])
    return 1 - part if column.best == "min" else part


def _best(column: Column, span: tuple[float, float]) -> Value:
    """The column's best value; None when there is none or all are alike."""
    low, high = span
    if column.best is None or low >= high:
        return None
    return low if column.best == "min" else high


def _span(entries: Sequence[Entry], column: Column) -> tuple[float, float]:
    values = [entry.values[column.name] for entry in entries]
    numbers = [float(value) for value in values if isinstance(value, int | float)]
    return min(numbers, default=0.0), max(numbers, default=0.0)
