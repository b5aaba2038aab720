"""The contextualiser: one vector a clip and one an event; who is absent is not seen; order counts."""

import pytest
import torch

from fg_demo.adaptation.contextualiser import Contextualiser


@pytest.fixture
def contextualiser() -> Contextualiser:
    torch.manual_seed(0)
    return Contextualiser(64, events=3, frames=2, layers=2).eval()


FRAMES = torch.randn(4, 3, 2, 64, generator=torch.Generator().manual_seed(1))
ALL = torch.ones(4, 3, dtype=torch.bool)


def test_shapes_and_gradients(contextualiser: Contextualiser):
    frames = FRAMES.clone().requires_grad_()
    video, events = contextualiser(frames, ALL)
    assert video.shape == (4, 64) and events.shape == (4, 3, 64)
    (video.sum() + events.square().sum()).backward()
    assert frames.grad is not None and (frames.grad.abs().sum(dim=-1) > 0).all()
    assert all(one.grad is not None for one in contextualiser.parameters())


def test_an_absent_event_is_seen_by_nobody(contextualiser: Contextualiser):
    there = ALL.clone()
    there[0, 1] = False
    other = FRAMES.clone()
    other[0, 1] = 100.0
    for one, two in zip(contextualiser(FRAMES, there), contextualiser(other, there), strict=True):
        kept = there if one.ndim == 3 else slice(None)
        torch.testing.assert_close(one[kept], two[kept], atol=1e-5, rtol=0)
    changed, _ = contextualiser(other, ALL)
    assert not torch.allclose(changed[0], contextualiser(FRAMES, ALL)[0][0], atol=1e-3)


def test_clips_do_not_see_each_other(contextualiser: Contextualiser):
    alone, events = contextualiser(FRAMES[:1], ALL[:1])
    together = contextualiser(FRAMES, ALL)
    torch.testing.assert_close(alone, together[0][:1], atol=1e-5, rtol=0)
    torch.testing.assert_close(events, together[1][:1], atol=1e-5, rtol=0)


@pytest.mark.parametrize("dim", [1, 2])
def test_the_order_of_events_and_frames_counts(contextualiser: Contextualiser, dim: int):
    with torch.no_grad():
        for positions in (contextualiser.event_positions, contextualiser.frame_positions):
            positions.mul_(50)
    turned, _ = contextualiser(FRAMES.flip(dim), ALL)
    assert not torch.allclose(turned, contextualiser(FRAMES, ALL)[0], atol=1e-3)


def test_clips_of_another_shape_are_refused(contextualiser: Contextualiser):
    with pytest.raises(ValueError, match="expected 3 events of 2 frames, got 3 of 1"):
        contextualiser(FRAMES[:, :, :1], ALL)
