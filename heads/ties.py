"""When two scores count as equal: one rule for ranks, headlines, recall and confusions."""

from jaxtyping import Bool, Float
from torch import Tensor

TOLERANCE = 1e-5
"""How far two scores that are equal in meaning may lie apart, times the larger of 1 and their size.

A matrix product rounds a row by its place in the batch, by the number of threads and by the kernel of the machine,
so a caption that is encoded or scored twice need not score the same twice. Measured in single precision, for any batch
and kernel: cosines part by 3e-7 at most, at 64 to 1024 numbers an embedding, attention heads by 5e-6, the shipped heads
by 3e-7, the released ones, which are dot products of long vectors, by 1.1e-6. It does not
hold for half precision, nor for a dot product that is less than a hundredth of its vectors' lengths multiplied.
"""


def least_equal(scores: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    """The least score that counts as equal to each: TOLERANCE * max(1, |score|) below it.

    Every comparison of scores in a rank goes by it: a score that is at least `least_equal(other)` is equal to the
    other or higher. To have it once a row is all that the rule costs, however many scores are compared.
    """
    return scores - TOLERANCE * scores.abs().clamp(min=1)


def reaches(scores: Float[Tensor, "*#batch"], others: Float[Tensor, "*#batch"]) -> Bool[Tensor, "*#batch"]:
    """Whether each score is higher than the other, or equal to it but for rounding."""
    return scores >= least_equal(others)


def tied(scores: Float[Tensor, "*#batch"], others: Float[Tensor, "*#batch"]) -> Bool[Tensor, "*#batch"]:
    """Whether each score and the other are equal but for rounding."""
    return reaches(scores, others) & reaches(others, scores)
