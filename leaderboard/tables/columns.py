"""The leaderboard's columns: what each shows, where a record holds it, and which end of it is better."""

from statistics import fmean, stdev
from typing import Literal

import heads.kinds  # noqa: F401 - every kind registers itself
from heads.head import KINDS
from leaderboard.benchmarks.catalogue import SUBSETS, averaged, subset_titles
from leaderboard.records.figures import SubsetResult
from leaderboard.records.overall import (
    mean_rank_over_subsets,
    mean_ranks_of_seeds,
    over_subsets,
    top1_over_subsets,
)
from leaderboard.records.record import Record
from leaderboard.tables.column import Column
from leaderboard.tables.detector_columns import AP_HELP, PRECISIONS
from leaderboard.tables.retrieval_columns import (
    CLIP_WAYS,
    RECALLS,
    WAYS,
    clip_column,
    found_rank_column,
    recall_column,
)

FIGURES = {"top1": "top1", "ap": "average_precision"}  # short name → field of a subset's result
SHORT = {"hard": "hard", "medium": "med.", "easy": "easy", "trivial": "triv.", "color": "col."}
SHORT |= {"material": "mat.", "pattern": "patt.", "transparency": "tran."}
TOP1_HELP = "Percentage of the regions of {} whose true caption is scored best. Higher is better."


def _subset_column(name: str) -> Column:
    title = subset_titles([name])[name]
    guessing = f", guessing gives {SUBSETS[name].chance_rank:g}" if name in SUBSETS else ""
    return Column(
        name,
        title,
        f"Mean rank on {title}: 1 is best, lower is better{guessing}.",
        lambda record: _subset(record, name).mean_rank,
        lambda record: _subset(record, name).interval,
        best="min",
        short=SHORT.get(name, ""),
    )


def _other_column(name: str, figure: str, title: str, help: str) -> Column:
    """A figure of a subset that only other protocols than mean rank state."""
    of = subset_titles([name])[name]
    return Column(
        f"{name}_{figure}",
        f"{of} {title}",
        help.format(of),
        lambda record: getattr(_subset(record, name), FIGURES[figure]),
        lambda record: getattr(_subset(record, name), f"{FIGURES[figure]}_interval"),
        best="max",
        form="share",
        short=f"{SHORT.get(name, of)} {title.replace('mAP', 'AP')}",
    )


def sum_of_ranks(record: Record) -> float | None:
    """The sum of the eight mean ranks, 8 at best; None where there is no mean over the eight."""
    mean = mean_rank_over_subsets(record)
    return None if mean is None or averaged(record.subsets) != tuple(SUBSETS) else mean * len(SUBSETS)


def over_seeds(record: Record) -> str | None:
    """Mean and standard deviation of the mean rank over the seeds, and how many; None for fewer than two."""
    means = mean_ranks_of_seeds(record)
    return f"{fmean(means):.2f} ± {stdev(means):.2f} ({len(means)})" if len(means) > 1 else None


def _subset(record: Record, name: str) -> SubsetResult:
    return record.subsets.get(name) or SubsetResult()


def _blind(record: Record, figure: Literal["mean_rank", "gain"]) -> dict[str, float | None]:
    """A figure of each subset's control by the mean crop."""
    return {
        name: getattr(result.blind.mean_crop, figure) if result.blind else None
        for name, result in record.subsets.items()
    }


def _in_training(record: Record) -> float | None:
    """Share in [0, 1] of the true captions tested on that training had a near-duplicate of; None where that was not
    counted.
    """
    found = record.overlap
    return found.near / found.captions if found and found.captions else None


