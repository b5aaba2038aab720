"""Regions from the patch features of the whole image, beside slow and obvious computations of the same."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor

from fg_demo.models.backbone import RegionEncoder
from fg_demo.models.clip import TransformersBackbone, load_backbone
from fg_demo.models.dense import dense_features, roi_align
from tests.support.tiny_families import WRITERS

PHOTO = Image.effect_noise((90, 50), 80).convert("RGB")
WHOLE = torch.tensor([[0.0, 0.0, 1.0, 1.0]])
BOXES = torch.tensor(
    [[0.0, 0.0, 1.0, 1.0], [0.1, 0.2, 0.35, 0.9], [0.61, 0.5, 0.62, 0.51], [0.7, -0.4, 1.6, 0.3]]
)


def sampled(features: Tensor, y: float, x: float) -> Tensor:
    """The features at a point by bilinear interpolation, as RoIAlign takes them: zero far outside."""
    rows, columns, dim = features.shape
    if y < -1 or y > rows or x < -1 or x > columns:
        return torch.zeros(dim)
    y, x = min(max(y, 0.0), rows - 1.0), min(max(x, 0.0), columns - 1.0)
    top, left = int(y), int(x)
    bottom, right = min(top + 1, rows - 1), min(left + 1, columns - 1)
    down, across = y - top, x - left
    above = features[top, left] * (1 - across) + features[top, right] * across
    below = features[bottom, left] * (1 - across) + features[bottom, right] * across
    return above * (1 - down) + below * down


def slowly_aligned(features: Tensor, box: list[float]) -> Tensor:
    """One bin, its samples one after the other."""
    rows, columns, dim = features.shape
    left, top, right, bottom = box[0] * columns, box[1] * rows, box[2] * columns, box[3] * rows
    down, across = max(1, math.ceil(bottom - top)), max(1, math.ceil(right - left))
    total = torch.zeros(dim)
    for i in range(down):
        for j in range(across):
            y = top - 0.5 + (i + 0.5) * (bottom - top) / down
            x = left - 0.5 + (j + 0.5) * (right - left) / across
            total += sampled(features, y, x)
    return total / (down * across)


@pytest.mark.parametrize("shape", [(4, 4), (3, 7), (1, 1)])
def test_pooling_is_the_mean_of_bilinear_samples(shape: tuple[int, int]):
    features = torch.randn(*shape, 5, generator=torch.Generator().manual_seed(1))
    expected = torch.stack([slowly_aligned(features, box) for box in BOXES.tolist()])
    assert torch.allclose(roi_align(features, BOXES), expected, atol=1e-5)


def test_a_box_of_one_patch_gives_that_patch():
    features = torch.randn(4, 4, 5)
    box = torch.tensor([[0.5, 0.25, 0.75, 0.5]])
    assert torch.allclose(roi_align(features, box)[0], features[1, 2], atol=1e-6)


@pytest.fixture
def backbone_of(tmp_path: Path) -> Callable[[str], TransformersBackbone]:
    return lambda family: load_backbone(str(WRITERS[family](tmp_path / family)), device="cpu")


@pytest.mark.parametrize("family", ["clip", "metaclip-2"])
@torch.no_grad()
def test_patches_of_clip_do_not_see_each_other_in_the_last_block(
    family: str, backbone_of: Callable[[str], TransformersBackbone], monkeypatch: pytest.MonkeyPatch
):
    """The same as the model itself when its last attention gives each token its own value."""
    backbone = backbone_of(family)
    inputs = backbone.preprocess_whole(PHOTO)
    found = dense_features(backbone.model, inputs)
    tower = backbone.model.vision_model
    attention = tower.encoder.layers[-1].self_attn

    def own_value(hidden_states: Tensor, **_: Any) -> tuple[Tensor, None]:
        return attention.out_proj(attention.v_proj(hidden_states)), None

    monkeypatch.setattr(attention, "forward", own_value)
    states = tower(**inputs).last_hidden_state[:, 1:]
    expected = backbone.model.visual_projection(tower.post_layernorm(states))[0]
    assert found.shape == (4, 4, backbone.dim)
    assert torch.allclose(found.flatten(0, 1), expected, atol=1e-5)


@pytest.mark.parametrize("family", ["siglip", "siglip-2", "siglip-2-naflex"])
@torch.no_grad()
def test_each_patch_of_siglip_asks_the_pooling_head_in_place_of_the_probe(
    family: str, backbone_of: Callable[[str], TransformersBackbone]
):
    backbone = backbone_of(family)
    inputs = backbone.preprocess_whole(PHOTO)
    tower = backbone.model.vision_model
    states, mask = tower(**inputs).last_hidden_state, inputs.get("pixel_attention_mask")
    found = dense_features(backbone.model, inputs)
    rows, columns, _ = found.shape
    for number, feature in enumerate(found.flatten(0, 1)):
        tower.head.probe = torch.nn.Parameter(states[:, number : number + 1])
        asked = tower.head(states, mask) if mask is not None else tower.head(states)
        assert torch.allclose(feature, asked[0], atol=1e-5)
    assert (columns > rows) if family == "siglip-2-naflex" else (rows == columns == 4)


def test_the_patches_cover_the_whole_image(backbone_of: Callable[[str], TransformersBackbone]):
    """A change at the far edge of a wide picture, which CLIP's own centre crop cuts off, changes that edge's patches."""
    backbone = backbone_of("clip")
    changed = PHOTO.copy()
    changed.paste((255, 0, 0), (80, 0, 90, 50))
    edge, inner = torch.tensor([[0.9, 0.0, 1.0, 1.0]]), WHOLE
    for box in (edge, inner):
        before = backbone.encode_regions(backbone.preprocess_whole(PHOTO), box)
        after = backbone.encode_regions(backbone.preprocess_whole(changed), box)
        assert before.shape == (1, backbone.dim) and not torch.allclose(before, after, atol=1e-3)


def test_a_family_without_patches_that_captions_can_be_compared_with_is_refused(
    backbone_of: Callable[[str], TransformersBackbone],
):
    backbone = backbone_of("align")
    assert isinstance(backbone, RegionEncoder)
    with pytest.raises(ValueError, match=r"patch features: expected one of clip, .* got 'align'"):
        backbone.preprocess_whole(PHOTO)
