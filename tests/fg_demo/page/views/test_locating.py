"""The heat maps as they are shown: what they say in words, their one scale, and text that stays text."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from fg_demo.boxes import Box
from fg_demo.heat_map import CROPS, PATCHES, HeatMaps
from fg_demo.page.comparison import Question
from fg_demo.page.views.locating import beside, located, looked_for, part
from fg_demo.scores import ADAPTED

NAMES = [("CLIP’s cosine", True), ("linear head", False)]
PICTURE = Image.new("RGB", (30, 20), "red")


def question(box: Box | None = None, *queries: str) -> Question:
    return Question(Path("a.png"), box, queries or ("a <b>mug</b>", "a cat"), "tiny", ("linear",))


def maps(by: str = CROPS) -> HeatMaps:
    """Of the first text the upper left cell is the highest by cosine, the lower right one by the head."""
    cosine = torch.tensor([[[0.3, 0.1], [0.1, 0.1]], [[-0.5, 0.0], [0.0, 0.9]]])
    return HeatMaps(by, ("cosine", "linear"), torch.stack([cosine, cosine.flip((1, 2))]))


def test_each_map_says_where_it_is_highest_and_what_the_box_has():
    html = located(maps(), "a <b>mug</b>", question(Box(0, 0, 15, 10)), (30, 20), NAMES, PICTURE)
    assert "Highest in the upper left, score 0.300. In your box 0.300 on average, elsewhere 0.100." in html
    assert "Highest in the lower right, score 0.300." in html
    assert "In your box 0.100 on average, elsewhere 0.167." in html
    assert "a &lt;b&gt;mug&lt;/b&gt;" in html and "<b>mug" not in html


def test_the_scale_is_that_of_all_descriptions():
    for text in ("a <b>mug</b>", "a cat"):
        html = located(maps(), text, question(), (30, 20), NAMES, PICTURE)
        assert html.count("<span>−0.500</span><i></i><span>0.900</span>") == 2
        assert "In your box" not in html


def test_it_says_which_of_the_two_is_shown():
    assert "2 × 2 patches" in located(maps(PATCHES), "a cat", question(), (30, 20), NAMES, PICTURE)
    assert "4 in all" in located(maps(), "a cat", question(), (30, 20), NAMES, PICTURE)


def test_equal_scores_are_drawn_without_a_scale():
    flat = HeatMaps(CROPS, ("cosine",), torch.zeros(1, 1, 1, 1))
    html = located(flat, "a cat", question(None, "a cat"), (30, 20), NAMES[:1], PICTURE)
    assert "--shade:0.0" in html and "Highest in the centre" in html


def test_an_adapted_backbones_cosine_stands_beside_its_bases():
    base = HeatMaps(CROPS, ("cosine",), torch.ones(1, 2, 2, 2))
    found = beside(base, maps())
    assert found.scorers == ("cosine", ADAPTED, "linear") and found.scores.shape == (3, 2, 2, 2)
    assert torch.equal(found.scores[0], base.scores[0]) and torch.equal(found.scores[1:], maps().scores)


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [(0, 0, "upper left"), (2, 1, "middle right"), (1, 2, "lower middle"), (1, 1, "centre")],
)
def test_a_cell_is_named_by_its_ninth(x: int, y: int, words: str):
    assert part(x, y, 3, 3) == words


def test_the_one_chosen_is_looked_for_while_it_is_in_the_list():
    assert looked_for(["a", "b"], "b", "a") == "a"
    assert looked_for(["a", "b"], "b", "c") == "b"
    assert looked_for(["a", "b"], None, None) == "a"
    assert looked_for([], "b", "a") is None
