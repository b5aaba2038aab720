"""The leaderboard's answer in one sentence or two, and what its top chart shows as a table in words."""

import html
from collections.abc import Sequence
from statistics import fmean

from heads.kinds.cosine import BASELINE
from leaderboard.benchmarks.catalogue import SUBSETS, averaged
from leaderboard.board.board import Board, Entry
from leaderboard.board.filtering import in_order
from leaderboard.board.trade_off import Point
from leaderboard.page.table import badge, short
from leaderboard.records.provenance import PROVENANCE
from leaderboard.tables.columns import RECALLS, coarse, column

GUESSING = sum(subset.chance_rank for subset in SUBSETS.values()) / len(SUBSETS)
"""The mean over the eight subsets of what a head that guesses ranks: 5.3125."""


def answer_html(board: Board, entries: Sequence[Entry]) -> str:
    """Which of the entries tells details best, by how much, and what it pays; where none has a mean rank, which is
    best by the figure that the board has instead.
    """
    ranked = [entry for entry in entries if entry.values["mean_rank"] is not None]
    best = min(ranked, key=_rank, default=None)
    if best is None:
        return _by_other_figure(board, entries)
    guessing = _guessing(best)
    told = [
        f"<b>{_who(board, best)}</b> tells details best: its mean rank is <b>{_rank(best):.2f}</b>{_ends(best)}"
    ]
    baseline = board.baseline(best)
    if baseline and baseline is not best and baseline.values["mean_rank"] is not None:
        told.append(f", where CLIP’s cosine has {_rank(baseline):.2f} and guessing {guessing:.2f}.")
        told.append(_price(best, baseline))
    else:
        told.append(f"; guessing has {guessing:.2f}.")
    level = [entry for entry in ranked if entry.place == best.place and entry is not best]
    if level:
        told.append(f" Not to be told apart from it: {', '.join(_who(board, entry) for entry in level[:4])}.")
    return f'<p class="lb-headline">{"".join(told)}</p>'


def reading_html(board: Board) -> str:
    """What the board's first figures say, and which end of them is better."""
    told = [board.fine[0]] if board.fine else []
    told += [
        name for name in board.known_columns if board.recalls and name == f"image_to_text_{board.recalls[-1]}"
    ]
    shown = [board.table[name] for name in told or board.known_columns[:1]]
    words = " ".join(f"<b>{html.escape(one.title)}</b> {html.escape(one.help)}" for one in shown)
    return f'<p class="lb-note lb-reading">{words}</p>'


def protocol_html(board: Board) -> str:
    """How the board's figures came about, and who says so."""
    stated = {entry.record.provenance for entry in board.entries}
    badges = " ".join(badge(provenance) for provenance in PROVENANCE if provenance in stated)
    notes = html.escape(" ".join(f"{note}." for note in board.notes)[:1000])
    return f'<p class="lb-note lb-protocol"><b>Protocol</b> {html.escape(board.protocol[:1000])} {notes} {badges}</p>'


def points_html(points: Sequence[Point], fine: str, recall: str) -> str:
    """The chart's points as a folded table; says what to do when there are none."""
    if not points:
        return (
            '<p class="lb-note">No chart: no head here states both of these figures. Other ones may be there: '
            "choose them above.</p>"
        )
    rows = "".join(
        f"<tr><td>{short(point['head'])} on {short(point['backbone'])}</td><td>{point['coarse']:.1f}</td>"
        f"<td>{point['fine']:.2f}</td><td>{'yes' if point['front'] else ''}</td></tr>"
        for point in points[:200]
    )
    heads = f"<th>Head</th><th>{RECALLS[recall]}, %</th><th>{html.escape(column(fine).title)}</th><th>On the front</th>"
    return (
        f'<details class="lb-text"><summary>The chart as a table</summary><div><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details>"
    )


def _by_other_figure(board: Board, entries: Sequence[Entry]) -> str:
    """Who is best by the board's own figure, its direction in words."""
    figure = board.table[board.figure(next(iter(board.fine), ""))] if board.known_columns else None
    known = [entry for entry in entries if figure and entry.values[figure.name] is not None]
    if figure is None or not known:
        return ""
    best, *others = in_order(known, figure.name)

    def value(entry: Entry) -> str:
        return f"{figure.text(entry.values[figure.name])}{' %' if figure.form == 'share' else ''}"

    title = html.escape(figure.title)
    better, superlative = ("lower", "lowest") if figure.best == "min" else ("higher", "highest")
    told = f"<b>{_who(board, best)}</b> has {value(best)} in {title}; {better} is better."
    if others:
        told = (
            f"<b>{_who(board, best)}</b> has the {superlative} {title}: <b>{value(best)}</b>; {better} is better. "
            f"{_who(board, others[0])} follows with {value(others[0])}."
        )
    return f'<p class="lb-headline">{told}</p>'


def _who(board: Board, entry: Entry) -> str:
    """The entry's title, with its backbone where the board has several and it is not named after it."""
    name = entry.record.backbone.name
    several = len({one.record.backbone.name for one in board.entries}) > 1
    return short(entry.title) + (f" on {short(name)}" if several and name not in entry.title else "")


def _guessing(entry: Entry) -> float:
    """The mean rank of a head that guesses, over the subsets that the entry's is over."""
    names = averaged(entry.record.subsets)
    chances = [entry.record.subsets[name].chance for name in names if name in entry.record.subsets]
    own = names != tuple(SUBSETS) and chances and None not in chances
    return fmean(chance for chance in chances if chance is not None) if own else GUESSING


def _price(best: Entry, baseline: Entry) -> str:
    kept, before = coarse(best.record), coarse(baseline.record)
    if kept is None or before is None or best.record.head.name == BASELINE.name:
        return ""
    verb = "keeps" if kept >= before else "leaves"
    return f" Of finding whole scenes (R@10) it {verb} {100 * kept:.0f} % of {100 * before:.0f} %."


def _rank(entry: Entry) -> float:
    value = entry.values["mean_rank"]
    return float(value) if isinstance(value, int | float) else float("inf")


def _ends(entry: Entry) -> str:
    ends = column("mean_rank").interval(entry.record)
    return f" (95 %: {ends[0]:.2f}–{ends[1]:.2f})" if ends else ""
