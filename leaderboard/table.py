"""The leaderboard's table: derived from the records, one row a record; an empty cell was not measured."""

from collections.abc import Sequence
from statistics import fmean

import pandas as pd

from leaderboard.benchmark import SUBSETS
from leaderboard.metrics import Recall
from leaderboard.records import Record

RECALLS = ("r1", "r5", "r10")
IDENTITY = ("backbone", "head", "stage", "benchmark", "provenance", "protocol")
FIGURES = (
    *SUBSETS,
    "mean_rank",
    "top1",
    *(f"{way}_{recall}" for way in ("image_to_text", "text_to_image") for recall in RECALLS),
)
ORIGIN = (
    "split",
    "benchmark_revision",
    "head_revision",
    "backbone_revision",
    "commit",
    "command",
    "date",
    "source",
)
COLUMNS = (*IDENTITY, *FIGURES, "sum", *ORIGIN)


def results_table(records: Sequence[Record]) -> pd.DataFrame:
    """One row a record, in the columns COLUMNS, best mean rank first, records without one last.

    Subset columns, `mean_rank` and `sum` are mean ranks (1 best); `top1` and recalls are shares in [0, 1].
    The mean, the sum and top1 are over the eight subsets, and empty (NaN) when one of them is.
    """
    table = pd.DataFrame([_row(record) for record in records], columns=list(COLUMNS))
    figures = [*FIGURES, "sum"]
    table[figures] = table[figures].astype("float64")
    return table.sort_values(
        ["mean_rank", "backbone", "head"], na_position="last", kind="stable", ignore_index=True
    )


def to_csv(table: pd.DataFrame) -> str:
    """The table as CSV, figures to four decimals, empty where not measured."""
    return table.to_csv(index=False, float_format="%.4f")


def to_text(table: pd.DataFrame) -> str:
    """The table for a terminal: who, mean ranks, recall@10 in percent; empty where not measured."""
    if table.empty:
        return "no results yet\n"
    shown = table[["head", "stage", "backbone", "benchmark", "provenance", "mean_rank", *SUBSETS]].copy()
    for way in ("image_to_text_r10", "text_to_image_r10"):
        shown[way] = 100 * table[way]
    return shown.to_string(index=False, na_rep="", float_format="%.2f") + "\n"


def mean_rank_over_subsets(record: Record) -> float | None:
    """Mean of the eight subsets' mean ranks, or what the source states as such; None unless all eight are
    there.
    """
    computed = _over_all(record, "mean_rank")
    return record.mean_rank if computed is None else computed


def _over_all(record: Record, figure: str) -> float | None:
    values = [getattr(record.subsets[name], figure) for name in SUBSETS if name in record.subsets]
    known = [value for value in values if value is not None]
    return fmean(known) if len(known) == len(SUBSETS) else None


def _row(record: Record) -> dict[str, object]:
    produced, mean_rank = record.produced, mean_rank_over_subsets(record)
    return {
        "backbone": record.backbone.name,
        "head": record.head.name,
        "stage": record.head.stage,
        "benchmark": record.benchmark.name,
        "provenance": record.provenance,
        "protocol": record.protocol,
        **{name: result.mean_rank for name, result in record.subsets.items()},
        "mean_rank": mean_rank,
        "top1": _over_all(record, "top1"),
        **_recalls(record),
        "sum": None if mean_rank is None else mean_rank * len(SUBSETS),
        "split": record.benchmark.split,
        "benchmark_revision": record.benchmark.revision,
        "head_revision": record.head.revision,
        "backbone_revision": record.backbone.revision,
        "commit": produced and produced.commit,
        "command": produced and produced.command,
        "date": produced and produced.date,
        "source": record.source,
    }


def _recalls(record: Record) -> dict[str, float | None]:
    empty = Recall()
    ways = {
        "image_to_text": record.retrieval.image_to_text if record.retrieval else empty,
        "text_to_image": record.retrieval.text_to_image if record.retrieval else empty,
    }
    return {f"{way}_{recall}": getattr(found, recall) for way, found in ways.items() for recall in RECALLS}
