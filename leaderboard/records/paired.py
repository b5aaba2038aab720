"""Two heads on the same items: how far apart, how sure, and how often each is right alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from leaderboard.records.bootstrap import Interval, intervals_over_subsets
from leaderboard.records.figures import SubsetResult
from leaderboard.records.overall import mean_rank_over_subsets
from leaderboard.records.packing import rank_tensor
from leaderboard.records.record import Record
from leaderboard.records.weights import ItemWeights, part_of, weights_of

Common = tuple[str, str, str, ItemWeights | None]
"""A subset's packed ranks under head a and under head b, its packed images, and its items' weights if any."""


@dataclass(frozen=True, slots=True)
class Paired:
    """Heads a and b on the same `n` items, under the items' weights where the results have some.

    `difference`: mean rank of a less that of b, below 0 where a is better. `interval`: its 95 %, by a
    bootstrap that resamples images; None when there is but one. The others are shares in [0, 1] of the items
    whose positive ranks first under a alone, under b alone, under both, under neither.
    """

    difference: float
    interval: Interval | None
    only_a: float
    only_b: float
    both: float
    neither: float
    n: int

    @property
    def tied(self) -> bool:
        """Whether the interval holds zero: these items do not tell the two apart."""
        return self.interval is None or self.interval[0] <= 0 <= self.interval[1]


def paired(a: SubsetResult, b: SubsetResult) -> Paired:
    """The comparison on one subset. Raises ValueError when they are not of the same items, or do not state
    their ranks.
    """
    return _paired((_common("subset", a, b),))


def paired_records(a: Record, b: Record) -> Paired:
    """The comparison on the subsets that both records have, each counting the same.

    Raises ValueError, naming the subset, when its items differ, and when there is no common subset.
    """
    common = [name for name in a.subsets if name in b.subsets]
    if not common:
        raise ValueError(f"subsets: expected some in common, got {list(a.subsets)} and {list(b.subsets)}")
    return _paired(tuple(_common(name, a.subsets[name], b.subsets[name]) for name in common))


ToldApart = Callable[[int, int], bool | None]
"""Whether every item's rank tells the records of these two numbers apart; None where they do not state those of the same
items.
"""


def by_items(records: Sequence[Record]) -> ToldApart:
    """What tells these records apart, worked out when it is asked."""

    def told_apart(one: int, other: int) -> bool | None:
        a, b = records[one], records[other]
        return not paired_records(a, b).tied if _pairable(a, b) else None

    return told_apart


def tied_ranks(records: Sequence[Record], told_apart: ToldApart | None = None) -> list[int | None]:
    """Each record's place, 1 = best, by its mean rank over the eight subsets; None without one.

    A head shares the place of the best head that it cannot be told apart from: the first of a place and each
    that shares it have the same mean rank, or a paired interval that holds zero. Records that state no ranks
    of the same items share a place by their mean rank alone. What sees no image or all candidates at once has none.
    `told_apart` is that of `by_items` unless it is known otherwise.
    """
    told_apart = told_apart or by_items(records)
    places: list[int | None] = [None] * len(records)
    first: int | None = None
    for position, number in enumerate(_order(records), start=1):
        if first is not None and _differ(records, first, number, told_apart):
            first = None
        places[number] = position if first is None else places[first]
        first = number if first is None else first
    return places


@dataclass(frozen=True, slots=True)
class Resolution:
    """Of `neighbours` pairs next to each other in an order, how many the items tell `apart`."""

    apart: int
    neighbours: int


def resolution(records: Sequence[Record], told_apart: ToldApart | None = None) -> Resolution:
    """How fine the order by mean rank over the eight subsets is: its neighbours compared item by item.

    A pair counts when both state their ranks of the same items; heads that a paired interval without zero
    separates are apart. What sees no image or all candidates at once is not in the order. `told_apart` as in
    `tied_ranks`.
    """
    told = [(told_apart or by_items(records))(one, other) for one, other in pairwise(_order(records))]
    return Resolution(told.count(True), len(told) - told.count(None))


def _order(records: Sequence[Record]) -> list[int]:
    """The numbers of the records that compete and have a mean rank over the eight subsets, best first."""
    means = [(mean_rank_over_subsets(record), number) for number, record in enumerate(records)]
    return [
        number
        for _, number in sorted((mean, number) for mean, number in means if mean is not None)
        if records[number].head.competes
    ]


def _differ(records: Sequence[Record], one: int, other: int, told_apart: ToldApart) -> bool:
    told = told_apart(one, other)
    if told is None:
        return mean_rank_over_subsets(records[one]) != mean_rank_over_subsets(records[other])
    return told


def _pairable(a: Record, b: Record) -> bool:
    """Whether both state every item's rank, on the same items in the same subsets."""
    results = (*a.subsets.values(), *b.subsets.values())
    return same_items(a, b) and all(_packed(result) is not None for result in results)


def same_items(a: Record, b: Record) -> bool:
    """Whether both name the same items in the same subsets."""
    return (
        len(a.subsets) > 0
        and a.subsets.keys() == b.subsets.keys()
        and all(
            result.items is not None and result.items == b.subsets[name].items
            for name, result in a.subsets.items()
        )
    )


def _packed(result: SubsetResult) -> tuple[str, str] | None:
    """The items' ranks and images as the record has them, which can be kept in mind; None without."""
    if result.items is None or result.ranks is None or result.images is None:
        return None
    return result.ranks, result.images


def _common(name: str, a: SubsetResult, b: SubsetResult) -> Common:
    one, two = _packed(a), _packed(b)
    if one is None or two is None:
        raise ValueError(f"{name}: expected the ranks of each item from both heads, got a result without")
    if a.items != b.items:
        raise ValueError(f"{name}: expected the same items ranked by both heads, got {a.items} and {b.items}")
    return one[0], two[0], one[1], weights_of(a)


@lru_cache(maxsize=4096)
def _paired(subsets: tuple[Common, ...]) -> Paired:
    outcomes = [_outcomes(ranks_a, ranks_b) for ranks_a, ranks_b, _, _ in subsets]
    means = torch.stack([_means(one, weights) for one, (*_, weights) in zip(outcomes, subsets, strict=True)])
    difference, *shares = map(float, means.mean(dim=0))
    parts = [
        part_of(one[:, :1], images, weights)
        for one, (*_, images, weights) in zip(outcomes, subsets, strict=True)
    ]
    interval = intervals_over_subsets(parts)[0]
    return Paired(difference, interval, *shares, n=sum(map(len, outcomes)))


def _means(outcomes: Float[Tensor, "n 5"], weights: ItemWeights | None) -> Float[Tensor, " 5"]:
    weighed = outcomes.double() if weights is None else outcomes.double() * weights.weights[:, None]
    return weighed.mean(dim=0)


def _outcomes(ranks_a: str, ranks_b: str) -> Float[Tensor, "n 5"]:
    """Columns: difference of the ranks; then whether a alone, b alone, both, neither rank the positive first."""
    a, b = rank_tensor(ranks_a), rank_tensor(ranks_b)
    first_a, first_b = a == 1, b == 1
    shares = [first_a & ~first_b, first_b & ~first_a, first_a & first_b, ~first_a & ~first_b]
    return torch.stack([a - b, *shares], dim=1).float()
