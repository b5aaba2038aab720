"""Charts of the leaderboard: pure functions from table rows to altair charts, styled by
`fg_demo.chart_style`.
"""

from collections.abc import Hashable
from typing import Any

import altair as alt
import pandas as pd

from fg_demo.chart_style import LINE, QUIET_TEXT, TEXT, style
from leaderboard.benchmark import SUBSETS

BLUE, ORANGE = "#3b82f6", "#e8710a"  # told apart by colour-blind readers, and on light and dark alike
PALETTE = [BLUE, ORANGE, "#0d9488", "#a855f7", "#ca8a04", "#db2777"]
COSINE, BASELINE = "cosine", "CLIP cosine"
MEAN_RANK = "Mean rank over the eight subsets (lower is better)"
RECALL = "Caption retrieval, recall@10 in % (mean of both ways)"


def trade_off_chart(table: pd.DataFrame, height: int = 320) -> Any:
    """What a head gains on fine attributes against what it keeps of coarse retrieval, a point a row.

    Up and to the right is better. Rows without a mean rank or without both recalls are not drawn.
    """
    points = trade_off_points(table)
    return style(alt.layer(_dots(points), _names(points)), height)


def trade_off_points(table: pd.DataFrame) -> pd.DataFrame:
    """One row a point: head, stage, backbone, mean_rank, recall (percent)."""
    recall = 100 * (table["image_to_text_r10"] + table["text_to_image_r10"]) / 2
    points = table.assign(recall=recall, stage=table["stage"].fillna("not stated"))
    known = points["mean_rank"].notna() & points["recall"].notna()
    return points.loc[known, ["head", "stage", "backbone", "mean_rank", "recall"]].reset_index(drop=True)


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


def _is_baseline(row: dict[Hashable, Any], chosen: dict[Hashable, Any]) -> bool:
    same = all(row[field] == chosen[field] for field in ("backbone", "benchmark", "protocol"))
    return row is not chosen and row["head"] == COSINE and chosen["head"] != COSINE and same


def _scorer(row: dict[Hashable, Any]) -> str:
    return BASELINE if row["head"] == COSINE else " · ".join(filter(None, (row["head"], row["stage"])))


def _dots(points: pd.DataFrame) -> Any:
    return (
        alt.Chart(points)
        .mark_point(filled=True, size=130, opacity=1)
        .encode(
            x=alt.X("recall:Q", title=RECALL, scale=alt.Scale(zero=False, nice=True, padding=24)),
            y=alt.Y("mean_rank:Q", title=MEAN_RANK, scale=alt.Scale(zero=False, reverse=True, padding=24)),
            color=alt.Color("backbone:N", title="Backbone", scale=alt.Scale(range=PALETTE)),
            shape=alt.Shape("stage:N", title="Stage"),
            tooltip=[
                alt.Tooltip("head:N", title="Head"),
                alt.Tooltip("stage:N", title="Stage"),
                alt.Tooltip("backbone:N", title="Backbone"),
                alt.Tooltip("mean_rank:Q", title="Mean rank", format=".2f"),
                alt.Tooltip("recall:Q", title="Recall@10, %", format=".1f"),
            ],
        )
    )


def _names(points: pd.DataFrame) -> Any:
    return (
        alt.Chart(points)
        .mark_text(dy=-13, fontSize=12, color=TEXT, limit=140)
        .encode(x="recall:Q", y="mean_rank:Q", text="head:N")
    )


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
        x=alt.X(
            "mean_rank:Q", title="Mean rank (1 is best; grey tick = guessing)", scale=alt.Scale(domainMin=1)
        ),
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
    return [BLUE if scorer == BASELINE else ORANGE for scorer in scorers]
