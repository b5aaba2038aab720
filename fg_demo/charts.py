"""The comparison as charts: one panel a scorer, one bar a description."""

import altair as alt
import pandas as pd

from fg_demo.chart_style import QUIET_TEXT, TEXT, style

ROW = 46
"""Height of a description and its bar, px."""


def score_chart(scores: pd.DataFrame, colour: str, title: str) -> alt.LayerChart:
    """Bars of one scorer's softmax shares, in the order given, with ranks; the winner stands out.

    `scores` are one scorer's rows of `compare`. The description stands above its bar, cut to the width of the
    panel, so that it can be read on a phone too.
    """
    rows = scores.assign(winner=scores["rank"] == 1, label=_labels(scores))
    base = alt.Chart(rows).encode(
        y=alt.Y("query:N", sort=None, axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0)),
        tooltip=[
            alt.Tooltip("query:N", title="description"),
            alt.Tooltip("rank:Q", title="rank"),
            alt.Tooltip("share:Q", title="softmax share", format=".1%"),
            alt.Tooltip("score:Q", title="score", format=".4f"),
        ],
    )
    strength = alt.condition("datum.winner", alt.value(1), alt.value(0.4))
    presence = alt.condition("datum.winner", alt.value(1), alt.value(0.75))
    shares = alt.X("share:Q", scale=alt.Scale(domain=[0, 1]), axis=None)
    rail = base.mark_rect(height=12, yOffset=10, cornerRadius=3, color=QUIET_TEXT, opacity=0.14).encode(
        x=alt.XDatum(0), x2=alt.X2Datum(1)
    )
    bar = base.mark_bar(size=12, yOffset=10, cornerRadius=3, color=colour).encode(x=shares, opacity=strength)
    name = base.mark_text(
        align="left", dy=-8, fontSize=13, limit=alt.expr("max(width - 80, 60)"), color=TEXT
    ).encode(x=alt.value(0), text="query:N", opacity=presence)
    rank = base.mark_text(align="right", dy=-8, fontSize=12, color=TEXT).encode(
        x=alt.value("width"), text="label:N", opacity=presence
    )
    return style(alt.layer(rail, bar, name, rank).properties(title=title), height=ROW * len(rows))


def _labels(scores: pd.DataFrame) -> list[str]:
    return [f"#{rank} · {share:.0%}" for rank, share in zip(scores["rank"], scores["share"], strict=True)]
