"""The leaderboard's table: derived from the records, one row a record; an empty cell was not measured."""

from collections.abc import Sequence
from statistics import fmean, stdev

import pandas as pd

from heads.vetting.plain_text import spreadsheet_text
from leaderboard.benchmarks.catalogue import CLIP_SUBSETS, SUBSETS
from leaderboard.records.overall import mean_ranks_of_seeds
from leaderboard.records.paired import tied_ranks
from leaderboard.records.record import Record
from leaderboard.tables.columns import COLUMNS, column
from leaderboard.tables.detector_columns import PRECISIONS
from leaderboard.tables.retrieval_columns import CLIP_WAYS, RECALLS, WAYS

IDENTITY = ("backbone", "head", "stage", "benchmark", "provenance", "protocol")
FIGURES = (
    *SUBSETS,
    "mean_rank",
    "top1",
    *(f"{way}_{recall}" for way in WAYS for recall in RECALLS),
)
SPREAD = (
    *("sum", "mean_rank_low", "mean_rank_high", "top1_low", "top1_high"),
    *("parameters", "seeds", "seeds_mean", "seeds_spread", "place"),
)
OF_SUBSETS = (*(f"{name}_top1" for name in SUBSETS), *(f"{name}_ap" for name in SUBSETS))
OF_DETECTORS = tuple(one.name for one in PRECISIONS)
OF_CLIPS = (
    *CLIP_SUBSETS,
    *(f"{name}_top1" for name in CLIP_SUBSETS),
    *(f"{way}_{recall}" for way in CLIP_WAYS for recall in RECALLS),
    *(f"{way}_rank" for way in WAYS),
)
KNOWN = ("blind", "gain_over_blind", "half_truths", "in_training")
ORIGIN = (
    *("sees_image", "set_aware"),
    *("kind", "trained_on", "head_source", "notes"),
    *("split", "benchmark_revision", "head_revision", "backbone_revision"),
    *("commit", "command", "date", "source"),
)
NAMES = (*IDENTITY, *FIGURES, *SPREAD, *OF_SUBSETS, *OF_DETECTORS, *OF_CLIPS, *KNOWN, *ORIGIN)
COMPARABLE = ("benchmark", "split", "benchmark_revision", "protocol")
"""Rows that agree in these may stand in one table: figures of two protocols must not share a column."""


def results_table(records: Sequence[Record], places: Sequence[int | None] | None = None) -> pd.DataFrame:
    """One row a record, in the columns NAMES, best mean rank first, records without one last.

    Subset columns, `mean_rank` and `sum` are mean ranks (1 best); `top1`, recalls, `<subset>_top1` and
    `<subset>_ap` (average precision, of detectors) are shares in [0, 1]. The mean, the sum, top1 and the average
    precisions are over the eight subsets, and empty (NaN) when one of them is. `_low` and `_high` are the ends of
    95 % intervals. `seeds_mean` and `seeds_spread`, the sample standard deviation, are of the mean rank over `seeds`
    trainings. `blind` is a mean rank too, `half_truths` and `in_training` are shares. `place` counts from 1 among
    the rows that may be compared; heads that cannot be told apart share one, and what sees no image or all
    candidates at once (`sees_image`, `set_aware`) has none. `places` are the records', where they are known.
    """
    table = pd.DataFrame([_row(record) for record in records], columns=list(NAMES))
    figures = [*FIGURES, *SPREAD, *OF_SUBSETS, *OF_DETECTORS, *OF_CLIPS, *KNOWN]
    table[figures] = table[figures].astype("float64")
    if places is not None:
        table["place"] = pd.Series(places, dtype="float64")
    for rows in (
        ()
        if places is not None
        else table.groupby(list(COMPARABLE), dropna=False, sort=False).indices.values()
    ):
        table.loc[rows, "place"] = pd.Series(
            tied_ranks([records[row] for row in rows]), rows, dtype="float64"
        )
    return table.sort_values(
        ["mean_rank", "backbone", "head"], na_position="last", kind="stable", ignore_index=True
    )


def to_csv(table: pd.DataFrame) -> str:
    """The table as CSV, figures to four decimals, empty where not measured; no text of it is a formula."""
    plain = table.map(lambda cell: spreadsheet_text(cell) if isinstance(cell, str) else cell)
    return plain.to_csv(index=False, float_format="%.4f")


def _row(record: Record) -> dict[str, object]:
    produced, head = record.produced, record.head
    return {
        **{
            name: column(name).value(record)
            for name in (*FIGURES, "sum", "parameters", *OF_SUBSETS, *OF_DETECTORS, *OF_CLIPS, *KNOWN)
        },
        "backbone": record.backbone.name,
        "head": head.name,
        "stage": head.stage,
        "benchmark": record.benchmark.name,
        "provenance": record.provenance,
        "protocol": str(record.protocol),
        **_spread(record),
        "sees_image": head.sees_image,
        "set_aware": head.set_aware,
        "kind": head.kind,
        "trained_on": head.trained_on,
        "head_source": head.source,
        "notes": " ".join(record.notes) or None,
        "split": record.benchmark.split,
        "benchmark_revision": record.benchmark.revision,
        "head_revision": head.revision,
        "backbone_revision": record.backbone.revision,
        "commit": produced and produced.commit,
        "command": produced and produced.command,
        "date": produced and produced.date,
        "source": record.source,
    }


def _spread(record: Record) -> dict[str, float | None]:
    low, high = COLUMNS["mean_rank"].interval(record) or (None, None)
    top1_low, top1_high = COLUMNS["top1"].interval(record) or (None, None)
    means = mean_ranks_of_seeds(record)
    return {
        "mean_rank_low": low,
        "mean_rank_high": high,
        "top1_low": top1_low,
        "top1_high": top1_high,
        "seeds": len(means) or None,
        "seeds_mean": fmean(means) if means else None,
        "seeds_spread": stdev(means) if len(means) > 1 else None,
    }
