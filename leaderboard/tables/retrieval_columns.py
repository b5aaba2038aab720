"""The columns of retrieval, of whole images and of clips, each way."""

from statistics import fmean

from leaderboard.records.figures import Recall
from leaderboard.records.record import Record
from leaderboard.tables.column import Column, Interval

WAYS = {"image_to_text": "I→T", "text_to_image": "T→I"}
RECALLS = {"r1": "R@1", "r5": "R@5", "r10": "R@10"}
CLIP_WAYS = {"clip_to_text": "Clip→T", "text_to_clip": "T→clip"}
CLIP_FIELDS = {"clip_to_text": "image_to_text", "text_to_clip": "text_to_image"}
WAY_HELP = {
    "clip_to_text": "Percentage of whole clips whose captions are among the {k} best scored of all. Higher is better.",
    "text_to_clip": "Percentage of clips' captions whose clip is among the {k} best scored of all. Higher is better.",
    "image_to_text": "Percentage of whole images whose caption is among the {k} best scored of all. Higher is better.",
    "text_to_image": "Percentage of captions whose image is among the {k} best scored of all. Higher is better.",
}


def recall_column(way: str, recall: str) -> Column:
    """The column of a recall of whole images, one of `RECALLS`, one of `WAYS`."""
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


def clip_column(way: str, recall: str) -> Column:
    """The column of a recall of whole clips, one of `RECALLS`, one of `CLIP_WAYS`."""
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


def found_rank_column(way: str) -> Column:
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


def _recall(record: Record, way: str) -> Recall:
    return getattr(record.retrieval, way) if record.retrieval else Recall()
