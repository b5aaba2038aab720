"""The leaderboard without a page: boards of comparable records, their entries, filters, order and places."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from heads.kinds.cosine import BASELINE, CosineHead
from leaderboard.benchmarks.catalogue import subset_titles
from leaderboard.benchmarks.protocol import is_of_clips
from leaderboard.board.naming import benchmark_of
from leaderboard.board.state import BoardState
from leaderboard.records.balanced_file import BalancedView
from leaderboard.records.paired import Resolution
from leaderboard.records.record import Record
from leaderboard.tables.column import Column, Value
from leaderboard.tables.retrieval_columns import RECALLS, coarse
from leaderboard.tables.shown import columns_at_first, columns_of, fine_columns

FILTERS = {
    "backbone": lambda record: record.backbone.name,
    "kind": lambda record: record.head.kind,
    "stage": lambda record: record.head.stage or "not stated",
    "provenance": lambda record: record.provenance,
}
"""What entries can be filtered by, each with what it is of a record; the names are those of `BoardState`'s fields."""


@dataclass(frozen=True)
class Entry:
    """A record on its board: `key` names it in links; heads that share `place` cannot be told apart.

    `values` are its columns' values, None = not measured.
    """

    key: str
    record: Record
    place: int | None
    values: dict[str, Value] = field(repr=False)

    @cached_property
    def competes(self) -> bool:
        """Whether it has a place; what sees no image, or all candidates at once, is there for heads to be read beside."""
        return self.record.head.competes

    @property
    def title(self) -> str:
        """Head and stage; the head alone when it went through none, or its source does not say."""
        head = self.record.head
        return head.name if head.stage in (None, "none") else f"{head.name} · {head.stage}"


@dataclass(frozen=True, eq=False)
class Content:
    """What stands in a table, in the order of its places, and how many neighbours by mean rank are really apart."""

    entries: tuple[Entry, ...]
    resolution: Resolution

    @cached_property
    def heads(self) -> tuple[Entry, ...]:
        """The entries that compete for a place."""
        return tuple(entry for entry in self.entries if entry.competes)

    @cached_property
    def _spans(self) -> dict[str, tuple[float, float]]:
        return {}

    def span(self, name: str) -> tuple[float, float]:
        """`span_of` its heads in the column `name`, kept."""
        if name not in self._spans:
            self._spans[name] = span_of(self.heads, name)
        return self._spans[name]


def span_of(entries: Sequence[Entry], name: str) -> tuple[float, float]:
    """The least and the largest number that the entries have in the column `name`; zeros for one without numbers."""
    numbers = {value for entry in entries if isinstance(value := entry.values[name], int | float)}
    return float(min(numbers, default=0.0)), float(max(numbers, default=0.0))


class Standing(NamedTuple):
    """The places of a board's entries by their keys, and how many neighbours by mean rank are really apart."""

    places: dict[str, int | None]
    resolution: Resolution


def _as_it_is(entry: Entry) -> Record:
    return entry.record


