"""Weights that bring a text-only model to chance."""

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from leaderboard.balanced import balance


def drawn(shares: list[float], n: int = 2000, seed: int = 0) -> torch.Tensor:
    """Ranks from 1 on, drawn with these shares."""
    return 1 + torch.multinomial(torch.tensor(shares), n, True, generator=torch.Generator().manual_seed(seed))


@given(st.lists(st.integers(1, 5), min_size=30, max_size=60), st.integers(0, 3))
def test_the_model_is_at_chance(ranks: list[int], more: int):
    assume(set(ranks) == {1, 2, 3, 4, 5})
    found, candidates = torch.tensor(ranks), torch.full((len(ranks),), 5)
    candidates[: more * 5] = 6
    balanced = balance(found, candidates)
    assert (balanced.weights > 0).all() and balanced.weights.mean().item() == pytest.approx(1)
    chance = balanced.mean((candidates.double() + 1) / 2)
    assert balanced.mean(found) == pytest.approx(chance, abs=1e-3)
    assert balanced.mean((found == 1).double()) == pytest.approx(
        balanced.mean(1 / candidates.double()), abs=1e-3
    )
    assert 1 <= balanced.effective <= len(ranks) + 1e-6


def test_a_model_at_chance_leaves_the_items_equal():
    balanced = balance(torch.tensor([1, 2, 3, 4] * 5), torch.full((20,), 4))
    assert balanced.weights.tolist() == pytest.approx([1] * 20) and balanced.effective == pytest.approx(20)


def test_the_better_the_model_the_fewer_items_are_left():
    candidates = torch.full((2000,), 3)
    weak, strong = (balance(drawn(shares), candidates) for shares in ([0.4, 0.3, 0.3], [0.9, 0.05, 0.05]))
    assert strong.effective < weak.effective < 2000


def test_a_model_that_is_always_right_cannot_be_balanced():
    with pytest.raises(ValueError, match="ranks: expected some on either side of chance"):
        balance(torch.ones(20, dtype=torch.long), torch.full((20,), 4))
