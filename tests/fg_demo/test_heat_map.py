"""Heat maps: each cell's score against slow computations, and that they point at the thing that is described."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from skimage import data
from torch import Tensor
from torch.nn import functional as F

from fg_demo.boxes import Box
from fg_demo.heat_map import AT_ONCE, CROPS, PATCHES, cells_inside, heat_maps
from fg_demo.images import read_image
from fg_demo.models.clip import load_backbone
from fg_demo.page.samples import load_samples
from heads import LinearHead, load_head
from heads.kinds.cosine import BASELINE
from leaderboard.benchmarks.split import open_split
from tests.support.counting_backbone import CountingBackbone
from tests.support.tiny_families import WRITERS

COFFEE = Image.fromarray(data.coffee())
TEXTS = ["a red mug", "a cat"]
SHIPPED = ("linear-mini-clip", "mlp-mini-clip")


@pytest.fixture(scope="module")
def mini_clip() -> Any:
    return load_backbone("mini-clip", device="cpu")


def slow_crops(image: Image.Image, side: float, across: int, down: int, backbone: Any) -> list[list[Tensor]]:
    """The embedding of a square of `side` px about each cell's centre, one image at a time."""
    rows = []
    for row in range(down):
        middle_y = (row + 0.5) * image.height / down
        top, bottom = math.floor(middle_y - side / 2), math.ceil(middle_y + side / 2)
        cells = []
        for column in range(across):
            middle_x = (column + 0.5) * image.width / across
            left, right = math.floor(middle_x - side / 2), math.ceil(middle_x + side / 2)
            edges = max(left, 0), max(top, 0), min(right, image.width), min(bottom, image.height)
            cells.append(backbone.encode_images([image.crop(edges)])[0])
        rows.append(cells)
    return rows


def test_crops_are_scored_one_by_one():
    backbone, told = CountingBackbone(), []
    head = LinearHead(8)
    found = heat_maps(COFFEE, TEXTS, backbone, {"linear": head}, lambda done, of: told.append((done, of)))
    cells = slow_crops(COFFEE, 160, 10, 7, backbone)  # of 600 × 400 px
    captions = backbone.encode_texts(TEXTS)
    assert found.by == CROPS and found.scorers == (BASELINE.title, "linear")
    assert found.scores.shape == (2, 2, 7, 10)
    for row in range(7):
        for column in range(10):
            for text in range(2):
                own, caption = cells[row][column], captions[text]
                cosine = float(own @ caption / own.norm() / caption.norm())
                assert float(found.scores[0, text, row, column]) == pytest.approx(cosine, abs=1e-5)
                scored = head.score(own[None], caption[None, None]).item()
                assert float(found.scores[1, text, row, column]) == pytest.approx(scored, abs=1e-5)
    assert told == [(done, 70) for done in range(0, 70, 7)]


def test_who_is_told_can_end_it_between_two_calls():
    def told(done: int, of: int) -> None:
        if done:
            raise ValueError("stopped")

    backbone = CountingBackbone()
    with pytest.raises(ValueError, match="stopped"):
        heat_maps(COFFEE, TEXTS, backbone, {}, told)
    assert backbone.images == AT_ONCE


def slow_patches(model: Any, pixels: Tensor) -> Tensor:
    """Raw embeddings of the patches by a forward pass written out, token by token in the last layer; one image at the
    size of the training.
    """
    tower, vision = model.vision_model, model.config.vision_config
    side, patch = vision.image_size // vision.patch_size, vision.patch_size
    kernel, bias = tower.embeddings.patch_embedding.weight, tower.embeddings.patch_embedding.bias
    tokens = [tower.embeddings.class_embedding]
    for row in range(side):
        for column in range(side):
            seen = pixels[
                0, :, row * patch : (row + 1) * patch, column * patch : (column + 1) * patch
            ].flatten()
            tokens.append(kernel.flatten(1) @ seen + (0 if bias is None else bias))
    states = tower.pre_layrnorm(torch.stack(tokens) + tower.embeddings.position_embedding.weight)[None]
    *layers, last = tower.encoder.layers
    for layer in layers:
        made = layer(states, attention_mask=None)
        states = made if isinstance(made, Tensor) else made[0]
    rows = []
    for token in states[0, 1:]:
        value = last.self_attn.out_proj(last.self_attn.v_proj(last.layer_norm1(token)))
        rows.append(model.visual_projection(tower.post_layernorm(value)))
    return torch.stack(rows).reshape(side, side, -1)


