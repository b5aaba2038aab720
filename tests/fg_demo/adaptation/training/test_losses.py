"""The four losses against an oracle in float64 that says each of them out loud, pair by pair."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import normalize

from fg_demo.adaptation.training.losses import Texts, adaptation_losses, contrastive_loss


def cosine(a: Tensor, b: Tensor) -> float:
    return float(a @ b / a.norm() / b.norm())


def oracle(
    images: list[Tensor], texts: list[Tensor], numbers: list[int], scale: float, made: list[list[Tensor]]
) -> float:
    """The symmetric contrastive loss as a sum over rows."""
    total = 0.0
    for i in range(len(images)):
        others = [j for j in range(len(images)) if j == i or numbers[j] != numbers[i]]
        right = math.exp(scale * cosine(images[i], texts[i]))
        captions = sum(math.exp(scale * cosine(images[i], texts[j])) for j in others)
        captions += sum(math.exp(scale * cosine(images[i], one)) for one in made[i])
        pictures = sum(math.exp(scale * cosine(images[j], texts[i])) for j in others)
        total += -math.log(right / captions) - math.log(right / pictures)
    return total / len(images) / 2


def drawn(seed: int, b: int, p: int, t: int, k: int, d: int = 6):
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    there = torch.rand(b, p, generator=generator) < 0.7
    there[:, 0] = True
    number = torch.randint(0, b * p, (b, p), generator=generator)
    mask = torch.rand(b, p, k, generator=generator) < 0.6
    return (
        normal(b, p, t, d),
        (normal(b, d), normal(b, p, d)),
        Texts(normal(b, p, d), normal(b, p, k, d), mask, number),
        there,
    )


@given(st.integers(0, 10_000), st.integers(2, 4), st.integers(2, 3), st.integers(1, 3), st.integers(0, 3))
def test_the_four_losses_are_those_of_the_oracle(seed: int, b: int, p: int, t: int, k: int):
    frames, contextual, texts, there = drawn(seed, b, p, t, k)
    scale = 7.0
    found = adaptation_losses(frames, contextual, texts, there, scale)
    events = [(i, j) for i in range(b) for j in range(p) if there[i, j]]
    mean_of = {one: torch.stack([frame / frame.norm() for frame in frames[one]]).mean(0) for one in events}
    numbers = [int(texts.number[one]) for one in events]
    captions = [texts.caption[one] for one in events]
    made = [[texts.negatives[one][n] for n in range(k) if texts.mask[one][n]] for one in events]
    said = [contextual[1][one] for one in events]
    clip_text, clip_mean = [], []
    for i in range(b):
        own = [one for one in events if one[0] == i]
        clip_text.append(torch.stack([normalize(texts.caption[one], dim=0) for one in own]).mean(0))
        clip_mean.append(torch.stack([mean_of[one] for one in own]).mean(0))
    nothing: list[list[Tensor]] = [[] for _ in range(b)]
    expected = [
        oracle([mean_of[one] for one in events], captions, numbers, scale, made),
        oracle(said, captions, numbers, scale, made),
        oracle(clip_mean, clip_text, list(range(b)), scale, nothing),
        oracle(list(contextual[0]), clip_text, list(range(b)), scale, nothing),
    ]
    assert [float(loss) for loss in found] == pytest.approx(expected, rel=1e-9)
    assert float(found.total(0.25)) == pytest.approx(
        expected[0] + expected[1] + 0.25 * (expected[2] + expected[3])
    )


def test_regions_alone_leave_the_first_loss_and_its_negatives():
    frames, _, texts, _ = drawn(3, 5, 1, 1, 4)
    there = torch.ones(5, 1, dtype=torch.bool)
    found = adaptation_losses(frames, None, texts, there, 5.0)
    assert [float(loss) for loss in found[1:]] == [0.0, 0.0, 0.0]
    made = [[texts.negatives[i, 0, n] for n in range(4) if texts.mask[i, 0, n]] for i in range(5)]
    rows = list(frames[:, 0, 0]), list(texts.caption[:, 0]), texts.number[:, 0].tolist()
    assert float(found.event) == pytest.approx(oracle(*rows, 5.0, made))


def test_what_is_absent_changes_nothing():
    frames, contextual, texts, there = drawn(5, 3, 3, 2, 2)
    there[1, 2] = False
    before = adaptation_losses(frames, contextual, texts, there, 5.0)
    frames[1, 2], texts.caption[1, 2], contextual[1][1, 2] = 9.0, -9.0, 9.0
    texts.negatives[1, 2] = 3.0
    texts.negatives[~texts.mask] = 7.0
    for old, new in zip(before, adaptation_losses(frames, contextual, texts, there, 5.0), strict=True):
        assert float(new) == pytest.approx(float(old))


def test_made_negatives_raise_the_losses_of_events_alone():
    frames, contextual, texts, there = drawn(7, 3, 3, 2, 4)
    without = texts._replace(mask=torch.zeros_like(texts.mask))
    more = adaptation_losses(frames, contextual, texts._replace(mask=torch.ones_like(texts.mask)), there, 5.0)
    less = adaptation_losses(frames, contextual, without, there, 5.0)
    assert more.event > less.event and more.contextual_event > less.contextual_event
    assert float(more.clip) == float(less.clip) and float(more.contextual_clip) == float(less.contextual_clip)


def test_an_equal_caption_is_no_negative():
    text = torch.eye(3, dtype=torch.float64)
    image = text[[0, 0, 1]]
    pair = contrastive_loss(image, text[[0, 0, 1]], torch.tensor([4, 4, 5]), 50.0)
    assert float(pair) < 1e-9
    assert float(contrastive_loss(image, text[[0, 0, 1]], torch.tensor([4, 6, 5]), 50.0)) > 0.4


def test_gradients_are_finite_where_everything_is_masked():
    image = torch.randn(2, 4, requires_grad=True)
    loss = contrastive_loss(
        image,
        torch.randn(2, 4),
        torch.tensor([1, 1]),
        5.0,
        torch.randn(2, 3, 4),
        torch.zeros(2, 3, dtype=torch.bool),
    )
    loss.backward()
    assert (
        float(loss.detach()) == pytest.approx(0.0)
        and image.grad is not None
        and torch.isfinite(image.grad).all()
    )
