"""Two heads on the same items, and places that they share."""

import dataclasses

import pytest
import torch

from leaderboard.benchmarks.catalogue import SUBSETS
from leaderboard.records.figures import BlindControl, BlindControls, SubsetResult
from leaderboard.records.overall import overall_gain_interval, overall_intervals
from leaderboard.records.packing import pack_ranks, pack_runs
from leaderboard.records.paired import Resolution, paired, paired_records, resolution, tied_ranks
from leaderboard.records.record import Record
from tests.support.tiny_records import measured, published


def result(ranks: list[int], items: str = "0123456789ab", each: int = 2) -> SubsetResult:
    """A result of these ranks, `each` items an image."""
    n = len(ranks)
    return SubsetResult(
        mean_rank=sum(ranks) / n,
        n=n,
        ranks=pack_ranks(ranks),
        items=items,
        images=pack_runs([number // each for number in range(n)]),
    )


def record(head: str, ranks: list[int]) -> Record:
    return dataclasses.replace(measured(head), subsets={name: result(ranks) for name in SUBSETS})


def drawn(seed: int, worst: int, n: int = 60) -> list[int]:
    return torch.randint(1, worst + 1, (n,), generator=torch.Generator().manual_seed(seed)).tolist()


def test_the_comparison_is_its_definition():
    found = paired(result([1, 1, 2, 3]), result([1, 2, 1, 5]))
    assert found.difference == pytest.approx((0 - 1 + 1 - 2) / 4)
    assert (found.only_a, found.only_b, found.both, found.neither) == (0.25, 0.25, 0.25, 0.25)
    assert found.n == 4 and found.interval and found.interval[0] <= found.difference <= found.interval[1]


def test_swapping_the_heads_swaps_the_signs():
    one, two = result(drawn(1, 11)), result(drawn(2, 11))
    there, back = paired(one, two), paired(two, one)
    assert there.difference == -back.difference and (there.only_a, there.both) == (back.only_b, back.both)
    assert (
        there.interval
        and back.interval
        and there.interval == pytest.approx((-back.interval[1], -back.interval[0]), abs=1e-5)
    )


def test_pairing_sees_what_two_intervals_apart_cannot():
    base = drawn(3, 9)
    slightly = [rank + 1 for rank in base]
    found = paired(result(base), result(slightly))
    assert found.interval == (-1, -1) and not found.tied
    (low, _), (_, high) = (
        overall_intervals({name: result(ranks) for name in SUBSETS})[0] or (0, 0)
        for ranks in (slightly, base)
    )
    assert low < high


def test_other_items_are_not_compared():
    with pytest.raises(
        ValueError, match="expected the same items ranked by both heads, got 0123456789ab and ffff"
    ):
        paired(result([1, 2]), result([1, 2], items="ffffffffffff"))
    with pytest.raises(ValueError, match="expected the ranks of each item from both heads"):
        paired(result([1, 2]), SubsetResult(mean_rank=1.5))


def test_records_are_compared_on_the_subsets_that_both_have():
    one, two = record("a", drawn(1, 11)), record("b", drawn(2, 11))
    hard = dataclasses.replace(two, subsets={"hard": two.subsets["hard"]})
    assert paired_records(one, hard) == paired(one.subsets["hard"], two.subsets["hard"])
    whole = paired_records(one, two)
    assert whole.n == 8 * 60 and whole.difference == pytest.approx(paired_records(one, hard).difference)
    with pytest.raises(ValueError, match="subsets: expected some in common"):
        paired_records(one, published())


def test_heads_that_cannot_be_told_apart_share_a_place():
    best, same, worse = drawn(1, 4), drawn(9, 4), drawn(2, 11)
    records = [record("worse", worse), record("best", best), record("same", same)]
    assert paired_records(records[1], records[2]).tied
    assert tied_ranks(records) == [3, 1, 1]
    assert tied_ranks(records[::-1]) == [1, 1, 3]


def test_figures_alone_are_tied_only_when_equal():
    means = (1.5, 1.6, 1.5, None)
    records = [dataclasses.replace(published(), mean_rank=mean) for mean in means]
    assert tied_ranks(records) == [1, 3, 1, None] and tied_ranks([]) == []


def test_one_image_tells_nothing_apart():
    one, two = result([1, 1], each=2), result([9, 9], each=2)
    assert paired(one, two).interval is None and paired(one, two).tied


def test_the_interval_over_all_needs_all_eight():
    subsets = {name: result(drawn(number, 11)) for number, name in enumerate(SUBSETS)}
    (low, high), top1 = overall_intervals(subsets)[0] or (0, 0), overall_intervals(subsets)[1]
    mean = sum(subset.mean_rank or 0 for subset in subsets.values()) / 8
    assert 1 <= low < mean < high and top1 and top1[0] < top1[1]
    assert overall_intervals({"hard": subsets["hard"]}) == (None, None)
    assert overall_intervals({name: SubsetResult(mean_rank=2.0) for name in SUBSETS}) == (None, None)


def test_the_interval_of_the_gain_needs_the_items_ranks_both_ways():
    def with_blind(seeing: SubsetResult, ranks: list[int] | None) -> SubsetResult:
        packed = None if ranks is None else pack_ranks(ranks)
        return dataclasses.replace(seeing, blind=BlindControls(BlindControl(6.0, 0.1, 4.0, ranks=packed)))

    seeing = {name: drawn(number, 4) for number, name in enumerate(SUBSETS)}
    blind = {
        name: with_blind(result(ranks), [rank + 1 + row % 3 for row, rank in enumerate(ranks)])
        for name, ranks in seeing.items()
    }
    low, high = overall_gain_interval(blind) or (0, 0)
    assert 1 < low < 2 < high < 3
    ranks = seeing["hard"]
    assert overall_gain_interval(blind | {"hard": result(ranks)}) is None
    assert overall_gain_interval(blind | {"hard": with_blind(result(ranks), None)}) is None
    assert overall_gain_interval({"hard": blind["hard"]}) is None


def test_resolution_counts_the_neighbours_that_are_apart():
    best, same, worse = drawn(1, 4), drawn(9, 4), drawn(2, 11)
    records = [record("worse", worse), record("best", best), record("same", same)]
    assert resolution(records) == resolution(records[::-1]) == Resolution(apart=1, neighbours=2)
    between = dataclasses.replace(published(), mean_rank=4.0)
    assert resolution([*records, between]) == Resolution(apart=0, neighbours=1)
    assert resolution(records[:1]) == resolution([]) == Resolution(0, 0)
