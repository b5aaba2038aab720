import itertools
from dataclasses import replace

import pytest
import torch

from heads import Candidates, CosineHead, Head, LinearHead, Pairs
from heads.scoring import mean_rank, recall
from heads.training.checkpoint import Epoch
from heads.training.fit import fit
from heads.training.recipe import PAPER, Recipe, Stage, new_head
from tests.support.head_samples import hidden_attribute, make_candidates, make_pairs, normal

SKIPPED = replace(PAPER.warm_up, epochs=0)
HARD = Recipe(warm_up=SKIPPED, hard=Stage(loss="triplet", learning_rate=3e-3, margin=0.2, epochs=6))


@pytest.fixture(autouse=True)
def one_thread():
    """Batches this small only wait for a second thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def described(images: int, seed: int, dim: int = 24) -> Pairs:
    """Images and two captions each, related by a fixed rotation that plain cosine does not undo."""
    rotation = torch.linalg.qr(normal(dim, dim, seed=77)).Q
    image = normal(images, dim, seed=seed)
    text = (image @ rotation).repeat_interleave(2, dim=0) + 0.1 * normal(2 * images, dim, seed=seed + 1)
    return Pairs(image, text, torch.arange(images).repeat_interleave(2))


def weights(head: Head) -> list[torch.Tensor]:
    return [weight.detach().clone() for weight in head.parameters()]


def same(left: list, right: list) -> bool:
    return all(torch.equal(a, b) for a, b in zip(left, right, strict=True))


@pytest.mark.parametrize("loss", ["triplet", "cross-entropy"])
def test_a_linear_head_brings_out_what_cosine_ignores(loss):
    train, validation = hidden_attribute(1500, seed=1), hidden_attribute(300, seed=2)
    recipe = replace(HARD, hard=replace(HARD.hard, loss=loss))
    head = new_head("linear", 24, recipe)
    before = mean_rank(CosineHead(), validation)
    epochs = fit(head, train, validation, recipe)
    assert before > 3.5 > 2.0 > mean_rank(head, validation)
    assert [epoch.epoch for epoch in epochs] == [1, 2, 3, 4, 5, 6]
    assert epochs[-1].loss < epochs[0].loss


@pytest.mark.parametrize(
    ("kind", "options"),
    [("mlp", {"hidden": 40}), ("attention", {"attention_heads": 6}), ("blend", {}), ("facets", {})],
)
def test_every_other_kind_learns_it_too(kind, options):
    validation, recipe = hidden_attribute(300, seed=2), replace(HARD, hard=replace(HARD.hard, epochs=8))
    head = new_head(kind, 24, recipe, **options)
    fit(head, hidden_attribute(1500, seed=1), validation, recipe)
    assert mean_rank(head, validation) < 2.5 < 3.5 < mean_rank(CosineHead(), validation)


def test_a_matrix_on_the_captions_side_learns_it_against_the_captions_of_a_whole_batch():
    validation = hidden_attribute(300, seed=2)
    recipe = replace(HARD, hard=replace(HARD.hard, loss="contrastive", scale=50.0))
    head = new_head("text-matrix", 24, recipe)
    epochs = fit(head, hidden_attribute(1500, seed=1), validation, recipe)
    assert mean_rank(head, validation) < 2.0 < 3.5 < mean_rank(CosineHead(), validation)
    assert epochs[-1].loss < epochs[0].loss


@pytest.mark.parametrize("loss", ["triplet", "infonce"])
def test_the_warm_up_learns_to_retrieve(loss):
    train, validation = described(400, seed=1), described(100, seed=5)
    recipe = Recipe(
        warm_up=Stage(loss=loss, learning_rate=5e-3, margin=0.8, batch_size=64, epochs=6),
        hard=replace(PAPER.hard, epochs=0),
    )
    head = new_head("linear", 24, recipe)
    before = recall(CosineHead(), validation)
    epochs = fit(head, None, make_candidates(dim=24), recipe, train, validation)
    assert before < 0.3
    assert recall(head, validation) > 0.9
    assert {epoch.stage for epoch in epochs} == {"warm-up"}


def test_stages_follow_each_other_and_report_what_they_measured():
    validation, validation_pairs = hidden_attribute(100, seed=2), described(30, seed=3)
    recipe = replace(HARD, warm_up=replace(PAPER.warm_up, epochs=2))
    head, heard = new_head("linear", 24, recipe), []

    def listen(epoch: Epoch) -> None:
        heard.append(epoch)
        assert mean_rank(head, validation) == epoch.mean_rank
        assert recall(head, validation_pairs) == epoch.recall

    epochs = fit(
        head,
        hidden_attribute(300, seed=1),
        validation,
        recipe,
        described(50, seed=1),
        validation_pairs,
        listen,
    )
    assert heard == epochs
    stages = [(epoch.stage, epoch.epoch) for epoch in epochs]
    assert stages == [("warm-up", 1), ("warm-up", 2)] + [("fine-grained", e) for e in range(1, 7)]
    assert {epoch.learning_rate for epoch in epochs} == {5e-5, 3e-3}


def test_the_best_epoch_is_kept():
    """What is learned is of no use for a validation set of noise, so its mean rank goes up and down."""
    validation = make_candidates(n=60, dim=24)
    recipe = replace(HARD, hard=replace(HARD.hard, learning_rate=0.03, epochs=8))
    head, seen = new_head("linear", 24, recipe), []
    epochs = fit(
        head, hidden_attribute(600, seed=1), validation, recipe, on_epoch=lambda _: seen.append(weights(head))
    )
    found = [epoch.mean_rank for epoch in epochs]
    best = found.index(min(found))
    assert best < len(found) - 1
    assert same(weights(head), seen[best])


def test_of_equal_epochs_the_first_is_kept_and_of_a_warm_up_without_validation_pairs_the_last():
    """A validation set without negatives ranks every head first."""
    alone = hidden_attribute(20, seed=2)
    alone = Candidates(alone.image, alone.captions, alone.index[:, :1], alone.mask[:, :1])
    warm_up = Recipe(warm_up=replace(PAPER.warm_up, epochs=3), hard=replace(PAPER.hard, epochs=0))
    for recipe, kept in ((HARD, 0), (warm_up, 2)):
        head, seen = new_head("linear", 24, recipe), []
        train, pairs = hidden_attribute(50, seed=1), described(40, seed=3)
        fit(head, train, alone, recipe, pairs, on_epoch=lambda _, h=head, s=seen: s.append(weights(h)))
        assert not same(seen[0], seen[-1])
        assert same(weights(head), seen[kept])


def test_the_same_seed_gives_the_same_bits_and_leaves_torch_s_state_alone():
    train, validation, pairs = (
        hidden_attribute(600, seed=1),
        hidden_attribute(50, seed=2),
        described(40, seed=3),
    )
    runs = []
    torch.set_num_threads(2)  # threads that add in no fixed order would be found out
    for seed in (1, 1, 2):
        recipe = replace(
            HARD,
            warm_up=replace(PAPER.warm_up, epochs=1),
            hard=replace(HARD.hard, batch_size=300, epochs=2),
            caption_weight=0.1,
            seed=seed,
        )
        head, state = new_head("linear", 24), torch.get_rng_state()
        epochs = fit(head, train, validation, recipe, pairs)
        assert torch.equal(torch.get_rng_state(), state)
        runs.append((weights(head), epochs))
        torch.rand(3)
    assert same(runs[0][0], runs[1][0])
    assert runs[0][1] == runs[1][1]
    assert not same(runs[0][0], runs[2][0])


def test_one_step_is_adam_on_the_summed_loss_over_the_batch():
    """A single batch against the step written out with `head.score`, no shared captions, no batching."""
    train = make_candidates(n=8, k=4)
    recipe = replace(HARD, hard=replace(HARD.hard, epochs=1))
    head, twin = new_head("linear", 8), new_head("linear", 8)
    fit(head, train, train, recipe)
    optimizer = torch.optim.Adam(twin.parameters(), lr=recipe.hard.learning_rate)
    scores = twin.score(train.image, train.text)
    hinge = (0.2 + scores[:, 1:] - scores[:, :1]).clamp(min=0)
    (hinge * train.mask[:, 1:]).sum().div(8).backward()
    optimizer.step()
    for trained, expected in zip(weights(head), weights(twin), strict=True):
        torch.testing.assert_close(trained, expected, atol=1e-5, rtol=1e-5)


def test_captions_of_an_image_that_is_drawn_twice_are_no_negatives():
    """All captions describe one image: the warm-up has nothing to learn and must not move the head."""
    one = Pairs(normal(1, 8), normal(6, 8, seed=1), torch.zeros(6, dtype=torch.int64))
    recipe = Recipe(warm_up=replace(PAPER.warm_up, epochs=2), hard=replace(PAPER.hard, epochs=0))
    head = new_head("linear", 8)
    before = weights(head)
    epochs = fit(head, None, make_candidates(), recipe, one)
    assert [epoch.loss for epoch in epochs] == [0.0, 0.0]
    assert same(weights(head), before)


def test_captions_kept_beside_the_hard_negatives_keep_the_recall():
    train, validation = hidden_attribute(600, seed=1), hidden_attribute(100, seed=2)
    pairs, validation_pairs = described(300, seed=1), described(100, seed=5)
    found = []
    for weight in (0.0, 1.0):
        recipe = replace(HARD, caption_weight=weight)
        fit(head := new_head("linear", 24), train, validation, recipe, pairs, validation_pairs)
        found.append(recall(head, validation_pairs))
    assert found[1] > found[0] + 0.1


def test_distillation_keeps_whole_images_scored_as_by_the_cosine():
    train, validation = hidden_attribute(600, seed=1), hidden_attribute(100, seed=2)
    pairs, unseen = make_pairs(100, 300, dim=24), make_pairs(30, 90, dim=24, seed=3)
    teacher, found = CosineHead().score_matrix(unseen.image, unseen.text), []
    for weight in (0.0, 2.0):
        recipe = replace(HARD, distillation=weight)
        fit(head := new_head("linear", 24), train, validation, recipe, pairs)
        with torch.no_grad():
            scores = head.score_matrix(unseen.image, unseen.text)
        found.append(torch.corrcoef(torch.stack([scores.flatten(), teacher.flatten()]))[0, 1].item())
    assert found[1] > found[0] + 0.3


def test_each_epoch_runs_at_the_rate_of_its_schedule():
    """Adam's first step moves every weight by the rate; a second epoch at half of it moves it by half as much."""
    one = hidden_attribute(1, seed=1)
    recipe = replace(HARD, hard=replace(HARD.hard, loss="cross-entropy", epochs=2, schedule="cosine"))
    head = new_head("linear", 24, recipe)
    places = [weights(head)]
    epochs = fit(head, one, one, recipe, on_epoch=lambda _: places.append(weights(head)))
    assert [epoch.learning_rate for epoch in epochs] == [3e-3, 1.5e-3]
    moved = [
        max((after - before).abs().max().item() for before, after in zip(*pair, strict=True))
        for pair in itertools.pairwise(places)
    ]
    assert moved[0] == pytest.approx(3e-3, rel=1e-2)
    assert moved[1] == pytest.approx(1.5e-3, rel=0.1)


