"""The leaderboard's answer in one sentence or two, and what its top chart shows as a table in words."""

import html
from collections.abc import Sequence

from leaderboard.benchmark import SUBSETS
from leaderboard.board import COSINE, Board, Entry
from leaderboard.board_html import PROVENANCE, badge, short
from leaderboard.columns import COLUMNS, RECALLS, coarse
from leaderboard.trade_off import Point

GUESSING = sum(subset.chance_rank for subset in SUBSETS.values()) / len(SUBSETS)
"""The mean over the eight subsets of what a head that guesses ranks: 5.3125."""


def answer_html(board: Board, entries: Sequence[Entry]) -> str:
    """Which of the entries tells details best, by how much, and what it pays; empty when none has a mean rank."""
    ranked = [entry for entry in entries if entry.values["mean_rank"] is not None]
    best = min(ranked, key=_rank, default=None)
    if best is None:
        return ""
    told = [
        f"<b>{short(best.title)}</b> tells details best: its mean rank is <b>{_rank(best):.2f}</b>{_ends(best)}"
    ]
    baseline = board.baseline(best)
    if baseline and baseline is not best and baseline.values["mean_rank"] is not None:
        told.append(f", where CLIP’s cosine has {_rank(baseline):.2f} and guessing {GUESSING:.2f}.")
        told.append(_price(best, baseline))
    else:
        told.append(f"; guessing has {GUESSING:.2f}.")
    level = [entry for entry in ranked if entry.place == best.place and entry is not best]
    if level:
        told.append(f" Not to be told apart from it: {', '.join(short(entry.title) for entry in level[:4])}.")
    return f'<p class="lb-headline">{"".join(told)}</p>'


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
    heads = f"<th>Head</th><th>{RECALLS[recall]}, %</th><th>{html.escape(COLUMNS[fine].title)}</th><th>On the front</th>"
    return (
        f'<details class="lb-text"><summary>The chart as a table</summary><div><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details>"
    )


def _price(best: Entry, baseline: Entry) -> str:
    kept, before = coarse(best.record), coarse(baseline.record)
    if kept is None or before is None or best.record.head.name == COSINE:
        return ""
    verb = "keeps" if kept >= before else "leaves"
    return f" Of finding whole scenes (R@10) it {verb} {100 * kept:.0f} % of {100 * before:.0f} %."


def _rank(entry: Entry) -> float:
    value = entry.values["mean_rank"]
    return float(value) if isinstance(value, int | float) else float("inf")


def _ends(entry: Entry) -> str:
    ends = COLUMNS["mean_rank"].interval(entry.record)
    return f" (95 %: {ends[0]:.2f}–{ends[1]:.2f})" if ends else ""
