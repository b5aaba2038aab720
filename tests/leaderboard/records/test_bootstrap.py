"""Intervals by resampling images: against a loop, and against what they promise."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.records.bootstrap import (
    RESAMPLES,
    intervals,
    intervals_over_subsets,
    rank_values,
    resampled_means,
)


def slow_means(values: list[float], image: list[int], images: int) -> list[float]:
    """The bootstrap spelled out, on the same draws: the means of all rows of the images drawn."""
    drawn = torch.randint(images, (RESAMPLES, images), generator=torch.Generator().manual_seed(0))
    means = []
    for draw in drawn.tolist():
        rows = [
            value for number in draw for value, owner in zip(values, image, strict=True) if owner == number
        ]
        means.append(sum(rows) / len(rows) if rows else float("nan"))
    return means


@given(st.lists(st.tuples(st.integers(1, 11), st.integers(0, 4)), min_size=1, max_size=8))
def test_the_means_are_those_of_a_loop(items: list[tuple[int, int]]):
    ranks, image = zip(*items, strict=True)
    fast = resampled_means([(torch.tensor(ranks).float()[:, None], torch.tensor(image))], 5)[0]
    assert fast[:, 0].tolist() == pytest.approx(slow_means(list(ranks), list(image), 5), nan_ok=True)


def test_the_interval_holds_the_true_mean_about_as_often_as_it_says():
    generator = torch.Generator().manual_seed(3)
    inside, trials, images, each = 0, 200, 60, 4
    image = torch.arange(images).repeat_interleave(each)
    values = torch.zeros(0)
    low = high = 0.0
    for _ in range(trials):
        # Items of one image share most of their luck, so an interval that took them one by one would miss.
        luck = torch.randn(images, generator=generator).repeat_interleave(each)
        values = luck + 0.3 * torch.randn(images * each, generator=generator)
        ((low, high),) = [ends or (0.0, 0.0) for ends in intervals(values[:, None], image)]
        inside += low <= 0 <= high
    assert 0.88 <= inside / trials <= 0.99
    (alone,) = intervals(values[:, None], torch.arange(images * each))
    assert alone and alone[1] - alone[0] < 0.7 * (high - low)


def test_the_same_items_give_the_same_interval():
    values, image = torch.rand(50, 2), torch.arange(50) // 3
    assert intervals(values, image) == intervals(values, image)
    assert intervals(values, image + 7) == intervals(values, image)


def test_what_never_varies_has_no_width():
    assert intervals(rank_values(torch.ones(30, dtype=torch.int64)), torch.arange(30)) == [(1, 1), (1, 1)]


def test_one_image_has_no_interval():
    assert intervals(torch.rand(9, 1), torch.zeros(9, dtype=torch.int64)) == [None]


def test_over_subsets_an_image_is_drawn_in_all_or_in_none():
    image = torch.arange(40)
    values = torch.rand(40, 1, generator=torch.Generator().manual_seed(1))
    (opposed,) = intervals_over_subsets([(values, image), (1 - values, image)])
    assert opposed == pytest.approx((0.5, 0.5), abs=1e-6)
    (one,) = intervals(values, image)
    (both,) = intervals_over_subsets([(values, image), (values, image)])
    assert both == pytest.approx(one, abs=1e-6)


def test_many_images_are_drawn_in_parts(monkeypatch: pytest.MonkeyPatch):
    values, image = torch.rand(30, 1), torch.arange(30)
    monkeypatch.setattr("leaderboard.records.bootstrap.LARGEST_DRAW", 30 * 7)
    means = resampled_means([(values, image)], 30)[0]
    assert means.shape == (RESAMPLES, 1) and means.unique().numel() > RESAMPLES / 2
