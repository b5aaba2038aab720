"""The table of results for a terminal: one table for each protocol, what was measured here before what was
quoted.
"""

import textwrap
from collections.abc import Callable

import pandas as pd

from leaderboard.benchmark import SUBSETS
from leaderboard.records import PRODUCED
from leaderboard.table import COMPARABLE

WIDTH = 118
LONGEST_NAME = 26
SHORT = {"hard": "hard", "medium": "med.", "easy": "easy", "trivial": "triv.", "color": "col."}
SHORT |= {"material": "mat.", "pattern": "patt.", "transparency": "tran."}

LEFT = ("head", "stage", "backbone", "95 %")

Column = Callable[[pd.DataFrame], list[str]]


def to_text(table: pd.DataFrame) -> str:
    """The tables, at most WIDTH characters wide; a column that is empty in all rows is left out."""
    if table.empty:
        return "no results yet\n"
    own = table["provenance"].isin(PRODUCED)
    groups = [
        rows
        for part in (table[own], table[~own])
        for _, rows in part.groupby(list(COMPARABLE), dropna=False, sort=False)
    ]
    return "\n".join(map(_one_table, groups))


def _one_table(rows: pd.DataFrame) -> str:
    ranked = rows[list(SUBSETS)].notna().any(axis=None)
    if rows["mean_rank"].isna().all():
        rows = rows.sort_values(["hard_top1", "hard_ap"], ascending=False, kind="stable")
    columns = {title: column(rows) for title, column in _columns(bool(ranked)).items()}
    if rows["backbone"].nunique() == 1 or (rows["backbone"] == rows["head"]).all():
        del columns["backbone"]
    shown = {title: cells for title, cells in columns.items() if any(cells)}
    widths = {title: max(len(title), *map(len, cells)) for title, cells in shown.items()}
    lines = [
        [_aligned(title, text, widths[title]) for title, text in zip(shown, line, strict=True)]
        for line in (shown, *zip(*shown.values(), strict=True))
    ]
    return "\n".join([*_heading(rows), *(" ".join(line).rstrip() for line in lines), ""])


def _heading(rows: pd.DataFrame) -> list[str]:
    first = rows.to_dict("records")[0]
    what = [str(first[name]) for name in ("benchmark", "split") if not pd.isna(first[name])]
    revision = "" if pd.isna(first["benchmark_revision"]) else f", revision {first['benchmark_revision']}"
    backbone = f" · {first['backbone']}" if rows["backbone"].nunique() == 1 else ""
    how = ", ".join(dict.fromkeys(rows["provenance"]))
    title = f"{' '.join(what)}{revision} · {how}{backbone}"
    return [title, *textwrap.wrap(first["protocol"], WIDTH - 2, initial_indent="  ", subsequent_indent="  ")]


def _columns(ranked: bool) -> dict[str, Column]:
    """Title → the cells under it. Mean ranks are 1 at best; shares are in percent.

    Where no subset has a mean rank, its top-1 or average precision stands instead.
    """
    figures, recalls = {SHORT[name]: _number(name, "{:.2f}") for name in SUBSETS}, (10,)
    if not ranked:
        recalls = (1, 5, 10)
        figures = {
            f"{SHORT[name]} {title}": _number(f"{name}_{figure}", "{:.1%}")
            for figure, title in (("top1", "top-1"), ("ap", "AP"))
            for name in SUBSETS
        }
    return {
        "#": _number("place", "{:.0f}"),
        "head": _name("head"),
        "stage": _name("stage"),
        "backbone": _name("backbone"),
        "mean": _number("mean_rank", "{:.2f}"),
        "95 %": _interval,
        **figures,
        "top-1": _number("top1", "{:.1%}"),
        **{f"I→T@{k}": _number(f"image_to_text_r{k}", "{:.1%}") for k in recalls},
        **{f"T→I@{k}": _number(f"text_to_image_r{k}", "{:.1%}") for k in recalls},
    }


def _aligned(title: str, cell: str, width: int) -> str:
    return cell.ljust(width) if title in LEFT else cell.rjust(width)


def _number(name: str, form: str) -> Column:
    return lambda rows: ["" if pd.isna(value) else form.format(value).rstrip("%") for value in rows[name]]


def _name(name: str) -> Column:
    return lambda rows: [_short(str(value)) if pd.notna(value) else "" for value in rows[name]]


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def _interval(rows: pd.DataFrame) -> list[str]:
    ends = zip(rows["mean_rank_low"], rows["mean_rank_high"], strict=True)
    return ["" if pd.isna(low) else f"{low:.2f}–{high:.2f}" for low, high in ends]
