"""Charts of one head or of a few side by side: subsets, number of negatives, confusions, learning curve."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from fg_demo.page.chart_style import COSINE_COLOUR, PALETTE, QUIET_TEXT, TEXT, style
from heads.kinds.cosine import BASELINE
from leaderboard.benchmarks.catalogue import chance_of, subset_titles
from leaderboard.board.board import Entry
from leaderboard.records.figures import Confusion

COLOURS = tuple(colour for colour in PALETTE if colour != COSINE_COLOUR)[:4]
"""Of heads beside each other: the cosine's is the cosine's all over the page."""

Row = dict[str, Any]


def scorer_names(entries: Sequence[Entry]) -> dict[str, str]:
    """Key → the name of each entry in the charts, distinct: with the backbone where titles repeat."""
    titles = [entry.title for entry in entries]
    return {
        entry.key: entry.title
        if titles.count(entry.title) == 1
        else f"{entry.title} on {entry.record.backbone.name}"
        for entry in entries
    }


def subset_rows(entries: Sequence[Entry]) -> list[Row]:
    """One row a subset and entry: subset (title), scorer, mean_rank, its interval's ends, chance; what was not
    measured is left out.
    """
    names = scorer_names(entries)
    rows = []
    for entry in entries:
        for name, title in subset_titles(entry.record.subsets).items():
            result = entry.record.subsets[name]
            if result is None or result.mean_rank is None:
                continue
            low, high = result.interval or (None, None)
            chance = result.chance or chance_of(entry.record.benchmark.name, name)
            rows.append({"subset": title, "scorer": names[entry.key], "mean_rank": result.mean_rank,
                         "low": low, "high": high, "chance": chance})  # fmt: skip
    return rows


SUBSET_TOOLTIP = [
    alt.Tooltip("scorer:N", title="Head"),
    alt.Tooltip("subset:N", title="Subset"),
    alt.Tooltip("mean_rank:Q", title="Mean rank", format=".2f"),
    alt.Tooltip("low:Q", title="95 % from", format=".2f"),
    alt.Tooltip("high:Q", title="to", format=".2f"),
    alt.Tooltip("chance:Q", title="Guessing", format=".2f"),
]


def subset_chart(entries: Sequence[Entry], rows: Sequence[Row]) -> Any:
    """A bar a subset and entry from 1, the best there is, with intervals; a tick where guessing ends."""
    bars = max(1, len(entries))
    data = pd.DataFrame(list(rows))
    order = list(dict.fromkeys(row["subset"] for row in rows))
    scorers = list(scorer_names(entries).values())
    y = alt.Y("subset:N", sort=order, title=None, scale=alt.Scale(paddingInner=0.3))
    offset = alt.YOffset("scorer:N", sort=scorers, scale=alt.Scale(domain=scorers))
    title = "Mean rank (grey: guessing)"
    x = alt.X(
        "mean_rank:Q",
        title=title,
        scale=alt.Scale(domainMin=1, nice=True),
        axis=alt.Axis(tickCount=8, labelOverlap="greedy", labelSeparation=8),
    )
    base = alt.Chart(data)
    bar = base.mark_bar(cornerRadiusEnd=2).encode(
        y=y, yOffset=offset, x=x, x2=alt.datum(1), color=_scorer_color(entries), tooltip=SUBSET_TOOLTIP
    )
    whisker = (
        base.transform_filter("isValid(datum.low)")
        .mark_rule(color=TEXT, strokeWidth=1.2)
        .encode(y=y, yOffset=offset, x=alt.X("low:Q", title=title), x2="high:Q")
    )
    chance = base.mark_tick(color=QUIET_TEXT, thickness=2.5, bandSize=14 * bars).encode(
        y=y, x=alt.X("chance:Q", title=title)
    )
    words = "; ".join(f"{row['scorer']} {row['subset']} {row['mean_rank']:.2f}" for row in rows)
    return style(
        alt.layer(bar, whisker, chance).properties(description=f"Mean ranks: {words}."), (12 * bars + 14) * 8
    )


def negatives_rows(entries: Sequence[Entry], subset: str) -> list[Row]:
    """One row an entry and number of negatives: scorer, negatives, mean_rank."""
    names = scorer_names(entries)
    return [
        {"scorer": names[entry.key], "negatives": number, "mean_rank": rank}
        for entry in entries
        for number, rank in enumerate(_by_negatives(entry, subset), start=1)
    ]


def negatives_chart(entries: Sequence[Entry], rows: Sequence[Row], subset: str) -> Any:
    """Mean rank against the number of negatives it is among, with the line that guessing follows, (N + 2) / 2."""
    most = max((row["negatives"] for row in rows), default=1)
    guessing = [{"negatives": number, "mean_rank": (number + 2) / 2} for number in range(1, most + 1)]
    x = alt.X("negatives:Q", title=f"Number of hard negatives ({subset_titles([subset])[subset]})",
              axis=alt.Axis(tickMinStep=1, format="d"))  # fmt: skip
    y = alt.Y("mean_rank:Q", title="Mean rank (1 is best)", scale=alt.Scale(domainMin=1, zero=False))
    chance = alt.Chart(pd.DataFrame(guessing)).mark_line(color=QUIET_TEXT, strokeDash=[5, 4])
    lines = alt.Chart(pd.DataFrame(list(rows))).mark_line(point=alt.OverlayMarkDef(size=40, filled=True))
    tooltip = [
        alt.Tooltip("scorer:N", title="Head"),
        alt.Tooltip("negatives:Q", title="Negatives"),
        alt.Tooltip("mean_rank:Q", title="Mean rank", format=".2f"),
    ]
    shown = alt.layer(
        chance.encode(x=x, y=y), lines.encode(x=x, y=y, color=_scorer_color(entries), tooltip=tooltip)
    )
    ends = "; ".join(f"{row['scorer']} {row['mean_rank']:.2f}" for row in rows if row["negatives"] == most)
    on = subset_titles([subset])[subset]
    words = f"Mean rank by number of negatives on {on}; among {most}: {ends}; guessing: dashed."
    return style(shown.properties(description=words), 300)


def confusion_rows(confusions: Sequence[Confusion]) -> list[Row]:
    """One row a confusion: true, taken, count, of, share in percent."""
    return [
        {"true": one.true or "(nothing)", "taken": one.taken or "(nothing)", "count": one.count, "of": one.of,
         "share": 100 * one.count / one.of}
        for one in confusions
    ]  # fmt: skip


def confusion_chart(rows: Sequence[Row], subset: str) -> Any:
    """A heat map: the stronger a cell, the larger the share of regions in which one word was taken for another."""
    across = sorted({row["taken"] for row in rows})
    down = sorted({row["true"] for row in rows})
    base = alt.Chart(pd.DataFrame(list(rows))).encode(
        x=alt.X("taken:N", sort=across, title="taken for", axis=alt.Axis(labelAngle=-90, orient="bottom")),
        y=alt.Y("true:N", sort=down, title="is"),
        tooltip=[
            alt.Tooltip("true:N", title="Is"),
            alt.Tooltip("taken:N", title="Taken for"),
            alt.Tooltip("count:Q", title="Regions"),
            alt.Tooltip("of:Q", title="Of"),
            alt.Tooltip("share:Q", title="Percent", format=".1f"),
        ],
    )
    top = max((row["share"] for row in rows), default=1)
    cell = base.mark_rect(color=COLOURS[0], cornerRadius=2).encode(
        opacity=alt.Opacity("share:Q", scale=alt.Scale(domain=[0, top], range=[0.06, 0.75]), legend=None)
    )
    number = base.mark_text(fontSize=11, color=TEXT).encode(text=alt.Text("share:Q", format=".0f"))
    words = "; ".join(f"{row['true']} for {row['taken']}, {row['count']} of {row['of']}" for row in rows[:10])
    chart = alt.layer(cell, number).properties(
        description=f"Most frequent confusions on {subset_titles([subset])[subset]}: {words}."
    )
    return style(chart, 24 * len(down) + 20)


def learning_chart(history: Sequence[Mapping[str, Any]]) -> Any:
    """Mean rank on the validation set after each epoch, by stage of the training."""
    rows = [{"step": step, **epoch} for step, epoch in enumerate(history, start=1)]
    stages = list(dict.fromkeys(row["stage"] for row in rows))
    chart = alt.Chart(pd.DataFrame(rows)).mark_line(point=alt.OverlayMarkDef(size=30, filled=True))
    shown = chart.encode(
        x=alt.X("step:Q", title="Epoch", axis=alt.Axis(tickMinStep=1, format="d")),
        y=alt.Y("mean_rank:Q", title="Mean rank on validation", scale=alt.Scale(zero=False)),
        color=alt.Color("stage:N", title=None, scale=alt.Scale(domain=stages, range=COLOURS[: len(stages)])),
        tooltip=[
            "stage:N",
            "epoch:Q",
            *(alt.Tooltip(f"{name}:Q", format=".3f") for name in ("mean_rank", "loss", "recall")),
        ],
    )
    first, last = (rows[number]["mean_rank"] for number in (0, -1))
    words = f"Learning curve over {len(rows)} epochs: mean rank from {first:.2f} to {last:.2f}."
    return style(shown.properties(description=words), 260)


def _by_negatives(entry: Entry, subset: str) -> Sequence[float]:
    result = entry.record.subsets.get(subset)
    return (result.by_negatives or ()) if result else ()


def _scorer_color(entries: Sequence[Entry]) -> alt.Color:
    names = scorer_names(entries)
    heads = iter(COLOURS * 2)
    colours = [COSINE_COLOUR if entry.record.head.name == BASELINE.name else next(heads) for entry in entries]
    scale = alt.Scale(domain=list(names.values()), range=colours)
    legend = alt.Legend(labelLimit=260, columns=1) if len(entries) > 1 else None
    return alt.Color("scorer:N", title=None, scale=scale, legend=legend)
