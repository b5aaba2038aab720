"""The columns of what a head really knows: what it gets without looking, half-truths, what it met in training."""

from typing import Literal

from leaderboard.records.overall import over_subsets
from leaderboard.records.record import Record
from leaderboard.tables.column import Column


def _blind(record: Record, figure: Literal["mean_rank", "gain"]) -> dict[str, float | None]:
    """A figure of each subset's control by the mean crop."""
    return {
        name: getattr(result.blind.mean_crop, figure) if result.blind else None
        for name, result in record.subsets.items()
    }


def overlap_words(record: Record) -> str | None:
    """What training and test share, in numbers; None where that was not counted."""
    found = record.overlap
    return found and (
        f"{found.near:,} of {found.captions:,} true captions were in the training data ({found.exact:,} word for word, "
        f"the others nearly so), {found.shared:,} of {found.images:,} images"
    )


def half_truth_words(record: Record) -> str | None:
    """How often the truth is preferred to a half-truth, in numbers; None where that was not measured."""
    found = record.half_truths
    if found is None:
        return None
    ends = f" (95 %: {100 * found.interval[0]:.1f}–{100 * found.interval[1]:.1f})" if found.interval else ""
    return (
        f"in {100 * found.preferred:.1f} %{ends} of {found.n:,} regions a short true description is scored above the "
        "same with one wrong attribute more"
    )


def in_training(record: Record) -> float | None:
    """Share in [0, 1] of the true captions tested on that training had a near-duplicate of; None where that was not
    counted.
    """
    found = record.overlap
    return found.near / found.captions if found and found.captions else None


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
    in_training,
    form="share",
)
