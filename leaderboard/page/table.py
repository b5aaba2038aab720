"""The leaderboard's table: what its template shows of rows, columns and cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from leaderboard.board.board import Board, Entry, span_of
from leaderboard.board.filtering import by_backbone, is_grouped
from leaderboard.board.state import PAGE, BoardState
from leaderboard.page.templates import render, short
from leaderboard.records.record import BackboneEntry
from leaderboard.tables.column import Column, Value

LONGEST_NOTE = 600
SEES_NO_IMAGE = (
    "sees no image",
    "Ranks captions by their wording alone: what any head's rank is to be read beside.",
)
SET_AWARE = "set-aware", "Its score of a caption depends on the other candidates, which no head's may."


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
class TableRow:
    """An entry with its cells; `note` is what its record notes and neither the whole board nor a mark says."""

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
    def marks(self) -> list[tuple[str, str]]:
        """What a reference is told from heads by: in a word or two, and in a sentence."""
        head = self.entry.record.head
        blind = [] if head.sees_image else [SEES_NO_IMAGE]
        return [*blind, *([SET_AWARE] if head.set_aware else [])]

    @property
    def under(self) -> str:
        """The training it went through, where it went through any that is known, and its backbone, where it has one."""
        head = self.entry.record.head
        stage = [] if head.stage in (None, "none") else [short(head.stage)]
        return " · ".join([*stage, *([short(self.entry.record.backbone.name)] if head.sees_image else [])])


@dataclass(frozen=True)
class Body:
    """Rows that stand together, under the name of their backbone where that is what they share."""

    rows: Sequence[TableRow]
    backbone: BackboneEntry | None

    @property
    def sees_image(self) -> bool:
        """Whether its rows have a backbone at all."""
        return self.rows[0].entry.record.head.sees_image


def table_html(board: Board, entries: Sequence[Entry], view: BoardState) -> str:
    """The board's rows `entries`, the first `view.rows` of them, as a table in a box that scrolls sideways."""
    columns = [board.table[name] for name in board.columns(view)]
    content, competing = board.content(), [entry for entry in entries if entry.competes]
    all_ = len(competing) == len(content.heads)
    span = {
        column.name: content.span(column.name) if all_ else span_of(competing, column.name)
        for column in columns
    }
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
    """How many rows pass, references counted apart, and how many neighbours in the order are really apart."""
    passing = [entry for entry in entries if entry.competes or not board.heads]
    return render(
        "count",
        passing=len(passing),
        all=len(board.heads or board.entries),
        references=len(entries) - len(passing),
        rows_are=board.rows_are,
        resolution=board.resolution,
    )


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
) -> TableRow:
    notes = " ".join(note for note in entry.record.notes if note not in known)
    return TableRow(
        entry,
        cells=[_cell(entry, column, span[column.name]) for column in columns],
        note=notes[:LONGEST_NOTE] if entry.competes else "",
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
        is_best=entry.competes and value == _best(column, span),
        heat=_heat(value, column, span) if entry.competes and column.best and span[0] < span[1] else None,
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
