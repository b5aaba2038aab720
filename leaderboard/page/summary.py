"""The leaderboard's answer in one sentence or two, and what its top chart shows as a table in words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from fg_demo.models.adapter import split_name
from heads.kinds.cosine import BASELINE
from leaderboard.benchmarks.catalogue import SUBSETS, averaged, subset_titles
from leaderboard.benchmarks.protocol import is_of_detection
from leaderboard.board.board import Board, Entry
from leaderboard.board.filtering import in_order
from leaderboard.board.trade_off import Point
from leaderboard.page.templates import render, short
from leaderboard.records.provenance import PROVENANCE
from leaderboard.tables.columns import column
from leaderboard.tables.retrieval_columns import RECALLS, coarse

GUESSING = sum(subset.chance_rank for subset in SUBSETS.values()) / len(SUBSETS)
"""The mean over the eight subsets of what a head that guesses ranks: 5.3125."""
LONGEST, MOST_POINTS = 1000, 200
"""Letters of what is said of all figures; rows of the chart as a table."""
CLAUSE = re.compile(r"[;.] ")
"""Behind the first clause of a protocol, which says by itself what is ranked; the others are a matter of detail."""


def answer_html(board: Board, entries: Sequence[Entry]) -> str:
    """Which of the entries ranks best, by how much, and what it pays; where none has a mean rank, which is
    best by the figure that the board has instead.
    """
    ranked = [entry for entry in entries if entry.competes and entry.values["mean_rank"] is not None]
    best = min(ranked, key=_rank, default=None)
    if best is None:
        return _by_other_figure(board, entries)
    baseline = _baseline(board, best)
    level = [entry for entry in ranked if entry.place == best.place and entry.key != best.key]
    return render(
        "answer",
        best=_who(board, best),
        of_details=averaged(best.record.subsets) == tuple(SUBSETS),
        rank=f"{_rank(best):.2f}",
        ends=_ends(best),
        guessing=f"{_guessing(best):.2f}",
        cosine=f"{_rank(baseline):.2f}" if baseline else "",
        price=_price(best, baseline) if baseline else None,
        searched=board.searched,
        level=[_who(board, entry) for entry in level[:4]],
    )


def reading_html(board: Board) -> str:
    """What the board's first figures say, and which end of them is better."""
    told = [name for name in board.fine if name in (board.fine[0], "average_precision")]
    told += [
        name for name in board.known_columns if board.recalls and name == f"image_to_text_{board.recalls[-1]}"
    ]
    return render("reading", columns=[board.table[name] for name in told or board.known_columns[:1]])


def protocol_html(board: Board) -> str:
    """How the board's figures came about, and who says so."""
    stated = {entry.record.provenance for entry in board.entries}
    first, *others = CLAUSE.split(f"{board.protocol[:LONGEST]} ", maxsplit=1)
    rest = "".join(others).strip()
    return render(
        "protocol",
        first=f"{first.strip()}.",
        rest=rest[:1].upper() + rest[1:],
        notes=" ".join(f"{note.rstrip('.')}." for note in board.notes)[:LONGEST],
        provenances=[provenance for provenance in PROVENANCE if provenance in stated],
        ranked=bool(board.fine),
        balanced=_balanced_words(board),
    )


def _balanced_words(board: Board) -> str:
    """How many items of each subset are left in effect under the board's weights; empty without any."""
    view = board.balanced
    if view is None:
        return ""
    left = ", ".join(
        f"{title} {view.subsets[name].effective:,.0f} of {len(view.subsets[name].weights):,}"
        for name, title in subset_titles(view.subsets).items()
    )
    out = f"; left out, since no weights do that: {', '.join(subset_titles(view.left_out).values())}"
    return f"{left}{out if view.left_out else ''}"


def points_html(points: Sequence[Point], fine: str, recall: str, more: int = 0) -> str:
    """The chart's points as a folded table, and how many `more` are not drawn; says what to do when there are none."""
    titles = {"coarse": RECALLS[recall], "fine": column(fine).title}
    return render("points", points=points[:MOST_POINTS], **titles, drawn=len(points), more=more)


@dataclass(frozen=True)
class FigureStanding:
    """Who has what of a figure."""

    who: str
    value: str


def _by_other_figure(board: Board, entries: Sequence[Entry]) -> str:
    """Who is best by the board's own figure, its direction in words."""
    figure = board.table[board.figure(next(iter(board.fine), ""))] if board.known_columns else None
    known = [
        entry for entry in entries if figure and entry.competes and entry.values[figure.name] is not None
    ]
    if figure is None or not known:
        return ""
    unit = " %" if figure.form == "share" else ""
    best, *others = (
        FigureStanding(_who(board, entry), f"{figure.text(entry.values[figure.name])}{unit}")
        for entry in in_order(known, figure.name)[:2]
    )
    return render(
        "answer_by_figure",
        title=figure.title,
        lower=figure.best == "min",
        best=best,
        second=next(iter(others), None),
    )


def _baseline(board: Board, best: Entry) -> Entry | None:
    """The cosine that the best is to be read beside: of its backbone, or, where it is that cosine itself, of the backbone
    without its adapter; None when there is none, or it was not ranked.
    """
    baseline = board.baseline(best)
    if baseline and baseline.key == best.key:
        alone, adapter = split_name(best.record.backbone.name)
        entries = board.entries if adapter else ()
        baseline = next((one for one in entries if _is_cosine_on(one, alone)), None)
    return baseline if baseline and baseline.values["mean_rank"] is not None else None


def _is_cosine_on(entry: Entry, backbone: str) -> bool:
    """Whether it is the cosine on the backbone of that name."""
    return entry.record.head.name == BASELINE.name and entry.record.backbone.name == backbone


def _who(board: Board, entry: Entry) -> str:
    """The entry's title, with its backbone where the board has several and it is not named after it."""
    name = entry.record.backbone.name
    several = board.backbones > 1
    return short(entry.title) + (f" on {short(name)}" if several and name not in entry.title else "")


def _guessing(entry: Entry) -> float:
    """The mean rank of a head that guesses, over the subsets that the entry's is over."""
    names = averaged(entry.record.subsets)
    chances = [entry.record.subsets[name].chance for name in names if name in entry.record.subsets]
    fewer = is_of_detection(entry.record.protocol)  # its regions have fewer negatives
    own = (fewer or names != tuple(SUBSETS)) and chances and None not in chances
    return fmean(chance for chance in chances if chance is not None) if own else GUESSING


@dataclass(frozen=True)
class Price:
    """Of finding whole scenes, in whole percent: what the best head keeps of what its cosine has."""

    verb: str
    kept: str
    before: str


def _price(best: Entry, baseline: Entry) -> Price | None:
    kept, before = coarse(best.record), coarse(baseline.record)
    if kept is None or before is None or best.record.head.name == BASELINE.name:
        return None
    return Price("keeps" if kept >= before else "leaves", f"{100 * kept:.0f}", f"{100 * before:.0f}")


def _rank(entry: Entry) -> float:
    value = entry.values["mean_rank"]
    return float(value) if isinstance(value, int | float) else float("inf")


def _ends(entry: Entry) -> str:
    ends = column("mean_rank").interval(entry.record)
    return f"{ends[0]:.2f}–{ends[1]:.2f}" if ends else ""
