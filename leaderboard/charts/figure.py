"""The chart on top of a board that has no two figures to be weighed against each other: one figure, best first."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from fg_demo.page.chart_style import HEAD_COLOUR, QUIET_TEXT, TEXT, style
from leaderboard.board.board import Entry
from leaderboard.tables.column import Column

MOST = 25
ROW = 22
LONGEST = 42


def figure_chart(entries: Sequence[Entry], column: Column, chosen: str = "") -> Any:
    """A dot an entry with its 95 % interval, the best of them on top; None when none has the figure."""
    rows = _rows(entries, column)
    if not rows:
        return None
    better = "left is better" if column.best == "min" else "right is better"
    unit = " in %" if column.form == "share" else ""
    scale = alt.Scale(zero=False, nice=True)
    x = alt.X("value:Q", title=f"{column.title}{unit}: {better}", scale=scale, axis=alt.Axis(format="~g"))
    y = alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=300, grid=True))
    is_chosen = alt.datum.key == chosen
    base = alt.Chart(pd.DataFrame(rows))
    dots = base.mark_point(filled=True, opacity=1, color=HEAD_COLOUR).encode(
        x=x,
        y=y,
        size=alt.condition(is_chosen, alt.value(260), alt.value(110)),
        stroke=alt.condition(is_chosen, alt.value(TEXT), alt.value(None)),
        tooltip=[alt.Tooltip("name:N", title=" "), alt.Tooltip("value:Q", title=column.title, format=".2f")],
    )
    layers = [dots]
    if any(row["low"] is not None for row in rows):
        layers.insert(
            0, base.mark_rule(color=QUIET_TEXT).encode(x=alt.X("low:Q", scale=scale), x2="high:Q", y=y)
        )
    told = "; ".join(f"{row['name']} {row['value']:.2f}" for row in rows[:8])
    words = f"{len(rows)} rows by {column.title}{unit}, best first: {told}."
    return style(alt.layer(*layers).properties(description=words), 60 + ROW * len(rows))


def _rows(entries: Sequence[Entry], column: Column) -> list[dict[str, Any]]:
    scale = 100 if column.form == "share" else 1
    known = [
        (entry, float(value)) for entry in entries if isinstance(value := entry.values[column.name], float)
    ]
    known.sort(key=lambda pair: pair[1], reverse=column.best == "max")
    names = _names([entry for entry, _ in known[:MOST]])
    rows = []
    for name, (entry, value) in zip(names, known, strict=False):
        low, high = column.interval(entry.record) or (None, None)
        ends = {"low": None if low is None else scale * low, "high": None if high is None else scale * high}
        rows.append({"key": entry.key, "name": name, "value": scale * value, **ends})
    return rows


def _names(entries: Sequence[Entry]) -> list[str]:
    """Each entry's title, with its backbone where there are several; distinct."""
    several = len({entry.record.backbone.name for entry in entries}) > 1
    made: list[str] = []
    for entry in entries:
        backbone = entry.record.backbone.name
        name = f"{entry.title} · {backbone}" if several and backbone not in entry.title else entry.title
        name = name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
        made.append(name if name not in made else f"{name} ({made.count(name) + 1})")
    return made
