"""Weights of a subset's items, under which a mean counts some of them more than others."""

from dataclasses import dataclass

from jaxtyping import Float, Int
from torch import Tensor

from leaderboard.records.bootstrap import Part
from leaderboard.records.figures import SubsetResult
from leaderboard.records.packing import image_numbers


@dataclass(frozen=True, eq=False)
class ItemWeights:
    """`weights` of n items, mean 1. `effective`: how many equally weighted items would give a mean as sure,
    (Σ w)² / Σ w², at most n. Equal to itself alone, so that what is computed with them can be kept in mind.
    """

    weights: Float[Tensor, " n"]

    @property
    def effective(self) -> float:
        """Kish's effective number of items: the squared sum of the weights over the sum of their squares."""
        return float(self.weights.sum().square() / self.weights.square().sum())

    def mean(self, values: Float[Tensor, " n"] | Int[Tensor, " n"]) -> float:
        """The weighted mean of one value an item: a rank, or whether it is 1."""
        return float((self.weights * values.double()).mean())


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighedResult(SubsetResult):
    """A subset's figures under weights; no file holds one."""

    weights: ItemWeights


def weights_of(result: SubsetResult) -> ItemWeights | None:
    """The weights that the result's figures are under; None where all items count the same."""
    return result.weights if isinstance(result, WeighedResult) else None


def part_of(values: Float[Tensor, "n f"], images: str, weights: ItemWeights | None) -> Part:
    """What the bootstrap resamples: values of n items, whose images are packed, with their weights if any."""
    image = image_numbers(images)
    return (values, image) if weights is None else (values, image, weights.weights)
