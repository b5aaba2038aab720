"""Figures under weights: against items that are there as often as they weigh."""

from dataclasses import replace

import pytest
import torch

from leaderboard.benchmarks.catalogue import SUBSETS
from leaderboard.records.balanced_file import BalancedSubset, BalancedView
from leaderboard.records.figures import BlindControl, BlindControls, SubsetResult
from leaderboard.records.files import from_json, to_json
from leaderboard.records.packing import pack_ranks, pack_runs
from leaderboard.records.paired import paired, paired_records, tied_ranks
from leaderboard.records.record import Record
from leaderboard.records.weighed import weighed, weighed_result
from tests.support.tiny_records import measured

ITEMS = "0123456789ab"
OFTEN = [1, 2, 3, 2] * 10
"""How often an item counts."""


def drawn(seed: int, n: int = len(OFTEN)) -> list[int]:
    return torch.randint(1, 12, (n,), generator=torch.Generator().manual_seed(seed)).tolist()


def result(ranks: list[int], blind: list[int], images: list[int]) -> SubsetResult:
    gain = (sum(blind) - sum(ranks)) / len(ranks)
    control = BlindControl(sum(blind) / len(blind), 0.1, gain, ranks=pack_ranks(blind))
    return SubsetResult(
        mean_rank=sum(ranks) / len(ranks),
        n=len(ranks),
        ranks=pack_ranks(ranks),
        items=ITEMS,
        images=pack_runs(images),
        blind=BlindControls(control),
    )


def repeated(values: list[int]) -> list[int]:
    return [value for value, often in zip(values, OFTEN, strict=True) for _ in range(often)]


BY = BalancedSubset(ITEMS, 30.0, 6.0, tuple(often / 2 for often in OFTEN))
IMAGES = [number // 2 for number in range(len(OFTEN))]


def both(seed: int) -> tuple[SubsetResult, SubsetResult]:
    """A result under the weights, and one of items that are there as often."""
    ranks, blind = drawn(seed), drawn(seed + 100)
    spelled_out = result(repeated(ranks), repeated(blind), repeated(IMAGES))
    return weighed_result(result(ranks, blind, IMAGES), BY), spelled_out


def test_an_item_of_weight_two_counts_as_two_items():
    found, spelled_out = both(1)
    assert found.mean_rank == pytest.approx(spelled_out.mean_rank) and found.chance == 6
    assert found.blind and spelled_out.blind and spelled_out.mean_rank
    control, expected = found.blind.mean_crop, spelled_out.blind.mean_crop
    assert control.mean_rank == pytest.approx(expected.mean_rank)
    assert control.gain == pytest.approx(expected.gain)
    for ends, value in ((found.interval, found.mean_rank), (control.gain_interval, control.gain)):
        assert ends and value and ends[0] < value < ends[1]


def test_two_heads_are_compared_under_the_weights_too():
    (one, one_out), (two, two_out) = both(1), both(2)
    found, expected = paired(one, two), paired(one_out, two_out)
    assert found.difference == pytest.approx(expected.difference) and found.n == len(OFTEN)
    assert (found.only_a, found.both) == (pytest.approx(expected.only_a), pytest.approx(expected.both))
    assert found.interval == pytest.approx(expected.interval, abs=1e-3)


def record(head: str, seed: int, subsets: tuple[str, ...] = tuple(SUBSETS)) -> Record:
    return replace(
        measured(head), subsets={name: result(drawn(seed), drawn(seed + 100), IMAGES) for name in subsets}
    )


def view(*names: str) -> BalancedView:
    made = measured().produced
    assert made
    return BalancedView(measured().benchmark, "itself", dict.fromkeys(names or SUBSETS, BY), made)


def test_a_record_keeps_what_does_not_hang_on_single_items():
    before = record("a", 1)
    found = weighed(before, view())
    assert found and found.head == before.head and found.retrieval == before.retrieval
    assert found.mean_rank_interval and found.gain_interval and found.half_truths is None
    assert tied_ranks([found, found]) == [1, 1]


def test_records_are_compared_under_their_weights():
    one, two = record("a", 1), record("b", 2)
    plain = paired_records(one, two)
    under = [weighed(one, view()), weighed(two, view())]
    assert under[0] and under[1]
    assert paired_records(under[0], under[1]).difference != pytest.approx(plain.difference, abs=1e-6)
    assert paired_records(one, two) == plain


def test_what_is_of_other_items_is_left_out():
    before = record("a", 1)
    found = weighed(before, view("hard"))
    assert found and list(found.subsets) == ["hard"] and found.mean_rank_interval is None
    other = replace(before, subsets={"hard": replace(before.subsets["hard"], items="ffffffffffff")})
    assert weighed(other, view()) is None
    assert weighed(measured(), view()) is None, "it states no ranks"


def test_no_file_holds_weights():
    text = to_json(record("a", 1, ("hard",))).replace('"n":', '"weights": [1.0], "n":')
    with pytest.raises(ValueError, match="weights"):
        from_json(text)
