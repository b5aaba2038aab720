"""Two to four heads side by side: differences with intervals, and item by item who is right."""

from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard.board.board import Entry
from leaderboard.page.templates import render, short
from leaderboard.records.paired import Paired, paired, paired_records
from leaderboard.tables.column import Column
from leaderboard.tables.columns import IN_TRAINING, column
from leaderboard.tables.shown import columns_at_first


@dataclass(frozen=True)
class Difference:
    """A figure of a head less that of the first one; `paired` where both were ranked on the same items."""

    by: float
    paired: Paired | None


def difference(first: Entry, other: Entry, name: str) -> Difference | None:
    """How the figure `name` of `other` differs from that of `first`; None when one of them was not measured."""
    ours, theirs = other.values[name], first.values[name]
    if not isinstance(ours, float) or not isinstance(theirs, float):
        return None
    return Difference(ours - theirs, paired_figure(other, first, name))


def paired_figure(one: Entry, other: Entry, name: str) -> Paired | None:
    """The paired comparison of two entries in one mean rank; None when they were not ranked on the same items."""
    try:
        if name == "mean_rank":
            return paired_records(one.record, other.record)
        if name in one.record.subsets:
            return paired(one.record.subsets[name], other.record.subsets[name])
    except (KeyError, ValueError):
        return None
    return None


@dataclass(frozen=True)
class Figure:
    """A value, and in words its change from the first head's; empty where there is none."""

    value: str
    change: str = ""


@dataclass(frozen=True)
class FigureRow:
    """One figure of all heads, the first head's first."""

    title: str
    cells: Sequence[Figure]


@dataclass(frozen=True)
class Share:
    """A share of the items in [0, 1], whose it is, and the style of its part of the bar."""

    words: str
    share: float
    kind: str


@dataclass(frozen=True)
class Wins:
    """Of `n` items: who puts the true caption first."""

    n: int
    parts: Sequence[Share]

    @property
    def told(self) -> str:
        """The shares as words."""
        return ", ".join(f"{short(part.words)} {100 * part.share:.0f} %" for part in self.parts)


def versus_html(entries: Sequence[Entry]) -> str:
    """The entries side by side, the first being what the others are compared with."""
    first, *others = entries
    figures = [one for one in map(column, columns_at_first([entry.values for entry in entries])) if one.best]
    if any(entry.values[IN_TRAINING.name] is not None for entry in entries):
        figures.append(IN_TRAINING)
    return render(
        "side_by_side",
        entries=entries,
        rows=[_row(figure, first, others) for figure in figures],
        wins=[wins for other in others if (wins := _wins(first, other))],
    )


def _row(column: Column, first: Entry, others: Sequence[Entry]) -> FigureRow:
    cells = [Figure(column.text(first.values[column.name]))]
    cells += [
        Figure(column.text(other.values[column.name]), _change(column, first, other)) for other in others
    ]
    return FigureRow(column.title, cells)


def _change(column: Column, first: Entry, other: Entry) -> str:
    change = difference(first, other, column.name)
    if change is None:
        return ""
    scale = 100 if column.form == "share" else 1
    text = _signed(scale * change.by)
    if change.paired is None or change.paired.interval is None:
        return text
    low, high = map(_signed, change.paired.interval)
    better = (change.by < 0) == (column.best == "min")
    sign = ("better" if better else "worse") if not change.paired.tied else "≈"
    return f"{text} ({low} to {high}) {sign}"


def _signed(number: float) -> str:
    return f"{number:+.2f}".replace("-", "−")


def _wins(first: Entry, other: Entry) -> Wins | None:
    """None where the two were not ranked on the same items."""
    found = paired_figure(other, first, "mean_rank")
    if found is None:
        return None
    parts = (
        Share("both first", found.both, "lb-both"),
        Share(f"only {other.title}", found.only_a, "lb-only-a"),
        Share(f"only {first.title}", found.only_b, "lb-only-b"),
        Share("neither", found.neither, "lb-neither"),
    )
    return Wins(found.n, parts)
