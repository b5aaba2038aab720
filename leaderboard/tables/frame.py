"""The leaderboard's table: derived from the records, one row a record; an empty cell was not measured."""

from collections.abc import Sequence
from statistics import fmean, stdev

import pandas as pd

from heads.vetting.plain_text import spreadsheet_text
from leaderboard.benchmarks.catalogue import SUBSETS
from leaderboard.records.figures import Recall
from leaderboard.records.overall import mean_rank_over_subsets, mean_ranks_of_seeds, top1_over_subsets
from leaderboard.records.paired import tied_ranks
from leaderboard.records.record import Record
from leaderboard.tables.columns import sum_of_ranks

RECALLS = ("r1", "r5", "r10")
IDENTITY = ("backbone", "head", "stage", "benchmark", "provenance", "protocol")
FIGURES = (
    *SUBSETS,
    "mean_rank",
    "top1",
    *(f"{way}_{recall}" for way in ("image_to_text", "text_to_image") for recall in RECALLS),
)
SPREAD = (
    *("sum", "mean_rank_low", "mean_rank_high", "top1_low", "top1_high"),
    *("parameters", "seeds", "seeds_mean", "seeds_spread", "place"),
)
OF_SUBSETS = (*(f"{name}_top1" for name in SUBSETS), *(f"{name}_ap" for name in SUBSETS))
ORIGIN = (
    *("kind", "trained_on", "head_source", "notes"),
    *("split", "benchmark_revision", "head_revision", "backbone_revision"),
    *("commit", "command", "date", "source"),
)
COLUMNS = (*IDENTITY, *FIGURES, *SPREAD, *OF_SUBSETS, *ORIGIN)
COMPARABLE = ("benchmark", "split", "benchmark_revision", "protocol")
"""Rows that agree in these may stand in one table: figures of two protocols must not share a column."""


def results_table(records: Sequence[Record]) -> pd.DataFrame:
    """One row a record, in the columns COLUMNS, best mean rank first, records without one last.

    Subset columns, `mean_rank` and `sum` are mean ranks (1 best); `top1`, recalls, `<subset>_top1` and
    `<subset>_ap` (average precision, of detectors) are shares in [0, 1]. The mean, the sum and top1 are over
    the eight subsets, and empty (NaN) when one of them is. `_low` and `_high` are the ends of 95 % intervals.
    `seeds_mean` and `seeds_spread`, the sample standard deviation, are of the mean rank over `seeds`
    trainings. `place` counts from 1 among the rows that may be compared; heads that cannot be told apart share
    one.
    """
    table = pd.DataFrame([_row(record) for record in records], columns=list(COLUMNS))
    figures = [*FIGURES, *SPREAD, *OF_SUBSETS]
    table[figures] = table[figures].astype("float64")
    for rows in table.groupby(list(COMPARABLE), dropna=False, sort=False).indices.values():
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
    produced, mean_rank, head = record.produced, mean_rank_over_subsets(record), record.head
    return {
        "backbone": record.backbone.name,
        "head": head.name,
        "stage": head.stage,
        "benchmark": record.benchmark.name,
        "provenance": record.provenance,
        "protocol": str(record.protocol),
        **{name: result.mean_rank for name, result in record.subsets.items()},
        "mean_rank": mean_rank,
        "top1": top1_over_subsets(record),
        **_recalls(record),
        "sum": sum_of_ranks(record),
        **_spread(record),
        **{f"{name}_top1": result.top1 for name, result in record.subsets.items()},
        **{f"{name}_ap": result.average_precision for name, result in record.subsets.items()},
        "kind": head.kind,
        "parameters": head.parameters,
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
    low, high = record.mean_rank_interval or (None, None)
    top1_low, top1_high = record.top1_interval or (None, None)
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


def _recalls(record: Record) -> dict[str, float | None]:
    empty = Recall()
    ways = {
        "image_to_text": record.retrieval.image_to_text if record.retrieval else empty,
        "text_to_image": record.retrieval.text_to_image if record.retrieval else empty,
    }
    return {f"{way}_{recall}": getattr(found, recall) for way, found in ways.items() for recall in RECALLS}
