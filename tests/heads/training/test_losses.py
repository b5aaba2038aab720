import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from heads.training.losses import (
    BATCH_LOSSES,
    HARD_LOSSES,
    WARM_UP_LOSSES,
    caption_sigmoid_triplet,
    caption_triplet,
    distillation,
    hard_negative_contrastive,
    hard_negative_cross_entropy,
    hard_negative_sigmoid_triplet,
    hard_negative_triplet,
    infonce,
)
from tests.support.head_samples import normal


def slow_caption_triplet(scores, image_of_text, margin) -> float:
    total = 0.0
    for j, i in enumerate(image_of_text):
        for other_caption, its_image in enumerate(image_of_text):
            if its_image != i:
                total += max(0.0, margin + scores[i][other_caption] - scores[i][j])
        for other_image in range(len(scores)):
            if other_image != i:
                total += max(0.0, margin + scores[other_image][j] - scores[i][j])
    return total


def slow_infonce(scores, image_of_text, scale) -> float:
    total = 0.0
    for j, i in enumerate(image_of_text):
        right = math.exp(scale * scores[i][j])
        images = sum(math.exp(scale * row[j]) for row in scores)
        wrong = [math.exp(scale * s) for s, its in zip(scores[i], image_of_text, strict=True) if its != i]
        total -= math.log(right / images) + math.log(right / (right + sum(wrong)))
    return total / 2


def slow_hard(scores, mask, margin=None, scale=None) -> float:
    total = 0.0
    for row, real in zip(scores, mask, strict=True):
        kept = [s for s, r in zip(row, real, strict=True) if r]
        if margin is not None:
            total += sum(max(0.0, margin + negative - kept[0]) for negative in kept[1:])
        else:
            total -= math.log(math.exp(scale * kept[0]) / sum(math.exp(scale * s) for s in kept))
    return total


@st.composite
def batches(draw: st.DrawFn):
    """Scores of n images and m captions; images may share captions' attention unevenly, or have none."""
    n, m, seed = draw(st.integers(1, 5)), draw(st.integers(1, 7)), draw(st.integers(0, 100))
    image_of_text = torch.tensor([draw(st.integers(0, n - 1)) for _ in range(m)])
    return normal(n, m, seed=seed).tanh(), image_of_text


def slow_distillation(scores, teacher) -> float:
    """Half the mean squared difference of scores that each have mean 0 and variance 1."""
    standardised = []
    for matrix in (scores, teacher):
        flat = [score for row in matrix for score in row]
        mean = sum(flat) / len(flat)
        deviation = math.sqrt(sum((score - mean) ** 2 for score in flat) / len(flat))
        standardised.append([(score - mean) / deviation for score in flat])
    differences = [(a - b) ** 2 for a, b in zip(*standardised, strict=True)]
    return len(scores[0]) * sum(differences) / len(differences) / 2


@given(batches(), st.floats(0.01, 2))
def test_caption_triplet_equals_two_slow_loops(batch, margin):
    scores, image_of_text = batch
    expected = slow_caption_triplet(scores.tolist(), image_of_text.tolist(), margin)
    assert caption_triplet(scores, image_of_text, margin).item() == pytest.approx(
        expected, abs=1e-4, rel=1e-4
    )


@given(batches(), st.floats(0.5, 30))
def test_infonce_equals_two_slow_loops(batch, scale):
    scores, image_of_text = batch
    expected = slow_infonce(scores.tolist(), image_of_text.tolist(), scale)
    assert infonce(scores, image_of_text, scale).item() == pytest.approx(expected, abs=1e-3, rel=1e-3)


@given(n=st.integers(1, 5), m=st.integers(2, 6), seed=st.integers(0, 100))
def test_distillation_equals_a_slow_loop_over_standardised_scores(n, m, seed):
    scores, teacher = normal(n, m, seed=seed).tanh(), normal(n, m, seed=seed + 1).tanh()
    expected = slow_distillation(scores.tolist(), teacher.tolist())
    assert distillation(scores, teacher).item() == pytest.approx(expected, abs=1e-4, rel=1e-4)


