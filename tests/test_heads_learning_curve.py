import importlib.util
import re

import pytest

from heads.learning_curve import curve_page, curve_picture, learning_curve
from heads.progress import Epoch

HISTORY = [
    Epoch("warm-up", 1, 5.0, 4.0, 0.1, 1e-3),
    Epoch("warm-up", 2, 4.0, 3.9, 0.2, 1e-3),
    Epoch("fine-grained", 1, 0.3, 2.0, 0.2, 1e-4),
]
vl_convert = importlib.util.find_spec("vl_convert")


def test_every_epoch_and_measure_is_in_the_chart():
    spec = learning_curve(HISTORY).to_dict()
    (rows,) = spec["datasets"].values()
    assert [row["step"] for row in rows] == [1, 2, 3]
    assert [row["mean_rank"] for row in rows] == [4.0, 3.9, 2.0]
    assert [panel["encoding"]["y"]["field"] for panel in spec["vconcat"]] == ["loss", "mean_rank", "recall"]


def test_a_measure_that_was_not_taken_has_no_panel():
    history = [Epoch("fine-grained", 1, 0.3, 2.0, None, 1e-4)]
    panels = learning_curve(history).to_dict()["vconcat"]
    assert [panel["encoding"]["y"]["field"] for panel in panels] == ["loss", "mean_rank"]


def test_the_page_holds_the_chart():
    page = curve_page(HISTORY)
    assert page.lstrip().startswith("<!DOCTYPE html>")
    assert re.search(r'"mean_rank": ?3\.9', page)
    assert ("https://cdn" in page) == (vl_convert is None)


@pytest.mark.skipif(vl_convert is None, reason="vl-convert is not installed")
def test_the_picture_is_a_png():
    assert curve_picture(HISTORY).startswith(b"\x89PNG")
