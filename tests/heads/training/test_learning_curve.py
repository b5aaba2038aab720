import importlib.util
import re

import pytest

from heads.training.checkpoint import Epoch
from heads.training.learning_curve import curve_page, curve_picture, learning_curve

HISTORY = [
    Epoch("warm-up", 1, 5.0, 4.0, 0.1, 1e-3),
    Epoch("warm-up", 2, 4.0, 3.9, 0.2, 1e-3),
    Epoch("fine-grained", 1, 0.3, 2.0, 0.2, 1e-4),
]
vl_convert = importlib.util.find_spec("vl_convert")


def fields(spec: dict) -> list[str]:
    return [panel["encoding"]["y"]["field"] for panel in spec["vconcat"]]


def test_every_epoch_and_measure_is_in_the_chart():
    spec = learning_curve(HISTORY).to_dict()
    (rows,) = spec["datasets"].values()
    assert [row["step"] for row in rows] == [1, 2, 3]
    assert [row["mean_rank"] for row in rows] == [4.0, 3.9, 2.0]
    assert fields(spec) == ["loss", "loss", "mean_rank", "recall"]


def test_each_stage_has_its_own_loss_panel():
    """The two losses are of different units: on one axis the second stage would be a flat line."""
    panels = learning_curve(HISTORY).to_dict()["vconcat"][:2]
    assert [panel["transform"][0]["filter"] for panel in panels] == [
        "(datum.stage === 'warm-up')",
        "(datum.stage === 'fine-grained')",
    ]
    assert [panel["title"].split(",")[0] for panel in panels] == [
        "loss of the warm-up stage",
        "loss of the fine-grained stage",
    ]


def test_a_measure_that_was_not_taken_has_no_panel():
    history = [Epoch("fine-grained", 1, 0.3, 2.0, None, 1e-4)]
    assert fields(learning_curve(history).to_dict()) == ["loss", "mean_rank"]


def test_the_page_holds_the_chart():
    page = curve_page(HISTORY)
    assert page.lstrip().startswith("<!DOCTYPE html>")
    assert re.search(r'"mean_rank": ?3\.9', page)
    assert "https://cdn" in page and len(page) < 20_000


@pytest.mark.skipif(vl_convert is None, reason="vl-convert is not installed")
def test_the_picture_is_a_png():
    assert curve_picture(HISTORY).startswith(b"\x89PNG")
