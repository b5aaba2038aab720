"""Weights that bring a text-only model to chance."""

from pathlib import Path

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from leaderboard.__main__ import main
from leaderboard.benchmarks.split import load_benchmark, open_split
from leaderboard.evaluation.balanced import balance
from leaderboard.evaluation.balanced_view import balanced_view
from leaderboard.evaluation.text_only_records import text_only_records
from leaderboard.records.balanced_file import load_view
from leaderboard.records.packing import rank_tensor
from leaderboard.records.weights import ItemWeights
from tests.support.tiny_benchmark import write_benchmark


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


def test_the_command_stores_the_weights_with_the_revision(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    benchmark = str(write_benchmark(tmp_path / "tiny", images=40, configs={"1_attributes": 10}))
    flags = ["--benchmark", benchmark, "--fitted-on", "validation", "--output", str(tmp_path / "out")]
    text_only, _ = text_only_records(open_split(benchmark), "x", "validation")
    if set(text_only.subsets["hard"].ranks or "") == {"1"}:
        pytest.fail("the tiny benchmark is solved without looking: nothing to balance")
    assert main(["balance", *flags]) == 0
    (path,) = (tmp_path / "out").iterdir()
    view = load_view(path)
    hard, result = view.subsets["hard"], text_only.subsets["hard"]
    assert view.benchmark == text_only.benchmark and (view.benchmark.revision or "-") in path.name
    assert hard.items == result.items and len(hard.weights) == result.n
    weighed = ItemWeights(torch.tensor(hard.weights, dtype=torch.double)).mean(
        rank_tensor(result.ranks or "")
    )
    chance = torch.tensor([1 + len(sample.negatives) / 2 for sample in load_benchmark(benchmark, "hard")])
    weights = torch.tensor(hard.weights, dtype=torch.double)
    assert weighed == pytest.approx(ItemWeights(weights).mean(chance), abs=0.01)
    assert hard.chance == pytest.approx(weighed, abs=0.01)
    assert f"{hard.effective:,.1f} in effect" in capsys.readouterr().out
    path.write_text(path.read_text().replace('"items"', '"itemz"'))
    with pytest.raises(ValueError, match=r"subsets\.hard\.items"):
        load_view(path)


def test_weights_are_of_the_items_that_were_ranked(tmp_path: Path):
    one, other = (
        str(write_benchmark(tmp_path / name, images=count)) for name, count in (("a", 20), ("b", 21))
    )
    text_only, _ = text_only_records(open_split(one, subsets=["hard"]), "x", "validation")
    with pytest.raises(ValueError, match="hard: expected the ranks of the source's items"):
        balanced_view(open_split(other, subsets=["hard"]), text_only)