@pytest.mark.parametrize("family", ["clip", "metaclip-2", "altclip", "chinese-clip"])
@torch.no_grad()
def test_patches_keep_their_own_values_in_the_last_layer(family: str, tmp_path: Path):
    backbone = load_backbone(str(WRITERS[family](tmp_path / family)), device="cpu")
    square = COFFEE.crop((100, 0, 500, 400))
    found = heat_maps(square, TEXTS, backbone, {})
    embedded = slow_patches(backbone.model, backbone.pixels([square]))
    expected = F.cosine_similarity(embedded[None], backbone.encode_texts(TEXTS)[:, None, None], dim=-1)
    assert found.by == PATCHES
    torch.testing.assert_close(found.scores[0], expected, rtol=1e-4, atol=1e-5)


def test_patches_cover_the_whole_of_a_wide_image_and_of_a_thin_one(tmp_path: Path):
    backbone = load_backbone(str(WRITERS["clip"](tmp_path / "clip")), device="cpu")
    for size, shape in (((600, 400), (4, 6)), ((400, 600), (6, 4)), ((4000, 3), (4, 16))):
        assert heat_maps(COFFEE.resize(size), TEXTS, backbone, {}).scores.shape == (1, 2, *shape)


@pytest.mark.parametrize("family", ["siglip", "siglip-2-naflex", "align"])
def test_where_no_patch_can_be_compared_crops_are_scored(family: str, tmp_path: Path):
    backbone = load_backbone(str(WRITERS[family](tmp_path / family)), device="cpu")
    assert backbone.encode_patches(COFFEE) is None
    assert heat_maps(COFFEE, TEXTS, backbone, {}).by == CROPS


def test_scores_that_are_no_numbers_are_refused():
    broken = LinearHead(8)
    for weights in broken.parameters():
        torch.nn.init.constant_(weights, torch.nan)
    with pytest.raises(ValueError, match="broken: expected finite scores"):
        heat_maps(COFFEE, TEXTS, CountingBackbone(), {"broken": broken})


def test_a_cell_is_inside_where_its_centre_is():
    inside = cells_inside(Box(10, 0, 30, 10), 40, 20, 2, 4)
    assert inside.tolist() == [[False, True, True, False], [False] * 4]


def test_the_thing_that_is_described_stands_out_of_a_drawn_scene(mini_clip: Any):
    """On average over the drawn samples, by cosine and by heads; and mostly its own box holds the highest cell."""
    heads = {name: load_head(name) for name in SHIPPED}
    gaps, highest = [], []
    for sample in load_samples():
        image = read_image(sample.path)
        scores = heat_maps(image, [sample.description], mini_clip, heads).scores[:, 0]
        inside = cells_inside(sample.box, image.width, image.height, *scores.shape[1:])
        spread = scores.flatten(1).std(dim=1)
        gaps.append(torch.stack([one[inside].mean() - one[~inside].mean() for one in scores]) / spread)
        highest.append(torch.tensor([bool(inside.flatten()[int(one.argmax())]) for one in scores.flatten(1)]))
    assert (torch.stack(gaps).mean(dim=0) > 0.3).all(), gaps
    assert (torch.stack(highest).float().mean(dim=0) > 0.5).all(), highest


@pytest.mark.slow
def test_mini_clips_crops_find_the_thing_more_often_than_its_patches(mini_clip: Any):
    """Why its crops are shown and not its patches."""
    split = open_split("fg-rendered", subsets=["hard"])
    head, found = load_head("linear-mini-clip"), {CROPS: 0, PATCHES: 0}
    by_image = {sample.image: sample for sample in split.samples_by_subset()["hard"]}
    for name, sample in list(by_image.items())[:20]:
        image = split.images[name]
        crops = heat_maps(image, [sample.positive], mini_clip, {"head": head}).scores[1, 0]
        patches = mini_clip.encode_patches(image)
        scored = head.score_matrix(patches.flatten(0, 1), mini_clip.encode_texts([sample.positive]))
        for by, scores in ((CROPS, crops), (PATCHES, scored.reshape(patches.shape[:2]))):
            inside = cells_inside(sample.box, image.width, image.height, *scores.shape)
            found[by] += bool(inside.flatten()[int(scores.argmax())])
    assert found[CROPS] > found[PATCHES], found