@dataclass(frozen=True, eq=False)
class Board:
    """Records that may stand in one table: of the same benchmark, split, revision and protocol.

    `content` is asked for what stands in it, which need not be in memory before; `whole` for an entry's record with what
    is of single items, which those of `entries` may be without. `balanced`: the view whose weights its figures are under,
    None where all items count the same.
    """

    key: str
    title: str
    content: Callable[[], Content] = field(repr=False)
    balanced: BalancedView | None = None
    whole: Callable[[Entry], Record] = field(default=_as_it_is, repr=False)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What stands in it, best first."""
        return self.content().entries

    @property
    def resolution(self) -> Resolution:
        """How many neighbours by mean rank are really apart."""
        return self.content().resolution

    @property
    def heads(self) -> tuple[Entry, ...]:
        """The entries that compete for a place."""
        return self.content().heads

    @cached_property
    def backbones(self) -> int:
        """How many backbones its heads are on, by name."""
        return len({entry.record.backbone.name for entry in self.heads})

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What every head's record of the board notes: it is about the benchmark, not about a head."""
        if not self.heads:
            return ()
        first, *others = (entry.record.notes for entry in self.heads)
        return tuple(note for note in first if all(note in notes for notes in others))

    def entry(self, key: str) -> Entry | None:
        """The entry of that key, its record whole; None when there is none."""
        return self._whole(next((entry for entry in self.entries if entry.key == key), None))

    def baseline(self, of: Entry) -> Entry | None:
        """The cosine on the backbone of `of`, its record whole; None when it was not measured."""
        cosines = (one for one in self.entries if one.record.head.name == BASELINE.name)
        return self._whole(next((one for one in cosines if same_backbone(one, of)), None))

    def _whole(self, entry: Entry | None) -> Entry | None:
        return entry and replace(entry, record=self.whole(entry))

    def columns(self, view: BoardState) -> tuple[str, ...]:
        """The names of the columns shown: the view's, or those that this board opens with."""
        return view.columns or self._columns_at_first

    @cached_property
    def _columns_at_first(self) -> tuple[str, ...]:
        return columns_at_first([entry.values for entry in self.entries])

    @cached_property
    def table(self) -> dict[str, Column]:
        """All columns that it may show, by name."""
        return columns_of([entry.record for entry in self.entries])

    @cached_property
    def known_columns(self) -> tuple[str, ...]:
        """The names of the columns in which anything is stated."""
        values = [entry.values for entry in self.entries]
        return tuple(name for name in self.table if any(row[name] is not None for row in values))

    @cached_property
    def fine(self) -> tuple[str, ...]:
        """The figures of fine details that it states, the first of which it is ordered by; none for one of retrieval
        alone.
        """
        return fine_columns(self.table, [entry.values for entry in self.entries])

    @cached_property
    def recalls(self) -> tuple[str, ...]:
        """The recalls of coarse retrieval that it states."""
        records = [entry.record for entry in self.entries]
        return tuple(name for name in RECALLS if any(coarse(record, name) is not None for record in records))

    @cached_property
    def subsets(self) -> dict[str, str]:
        """Name → title of the subsets that it has mean ranks of."""
        ranked = [name for name in self.known_columns if name in subset_titles([name])]
        return subset_titles(ranked)

    def figure(self, fine: str, recall: str = "r10") -> str:
        """The figure that its rows are told apart by where there are no two to be weighed: `fine`, or a recall."""
        if fine in self.fine:
            return fine
        recalls = [name for name in self.known_columns if "_to_" in name]
        wanted = (name for name in recalls if name.endswith(f"_{recall}"))
        return (*wanted, *recalls, fine)[0]

    @cached_property
    def rows_are(self) -> str:
        """What its rows are, in the plural: heads where any re-projects something, else models, or backbones; references
        where nothing competes.
        """
        if not self.heads:
            return "references"
        kinds = {entry.record.head.kind for entry in self.heads}
        if kinds - {CosineHead.kind, "encoder", "detector"}:
            return "heads"
        return (
            "detectors" if kinds == {"detector"} else "models" if kinds - {CosineHead.kind} else "backbones"
        )

    @property
    def searched(self) -> str:
        """What is found by a caption: events on a board of clips, else whole scenes."""
        return "events" if is_of_clips(self.entries[0].record.protocol) else "whole scenes"

    @property
    def retrieval(self) -> str:
        """What finding that is called."""
        return "Event retrieval" if self.searched == "events" else "Coarse retrieval"

    @property
    def protocol(self) -> str:
        """How the figures came about, the same for all entries."""
        return str(self.entries[0].record.protocol)

    @cached_property
    def has_groups(self) -> bool:
        """Whether backbones part the entries into fewer groups than there are entries, and into more than one."""
        return 1 < len({backbone_key(entry) for entry in self.heads}) < len(self.heads)

    def choices(self, name: str) -> list[str]:
        """What the entries have of the filter `name`, sorted."""
        return self._choices[name]

    @cached_property
    def _choices(self) -> dict[str, list[str]]:
        records = [entry.record for entry in self.entries]
        return {name: sorted({of(record) for record in records}) for name, of in FILTERS.items()}


def find_board(among: Sequence[Board], key: str) -> Board | None:
    """The board of that key, or else the first of the same benchmark, or else the first there is."""
    same = [board for board in among if board.key == key] or [
        board for board in among if benchmark_of(board.key) == benchmark_of(key)
    ]
    return next(iter([*same, *among]), None)


def backbone_key(entry: Entry) -> tuple[str, str | None]:
    """What its backbone is told from others by: name and revision."""
    return entry.record.backbone.name, entry.record.backbone.revision


def same_backbone(one: Entry, other: Entry) -> bool:
    """Whether two records are of the same backbone at the same revision."""
    return backbone_key(one) == backbone_key(other)
