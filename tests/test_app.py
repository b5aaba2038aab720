"""The app's start: which backbone it opens with, and what it says when that cannot be had."""

from pathlib import Path

import pytest
from tiny_clip import write_tiny_clip

import app
from fg_demo.shelf import Shelf


def test_the_backbone_asked_for_is_used_without_a_warning(tmp_path: Path):
    folder = str(write_tiny_clip(tmp_path / "tiny-clip"))
    assert app.usable(Shelf([folder, "mini-clip"], {}), folder) == (folder, "")


def test_one_that_cannot_be_loaded_is_named_and_the_embedded_one_used():
    name, warning = app.usable(Shelf(["no-such/model", "mini-clip"], {}), "no-such/model")
    assert name == "mini-clip" and "could not load 'no-such/model'" in warning


def test_without_the_embedded_backbone_the_app_does_not_pretend():
    with pytest.raises(ValueError, match="backbone: expected one of"):
        app.usable(Shelf([], {}), "mini-clip")


def test_the_command_line_and_the_environment_name_the_backbone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FG_BACKBONE", "owner/from-environment")
    assert app.parser().parse_args([]).backbone == "owner/from-environment"
    assert app.parser().parse_args(["--backbone", "owner/given", "--port", "7999"]).backbone == "owner/given"


def test_charts_and_leaderboard_bring_their_styles():
    assert ".vega-embed" in app.page_css() and ".lb-table" in app.page_css()
