"""The leaderboard's columns: what each shows, where a record holds it, and which end of it is better."""

from statistics import fmean, stdev
from typing import Literal

import heads.kinds  # noqa: F401 - every kind registers itself
from heads.head import KINDS
from leaderboard.benchmarks.catalogue import SUBSETS, averaged, subset_titles
from leaderboard.records.figures import Recall, SubsetResult
from leaderboard.records.overall import (
    mean_rank_over_subsets,
    mean_ranks_of_seeds,
    over_subsets,
    top1_over_subsets,
)
from leaderboard.records.record import Record
from leaderboard.tables.column import Column, Interval

WAYS = {"image_to_text": "I→T", "text_to_image": "T→I"}
RECALLS = {"r1": "R@1", "r5": "R@5", "r10": "R@10"}
FIGURES = {"top1": "top1", "ap": "average_precision"}  # short name → field of a subset's result
SHORT = {"hard": "hard", "medium": "med.", "easy": "easy", "trivial": "triv.", "color": "col."}
SHORT |= {"material": "mat.", "pattern": "patt.", "transparency": "tran."}
TOP1_HELP = "Percentage of the regions of {} whose true caption is scored best. Higher is better."
AP_HELP = "Mean average precision of a detector on {}, in percent. Higher is better."
CLIP_WAYS = {"clip_to_text": "Clip→T", "text_to_clip": "T→clip"}
CLIP_FIELDS = {"clip_to_text": "image_to_text", "text_to_clip": "text_to_image"}
WAY_HELP = {
    "clip_to_text": "Percentage of whole clips whose captions are among the {k} best scored of all. Higher is better.",
    "text_to_clip": "Percentage of clips' captions whose clip is among the {k} best scored of all. Higher is better.",
    "image_to_text": "Percentage of whole images whose caption is among the {k} best scored of all. Higher is better.",
    "text_to_image": "Percentage of captions whose image is among the {k} best scored of all. Higher is better.",
}


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


def _recall_column(way: str, recall: str) -> Column:
    k = recall.removeprefix("r")
    return Column(
        f"{way}_{recall}",
        f"{WAYS[way]} {RECALLS[recall]}",
        WAY_HELP[way].format(k=k),
        lambda record: getattr(_recall(record, way), recall),
        lambda record: getattr(_recall(record, way), f"{recall}_interval"),
        best="max",
        form="share",
        short=f"{WAYS[way]}@{k}",
    )


def _clip_column(way: str, recall: str) -> Column:
    k = recall.removeprefix("r")

    def of(record: Record) -> Recall:
        return getattr(record.clip_retrieval, CLIP_FIELDS[way]) if record.clip_retrieval else Recall()

    return Column(
        f"{way}_{recall}",
        f"{CLIP_WAYS[way]} {RECALLS[recall]}",
        WAY_HELP[way].format(k=k),
        lambda record: getattr(of(record), recall),
        lambda record: getattr(of(record), f"{recall}_interval"),
        best="max",
        form="share",
        short=f"{CLIP_WAYS[way]}@{k}",
    )


def _found_rank_column(way: str) -> Column:
    """The mean rank of what retrieval has to find."""
    return Column(
        f"{way}_rank",
        f"{WAYS[way]} mean rank",
        "Where the right answer stands among all that are searched, on average. Lower is better.",
        lambda record: _recall(record, way).mean_rank,
        lambda record: _recall(record, way).mean_rank_interval,
        best="min",
        short=f"{WAYS[way]} rank",
    )


def sum_of_ranks(record: Record) -> float | None:
    """The sum of the eight mean ranks, 8 at best; None where there is no mean over the eight."""
    mean = mean_rank_over_subsets(record)
    return None if mean is None or averaged(record.subsets) != tuple(SUBSETS) else mean * len(SUBSETS)


def coarse(record: Record, recall: str = "r10") -> float | None:
    """Recall in [0, 1], mean of image to text and text to image; None unless both are there."""
    both = [getattr(_recall(record, way), recall) for way in WAYS]
    return None if None in both else fmean(both)


def coarse_interval(record: Record, recall: str = "r10") -> Interval | None:
    """An interval of the mean of both ways: the mean of the two intervals' ends.

    At least as wide as the 95 % one, which it would be if both ways erred alike.
    """
    both = [getattr(_recall(record, way), f"{recall}_interval") for way in WAYS]
    return None if None in both else (fmean(low for low, _ in both), fmean(high for _, high in both))


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


def _recall(record: Record, way: str) -> Recall:
    return getattr(record.retrieval, way) if record.retrieval else Recall()


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


def _precision_column(name: str, title: str, help: str, short: str = "") -> Column:
    """A figure of detectors, the mean of the eight subsets; None unless all eight are there."""
    return Column(
        *(name, title, help),
        lambda record: over_subsets({subset: getattr(one, name) for subset, one in record.subsets.items()}),
        best="max",
        form="share",
        short=short,
    )


PRECISIONS = (
    _precision_column("average_precision", "mAP", AP_HELP.format("the subsets, mean of them"), "AP"),
    _precision_column(
        "average_precision_50",
        "AP50",
        "Average precision of a detector where an IoU of 0.5 is enough, mean of the subsets, in percent. Higher is "
        "better.",
    ),
    _precision_column(
        "nms_average_precision",
        "NMS-AP",
        "OVDEval's: as mAP, but of all captions' boxes on a true one the best scored alone counts, mean of the subsets, "
        "in percent. Higher is better.",
    ),
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
        _recall_column("image_to_text", "r10"),
        _recall_column("text_to_image", "r10"),
        _TOP1,
        *PRECISIONS,
        HALF_TRUTHS,
        *map(_subset_column, SUBSETS),
        IN_TRAINING,
        *_DETAILS,
        *(_recall_column(way, recall) for way in WAYS for recall in ("r1", "r5")),
        *(_clip_column(way, recall) for way in CLIP_WAYS for recall in RECALLS),
        *map(_found_rank_column, WAYS),
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
