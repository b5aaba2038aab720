from dataclasses import replace

import pytest
import torch

from heads import KINDS, CosineHead, LinearHead
from heads.training.recipe import PAPER, Recipe, Stage, new_head
from tests.support.head_samples import normal


def test_the_defaults_are_the_paper_s():
    """Margins 0.2 and 0.05 after a sigmoid, whose slope at 0 is a quarter, are 0.8 and 0.2 before it."""
    assert (PAPER.warm_up.learning_rate, PAPER.hard.learning_rate) == (5e-5, 1e-5)
    assert (PAPER.warm_up.margin / 4, PAPER.hard.margin / 4) == (0.2, 0.05)
    for stage in (PAPER.warm_up, PAPER.hard):
        assert (stage.loss, stage.batch_size, stage.epochs) == ("triplet", 256, 10)
        assert {stage.rate(epoch) for epoch in range(1, 11)} == {stage.learning_rate}
    assert (PAPER.seed, PAPER.initial, PAPER.caption_weight, PAPER.distillation) == (123, "random", 0, 0)


BAD_STAGES = {
    "learning_rate: expected a number above 0, at most 1, got": [0, -1e-3, 1.5, float("nan")],
    "margin: expected a number above 0, at most 2, got": [0, -0.1, 2.5, float("nan")],
    "scale: expected a number above 0, at most 1000, got": [0, -1, 1e4, float("inf")],
    "batch_size: expected a whole number, at least 1, got": [0, -1, 2.0, True],
    "epochs: expected a whole number, at least 0, got": [-1, 2.5],
    "schedule: expected one of constant, cosine, got": ["linear", "", None],
}


@pytest.mark.usefixtures("without_type_checks")
@pytest.mark.parametrize("message", BAD_STAGES)
def test_a_stage_out_of_range_is_refused(message):
    for value in BAD_STAGES[message]:
        with pytest.raises(ValueError, match=message):
            replace(PAPER.hard, **{message.split(":")[0]: value})


BAD_RECIPES = {
    "warm-up loss: expected one of triplet, sigmoid-triplet, infonce": {
        "warm_up": replace(PAPER.warm_up, loss="cross-entropy")
    },
    "hard loss: expected one of triplet, sigmoid-triplet, cross-entropy": {
        "hard": replace(PAPER.hard, loss="infonce")
    },
    "warm-up batch_size: expected a whole number, at least 2": {
        "warm_up": replace(PAPER.warm_up, batch_size=1)
    },
    "initial: expected one of random, identity": {"initial": "zero"},
    "caption_weight: expected a number from 0 to 100": {"caption_weight": -1.0},
    "distillation: expected a number from 0 to 100": {"distillation": 101.0},
    "seed: expected a whole number, at least 0": {"seed": -1},
    "seed: expected a whole number, at most 9223372036854775807": {"seed": 2**63},
}


@pytest.mark.parametrize("message", BAD_RECIPES)
def test_a_recipe_out_of_range_is_refused(message):
    with pytest.raises(ValueError, match=message):
        Recipe(**BAD_RECIPES[message])


def test_a_cosine_schedule_falls_along_half_a_wave_from_the_whole_rate_on():
    stage = Stage(loss="triplet", learning_rate=0.4, epochs=4, schedule="cosine")
    expected = [0.4, 0.2 + 0.2 * 0.5**0.5, 0.2, 0.2 - 0.2 * 0.5**0.5]
    assert [stage.rate(epoch) for epoch in range(1, 5)] == pytest.approx(expected)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_seed_draws_the_weights_and_nothing_else(kind):
    state = torch.get_rng_state()
    made = [new_head(kind, 6, Recipe(seed=seed)) for seed in (1, 1, 2)]
    heads = [head.state_dict() for head in made]
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(heads[0][name], heads[1][name]) for name in heads[0])
    # Some biases start at zero, whatever the seed; matrices are drawn, but for one that starts at the identity.
    drawn = [name for name, weight in made[0].named_parameters() if weight.ndim == 2]
    same = [name for name in drawn if torch.equal(heads[0][name], heads[2][name])]
    assert same == (["text.weight"] if kind == "text-matrix" else [])


def test_an_identity_head_starts_as_cosine():
    head = new_head("linear", 6, Recipe(initial="identity"), sides="image")
    assert isinstance(head, LinearHead)
    assert head.sides == "image"
    image, text = normal(3, 6, seed=1), normal(3, 4, 6, seed=2)
    assert torch.equal(head.score(image, text), CosineHead().score(image, text))


def test_what_a_kind_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"kind: expected one of .*cosine, .*linear.*, got 'quadratic'"):
        new_head("quadratic", 6)
    with pytest.raises(ValueError, match="cosine: expected options out of dim, logit_scale, got sides"):
        new_head("cosine", 6, sides="both")
    with pytest.raises(ValueError, match="initial: expected random for a head of kind cosine"):
        new_head("cosine", 6, Recipe(initial="identity"))
    with pytest.raises(ValueError, match="sides: expected one of"):
        new_head("linear", 6, sides="none")


def test_a_stage_is_data():
    assert Stage(loss="triplet", learning_rate=1e-3) == Stage(loss="triplet", learning_rate=1e-3)
