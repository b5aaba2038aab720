"""What the leaderboard tab shows, worked out without it: groups, the styled table, where a row comes from."""

import html
from collections.abc import Hashable, Sequence
from typing import Any

import pandas as pd
from pandas.io.formats.style import Styler

from leaderboard.benchmark import BENCHMARKS, SUBSETS
from leaderboard.records import Problem

COMPARABLE = ["benchmark", "split", "benchmark_revision", "protocol"]
"""Rows that agree in these may stand in one table: figures of two protocols must not share a column."""

# The order of the columns: what a phone shows without scrolling comes first.
NAME = {"head": "Head"}
MEAN = {"mean_rank": "Mean rank"}
SHARES = {"image_to_text_r10": "I→T R@10", "text_to_image_r10": "T→I R@10", "top1": "Top-1"}
DETAILS = {"stage": "Stage", "backbone": "Backbone"}
RANKS = {name: subset.title for name, subset in SUBSETS.items()} | {"sum": "Sum"}
FIRST_FEW = {
    "image_to_text_r1": "I→T R@1",
    "image_to_text_r5": "I→T R@5",
    "text_to_image_r1": "T→I R@1",
    "text_to_image_r5": "T→I R@5",
}

ORIGIN = {
    "head": "Head",
    "head_revision": "Head revision",
    "backbone": "Backbone",
    "backbone_revision": "Backbone revision",
    "benchmark": "Benchmark",
    "split": "Split",
    "benchmark_revision": "Benchmark revision",
    "protocol": "Protocol",
    "provenance": "Provenance",
    "source": "Source",
    "date": "Measured on",
    "commit": "Code commit",
    "command": "Command",
}


def groups(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The table's comparable rows under a short label each, measured ones first; the label names what
    differs.
    """
    if table.empty:
        return {}
    parts = [rows for _, rows in table.groupby(COMPARABLE, dropna=False, sort=False)]
    parts.sort(key=lambda rows: (rows["provenance"].iloc[0] != "measured", -len(rows)))
    return {_label(rows, parts): rows.reset_index(drop=True) for rows in parts}


def styled(table: pd.DataFrame) -> Styler:
    """The table as shown: mean ranks to two decimals, shares in percent, the best of each column in bold.

    The backbone's column is there when the rows are of more than one.
    """
    several = len(set(table["backbone"])) > 1
    titles = {**NAME, **MEAN, **SHARES, **DETAILS, **RANKS, **FIRST_FEW}
    titles = {name: title for name, title in titles.items() if several or name != "backbone"}
    shown = pd.DataFrame(table, columns=list(titles))
    shown[[*SHARES, *FIRST_FEW]] *= 100
    shown["stage"] = shown["stage"].fillna("")
    shown.columns = list(titles.values())
    ranks, shares = [*MEAN.values(), *RANKS.values()], [*SHARES.values(), *FIRST_FEW.values()]
    style: Any = shown.style  # its stubs lose the type on the first call
    style.format({**dict.fromkeys(ranks, "{:.2f}"), **dict.fromkeys(shares, "{:.1f}")}, na_rep="")
    style.apply(_bold_where, best="min", subset=ranks).apply(_bold_where, best="max", subset=shares)
    return style


def origin(table: pd.DataFrame, row: int) -> str:
    """HTML saying where row `row` comes from and how to measure it again; everything in it is escaped."""
    fields = table.to_dict("records")[row]
    items = {title: fields[name] for name, title in ORIGIN.items() if _known(fields[name])}
    benchmark = BENCHMARKS.get(str(fields["benchmark"]))
    if benchmark:
        items |= {"Benchmark citation": benchmark.citation, "Benchmark licence": benchmark.licence}
    terms = "".join(
        f"<dt>{html.escape(term)}</dt><dd>{_cell(term, value)}</dd>" for term, value in items.items()
    )
    return f"<dl>{terms}</dl>"


def json_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The whole table as JSON-able rows; None = not measured."""
    return [
        {str(name): value if _known(value) else None for name, value in row.items()}
        for row in table.to_dict("records")
    ]


def problem_list(problems: Sequence[Problem]) -> str:
    """HTML naming the files that are no results, and why; empty when there are none."""
    if not problems:
        return ""
    items = "".join(
        f"<li><code>{html.escape(problem.file)}</code>: {html.escape(problem.reason[:300])}</li>"
        for problem in problems
    )
    return f"<p>Not shown, because they could not be read as results:</p><ul>{items}</ul>"


def _label(rows: pd.DataFrame, parts: Sequence[pd.DataFrame]) -> str:
    first = rows.to_dict("records")[0]
    rivals = [other.to_dict("records")[0] for other in parts]
    rivals = [other for other in rivals if other["benchmark"] == first["benchmark"]]
    differing = [name for name in COMPARABLE[1:] if len({_text(other[name]) for other in rivals}) > 1]
    details = [_text(first[name])[:60] for name in differing]
    return " · ".join([first["benchmark"], *details])


def _bold_where(column: pd.Series, best: str) -> list[str]:
    worth = column.nunique() > 1
    return ["font-weight: 700" if worth and value == column.agg(best) else "" for value in column]


def _cell(term: str, value: Hashable) -> str:
    text = html.escape(str(value))
    return f"<code>{text}</code>" if term == "Command" else text


def _known(value: Any) -> bool:
    return not pd.isna(value) and value != ""


def _text(value: Any) -> str:
    return str(value) if _known(value) else "not stated"
