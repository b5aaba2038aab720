"""The table of results for a terminal: one table for each protocol, what was measured here before what was
quoted.
"""

import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from heads.io.text_table import TextColumn, text_table
from leaderboard.benchmarks.catalogue import CLIP_SUBSETS, SUBSETS
from leaderboard.records.record import PRODUCED
from leaderboard.tables.column import Column
from leaderboard.tables.columns import COLUMNS, FIGURES, column
from leaderboard.tables.detector_columns import PRECISIONS
from leaderboard.tables.frame import COMPARABLE
from leaderboard.tables.retrieval_columns import CLIP_WAYS, RECALLS, WAYS
from leaderboard.tables.shown import of_events

WIDTH = 120
LONGEST_NAME, SHORTEST_NAME = 26, 12
"""Letters of a name; of heads, where the table would be too wide, fewer."""
LEFT = ("head", "stage", "backbone", "95 %")
"""Columns of words, written from the left."""

Row = dict[str, Any]
Cell = Callable[[Row], str]


def to_text(table: pd.DataFrame) -> str:
    """The tables, at most WIDTH characters wide; a column that is empty in all rows is left out, and backbones that do
    not fit into one table have one each.
    """
    if table.empty:
        return "no results yet\n"
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in map(_known, table.to_dict("records")):
        quoted = row["provenance"] not in PRODUCED
        groups.setdefault((quoted, *(row.get(name) for name in COMPARABLE)), []).append(row)
    # The sort is stable: groups stay in the order of their best rows.
    return "\n".join(_fitting(groups[key]) for key in sorted(groups, key=lambda key: key[0]))


def _fitting(rows: list[Row]) -> str:
    several = _backbones(rows)
    if len(several) == 1 or _width(_cells(rows)) <= WIDTH:
        return _one_table(rows)
    apart: dict[str, list[Row]] = {backbone: [] for backbone in several}
    for row in rows:
        # What sees no image stands beside the backbone that is best.
        apart[row["backbone"] if row["backbone"] in apart else several[0]].append(row)
    return "\n".join(map(_one_table, apart.values()))


def _known(row: Row) -> Row:
    return {name: value for name, value in row.items() if not pd.isna(value)}


def _one_table(rows: list[Row]) -> str:
    if not any("mean_rank" in row for row in rows):
        rows = sorted(rows, key=_best_share, reverse=True)
    cells = _cells(rows)
    if (excess := _width(cells) - WIDTH) > 0:
        longest = max(SHORTEST_NAME, max(map(len, cells["head"])) - excess)
        cells = {**cells, "head": [_short(name, longest) for name in cells["head"]]}
    return "\n".join([*_heading(rows), _text_of(cells), ""])


def _cells(rows: Sequence[Row]) -> dict[str, list[str]]:
    """Title → the cells below it; a column that is empty in all rows is left out."""
    of_clips = any(name in row for row in rows for name in CLIP_SUBSETS)
    columns = _columns(_figures(rows), of_events if of_clips else lambda column: column)
    if len(_backbones(rows)) == 1 or all(row["backbone"] == row["head"] for row in rows):
        del columns["backbone"]
    cells = {title: [cell(row) for row in rows] for title, cell in columns.items()}
    return {title: texts for title, texts in cells.items() if any(texts)}


def _text_of(cells: Mapping[str, Sequence[str]]) -> str:
    titles = [TextColumn(title, left=title in LEFT) for title in cells]
    return text_table(titles, list(zip(*cells.values(), strict=True)))


def _width(cells: Mapping[str, Sequence[str]]) -> int:
    return max(map(len, _text_of(cells).splitlines()))


def _heading(rows: Sequence[Row]) -> list[str]:
    first = rows[0]
    what = " ".join(first[name] for name in ("benchmark", "split") if name in first)
    revision = f", revision {first['benchmark_revision']}" if "benchmark_revision" in first else ""
    how = ", ".join(dict.fromkeys(row["provenance"] for row in rows))
    backbones = _backbones(rows)
    backbone = f" · {backbones[0]}" if len(backbones) == 1 else ""
    protocol = textwrap.wrap(first["protocol"], WIDTH - 2, initial_indent="  ", subsequent_indent="  ")
    return [f"{what}{revision} · {how}{backbone}", *protocol]


def _figures(rows: Sequence[Row]) -> list[Column]:
    """What may be shown of rows with such figures. Where no subset has a mean rank, its top-1 or average precision
    stands instead; of clips the recalls of events and of whole clips.
    """
    figures, found = [*SUBSETS], [f"{way}_r10" for way in WAYS]
    if any(name in row for row in rows for name in CLIP_SUBSETS):
        figures, found = [*CLIP_SUBSETS], [f"{way}_r1" for way in (*WAYS, *CLIP_WAYS)]
    elif not any(name in row for row in rows for name in SUBSETS):
        figures = [f"{name}_{figure}" for figure in FIGURES for name in SUBSETS]
        found = [f"{way}_{recall}" for way in WAYS for recall in RECALLS]
    precisions = [one.name for one in PRECISIONS]
    return [column(name) for name in (*figures, "top1", *precisions, *found)]


def _columns(figures: Sequence[Column], named: Callable[[Column], Column]) -> dict[str, Cell]:
    """Title → the cell of a row under it: the short titles of the figures, as `named`. Mean ranks are 1 at best; shares
    are in percent.
    """
    return {
        "#": lambda row: f"{row['place']:.0f}" if "place" in row else "",
        "head": _name("head"),
        "stage": _name("stage"),
        "backbone": _name("backbone"),
        COLUMNS["mean_rank"].short: _figure(COLUMNS["mean_rank"]),
        "95 %": _interval,
        **{named(one).short: _figure(one) for one in figures},
    }


def _backbones(rows: Sequence[Row]) -> list[str]:
    """Those that the rows are of; what sees no image is of none, unless there is nothing else."""
    looking = [row for row in rows if row["sees_image"]]
    return list(dict.fromkeys(row["backbone"] for row in looking or rows))


def _best_share(row: Row) -> float:
    return next((row[name] for name in ("hard_top1", "hard_ap", "image_to_text_r1") if name in row), 0.0)


def _figure(column: Column) -> Cell:
    return lambda row: column.text(row.get(column.name))


def _name(name: str) -> Cell:
    return lambda row: _short(row.get(name, ""))


def _short(name: str, longest: int = LONGEST_NAME) -> str:
    return name if len(name) <= longest else name[: longest - 1] + "…"


def _interval(row: Row) -> str:
    return f"{row['mean_rank_low']:.2f}–{row['mean_rank_high']:.2f}" if "mean_rank_low" in row else ""
