from dataclasses import replace
from pathlib import Path

import pytest
import torch

from heads import Head
from heads.training.checkpoint import Progress, load_progress, save_progress
from heads.training.fit import fit
from heads.training.recipe import PAPER, Recipe, Stage, new_head
from tests.support.head_samples import hidden_attribute, make_head, make_pairs

RECIPE = Recipe(
    warm_up=replace(PAPER.warm_up, learning_rate=1e-3, batch_size=16, epochs=2),
    hard=Stage(loss="triplet", learning_rate=3e-3, margin=0.2, batch_size=32, epochs=3, schedule="cosine"),
    caption_weight=0.1,
    distillation=0.5,
)
HARD, VALIDATION, PAIRS = (
    hidden_attribute(100, seed=1),
    hidden_attribute(40, seed=2),
    make_pairs(20, 50, dim=24),
)
ABOUT = {"kind": "linear", "recipe": {"seed": 1}}


def trained(head: Head, start: Progress | None = None) -> tuple[list[Progress], dict[str, torch.Tensor]]:
    progress: list[Progress] = []
    fit(
        head, HARD, VALIDATION, RECIPE, PAIRS, make_pairs(10, 20, dim=24, seed=3), start=start,
        on_progress=progress.append,
    )  # fmt: skip
    return progress, head.state_dict()


def equal(left: dict, right: dict) -> bool:
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


@pytest.fixture(autouse=True)
def one_thread():
    """Batches this small only wait for a second thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("kind", ["linear", "mlp", "attention", "blend"])
def test_a_training_that_stopped_after_any_epoch_ends_in_the_same_bits(kind: str, tmp_path: Path):
    """From the file, in a head with other weights, as a new process would."""
    whole, weights = trained(new_head(kind, 24, RECIPE))
    assert len(whole) == 5
    for number, progress in enumerate(whole):
        head = new_head(kind, 24, replace(RECIPE, seed=5))
        start = load_progress(save_progress(progress, tmp_path / "p", ABOUT), head, ABOUT)
        rest, again = trained(head, start)
        assert equal(again, weights)
        assert [step.history for step in rest] == [step.history for step in whole[number + 1 :]]
        assert not rest or torch.equal(rest[-1].random, whole[-1].random)


def test_a_progress_can_be_gone_on_from_twice():
    whole, weights = trained(new_head("linear", 24, RECIPE))
    for _ in range(2):
        assert equal(trained(new_head("linear", 24), whole[2])[1], weights)


@pytest.mark.parametrize("best", [0.1, -1 / 3, 1e-300, 12.0])
def test_disk_gives_back_every_bit(tmp_path: Path, best: float):
    progress = replace(trained(make_head("linear", 24))[0][-1], best=best)
    path = save_progress(progress, tmp_path / "p", ABOUT)
    loaded = load_progress(path, make_head("linear", 24), ABOUT)
    assert (loaded.history, loaded.best) == (progress.history, best)
    assert equal(loaded.weights, progress.weights)
    assert equal(loaded.best_weights, progress.best_weights)
    assert all(equal(loaded.moments[n], progress.moments[n]) for n in progress.moments)
    assert torch.equal(loaded.random, progress.random)


def test_another_training_s_progress_is_refused_field_by_field(tmp_path: Path):
    progress = trained(new_head("linear", 24, RECIPE))[0][0]
    path = save_progress(progress, tmp_path / "p", ABOUT)
    with pytest.raises(ValueError, match=r"p: expected to go on .*: recipe\.seed: expected 1, got 2; more:"):
        load_progress(path, make_head("linear", 24), {**ABOUT, "recipe": {"seed": 2}, "more": 1})
    with pytest.raises(ValueError, match="expected the tensors"):
        load_progress(path, make_head("mlp", 24), ABOUT)
    with pytest.raises(FileNotFoundError, match="expected a safetensors file, found none"):
        load_progress(tmp_path / "absent", make_head("linear", 24), ABOUT)