@pytest.mark.parametrize("sides", ["image", "text"])
def test_the_frozen_side_stays_bit_identical(sides):
    head = LinearHead(24, sides=sides)
    raw = normal(3, 24)
    fit(
        head,
        hidden_attribute(100, seed=1),
        hidden_attribute(20, seed=2),
        replace(HARD, hard=replace(HARD.hard, epochs=1)),
    )
    passed = head.project_text(raw) if sides == "image" else head.project_image(raw)
    assert torch.equal(passed, raw)


def test_ctrl_c_leaves_the_head_at_its_best_so_far():
    validation = hidden_attribute(100, seed=2)
    head, seen = new_head("linear", 24), []

    def press(epoch: Epoch) -> None:
        seen.append((epoch.mean_rank, weights(head)))
        if epoch.epoch == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(head, hidden_attribute(300, seed=1), validation, HARD, on_epoch=press)
    best = min(range(3), key=lambda number: seen[number][0])
    assert same(weights(head), seen[best][1])


def test_a_loss_that_stops_being_finite_is_refused_and_the_head_kept():
    head = new_head("linear", 8)
    head.get_parameter("image.weight").data.fill_(float("inf"))
    before = weights(head)
    with pytest.raises(
        ValueError, match="loss: expected a finite number, got nan; try a lower learning_rate"
    ):
        fit(head, make_candidates(), make_candidates(), HARD)
    assert same(weights(head), before)


