"""Figures from ranks, against the definitions spelled out."""

import statistics

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from heads.scoring import mean, share_within
from leaderboard.benchmarks.catalogue import SUBSETS
from leaderboard.evaluation.metrics import median_rank, recall, summarise, top1

RANKS = st.lists(st.integers(1, 11), min_size=1, max_size=30)


@given(RANKS)
def test_figures_are_the_definitions(ranks: list[int]):
    tensor = torch.tensor(ranks)
    assert mean(tensor) == pytest.approx(statistics.fmean(ranks))
    assert median_rank(tensor) == pytest.approx(statistics.median(ranks))
    assert top1(tensor) == pytest.approx(ranks.count(1) / len(ranks))
    assert share_within(tensor, 5) == pytest.approx(sum(rank <= 5 for rank in ranks) / len(ranks))
    found = recall(tensor)
    assert (found.r1, found.median_rank) == (top1(tensor), median_rank(tensor))
    assert found.r10 == pytest.approx(sum(rank <= 10 for rank in ranks) / len(ranks))


@given(RANKS, st.randoms())
def test_order_does_not_matter(ranks: list[int], random):
    shuffled = random.sample(ranks, len(ranks))
    mask = torch.ones(len(ranks), 11, dtype=torch.bool)
    first, second = summarise(torch.tensor(ranks), mask), summarise(torch.tensor(shuffled), mask)
    assert first.mean_rank == pytest.approx(second.mean_rank) and first.top1 == pytest.approx(second.top1)


@pytest.mark.parametrize("subset", SUBSETS.values(), ids=lambda subset: subset.name)
def test_chance_of_full_rows_is_the_subsets(subset):
    mask = torch.ones(5, subset.negatives + 1, dtype=torch.bool)
    result = summarise(torch.ones(5, dtype=torch.int64), mask)
    assert (result.chance, result.n, result.top1) == (subset.chance_rank, 5, 1.0)


def test_chance_counts_the_candidates_that_are_there():
    mask = torch.tensor([[True] * 11, [True] * 3 + [False] * 8])
    assert summarise(torch.tensor([6, 2]), mask).chance == (6 + 2) / 2


def test_guessing_comes_out_at_chance():
    generator = torch.Generator().manual_seed(1)
    mask = torch.ones(20_000, 11, dtype=torch.bool)
    result = summarise(torch.randint(1, 12, (20_000,), generator=generator), mask)
    assert result.mean_rank == pytest.approx(6.0, abs=0.1)


@pytest.mark.parametrize("ranks", [[0, 1], [1, 4]])
def test_impossible_ranks_are_refused(ranks: list[int]):
    with pytest.raises(ValueError, match="ranks: expected 1 to the number of candidates"):
        summarise(torch.tensor(ranks), torch.ones(2, 3, dtype=torch.bool))


def test_no_region_is_refused():
    with pytest.raises(ValueError, match="ranks: expected at least one"):
        summarise(torch.empty(0, dtype=torch.int64), torch.ones(0, 3, dtype=torch.bool))
