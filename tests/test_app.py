"""The app's start: which backbone it opens with, and what it says when that cannot be had."""

from pathlib import Path

import pytest

import app
from fg_demo.models import registry as shelves
from fg_demo.models.adapter import shipped_pairs
from fg_demo.models.registry import ModelRegistry
from tests.support.counting_backbone import CountingBackbone
from tests.support.tiny_clip import write_tiny_clip


def test_the_backbone_asked_for_is_used_without_a_warning(tmp_path: Path):
    folder = str(write_tiny_clip(tmp_path / "tiny-clip"))
    assert app.usable(ModelRegistry([folder, "mini-clip"], {}), folder) == (folder, "")


def test_one_that_cannot_be_loaded_is_named_and_the_embedded_one_used():
    name, warning = app.usable(ModelRegistry(["no-such/model", "mini-clip"], {}), "no-such/model")
    assert name == "mini-clip" and "could not load 'no-such/model'" in warning


def test_without_the_embedded_backbone_the_app_does_not_pretend():
    with pytest.raises(ValueError, match="backbone: expected one of"):
        app.usable(ModelRegistry([], {}), "mini-clip")


def test_the_command_line_and_the_environment_name_the_backbone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FG_BACKBONE", "owner/from-environment")
    assert app.parser().parse_args([]).backbone == "owner/from-environment"
    assert app.parser().parse_args(["--backbone", "owner/given", "--port", "7999"]).backbone == "owner/given"


def test_charts_and_leaderboard_bring_their_styles():
    assert ".vega-embed" in app.page_css() and ".lb-table" in app.page_css()


@pytest.mark.parametrize("zerogpu", [True, False])
def test_on_zerogpu_every_backbone_and_the_detector_are_loaded_before_the_page_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], zerogpu: bool
):
    """There a request's thread can load none. Elsewhere what is not wanted yet is not waited for."""
    wanted, other = (str(write_tiny_clip(tmp_path / name)) for name in ("wanted", "other"))
    loaded: list[str] = []
    detectors: list[str] = []
    real = shelves.load_detector
    monkeypatch.setattr(
        shelves, "load_detector", lambda name, device: detectors.append(name) or real(name, device)
    )
    monkeypatch.setattr(shelves, "load_backbone", lambda name, device: load(name, loaded))
    monkeypatch.setattr(app, "CLIP", other)
    monkeypatch.setattr(app, "on_zerogpu", lambda: zerogpu)
    monkeypatch.setattr(app, "build_page", stop_and_tell)
    monkeypatch.setenv("FG_BACKBONE", "no-such/model")
    with pytest.raises(Built) as built:
        app.main(["--backbone", wanted])
    adapted = shipped_pairs()
    assert adapted and built.value.offered == [wanted, other, "mini-clip", *adapted]
    assert set(loaded) == {wanted, "mini-clip", *([other, *adapted] if zerogpu else [])}
    assert detectors == (["mini-owl"] if zerogpu else [])
    with pytest.raises(Built) as built:
        app.main([])
    expected = [other, "mini-clip"] if zerogpu else ["no-such/model", other, "mini-clip"]
    assert built.value.offered == [*expected, *adapted] and built.value.backbone == "mini-clip"
    assert "could not load 'no-such/model'" in capsys.readouterr().out


class Built(Exception):
    """The page would be built now: what it would offer, and open with."""

    def __init__(self, offered: list[str], backbone: str):
        super().__init__(offered, backbone)
        self.offered, self.backbone = offered, backbone


def stop_and_tell(registry: ModelRegistry, backbone: str, *others: object) -> None:
    raise Built(list(registry.backbone_names), backbone)


def load(name: str, loaded: list[str]) -> CountingBackbone:
    if name == "no-such/model":
        raise ValueError(f"backbone: could not load {name!r}: it is not there")
    loaded.append(name)
    return CountingBackbone()
