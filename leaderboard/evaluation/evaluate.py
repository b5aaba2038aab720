"""A head's figures on the subsets, from cached embeddings."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from heads.candidates import Candidates, ranks
from heads.head import Head
from heads.scoring import score_candidates, scoring
from heads.ties import reaches
from leaderboard.benchmarks.samples import Sample, items_digest
from leaderboard.evaluation.blind import blind_result, mean_crop
from leaderboard.evaluation.confusions import confusions
from leaderboard.evaluation.metrics import mean_ranks_by_negatives, summarise
from leaderboard.records.bootstrap import intervals, rank_values
from leaderboard.records.figures import SubsetResult
from leaderboard.records.packing import WORST, image_numbers, pack_ranks, pack_runs


def evaluate(
    head: Head,
    subsets: Mapping[str, Candidates],
    samples: Mapping[str, Sequence[Sample]] | None = None,
    batch: int = 1024,
) -> dict[str, SubsetResult]:
    """The figures of each subset, `batch` regions at a time, so that memory does not grow with the benchmark.

    `samples`, those that were embedded, add what embeddings alone cannot tell: intervals, since they name the
    image of each region, the confusions, every item's rank for later comparisons, and the blind controls.

    Raises ValueError, naming the subset, when a score is not finite, the subset is empty, or its samples are
    not as many as its candidates.
    """
    results, seen = without_controls(head, subsets, samples, batch)
    return with_controls(head, subsets, samples, results, seen) if samples is not None and seen else results


def without_controls(
    head: Head,
    subsets: Mapping[str, Candidates],
    samples: Mapping[str, Sequence[Sample]] | None,
    batch: int = 1024,
) -> tuple[dict[str, SubsetResult], dict[str, Int[Tensor, " _"]]]:
    """What `evaluate` gives without the blind controls, and the rank of each positive, where there are samples."""
    numbers: dict[str, int] = {}
    results: dict[str, SubsetResult] = {}
    seen: dict[str, Int[Tensor, " _"]] = {}
    for name, candidates in subsets.items():
        with _named(name):
            scores = subset_scores(head, candidates, batch)
            results[name] = subset_result(scores, candidates.mask)
            if samples is not None:
                results[name] = _detailed(results[name], scores, candidates.mask, samples[name], numbers)
                seen[name] = ranks(scores, candidates.mask)
    return results, seen


def subset_result(scores: Float[Tensor, "n k"], mask: Bool[Tensor, "n k"]) -> SubsetResult:
    """The figures that follow from the scores of n regions' candidates, the positive's in column 0."""
    return replace(summarise(ranks(scores, mask), mask), by_negatives=mean_ranks_by_negatives(scores, mask))


def subset_scores(head: Head, candidates: Candidates, batch: int = 1024) -> Float[Tensor, "n k"]:
    """The head's score of each candidate, those of padding included."""
    with scoring(head):
        return score_candidates(head, candidates, batch)


def _detailed(
    result: SubsetResult,
    scores: Float[Tensor, "n k"],
    mask: Bool[Tensor, "n k"],
    samples: Sequence[Sample],
    numbers: dict[str, int],
) -> SubsetResult:
    """The result with what the samples tell; `numbers` counts the images met so far."""
    if len(samples) != len(scores):
        raise ValueError(f"samples: expected {len(scores)}, one a region, got {len(samples)}")
    found = ranks(scores, mask)
    return replace(
        with_items(result, found, samples, numbers),
        confusions=confusions(samples, mask, best_negatives(scores, mask), found > 1),
        ranks=pack_ranks(found.tolist()) if mask.shape[1] <= WORST else None,
    )


def with_items(
    result: SubsetResult, found: Int[Tensor, " n"], samples: Sequence[Sample], numbers: dict[str, int]
) -> SubsetResult:
    """The result of the samples' ranks with its intervals, the samples' digest and their images.

    `numbers` counts the images met so far, in this and other subsets, and is added to.
    """
    images = [numbers.setdefault(sample.image, len(numbers)) for sample in samples]
    interval, top1_interval = intervals(rank_values(found), torch.tensor(images))
    return replace(
        result,
        interval=interval,
        top1_interval=top1_interval,
        items=items_digest(samples),
        images=pack_runs(images),
    )


def with_controls(
    head: Head,
    subsets: Mapping[str, Candidates],
    samples: Mapping[str, Sequence[Sample]],
    results: Mapping[str, SubsetResult],
    seen: Mapping[str, Int[Tensor, " _"]],
) -> dict[str, SubsetResult]:
    """The results with each subset's blind controls; the mean crop is of all subsets, which are sound by now."""
    mean = mean_crop(subsets, samples)
    found = {}
    for name, result in results.items():
        with _named(name):
            image = image_numbers(result.images or "")
            found[name] = replace(result, blind=blind_result(head, subsets[name], mean, image, seen[name]))
    return found


@contextmanager
def _named(subset: str) -> Iterator[None]:
    """Puts the subset's name before what is wrong with it."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{subset}: {error}") from error


def best_negatives(scores: Float[Tensor, "n k"], mask: Bool[Tensor, "n k"]) -> Int[Tensor, " n"]:
    """The place, from 0, of each region's best scored negative: of several that tie, the first that is listed."""
    negatives = scores[:, 1:].masked_fill(~mask[:, 1:], -torch.inf)
    return reaches(negatives, negatives.amax(dim=1, keepdim=True)).int().argmax(dim=1)
