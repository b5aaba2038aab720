"""The chart on top of the leaderboard: what a head gains on fine details against what it keeps of retrieval."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from fg_demo.page.chart_style import PALETTE, QUIET_TEXT, TEXT, style
from leaderboard.board.trade_off import Point, in_words
from leaderboard.charts.label_places import placed_names
from leaderboard.tables.columns import GAIN, column
from leaderboard.tables.retrieval_columns import RECALLS

SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"]
MOST_ARROWS, MOST_INTERVALS = 60, 150
"""More than these would cover the points."""
HEIGHT = 400
LEGEND_COLUMNS = 6
"""Kinds in a row of the legend, whose names are short; of backbones a third as many."""

NAME_FIELDS = ("name", "fine", "coarse", "align", "right", "down", "least", "below")
DOT_FIELDS = ("key", "head", "kind", "backbone", "provenance", "fine", "coarse")


def trade_off_chart(
    points: Sequence[Point], fine: str, recall: str, chosen: str = "", retrieval: str = "Coarse retrieval"
) -> Any:
    """The points with their intervals, the front, and an arrow to each head from its backbone's cosine.

    Up and to the right is better, whatever the figure; `retrieval` is what that is called.
    """
    axes = _axes(points, fine, recall, retrieval)
    layers = [_front(points, axes), _arrows(points, axes), *_intervals(points, axes)]
    layers += [_dots(points, axes, chosen), _names(points, axes, chosen), _corner()]
    chart = alt.layer(*(layer for layer in layers if layer is not None)).properties(
        description=in_words(points, fine, recall)
    )
    return style(chart, HEIGHT)


def _data(points: Sequence[Point], *names: str) -> pd.DataFrame:
    """The points, or these of their fields, as a frame: altair copies and checks every value of plain lists
    several times over.
    """
    return pd.DataFrame(list(points), columns=list(names) or None)


@dataclass(frozen=True)
class Axes:
    """Titles and scales that all layers share, so that each may place a field of its own on them."""

    x_title: tuple[str, str]
    x_scale: alt.Scale
    y_title: tuple[str, str]
    y_scale: alt.Scale

    def part(self, point: Point) -> tuple[float, float]:
        """Where the point is in parts of the plot, (0, 0) its upper left corner."""
        (left, right), (low, high) = self.x_scale["domain"], self.y_scale["domain"]
        up = (point["fine"] - low) / (high - low)
        return (point["coarse"] - left) / (right - left), up if self.y_scale["reverse"] else 1 - up

    def x(self, field: str = "coarse:Q") -> alt.X:
        """The chart's horizontal axis for a field."""
        return alt.X(field, title=list(self.x_title), scale=self.x_scale, axis=alt.Axis(tickCount=10))

    def y(self, field: str = "fine:Q") -> alt.Y:
        """The chart's vertical axis for a field."""
        return alt.Y(field, title=list(self.y_title), scale=self.y_scale)


def _axes(points: Sequence[Point], fine: str, recall: str, retrieval: str) -> Axes:
    across = [point[name] for point in points for name in ("coarse", "coarse_low", "coarse_high")]
    up = [point[name] for point in points for name in ("fine", "fine_low", "fine_high")]
    x_title = (f"{retrieval}: {RECALLS[recall]} in %", "mean of both ways, right is better")
    lower = column(fine).best == "min"
    # A gain over blind may be a loss; ranks begin at 1, shares at 0.
    floor = float("-inf") if fine == GAIN.name else 1.0 if lower else 0.0
    y_scale = _scale(up, 0.2, floor, reverse=lower)
    return Axes(x_title, _scale(across, 4.0, floor=0.0), (_fine_title(fine), "up is better"), y_scale)


def _fine_title(fine: str) -> str:
    shown = column(fine)
    if fine == "mean_rank":
        return "Mean rank of the subsets"
    if fine == GAIN.name:
        return "Gain over blind, in ranks"
    return f"{shown.title}, in %" if shown.form == "share" else f"Mean rank on {shown.title}"


def _scale(values: Sequence[float | None], least: float, floor: float, reverse: bool = False) -> alt.Scale:
    """A scale with a margin of at least `least` about the values, but not below `floor`."""
    known = [value for value in values if value is not None]
    low, high = min(known, default=0), max(known, default=1)
    margin = max(0.12 * (high - low), least)
    return alt.Scale(
        domain=[max(floor, low - margin), high + margin], nice=False, reverse=reverse, zero=False
    )


def _front(points: Sequence[Point], axes: Axes) -> Any:
    on_front = [point for point in points if point["front"]]
    line = alt.Chart(_data(on_front, "coarse", "fine")).mark_line(
        interpolate="step-before", strokeDash=[5, 4], color=QUIET_TEXT
    )
    return line.encode(x=axes.x(), y=axes.y(), order="coarse:Q")


