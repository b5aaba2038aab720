"""A board as a view shows it: the entries that pass its search and filters, their order and their groups."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from operator import itemgetter

from leaderboard.board.board import FILTERS, Board, Entry, backbone_key
from leaderboard.board.state import BoardState, unmet
from leaderboard.records.record import Record
from leaderboard.tables.columns import column

Filters = Sequence[tuple[Callable[[Record], str], Sequence[str]]]
"""What is filtered by, and what passes, of each that is set."""
MOST_TOLD, LONGEST_TOLD = 8, 80
"""Of a link: how many things that are not here are named, and with how many letters each."""


def fitting(view: BoardState, board: Board) -> BoardState:
    """The view without what the board does not have: other heads' keys, filters that nothing passes."""
    keys = {entry.key for entry in board.entries}
    filters = {
        name: tuple(value for value in getattr(view, name) if value in board.choices(name))
        for name in FILTERS
    }
    fine, recalls, subsets = board.fine or (view.fine,), board.recalls or (view.coarse,), tuple(board.subsets)
    return replace(
        view,
        board=board.key,
        columns=tuple(name for name in view.columns if name in board.known_columns),
        sort=view.sort if view.sort.removeprefix("-") in board.table else BoardState().sort,
        fine=view.fine if view.fine in fine else fine[0],
        coarse=view.coarse if view.coarse in recalls else recalls[-1],
        subset=view.subset if view.subset in subsets or not subsets else subsets[0],
        head=view.head if view.head in keys else "",
        versus=tuple(key for key in view.versus if key in keys),
        **filters,
    )


def not_here(address: str, shown: BoardState) -> str:
    """What a link to the leaderboard asks for in vain, in words; empty when all of it is shown."""
    lost = unmet(address, shown)
    told = ", ".join(f"{name} {value}"[:LONGEST_TOLD] for name, value in lost[:MOST_TOLD])
    more = f" and {len(lost) - MOST_TOLD} more" if len(lost) > MOST_TOLD else ""
    return f"The link asks for what is not here: {told}{more}." if lost else ""


def visible(board: Board, view: BoardState) -> list[Entry]:
    """The entries that pass the view's search and filters, in its order; what was not measured comes last, of all
    or of its backbone's.
    """
    words = view.search.casefold().split()
    filters = [(of, wanted) for name, of in FILTERS.items() if (wanted := getattr(view, name))]
    passing = [entry for entry in board.entries if _passes(entry, filters, words)]
    ordered = in_order(passing, view.sort)
    return (
        [entry for group in by_backbone(ordered) for entry in group] if is_grouped(board, view) else ordered
    )


def in_order(entries: Iterable[Entry], sort: str) -> list[Entry]:
    """The entries by the column `sort`, better ones first; with a minus before its name the other way round."""
    name, reverse = sort.removeprefix("-"), sort.startswith("-")
    best = column(name).best
    valued = [(entry, entry.values[name]) for entry in entries]
    known = [(_sortable(value), entry) for entry, value in valued if value is not None]
    missing = [entry for entry, value in valued if value is None]
    known.sort(key=itemgetter(0), reverse=(best == "max") != reverse)
    return [entry for _, entry in known] + missing


def is_grouped(board: Board, view: BoardState) -> bool:
    """Whether the heads of a backbone stand together: where there are several backbones, and one has several heads."""
    return view.group == "backbone" and board.has_groups


def by_backbone(entries: Iterable[Entry]) -> list[list[Entry]]:
    """The entries of each backbone together, in the order in which the backbones come first."""
    groups: dict[tuple[str, str | None], list[Entry]] = {}
    for entry in entries:
        groups.setdefault(backbone_key(entry), []).append(entry)
    return list(groups.values())


def _passes(entry: Entry, filters: Filters, words: Sequence[str]) -> bool:
    record = entry.record
    if any(of(record) not in wanted for of, wanted in filters):
        return False
    if not words:
        return True
    text = " ".join((record.head.name, record.head.kind, record.head.stage or "", record.backbone.name))
    return all(word in text.casefold() for word in words)


def _sortable(value: int | float | str) -> int | float | str:
    """A column holds numbers or words, never both."""
    return value.casefold() if isinstance(value, str) else value
