"""Boxes and other input as no page sends them: words that name the field, never an error of Python's own."""

from pathlib import Path

import pytest
from PIL import Image

from fg_demo.boxes import Box, crop_pixels
from fg_demo.models.registry import ModelRegistry
from fg_demo.page.comparison import answer, read_box, read_question, score
from fg_demo.page.samples import SAMPLES_FOLDER
from fg_demo.page.taking.link import from_query
from fg_demo.scores import check_queries, read_queries

HUGE = 10**400
NO_BOXES = [
    5,
    1.5,
    True,
    "abc",
    "[0, 0, 9, 9]",
    {},
    {"left": 1},
    [],
    [1, 2, 3],
    [1, 2, 3, 4, 5],
    [1, 2, 3, "4"],
]
NO_BOXES += [[1, 2, 3, True], [None] * 4, [[1], 2, 3, 4], [HUGE, HUGE], 10**5000, [10**5000]]
NO_EDGES = [
    [0, 0, 1e308, 1e308],
    [-1e308, -1e308, 1e308, 1e308],
    [0, 0, HUGE, 10],
    [-HUGE, 0, 1, 1],
    [0, 0, 10**5000, 1],
]
NO_EDGES += [[float("nan")] * 4, [0, 0, float("inf"), 1], [0, 0, 1e9 + 1, 1]]


@pytest.mark.parametrize("box", NO_BOXES, ids=lambda box: f"{type(box).__name__}")
def test_what_is_no_box_is_told(box: object):
    with pytest.raises(
        ValueError, match=r"^box: expected four numbers, left, top, right and bottom, got "
    ) as raised:
        read_box(box)
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize("number", range(len(NO_EDGES)))
def test_edges_without_end_are_told(number: int):
    with pytest.raises(
        ValueError, match=r"^box: expected finite edges of at most 1,000,000,000 px, got "
    ) as raised:
        read_box(NO_EDGES[number])
    assert len(str(raised.value)) < 200


def test_the_largest_box_is_one():
    box = read_box([-1e9, -(10**9), 1e9, 1e9])
    assert box is not None and box == Box(-1e9, -1e9, 1e9, 1e9)
    for context in (1.0, 1.5, 0.5):
        assert crop_pixels(box, 640, 480, context) == (0, 0, 640, 480)


@pytest.mark.parametrize(
    "text", ["5", "1,2,3", "1e999,0,5,5", "nan,nan,nan,nan", f"0,0,{HUGE},9", "a,b,c,d", "1,,3,4"]
)
def test_a_link_s_box_is_told_too(text: str):
    with pytest.raises(ValueError, match=r"^box: expected "):
        read_box(from_query(f"?tab=compare&box={text}").box)


def test_too_many_descriptions_are_counted():
    many = read_queries([f"a mug of colour {number}" for number in range(300)])[0]
    with pytest.raises(ValueError, match="queries: expected at most 50 descriptions, got 300"):
        check_queries(many)


@pytest.mark.usefixtures("without_type_checks")
@pytest.mark.parametrize("image", [5, {}, [], b"x"])
def test_what_is_no_image_is_told(image: object):
    with pytest.raises(ValueError, match="image: expected one, got none"):
        score(ModelRegistry([]), read_question(image, None, "a", "mini-clip", None))


def test_a_box_drawn_on_an_image_of_another_size_is_told(tmp_path: Path):
    photo = tmp_path / "photo.png"
    Image.new("RGB", (60, 40)).save(photo)
    registry, edges = ModelRegistry(["mini-clip"]), [0.0, 0.0, 30.0, 30.0]
    with pytest.raises(
        ValueError, match="expected one drawn on the 60 × 40 px of the image, got one drawn on 40 × 60 px"
    ):
        answer(registry, read_question(photo, edges, "a red mug", "mini-clip", None, drawn_on=(40, 60)))
    assert answer(registry, read_question(photo, edges, "a red mug", "mini-clip", None, drawn_on=(60, 40)))


def test_no_error_names_a_folder_of_this_machine(tmp_path: Path):
    (tmp_path / "photo.jpg").write_bytes(b"not one")
    for image in (tmp_path / "photo.jpg", tmp_path / "gone.jpg", tmp_path, SAMPLES_FOLDER):
        with pytest.raises(ValueError, match="image: ") as raised:
            score(ModelRegistry(["mini-clip"]), read_question(image, None, "a", "mini-clip", None))
        assert str(image.parent) not in str(raised.value)
