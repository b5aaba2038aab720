"""The table of results as Markdown, for the README: `python -m leaderboard table --markdown --backbone mini-clip`."""

from collections.abc import Callable, Container

import pandas as pd

from leaderboard.benchmarks.catalogue import SUBSETS

RECALLS = {"image_to_text_r10": "I→T R@10", "text_to_image_r10": "T→I R@10"}


def to_markdown(table: pd.DataFrame, titles: Container[str] | None = None) -> str:
    """One line a row of `results_table`, in its order; the best of every column in bold, empty where not measured.

    Mean ranks to two decimals, recalls in percent; "3 seeds" is the mean rank's mean and standard deviation over
    so many trainings. `titles` are those of the columns that are wanted, by default all.
    """
    ranks = {name: subset.title for name, subset in SUBSETS.items()} | {"mean_rank": "mean"}
    columns = {
        "head": [f"`{name}`" for name in table["head"]],
        "stage": [str(stage) for stage in table["stage"]],
        **{title: _bold_best(list(table[name]), "{:.2f}".format, min) for name, title in ranks.items()},
        "seeds": _seeds(table),
        **{title: _bold_best(list(table[name]), "{:.1%}".format, max) for name, title in RECALLS.items()},
    }
    columns = {title: cells for title, cells in columns.items() if titles is None or title in titles}
    rules = ["---" if title in ("head", "stage") else "--:" for title in columns]
    lines = [list(columns), rules, *map(list, zip(*columns.values(), strict=True))]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _bold_best(values: list[float], shown: Callable[[float], str], better: Callable[..., float]) -> list[str]:
    """Equal as shown is equally best."""
    known = [float(value) for value in values if pd.notna(value)]
    best = shown(better(known)) if known else ""
    cells = ["" if pd.isna(value) else shown(float(value)) for value in values]
    return [f"**{cell}**" if cell and cell == best else cell for cell in cells]


def _seeds(table: pd.DataFrame) -> list[str]:
    columns = zip(table["seeds"], table["seeds_mean"], table["seeds_spread"], strict=True)
    return ["" if pd.isna(sd) else f"{mean:.2f} ± {sd:.2f} ({count:.0f})" for count, mean, sd in columns]
