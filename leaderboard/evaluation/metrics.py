"""Figures and how they come from ranks: pure functions of tensors."""

from jaxtyping import Bool, Float, Int
from torch import Tensor

from heads.scoring import mean, share_within
from heads.ties import reaches
from leaderboard.records.figures import Recall, SubsetResult


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
        mean_rank=mean(ranks),
        median_rank=median_rank(ranks),
        top1=top1(ranks),
        n=len(ranks),
        chance=float((candidates.double() + 1).mean() / 2),
    )


def mean_ranks_by_negatives(scores: Float[Tensor, "n k"], mask: Bool[Tensor, "n k"]) -> tuple[float, ...]:
    """Mean rank among the positive, column 0, and the first 1, 2, … k - 1 negatives; ties count against it,
    as in `heads.ranks`.

    A region with fewer negatives keeps the rank among those it has, so that the last is the mean rank.
    """
    ahead = (reaches(scores, scores[:, :1]) & mask)[:, 1:].cumsum(dim=1)
    return tuple((1 + ahead.double().mean(dim=0)).tolist())


def median_rank(ranks: Int[Tensor, " n"]) -> float:
    """The middle rank; the mean of the two middle ones when n is even."""
    return float(ranks.double().quantile(0.5))


def top1(ranks: Int[Tensor, " n"]) -> float:
    """Share in [0, 1] of ranks that are 1."""
    return share_within(ranks, 1)


def recall(ranks: Int[Tensor, " n"]) -> Recall:
    """Recall at 1, 5 and 10 and the median, from each query's rank of its first right answer."""
    return Recall(share_within(ranks, 1), share_within(ranks, 5), share_within(ranks, 10), median_rank(ranks))
