"""The table of results as Markdown, for the README: `python -m leaderboard table --markdown --backbone mini-clip`."""

from collections.abc import Container, Iterable, Mapping, Sequence

import pandas as pd

from leaderboard.benchmarks.catalogue import SUBSETS
from leaderboard.tables.column import Column
from leaderboard.tables.columns import COLUMNS
from leaderboard.tables.retrieval_columns import RECALLS, WAYS

RANKS = {name: COLUMNS[name].title for name in SUBSETS} | {"mean_rank": "mean"}
KNOWN = {"blind": "blind", "gain_over_blind": "gain", "half_truths": "truth first", "in_training": "seen"}
KEPT = {name: COLUMNS[name].title for name in (f"{way}_{recall}" for way in WAYS for recall in RECALLS)}


def to_markdown(table: pd.DataFrame, titles: Container[str] | None = None) -> str:
    """One line a row of `results_table`, in its order; the best of every column in bold, empty where not measured.

    Mean ranks to two decimals, shares in percent; "seeds" is the mean rank's mean and standard deviation over so many
    trainings, "blind" the rank without looking, "seen" the captions met in training. `titles` are those of the columns
    that are wanted, by default all.
    """
    columns = {
        "head": [f"`{name}`" for name in table["head"]],
        "stage": [str(stage) for stage in table["stage"]],
        **_figures(table, RANKS),
        "seeds": _seeds(table),
        **_figures(table, KNOWN),
        **_figures(table, KEPT),
    }
    columns = {title: cells for title, cells in columns.items() if titles is None or title in titles}
    return table_lines(list(columns), zip(*columns.values(), strict=True), left=("head", "stage"))


def table_lines(titles: Sequence[str], rows: Iterable[Sequence[str]], left: Container[str]) -> str:
    """A table in Markdown, whose columns of numbers stand to the right: all but those of the titles in `left`."""
    rules = ["---" if title in left else "--:" for title in titles]
    return "\n".join(f"| {' | '.join(line)} |" for line in (titles, rules, *rows)) + "\n"


def _figures(table: pd.DataFrame, titles: Mapping[str, str]) -> dict[str, list[str]]:
    """Title → cells of the columns whose names are given with their titles. References are never the best."""
    competes = table["sees_image"].astype(bool) & ~table["set_aware"].astype(bool)
    return {
        title: _bold_best(COLUMNS[name], list(table[name]), list(table[name][competes]))
        for name, title in titles.items()
    }


def _bold_best(column: Column, values: Sequence[float], competing: Sequence[float]) -> list[str]:
    """Equal as shown is equally best; where no end is better, none is."""
    sign = "%" if column.form == "share" else ""
    known = [float(value) for value in competing if pd.notna(value)]
    best = column.text(min(known) if column.best == "min" else max(known)) if known and column.best else ""
    cells = ["" if pd.isna(value) else column.text(float(value)) for value in values]
    return [f"**{cell}{sign}**" if cell and cell == best else cell and f"{cell}{sign}" for cell in cells]


def _seeds(table: pd.DataFrame) -> list[str]:
    columns = zip(table["seeds"], table["seeds_mean"], table["seeds_spread"], strict=True)
    return ["" if pd.isna(sd) else f"{mean:.2f} ± {sd:.2f} ({count:.0f})" for count, mean, sd in columns]
