"""A sweep: every value of a kind in the place of the one that is said, each scored as a description of its own."""

import pytest
from PIL import Image
from skimage import data

from fg_demo.boxes import Box
from fg_demo.lookalikes.attributes import find_attributes
from fg_demo.lookalikes.vocabulary import VALUES
from fg_demo.scores import compare
from fg_demo.sweep import SWEEPS, sweep, swept
from heads import LinearHead
from tests.support.counting_backbone import CountingBackbone

CAT = Image.fromarray(data.chelsea())
BOX = Box(10, 10, 200, 150)


def test_a_value_stands_in_the_place_of_the_one_that_is_said():
    rows, columns, texts = swept("a dark green glass bottle with a white cap", "color")
    assert rows == VALUES["color"] and columns == ("",)
    assert texts[rows.index("orange")] == "an orange glass bottle with a white cap"
    assert texts[rows.index("dark green")] == "a dark green glass bottle with a white cap"


@pytest.mark.parametrize("name", SWEEPS)
def test_what_is_not_said_is_added(name: str):
    rows, columns, texts = swept("a mug", name)
    assert len(texts) == len(rows) * len(columns) == len(set(texts))
    for place, text in enumerate(texts):
        row, column = divmod(place, len(columns))
        wanted = [value for value in (rows[row], columns[column]) if value]
        assert [one.value for one in find_attributes(text)] == wanted, text
    assert name != "color-material" or "a dark red wooden mug" in texts


def test_a_sweep_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="sweep: expected one of color"):
        swept("a mug", "size")


def test_the_place_of_the_values_that_are_said_is_known():
    backbone = CountingBackbone()
    for description, name, expected in (
        ("a red wooden mug", "color", ("red", "")),
        ("a red wooden mug", "color-material", ("red", "wood")),
        ("a red mug", "color-material", None),
        ("a mug", "material", None),
    ):
        found = sweep(CAT, BOX, description, name, backbone, {})
        if expected is None:
            assert found.own is None
        else:
            assert found.own is not None and found.texts[found.own] == description
            row, column = divmod(found.own, len(found.columns))
            assert (found.rows[row], found.columns[column]) == expected


def test_the_scores_are_those_of_the_comparison():
    backbone = CountingBackbone()
    heads = {"linear": LinearHead(backbone.dim)}
    found = sweep(CAT, BOX, "a red mug", "color", backbone, heads)
    rows = compare(CAT, BOX, found.texts, backbone, heads)
    assert rows["score"].tolist() == pytest.approx(found.scored.scores.flatten().tolist(), abs=1e-6)
    assert rows["share"].tolist() == pytest.approx(found.scored.shares.flatten().tolist(), abs=1e-4)