def _arrows(points: Sequence[Point], axes: Axes) -> Any:
    """Tapered lines, thick at the cosine and pointed at the head: they keep their direction at any width."""
    moved = [point for point in points if "from_fine" in point]
    if not moved or len(moved) > MOST_ARROWS:
        return None
    ends = [
        end
        for point in moved
        for end in (
            {"key": point["key"], "coarse": point["from_coarse"], "fine": point["from_fine"], "width": 7},
            {"key": point["key"], "coarse": point["coarse"], "fine": point["fine"], "width": 0.5},
        )
    ]
    size = alt.Size("width:Q", scale=None, legend=None)
    return (
        alt.Chart(_data(ends))
        .mark_trail(color=QUIET_TEXT, opacity=0.3)
        .encode(
            x=axes.x(), y=axes.y(), size=size, detail="key:N", order=alt.Order("width:Q", sort="descending")
        )
    )


def _intervals(points: Sequence[Point], axes: Axes) -> list[Any]:
    color = _color(points)
    if len(points) > MOST_INTERVALS:
        return []
    upright = [point for point in points if point["fine_low"] is not None]
    lying = [point for point in points if point["coarse_low"] is not None]
    made = []
    if upright:
        made.append(
            alt.Chart(_data(upright))
            .mark_rule(strokeWidth=1.5)
            .encode(x=axes.x(), y=axes.y("fine_low:Q"), y2="fine_high:Q", color=color)
        )
    if lying:
        made.append(
            alt.Chart(_data(lying))
            .mark_rule(strokeWidth=1.5)
            .encode(x=axes.x("coarse_low:Q"), x2="coarse_high:Q", y=axes.y(), color=color)
        )
    return made


def _dots(points: Sequence[Point], axes: Axes, chosen: str) -> Any:
    kinds = list(dict.fromkeys(point["kind"] for point in points))
    legend = (
        # Below the chart: beside the backbones it would not fit, and be cut off.
        alt.Legend(
            orient="bottom",
            symbolFillColor=TEXT,
            symbolStrokeColor=TEXT,
            labelLimit=160,
            columns=LEGEND_COLUMNS,
        )
        if len(kinds) > 1
        else None
    )
    shape = alt.Shape(
        "kind:N", title=None, scale=alt.Scale(domain=kinds, range=_cycled(SHAPES, len(kinds))), legend=legend
    )
    is_chosen = str(alt.datum.key == chosen)
    return (
        alt.Chart(_data(points, *DOT_FIELDS))
        .mark_point(filled=True, opacity=1)
        .encode(
            x=axes.x(),
            y=axes.y(),
            color=_color(points),
            shape=shape,
            # Channels by name: what Altair infers them from takes as long as all the rest.
            size=alt.SizeValue(130, condition={"test": is_chosen, "value": 320}),
            stroke=alt.StrokeValue(None, condition={"test": is_chosen, "value": TEXT}),
            tooltip=_tooltip(),
        )
    )


def _color(points: Sequence[Point]) -> alt.Color:
    names = sorted({point["backbone"] for point in points})
    scale = alt.Scale(domain=names, range=_cycled(PALETTE, len(names)))
    # The same legend in every layer, or the layers' legends would not merge into one.
    legend = (
        alt.Legend(labelLimit=220, symbolType="circle", symbolOpacity=1, columns=LEGEND_COLUMNS // 3)
        if len(names) > 1
        else None
    )
    return alt.Color("backbone:N", title=None, scale=scale, legend=legend)


def _cycled(values: Sequence[str], count: int) -> list[str]:
    return [values[number % len(values)] for number in range(count)]


def _tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("head:N", title="Head"),
        alt.Tooltip("backbone:N", title="Backbone"),
        alt.Tooltip("fine:Q", title="Fine details", format=".2f"),
        alt.Tooltip("coarse:Q", title="Coarse, %", format=".1f"),
        alt.Tooltip("provenance:N", title="Provenance"),
    ]


def _names(points: Sequence[Point], axes: Axes, chosen: str) -> Any:
    """Names beside the points where there is room."""
    placed = placed_names(points, [axes.part(point) for point in points], chosen)
    return (
        alt.Chart(_data(placed, *NAME_FIELDS))
        .transform_filter("width >= datum.least && width < datum.below")
        .mark_text(
            align=alt.ExprRef("datum.align"),
            dx=alt.ExprRef("datum.right"),
            dy=alt.ExprRef("datum.down"),
            fontSize=12,
            color=TEXT,
        )
        .encode(x=axes.x(), y=axes.y(), text="name:N")
    )


def _corner() -> Any:
    return (
        alt.Chart(_data([{"words": "better ↗"}]))
        .mark_text(align="right", baseline="top", fontSize=12, color=QUIET_TEXT)
        .encode(x=alt.XValue("width"), y=alt.YValue(2), text="words:N")
    )
