"""What the image tower is taught: batches of crops, views and mosaics, and their labels."""

import pytest
import torch
from torch import nn

from leaderboard.rendered.mini_clip.augmentation import mosaic, normalised
from leaderboard.rendered.mini_clip.image_labels import (
    GRID,
    Looks,
    Round,
    label_loss,
    label_readers,
    look,
    pick,
    tile_loss,
    tile_of_patch,
)
from leaderboard.rendered.mini_clip.model import IMAGE_SIZE, PATCH_SIZE, PROJECTION_DIM, VISION_WIDTH
from leaderboard.rendered.mini_clip.pictures import LABELS, WIDE_SIZE, draw_pictures

STAGE = Round(steps=1, batch=20, learning_rate=1e-3, views=0.25, mosaics=0.5)


@pytest.fixture(scope="module")
def pictures():
    return draw_pictures(range(520, 526), processes=1, chunk=3)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_batch_is_shared_out_and_follows_the_generator(pictures):
    looks, again = pick(pictures, STAGE, generator(3)), pick(pictures, STAGE, generator(3))
    assert (len(looks.crops), len(looks.views), len(looks.tiles)) == (5, 5, 10)
    assert looks.tiles.shape[1] in (4, 9) and torch.equal(looks.tiles, again.tiles)
    assert {pick(pictures, STAGE, generator(seed)).tiles.shape[1] for seed in range(20)} == {4, 9}
    assert look(pictures, looks, STAGE, torch.device("cpu"), generator()).shape == (20, 3, 96, 96)


def test_a_batch_without_mosaics_has_none(pictures):
    looks = pick(pictures, Round(steps=1, batch=8, learning_rate=1e-3, views=0.25), generator())
    assert (len(looks.crops), len(looks.views), len(looks.tiles)) == (6, 2, 0)


@pytest.mark.parametrize("side", [2, 3])
def test_tiles_of_a_mosaic_lie_row_by_row(side):
    shades = torch.arange(side * side, dtype=torch.uint8) * 20
    wide = shades.view(1, -1, 1, 1, 1).expand(1, -1, 3, WIDE_SIZE, WIDE_SIZE)
    picture = mosaic(wide, generator())[0]
    expected = normalised(shades.float().view(-1, 1, 1, 1).expand(-1, 3, 1, 1))
    size = IMAGE_SIZE // side
    for tile in range(side * side):
        top, left = tile // side * size, tile % side * size
        inside = picture[:, top : top + size, left : left + size]
        assert torch.allclose(inside, expected[tile].expand_as(inside), atol=1e-5)


@pytest.mark.parametrize("side", [2, 3])
def test_a_patch_belongs_to_the_tile_under_its_centre(side):
    found = tile_of_patch(side * side).view(GRID, GRID)
    for row in range(GRID):
        for column in range(GRID):
            down, across = ((line + 0.5) * PATCH_SIZE * side // IMAGE_SIZE for line in (row, column))
            assert found[row, column] == down * side + across


def test_labels_that_are_read_right_cost_less(pictures):
    looks = Looks(torch.arange(4), torch.arange(3), torch.arange(8).view(2, 4))
    readers = label_readers(PROJECTION_DIM)
    image, plain = torch.zeros(9, PROJECTION_DIM), Round(steps=1, batch=9, learning_rate=1e-3)
    before = label_loss(readers, image, pictures, looks, plain)
    there = torch.zeros(24)
    there[pictures.labels["category"][looks.tiles[0]]] = 1
    present = readers["present"]
    assert isinstance(present, nn.Linear)
    with torch.no_grad():
        present.weight[:, 0] = 20 * there - 10
    image[7, 0] = 1
    assert label_loss(readers, image, pictures, looks, plain) < before - 0.2
    image[7, 0] = -1
    assert label_loss(readers, image, pictures, looks, plain) > before + 1


def test_the_category_at_each_patch_is_its_tiles(pictures):
    tiles = torch.arange(8).view(2, 4)
    readers = nn.ModuleDict({"tile": nn.Linear(VISION_WIDTH, len(LABELS["category"]), bias=False)})
    reader = readers["tile"]
    assert isinstance(reader, nn.Linear)
    with torch.no_grad():
        reader.weight.copy_(torch.eye(len(LABELS["category"]), VISION_WIDTH))
    which = torch.stack([torch.randperm(64, generator=generator(seed))[:32] for seed in range(2)])
    truth = [
        [int(pictures.labels["category"][4 * m + tile_of_patch(4)[p]]) for p in which[m]] for m in range(2)
    ]
    patches = nn.functional.one_hot(torch.tensor(truth), VISION_WIDTH).float()
    assert tile_loss(readers, patches, which, pictures, tiles) < 0.01
    assert tile_loss(readers, patches.roll(1, dims=2), which, pictures, tiles) > 5
