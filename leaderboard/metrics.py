"""Figures and how they come from ranks: pure functions of tensors."""

from dataclasses import dataclass
from typing import Annotated

from jaxtyping import Bool, Int
from pydantic import ConfigDict, Field, with_config
from torch import Tensor

# What a figure may be; checked when a record is read from a file.
STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
Rank = Annotated[float, Field(ge=1, le=1_000_000)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class SubsetResult:
    """A head's figures on one subset; None = not measured (published tables rarely state all).

    `mean_rank` and `median_rank`: 1 is best, lower is better. `top1`: share in [0, 1] of regions whose
    positive ranks first. `n`: regions. `chance`: expected mean rank of a head that guesses, (N + 2) / 2 for N
    negatives each.
    """

    mean_rank: Rank | None = None
    median_rank: Rank | None = None
    top1: Share | None = None
    n: Count | None = None
    chance: Rank | None = None


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Recall:
    """Shares in [0, 1] of queries whose first right answer ranks 1, up to 5, up to 10; and that rank's
    median.
    """

    r1: Share | None = None
    r5: Share | None = None
    r10: Share | None = None
    median_rank: Rank | None = None


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class RetrievalResult:
    """A head's coarse retrieval on `n_images` images and `n_captions` captions."""

    image_to_text: Recall
    text_to_image: Recall
    n_images: Count | None = None
    n_captions: Count | None = None


def summarise(ranks: Int[Tensor, " n"], mask: Bool[Tensor, "n k"]) -> SubsetResult:
    """The figures of n regions from their positives' ranks and the mask of their candidates.

    Raises ValueError when there is no region, or a rank is below 1 or above its number of candidates.
    """
    candidates = mask.sum(dim=1)
    if not len(ranks):
        raise ValueError("ranks: expected at least one, got none")
    if (ranks < 1).any() or (ranks > candidates).any():
        raise ValueError(
            f"ranks: expected 1 to the number of candidates, got {int(ranks.min())} to {int(ranks.max())}"
        )
    return SubsetResult(
        mean_rank=mean_rank(ranks),
        median_rank=median_rank(ranks),
        top1=top1(ranks),
        n=len(ranks),
        chance=float((candidates.double() + 1).mean() / 2),
    )


def mean_rank(ranks: Int[Tensor, " n"]) -> float:
    """The arithmetic mean of the ranks."""
    return float(ranks.double().mean())


def median_rank(ranks: Int[Tensor, " n"]) -> float:
    """The middle rank; the mean of the two middle ones when n is even."""
    return float(ranks.double().quantile(0.5))


def top1(ranks: Int[Tensor, " n"]) -> float:
    """Share in [0, 1] of ranks that are 1."""
    return share_within(ranks, 1)


def share_within(ranks: Int[Tensor, " n"], k: int) -> float:
    """Share in [0, 1] of ranks of at most k: recall@k when each query has one first answer."""
    return float((ranks <= k).double().mean())


def recall(ranks: Int[Tensor, " n"]) -> Recall:
    """Recall at 1, 5 and 10 and the median, from each query's rank of its first right answer."""
    return Recall(share_within(ranks, 1), share_within(ranks, 5), share_within(ranks, 10), median_rank(ranks))
