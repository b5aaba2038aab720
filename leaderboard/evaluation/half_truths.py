"""Half-truths: does a scorer prefer a short true description to the same with one wrong attribute added?

More words that fit must not make up for one that is wrong. The pairs are read off a benchmark's own rows: a negative
that swaps one attribute of its positive is the half-truth, and both without that attribute are the truth.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import torch

from fg_demo.lookalikes.half_truth import shortened
from heads.candidates import Candidates
from heads.head import Head
from heads.scoring import candidate_ranks
from leaderboard.benchmarks.samples import Sample
from leaderboard.evaluation.metrics import top1
from leaderboard.records.bootstrap import intervals, rank_values
from leaderboard.records.figures import HalfTruths


def half_truths(samples: Iterable[Sample]) -> list[Sample]:
    """A sample for each of those an attribute can be read off, each once: the short true description as its positive,
    the same plus one wrong attribute as its only negative.

    Taken from the first negative that swaps exactly one attribute, an adjective before its noun. The share of
    heads' ranks that are 1 is how often the truth is preferred; a tie counts against it.
    """
    found: dict[Sample, None] = {}
    for sample in samples:
        pairs = ((shortened(sample.positive, negative), negative) for negative in sample.negatives)
        pair = next(((truth, half) for truth, half in pairs if truth is not None), None)
        if pair is not None:
            found[replace(sample, positive=pair[0], negatives=(pair[1],))] = None
    return list(found)


def half_truths_result(head: Head, candidates: Candidates, pairs: Sequence[Sample]) -> HalfTruths | None:
    """How often the head prefers the truth of `pairs`, which are `half_truths` embedded as `candidates`.

    A pair that the backbone reads alike is left out; None where no other is there.
    """
    told_apart = candidates.mask[:, 1]
    found = candidate_ranks(head, candidates)[told_apart]
    if not len(found):
        return None
    numbers: dict[str, int] = {}
    images = torch.tensor([numbers.setdefault(pair.image, len(numbers)) for pair in pairs])[told_apart]
    _, interval = intervals(rank_values(found), images)
    return HalfTruths(top1(found), len(found), interval)
