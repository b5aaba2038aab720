"""The scores as a chart that stands alone: SVG or PNG, drawn without a browser."""

import textwrap
from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

from fg_demo.page.text import marked
from fg_demo.scores import ADAPTED
from heads.kinds.cosine import BASELINE

WIDTH, BAR, LINE = 620, 14, 17
LINE_LENGTH = 76
"""Width and heights in px; characters in a line."""
COSINE_COLOUR, HEAD_COLOUR, PALE, INK = "#e69f00", "#0072b2", "#e5e7eb", "#1f2937"
SCALE = 2.0
"""Pixels of a PNG to one of an SVG."""


def svg(scores: pd.DataFrame, true: str | None = None) -> str:
    """The scores of `compare` as an SVG: a panel a scorer, a bar a description with its rank and share."""
    return vl_convert.vegalite_to_svg(_chart(scores, true).to_json())


def png(scores: pd.DataFrame, true: str | None = None) -> bytes:
    """The same as a PNG."""
    return vl_convert.vegalite_to_png(_chart(scores, true).to_json(), scale=SCALE)


def _chart(scores: pd.DataFrame, true: str | None) -> alt.VConcatChart:
    panels = [_panel(str(name), rows, true) for name, rows in scores.groupby("scorer", sort=False)]
    return (
        alt.vconcat(*panels, spacing=18, background="white", padding=16)
        .configure(font="system-ui, sans-serif")
        .configure_view(stroke=None)
        .configure_title(anchor="start", fontSize=15, color=INK)
    )


def _panel(scorer: str, rows: pd.DataFrame, true: str | None) -> Any:
    names = [_lines(marked(query, true)) for query in rows["query"]]
    most = max(map(len, names))
    table = rows.assign(
        place=range(len(rows)),
        name=["\n".join(name) for name in names],
        label=[f"#{rank} · {share:.0%}" for rank, share in zip(rows["rank"], rows["share"], strict=True)],
        whole=1.0,
    )
    row = most * LINE + BAR + 14
    cosine = scorer == BASELINE.title
    middle = (row - BAR) / 2 - 7
    base = alt.Chart(table).encode(y=alt.Y("place:O", axis=None))
    shares = alt.Scale(domain=[0, 1], range=[0, WIDTH - 80])
    rail = base.mark_bar(size=BAR, yOffset=middle, color=PALE).encode(
        x=alt.X("whole:Q", axis=None, scale=shares)
    )
    bar = base.mark_bar(size=BAR, yOffset=middle, color=COSINE_COLOUR if cosine else HEAD_COLOUR).encode(
        x=alt.X("share:Q", axis=None, scale=shares)
    )
    text: dict[str, Any] = {"fontSize": 13, "color": INK, "lineBreak": "\n", "lineHeight": LINE}
    name = base.mark_text(align="left", baseline="top", dy=-row / 2 + 3, **text).encode(
        x=alt.value(0), text="name:N"
    )
    label = base.mark_text(align="right", yOffset=middle, fontSize=12, color=INK).encode(
        x=alt.value(WIDTH), text="label:N"
    )
    cosines = {BASELINE.title: "CLIP’s cosine", ADAPTED: "Adapted CLIP’s cosine"}
    title = cosines.get(scorer, f"Head: {scorer}")
    return alt.layer(rail, bar, name, label).properties(width=WIDTH, height=row * len(rows), title=title)


def _lines(query: str) -> Sequence[str]:
    return textwrap.wrap(query, LINE_LENGTH) or [query]
