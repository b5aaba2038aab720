"""Charts of the leaderboard: pure functions from table rows to altair charts, styled by
`fg_demo.chart_style`.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from fg_demo.chart_style import LINE, QUIET_TEXT, TEXT, style
from leaderboard.benchmark import SUBSETS

# The page's colours of cosine and head; told apart by colour-blind readers, on light and dark.
COSINE_COLOR, HEAD_COLOR = "var(--fg-cosine, #e69f00)", "var(--fg-head, #0072b2)"
PALETTE = [HEAD_COLOR, "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]
COSINE, BASELINE = "cosine", "CLIP cosine"
MEAN_RANK = "Mean rank (lower is better)"
RECALL = "Retrieval, R@10 in % (mean of both ways)"


def trade_off_chart(table: pd.DataFrame, height: int = 320) -> Any:
    """What a head gains on fine attributes against what it keeps of coarse retrieval, a point a row.

    Up and to the right is better. Rows without a mean rank or without both recalls are not drawn.
    """
    points = trade_off_points(table)
    names = [_names(points, below) for below in (False, True) if below in set(points["below"])]
    return style(alt.layer(_dots(points), *names), height)


def trade_off_points(table: pd.DataFrame) -> pd.DataFrame:
    """One row a point: head, stage, backbone, mean_rank, recall (percent), and whether its name is written
    below it, because another point is where the name would be.
    """
    recall = 100 * (table["image_to_text_r10"] + table["text_to_image_r10"]) / 2
    points = table.assign(recall=recall, stage=table["stage"].fillna("not stated"))
    known = points["mean_rank"].notna() & points["recall"].notna()
    drawn = pd.DataFrame(points[known], columns=["head", "stage", "backbone", "mean_rank", "recall"])
    return drawn.assign(below=_crowded_above(drawn)).reset_index(drop=True)


def _crowded_above(points: pd.DataFrame) -> list[bool]:
    recalls, ranks = points["recall"].tolist(), points["mean_rank"].tolist()
    near = 0.2 * (max(recalls, default=0) - min(recalls, default=0))
    above = 0.12 * (max(ranks, default=0) - min(ranks, default=0))
    places = list(zip(recalls, ranks, strict=True))
    return [
        any(0 < y - rank < above and abs(x - recall) < near for recall, rank in places) for x, y in places
    ]


def subset_chart(table: pd.DataFrame, row: int, height: int = 320) -> Any:
    """Mean rank on each subset of the table's row `row`, beside CLIP's cosine on the same backbone and
    chance.
    """
    return style(_subset_layers(subset_points(table, row)), height)


def subset_points(table: pd.DataFrame, row: int) -> pd.DataFrame:
    """One row a subset and scorer: subset (title), scorer, mean_rank, chance; what was not measured is left
    out.

    The scorers are the row's head and, where the table has one, the cosine of the same backbone and protocol.
    """
    rows = table.to_dict("records")
    chosen = rows[row]
    shown = [*[one for one in rows if _is_baseline(one, chosen)][:1], chosen]
    points = [
        {"subset": subset.title, "scorer": _scorer(one), "mean_rank": one[name], "chance": subset.chance_rank}
        for one in shown
        for name, subset in SUBSETS.items()
        if pd.notna(one[name])
    ]
    return pd.DataFrame(points, columns=["subset", "scorer", "mean_rank", "chance"])


def head_title(row: Mapping[Hashable, Any]) -> str:
    """Head and stage of a row; the head alone when it went through none, or its source does not say."""
    return (
        row["head"] if pd.isna(row["stage"]) or row["stage"] == "none" else f"{row['head']} · {row['stage']}"
    )


def _is_baseline(row: Mapping[Hashable, Any], chosen: Mapping[Hashable, Any]) -> bool:
    same = all(row[field] == chosen[field] for field in ("backbone", "benchmark", "protocol"))
    return row is not chosen and row["head"] == COSINE and chosen["head"] != COSINE and same


def _scorer(row: Mapping[Hashable, Any]) -> str:
    return BASELINE if row["head"] == COSINE else head_title(row)


def _dots(points: pd.DataFrame) -> Any:
    return (
        alt.Chart(points)
        .mark_point(filled=True, size=130, opacity=1)
        .encode(
            x=alt.X("recall:Q", title=RECALL, scale=_scale(points["recall"].tolist(), 5.0)),
            y=alt.Y(
                "mean_rank:Q", title=MEAN_RANK, scale=_scale(points["mean_rank"].tolist(), 0.2, reverse=True)
            ),
            color=alt.Color(
                "backbone:N",
                title=None,
                scale=alt.Scale(range=PALETTE),
                legend=alt.Legend(direction="vertical", labelLimit=220),
            ),
            shape=alt.Shape("stage:N", title=None, legend=_legend()),
            tooltip=[
                alt.Tooltip("head:N", title="Head"),
                alt.Tooltip("stage:N", title="Stage"),
                alt.Tooltip("backbone:N", title="Backbone"),
                alt.Tooltip("mean_rank:Q", title="Mean rank", format=".2f"),
                alt.Tooltip("recall:Q", title="Recall@10, %", format=".1f"),
            ],
        )
    )


def _scale(values: Sequence[float], least: float, reverse: bool = False) -> alt.Scale:
    """A scale with a margin about the values, of at least `least`, so that a single point stands in the
    middle.
    """
    low, high = min(values, default=0), max(values, default=1)
    margin = max(0.15 * (high - low), least)
    return alt.Scale(domain=[low - margin, high + margin], nice=False, reverse=reverse)


def _names(points: pd.DataFrame, below: bool) -> Any:
    return (
        alt.Chart(points.loc[points["below"] == below])
        .mark_text(dy=18 if below else -13, fontSize=12, color=TEXT, limit=140)
        .encode(x="recall:Q", y="mean_rank:Q", text="head:N")
    )


def _legend() -> alt.Legend:
    # A symbol without a colour of its own would be black, which dark mode swallows.
    return alt.Legend(direction="vertical", symbolFillColor=TEXT, symbolStrokeColor=TEXT, labelLimit=220)


def _subset_layers(points: pd.DataFrame) -> Any:
    order = [subset.title for subset in SUBSETS.values()]
    scorers = list(dict.fromkeys(points["scorer"]))
    base = alt.Chart(points).encode(y=alt.Y("subset:N", sort=order, title=None))
    span = base.mark_rule(color=LINE, strokeWidth=3).encode(
        x=alt.X("min(mean_rank):Q"), x2="max(mean_rank):Q"
    )
    chance = base.mark_tick(color=QUIET_TEXT, thickness=2, size=18).encode(
        x="chance:Q",
        tooltip=[alt.Tooltip("subset:N", title="Subset"), alt.Tooltip("chance:Q", title="Guessing")],
    )
    dots = base.mark_point(filled=True, size=130, opacity=1).encode(
        x=alt.X("mean_rank:Q", title="Mean rank (grey tick: guessing)", scale=alt.Scale(domainMin=1)),
        color=alt.Color(
            "scorer:N", title=None, sort=scorers, scale=alt.Scale(domain=scorers, range=_colors(scorers))
        ),
        tooltip=[
            alt.Tooltip("scorer:N", title="Scorer"),
            alt.Tooltip("subset:N", title="Subset"),
            alt.Tooltip("mean_rank:Q", title="Mean rank", format=".2f"),
            alt.Tooltip("chance:Q", title="Guessing"),
        ],
    )
    return alt.layer(span, chance, dots)


def _colors(scorers: list[str]) -> list[str]:
    return [COSINE_COLOR if scorer == BASELINE else HEAD_COLOR for scorer in scorers]