@given(scale=st.floats(0.1, 10), shift=st.floats(-1, 1), seed=st.integers(0, 100))
def test_distillation_asks_for_the_teacher_s_scores_in_any_unit(scale, shift, seed):
    teacher = normal(4, 6, seed=seed)
    assert distillation(scale * teacher + shift, teacher).item() == pytest.approx(0, abs=1e-4)
    assert distillation(shift - scale * teacher, teacher).item() == pytest.approx(12, abs=1e-4)


@pytest.mark.parametrize("shape", [(1, 1), (3, 4)])
def test_scores_that_do_not_vary_have_a_finite_distillation(shape):
    scores = torch.full(shape, 0.5, requires_grad=True)
    total = distillation(scores, normal(*shape))
    total.backward()
    assert total.item() == shape[1]
    assert scores.grad is not None
    assert torch.isfinite(scores.grad).all()


@given(n=st.integers(1, 5), k=st.integers(1, 6), seed=st.integers(0, 100), strength=st.floats(0.05, 2))
def test_hard_negative_losses_equal_slow_loops(n, k, seed, strength):
    scores, lengths = normal(n, k, seed=seed).tanh(), torch.arange(n)[:, None] % k + 1
    mask = torch.arange(k)[None] < lengths
    close = pytest.approx(slow_hard(scores.tolist(), mask.tolist(), margin=strength), abs=1e-4)
    assert hard_negative_triplet(scores, mask, strength).item() == close
    close = pytest.approx(slow_hard(scores.tolist(), mask.tolist(), scale=strength), abs=1e-4)
    assert hard_negative_cross_entropy(scores, mask, strength).item() == close


def slow_contrastive(scores, place, mask, scale) -> float:
    """Half of both directions, caption by caption and region by region."""
    offered = sorted(
        {c for row, real in zip(place, mask, strict=True) for c, r in zip(row, real, strict=True) if r}
    )
    total = 0.0
    for region, row in enumerate(place):
        right = math.exp(scale * scores[region][row[0]])
        captions = sum(math.exp(scale * scores[region][caption]) for caption in offered)
        others = [
            math.exp(scale * scores[other][row[0]])
            for other, theirs in enumerate(place)
            if other == region or theirs[0] != row[0]
        ]
        total -= math.log(right / captions) + math.log(right / sum(others))
    return total / 2


@given(n=st.integers(1, 5), k=st.integers(1, 4), c=st.integers(1, 8), seed=st.integers(0, 100))
def test_the_contrastive_loss_equals_slow_loops(n, k, c, seed):
    generator = torch.Generator().manual_seed(seed)
    scores, place = normal(n, c, seed=seed).tanh(), torch.randint(c, (n, k), generator=generator)
    mask = torch.arange(k)[None] < torch.randint(1, k + 1, (n, 1), generator=generator)
    expected = slow_contrastive(scores.tolist(), place.tolist(), mask.tolist(), 3.0)
    assert hard_negative_contrastive(scores, place, mask, 3.0).item() == pytest.approx(expected, abs=1e-4)


def test_in_the_contrastive_loss_the_negatives_of_one_region_are_those_of_all():
    """A caption that another region's row alone lists costs the first region what its own negative would."""
    scores, place = normal(2, 3).tanh(), torch.tensor([[0, 0], [1, 2]])
    listed, unlisted = (
        torch.tensor([[True, False], [True, True]]),
        torch.tensor([[True, False], [True, False]]),
    )
    with_it, without = (hard_negative_contrastive(scores, place, mask, 3.0) for mask in (listed, unlisted))
    assert with_it > without
    own = hard_negative_contrastive(scores, torch.tensor([[0, 2], [1, 1]]), listed.flip(0), 3.0)
    torch.testing.assert_close(own, with_it)


