"""How the charts look: one style for the demo and the leaderboard, in light and dark, wide or on a phone."""

from typing import Any

import altair as alt

TEXT = "var(--body-text-color)"
QUIET_TEXT = "var(--body-text-color-subdued)"
LINE = "var(--border-color-primary)"
FONT = "system-ui, sans-serif"

COSINE_COLOUR = "var(--fg-cosine)"
HEAD_COLOUR = "var(--fg-head)"
"""Set in page.css for light and dark: orange and blue of Okabe and Ito's palette, told apart by everyone."""
PALETTE = (
    HEAD_COLOUR,
    "#d55e00",
    "#009e73",
    "#cc79a7",
    COSINE_COLOUR,
    "var(--fg-other-blue)",
    "#8c8c8c",
    "#b5a300",
)
"""Okabe and Ito's, in the order in which it is used, and two more that are told apart from it, on light and dark."""


def style(chart: Any, height: int) -> Any:
    """The chart `height` px high, as wide as its container, in the colours of the page's theme.

    Drawn as SVG, because the page's CSS variables reach SVG and not a canvas: that makes dark mode work.
    The chart must be a single view or layers: a container's width means nothing to concatenated views.
    """
    axis = alt.AxisConfig(
        labelColor=TEXT, titleColor=TEXT, gridColor=LINE, domainColor=LINE, tickColor=LINE, labelLimit=260
    )
    # Settings at once: each of Altair's methods copies the whole chart.
    return chart.properties(
        width="container",
        height=height,
        background="transparent",
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        usermeta={"embedOptions": {"renderer": "svg", "actions": False}},
        config=alt.Config(
            font=FONT,
            axis=axis,
            legend=alt.LegendConfig(labelColor=TEXT, titleColor=TEXT, orient="top"),
            title=alt.TitleConfig(color=TEXT, anchor="start", fontSize=14),
            view=alt.ViewConfig(stroke=None),
        ),
    )
