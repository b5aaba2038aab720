"""Captions that a backbone reads alike, told by their embeddings: whatever its tokenizer, and with it gone."""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from heads.candidates import Candidates
from leaderboard.benchmarks.samples import Sample

SAME_READING = 1e-4
"""Share of a text embedding's length that rounding moves it by at most; texts read differently lie further apart.

The same tokens in batches of different sizes and padding come out within 2e-6 of each other in single precision,
while one changed word moves an embedding by more than 1e-2.
"""

AT_ONCE = 1024
"""Samples whose candidates are compared at a time."""

READ_ALIKE = "negatives that the backbone reads as their positive, left out"
NONE_LEFT = "samples of which no negative is left, ranked 1 of 1"


def read_alike(captions: Float[Tensor, "m d"], index: Int[Tensor, "n k"]) -> Bool[Tensor, "n k"]:
    """Where a negative's embedding is its positive's, column 0 of `index`, but for rounding.

    The backbone read the two alike: they differ in case or white space, or where it no longer reads. No head can
    tell them apart.
    """
    return torch.cat([_alike(captions[some]) for some in index.split(AT_ONCE)])


def _alike(texts: Float[Tensor, "n k d"]) -> Bool[Tensor, "n k"]:
    positive = texts[:, :1]
    alike = (texts - positive).norm(dim=-1) <= SAME_READING * positive.norm(dim=-1)
    alike[:, 0] = False
    return alike


def alike_oddities(samples: Sequence[Sample], candidates: Candidates) -> dict[str, int]:
    """What was left out of the samples' candidates because the backbone reads it as the positive: reason to
    count, only what occurs.
    """
    given = torch.tensor([len(sample.negatives) for sample in samples])
    left = candidates.mask[:, 1:].sum(dim=1)
    odd = {READ_ALIKE: int((given - left).sum()), NONE_LEFT: int((left == 0).sum())}
    return {reason: count for reason, count in odd.items() if count}
