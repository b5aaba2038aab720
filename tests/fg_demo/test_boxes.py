"""Boxes and the one crop, against slow and obvious ways to say the same."""

import math
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from skimage import data
from sklearn.datasets import load_sample_images

from fg_demo.boxes import Box, crop, crop_pixels, whole
from fg_demo.images import read_image
from fg_demo.upright import upright

COFFEE = Image.fromarray(data.coffee())
WIDTH, HEIGHT = COFFEE.size
ROTATIONS = {1: (0, 1), 2: (0, -1), 3: (2, 1), 4: (2, -1), 5: (1, -1), 6: (3, 1), 7: (3, -1), 8: (1, 1)}

numbers = st.floats(-200, 800, allow_nan=False)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    left, top = draw(numbers), draw(numbers)
    return Box(left, top, left + draw(st.floats(0.01, 900)), top + draw(st.floats(0.01, 900)))


@given(boxes(), st.floats(0.5, 3))
def test_crop_holds_every_pixel_the_box_touches_and_no_row_more(box: Box, context: float):
    more_x, more_y = box.width * (context - 1) / 2, box.height * (context - 1) / 2
    grown = [box.left - more_x, box.top - more_y, box.right + more_x, box.bottom + more_y]
    columns = [x for x in range(WIDTH) if math.floor(grown[0]) <= x < math.ceil(grown[2])]
    rows = [y for y in range(HEIGHT) if math.floor(grown[1]) <= y < math.ceil(grown[3])]
    if not columns or not rows:
        with pytest.raises(ValueError, match=f"meets the {WIDTH} × {HEIGHT} px image"):
            crop_pixels(box, WIDTH, HEIGHT, context)
        return
    expected = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    assert crop_pixels(box, WIDTH, HEIGHT, context) == expected


def released_crop(x: float, y: float, width: float, height: float) -> tuple[int, int, int, int]:
    """The released extraction code's crop at its default scale of 1, step by step and for whole boxes of COCO."""
    left, top, right, bottom = x, y, width + x, height + y
    return (
        math.floor(max(left, 0)),
        math.floor(max(top, 0)),
        math.ceil(right if right <= WIDTH else WIDTH),
        math.ceil(bottom if bottom <= HEIGHT else HEIGHT),
    )


def test_boxes_with_decimals_are_cropped_as_by_the_released_code():
    """Of boxes with one decimal a detour by the centre moves an edge of one in a hundred by a pixel."""
    chance = random.Random(0)
    for _ in range(3000):
        x, y = round(chance.uniform(0, WIDTH - 1), 1), round(chance.uniform(0, HEIGHT - 1), 1)
        width, height = round(chance.uniform(0.1, 400), 1), round(chance.uniform(0.1, 300), 1)
        expected = released_crop(x, y, width, height)
        assert crop_pixels(Box.from_xywh(x, y, width, height), WIDTH, HEIGHT) == expected


@given(st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1), st.integers(1, 300), st.integers(1, 300))
def test_crop_of_whole_pixels_is_the_arrays_slice(left: int, top: int, width: int, height: int):
    right, bottom = min(WIDTH, left + width), min(HEIGHT, top + height)
    cut = np.asarray(crop(COFFEE, Box(left, top, right, bottom)))
    assert (cut == data.coffee()[top:bottom, left:right]).all()


def test_a_box_thinner_than_a_pixel_still_gives_one():
    assert crop(COFFEE, Box(10.2, 20.3, 10.25, 20.31)).size == (1, 1)


@pytest.mark.parametrize("orientation", ROTATIONS)
def test_a_photo_stored_rotated_is_cropped_as_it_is_seen(orientation: int, tmp_path: Path):
    china = load_sample_images().images[0]
    quarter_turns, direction = ROTATIONS[orientation]
    stored = Image.fromarray(np.rot90(china[:, ::direction], -quarter_turns))
    exif = Image.Exif()
    exif[274] = _tag_of_undoing(orientation)
    stored.save(tmp_path / "photo.png", exif=exif)
    box = Box(100, 50, 300, 200)
    seen = read_image(tmp_path / "photo.png")
    assert seen.size == (china.shape[1], china.shape[0])
    assert (np.asarray(crop(seen, box)) == china[50:200, 100:300]).all()


def test_transparency_is_shown_on_white():
    clear = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    assert upright(clear).getpixel((0, 0)) == (255, 255, 255)
    palette = Image.new("P", (4, 4))
    palette.info["transparency"] = 0
    assert upright(palette).getpixel((0, 0)) == (255, 255, 255)


def test_whole_box_crops_nothing():
    assert crop(COFFEE, whole(COFFEE)).tobytes() == COFFEE.tobytes()


@pytest.mark.parametrize(
    "edges", [(5, 5, 5, 9), (5, 5, 9, 5), (9, 5, 5, 9), (math.nan, 0, 1, 1), (0, 0, math.inf, 1)]
)
def test_a_box_without_area_or_with_edges_that_are_no_numbers_is_refused(edges: tuple):
    with pytest.raises(ValueError, match="box: expected"):
        Box(*edges)


def test_coco_boxes_are_left_top_width_height():
    assert Box.from_xywh(10, 20, 30, 40) == Box(10, 20, 40, 60)


def test_context_must_be_positive():
    with pytest.raises(ValueError, match="context: expected a number above 0, got 0"):
        crop_pixels(Box(0, 0, 5, 5), 10, 10, context=0)


def _tag_of_undoing(orientation: int) -> int:
    """The EXIF tag that turns back what `ROTATIONS[orientation]` did to the pixels, found by trying all."""
    pixels = np.arange(6, dtype=np.uint8).reshape(2, 3)
    quarter_turns, direction = ROTATIONS[orientation]
    stored = Image.fromarray(np.rot90(pixels[:, ::direction], -quarter_turns))
    for tag in range(1, 9):
        exif = Image.Exif()
        exif[274] = tag
        stored.info["exif"] = exif.tobytes()
        shown = np.asarray(upright(stored).convert("L"))
        if shown.shape == pixels.shape and (shown == pixels).all():
            return tag
    raise AssertionError(f"no tag undoes {orientation}")


def test_all_of_an_image_is_the_image_itself_and_no_second_copy_of_its_pixels():
    assert crop(COFFEE, whole(COFFEE)) is COFFEE
    assert crop(COFFEE, Box(-5, -5, 9000, 9000)) is COFFEE
    assert crop(COFFEE, Box(0, 0, WIDTH - 1, HEIGHT)).size == (WIDTH - 1, HEIGHT)