BOTH = replace(HARD, warm_up=PAPER.warm_up)
NEITHER = replace(HARD, hard=replace(HARD.hard, epochs=0))


@pytest.mark.parametrize(
    ("message", "changed"),
    [
        ("hard: expected a set of them", {"hard": None}),
        ("hard: expected at least one item", {"hard": make_candidates(n=0)}),
        ("hard: expected dimension 8, got 6", {"hard": make_candidates(dim=6)}),
        ("validation: expected at least one item", {"validation": make_candidates(n=0)}),
        ("validation: expected dimension 8, got 6", {"validation": make_candidates(dim=6)}),
        ("validation_pairs: expected dimension 8, got 6", {"validation_pairs": make_pairs(dim=6)}),
        ("pairs: expected a set of them", {"recipe": BOTH}),
        ("pairs: expected a set of them", {"recipe": replace(HARD, caption_weight=1.0)}),
        ("pairs: expected a set of them", {"recipe": replace(HARD, distillation=1.0)}),
        ("epochs: expected at least one", {"recipe": NEITHER}),
        ("head: expected one with weights to train, got cosine", {"head": CosineHead()}),
    ],
)
def test_what_cannot_be_trained_on_is_refused_before_it_starts(message, changed):
    good = {
        "head": new_head("linear", 8),
        "hard": make_candidates(),
        "validation": make_candidates(),
        "recipe": HARD,
    }
    with pytest.raises(ValueError, match=message):
        fit(**{**good, **changed})