_MEAN = Column(
    "mean_rank",
    "Mean rank",
    "Mean of the eight subsets' mean ranks: where the true caption lands among its look-alikes. 1 is best, "
    "lower is better; guessing gives 5.31.",
    mean_rank_over_subsets,
    lambda record: record.mean_rank_interval,
    best="min",
    short="mean",
)
_TOP1 = Column(
    "top1",
    "Top-1",
    "Percentage of regions whose true caption is scored best, mean of the eight subsets. Higher is better.",
    top1_over_subsets,
    lambda record: record.top1_interval,
    best="max",
    form="share",
    short="top-1",
)
BLIND = Column(
    "blind",
    "Blind",
    "Mean rank of the same head without looking, mean over the subsets: every crop is replaced by the mean crop. What "
    "is lower than guessing, captions alone give away.",
    lambda record: over_subsets(_blind(record, "mean_rank")),
)
GAIN = Column(
    "gain_over_blind",
    "Gain over blind",
    "How many ranks looking gains: the blind mean rank less the mean rank, item by item. Higher is better.",
    lambda record: over_subsets(_blind(record, "gain")),
    lambda record: record.gain_interval,
    best="max",
)
HALF_TRUTHS = Column(
    "half_truths",
    "Truth first",
    "Percentage of regions for which a short true description is scored above the same with one wrong attribute more. "
    "Guessing gives 50; higher is better.",
    lambda record: record.half_truths and record.half_truths.preferred,
    lambda record: record.half_truths and record.half_truths.interval,
    best="max",
    form="share",
)
IN_TRAINING = Column(
    "in_training",
    "Seen in training",
    "Percentage of the true captions tested on that were in the training data too, word for word or nearly so.",
    _in_training,
    form="share",
)
_DETAILS = (
    Column("sum", "Sum", "Sum of the eight mean ranks; 8 is the best there is.", sum_of_ranks, best="min"),
    Column(
        "parameters",
        "Parameters",
        "Trained numbers in the head.",
        lambda record: record.head.parameters,
        form="count",
    ),
    Column(
        "seeds",
        "Over seeds",
        "Mean rank over trainings that differ in the seed alone: mean ± standard deviation "
        "(how many). The row's other figures are those of one of them.",
        over_seeds,
        form="text",
    ),
    Column("kind", "Kind", "What the head is: its class.", lambda record: record.head.kind, form="text"),
    Column(
        "pair_cost",
        "A pair costs",
        "What scoring a pair costs once its image and its caption have been seen: one product of two kept vectors, which "
        "an index of vectors can search by; a product a facet; or a pass of its own, because nothing can be kept.",
        lambda record: KINDS[record.head.kind].pair_cost if record.head.kind in KINDS else None,
        form="text",
    ),
    Column(
        "stage", "Stage", "The training the head went through.", lambda record: record.head.stage, form="text"
    ),
    Column(
        "backbone",
        "Backbone",
        "The frozen model whose embeddings the head re-projects.",
        lambda record: record.backbone.name,
        form="text",
    ),
    Column(
        "date",
        "Date",
        "When it was measured.",
        lambda record: record.produced.date[:10] if record.produced else None,
        form="text",
    ),
)

COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        _MEAN,
        BLIND,
        GAIN,
        recall_column("image_to_text", "r10"),
        recall_column("text_to_image", "r10"),
        _TOP1,
        *PRECISIONS,
        HALF_TRUTHS,
        *map(_subset_column, SUBSETS),
        IN_TRAINING,
        *_DETAILS,
        *(recall_column(way, recall) for way in WAYS for recall in ("r1", "r5")),
        *(clip_column(way, recall) for way in CLIP_WAYS for recall in RECALLS),
        *map(found_rank_column, WAYS),
        *(_other_column(name, "top1", "top-1", TOP1_HELP) for name in SUBSETS),
        *(_other_column(name, "ap", "mAP", AP_HELP) for name in SUBSETS),
    )
}
"""In the order shown: what a phone shows without scrolling comes first."""


def is_column(name: str) -> bool:
    """Whether some board may have a column of that name."""
    subset = name.removesuffix("_top1")
    return name in COLUMNS or subset in subset_titles([subset])


def column(name: str) -> Column:
    """The column of a name that `is_column`, wherever its board is."""
    if name in COLUMNS:
        return COLUMNS[name]
    subset = name.removesuffix("_top1")
    return _subset_column(name) if name == subset else _other_column(subset, "top1", "top-1", TOP1_HELP)