@given(batches(), st.floats(0.01, 0.5))
def test_the_sigmoid_triplets_are_those_of_sigmoids(batch, margin):
    scores, image_of_text = batch
    shares = [[1 / (1 + math.exp(-score)) for score in row] for row in scores.tolist()]
    close = pytest.approx(slow_caption_triplet(shares, image_of_text.tolist(), margin), abs=1e-4, rel=1e-4)
    assert caption_sigmoid_triplet(scores, image_of_text, margin).item() == close
    mask = torch.arange(scores.shape[1])[None] < torch.arange(len(scores))[:, None] % scores.shape[1] + 1
    close = pytest.approx(slow_hard(shares, mask.tolist(), margin=margin), abs=1e-4, rel=1e-4)
    assert hard_negative_sigmoid_triplet(scores, mask, margin).item() == close


@given(low=st.floats(-1, 1), gap=st.floats(0, 2), margin=st.sampled_from([0.05, 0.2]))
def test_a_margin_after_a_sigmoid_is_four_to_five_times_as_much_of_a_cosine(low, gap, margin):
    """What a pair of cosines must lie apart: never less than 4 margins, and 5.2 are always enough."""
    high = low + gap
    apart = 1 / (1 + math.exp(-high)) - 1 / (1 + math.exp(-low)) >= margin
    if high <= 1 and gap < 4 * margin:
        assert not apart
    if high <= 1 and gap >= 5.2 * margin:
        assert apart


@pytest.mark.parametrize(
    "loss", [hard_negative_triplet, hard_negative_sigmoid_triplet, hard_negative_cross_entropy]
)
@pytest.mark.parametrize("padding", [1e3, -1e3, float("nan")])
def test_padding_changes_neither_loss_nor_gradient(loss, padding):
    mask = torch.tensor([[True, True, False], [True, False, False]])
    gradients = []
    for value in (0.0, padding):
        scores = normal(2, 3).masked_fill(~mask, value).requires_grad_()
        total = loss(scores, mask, 0.5)
        total.backward()
        assert scores.grad is not None
        gradients.append((total.item(), scores.grad.tolist()))
    assert gradients[0] == gradients[1]


@pytest.mark.parametrize("loss", [function for function, _ in HARD_LOSSES.values()])
def test_a_row_without_negatives_costs_nothing(loss):
    assert loss(torch.zeros(1, 3), torch.tensor([[True, False, False]]), 0.5).item() == 0.0


@pytest.mark.parametrize("loss", [function for function, _ in WARM_UP_LOSSES.values()])
def test_captions_of_one_image_are_no_negatives_of_each_other(loss):
    one_image = torch.zeros(4, dtype=torch.int64)
    scores = normal(1, 4).requires_grad_()
    total = loss(scores, one_image, 0.5)
    total.backward()
    assert total.item() == pytest.approx(0.0, abs=1e-6)
    assert scores.grad is not None
    assert scores.grad.abs().max().item() < 1e-6


def test_a_triplet_beyond_the_margin_costs_nothing():
    scores = torch.tensor([[0.9, 0.1], [0.1, 0.9]])
    assert caption_triplet(scores, torch.arange(2), 0.7).item() == 0.0
    assert caption_triplet(scores, torch.arange(2), 0.9).item() == pytest.approx(0.4)


def test_every_named_loss_takes_the_setting_it_names():
    for function, strength in {**WARM_UP_LOSSES, **HARD_LOSSES, **BATCH_LOSSES}.values():
        assert strength in function.__annotations__


@pytest.mark.parametrize("loss", [caption_triplet, infonce])
def test_the_gradient_is_the_same_to_the_bit_however_the_threads_run(loss):
    random = torch.Generator().manual_seed(0)
    scores = torch.rand(40, 400, generator=random).requires_grad_()
    image_of_text = torch.randint(40, (400,), generator=random)
    weights = torch.rand((), generator=random)
    gradients = []
    for _ in range(30):
        (found,) = torch.autograd.grad(loss(scores, image_of_text, 0.7) * weights, scores)
        gradients.append(found)
    assert all(torch.equal(gradients[0], other) for other in gradients[1:])
