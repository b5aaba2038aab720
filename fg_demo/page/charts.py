"""The comparison as charts: one panel a scorer, one bar a description."""

import textwrap
from functools import cache
from typing import Any

import altair as alt
import pandas as pd

from fg_demo.page.chart_style import QUIET_TEXT, TEXT, style
from fg_demo.page.text import marked

LINE_LENGTH = 42
LINE = 17
BAR = 12
GAP = 16
"""Characters in a line of a description; heights of a line, a bar and the space after it, px."""
DATA = "scores"


def score_chart(scores: pd.DataFrame, colour: str, title: str, true: str | None = None) -> dict[str, Any]:
    """Bars of one scorer's softmax shares as a Vega-Lite chart, in the order given, with ranks; the winner stands
    out, and the `true` description, where it is known, is marked.

    `scores` are one scorer's rows of `compare`. The description stands above its bar, on two lines at most,
    so that it can be read on a phone too; the whole of it is in the tooltip.
    """
    names = [_lines(marked(query, true)) for query in scores["query"]]
    lines = max(map(len, names))
    table = scores.assign(
        winner=scores["rank"] == 1,
        label=[f"#{rank} · {share:.0%}" for rank, share in zip(scores["rank"], scores["share"], strict=True)],
        # Short descriptions stand right above their bars too.
        name=["\n".join([""] * (lines - len(name)) + name) for name in names],
    )
    height = (lines * LINE + BAR + GAP) * len(table)
    return _bars(lines, colour) | {
        "title": title,
        "height": height,
        "datasets": {DATA: table.to_dict("records")},
    }


@cache
def _bars(lines: int, colour: str) -> dict[str, Any]:
    """The chart but for its data, title and height: altair takes longer to make it than a head to score."""
    row = lines * LINE + BAR + GAP
    base = alt.Chart(alt.NamedData(DATA)).encode(y=alt.Y("query:N", sort=None, axis=None), tooltip=_tooltip())
    middle = (row - BAR - GAP) / 2
    rail = base.mark_bar(size=BAR, yOffset=middle, cornerRadius=3, color=QUIET_TEXT, opacity=0.14).encode(
        x=alt.XDatum(1, axis=None)
    )
    bar = base.mark_bar(size=BAR, yOffset=middle, cornerRadius=3, color=colour).encode(
        x=alt.X("share:Q", axis=None, scale=_shares()), opacity=_fainter_than_winner(0.45)
    )
    top = -(row - GAP) / 2 - GAP / 4
    name = base.mark_text(
        align="left", baseline="top", dy=top, lineHeight=LINE, lineBreak="\n", fontSize=13, color=TEXT
    ).encode(x=alt.value(0), text="name:N", opacity=_fainter_than_winner(0.8))
    rank = base.mark_text(align="right", yOffset=middle, fontSize=12, color=TEXT).encode(
        x=alt.value("width"), text="label:N", opacity=_fainter_than_winner(0.8)
    )
    return style(alt.layer(rail, bar, name, rank), height=row).to_dict()


def _lines(query: str) -> list[str]:
    return textwrap.wrap(query, LINE_LENGTH, max_lines=2, placeholder=" …")


def _shares() -> alt.Scale:
    """0 to 100 %, with room on the right for rank and share."""
    return alt.Scale(domain=[0, 1], range=[0, alt.ExprRef("width - 76")])


def _fainter_than_winner(others: float) -> Any:
    return alt.condition("datum.winner", alt.value(1), alt.value(others))


def _tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("query:N", title="description"),
        alt.Tooltip("rank:Q", title="rank"),
        alt.Tooltip("share:Q", title="softmax share", format=".1%"),
        alt.Tooltip("score:Q", title="score", format=".4f"),
    ]
