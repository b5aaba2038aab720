"""Every ablation is trained and measured by the programs' own commands, once, and stands in one table."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from fg_demo.__main__ import main as demo
from fg_demo.adaptation.settings import settings_for
from leaderboard.__main__ import main
from leaderboard.evaluation.clips.ablations import ABLATIONS, BASE, USED, WHOLE, Study, ablation_table
from leaderboard.rendered.clips.build import build_clips
from tests.support.tiny_clip import write_tiny_clip

PROGRAMS = {"fg_demo": demo, "leaderboard": main}


@pytest.mark.parametrize(("backbone", "left_out"), [("mini-clip", ()), ("a/clip", ("LoRA on q, k, v",))])
def test_an_ablation_changes_something_of_all_of_it(backbone: str, left_out: tuple[str]):
    own = settings_for(backbone, contextualiser_layers=6)
    found = Study(backbone, Path("clips"), [], [], Path("out"), "cpu", lambda command: None).ablations()
    assert [one.name for one in found] == [one.name for one in ABLATIONS if one.name not in left_out]
    for ablation in found:
        kinds = {name: type(getattr(own, name)) for name in ablation.changed}
        changed = {name: kinds[name](value) for name, value in ablation.changed.items()}
        assert replace(own, **changed) != own


def test_flags_of_the_tower_are_given_where_it_is_trained(tmp_path: Path):
    called: list[Sequence[str]] = []
    study = Study("mini-clip", tmp_path, ["--seed=7"], ["--epochs=2"], tmp_path / "out", "cpu", called.append)
    for ablation in study.ablations():
        study._trained(ablation)
    adapt = [command for command in called if command[1] == "adapt"]
    assert all("--seed=7" in command for command in adapt)
    with_tower = [one.name for one, command in zip(ABLATIONS, adapt, strict=True) if "--epochs=2" in command]
    assert with_tower == ["LoRA on q, k, v", "LoRA everywhere", "full fine-tuning"]


@pytest.mark.parametrize(("flags", "rate"), [([], "0.0004"), (["--learning-rate", "1.5e-3"], "0.00015")])
def test_all_weights_are_trained_at_a_tenth_of_the_rate_that_light_ones_have(
    tmp_path: Path, flags: list[str], rate: str
):
    called: list[Sequence[str]] = []
    study = Study("mini-clip", tmp_path, [], flags, tmp_path / "out", "cpu", called.append)
    study._trained(next(one for one in ABLATIONS if one.name == "full fine-tuning"))
    assert called[0][-1] == f"--learning-rate={rate}"


@pytest.mark.slow
def test_each_is_trained_and_measured_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FG_CACHE", str(tmp_path / "cache"))
    clips = tmp_path / "drawn"
    for split in ("train", "valid"):
        build_clips(split, 2, clips, processes=1)
    backbone = str(write_tiny_clip(tmp_path / "tiny-clip"))
    called: list[str] = []

    def run(command: Sequence[str]) -> None:
        called.append(command[1])
        assert PROGRAMS[command[0]](list(command[1:])) == 0

    flags = ["--rank=2", "--epochs=1", "--batch=2", "--contextualiser-layers=1", "--learning-rate=0.01"]
    study = Study(backbone, clips, flags, ["--batch=2"], tmp_path / "out", "cpu", run)
    found, others = study.measure(), study.ablations()
    assert [name for name, _ in found] == [BASE, WHOLE.name, USED, *(one.name for one in others)]
    assert called.count("adapt") == 1 + len(others) and called.count("evaluate-clips") == len(found)
    lines = ablation_table(found).splitlines()
    assert len(lines) == 1 + len(found) and lines[1].startswith(BASE) and "43.53, 70.27" in lines[-1]
    assert "Event→T@1" in lines[0] and "published" in lines[0]
    settings = [path.read_text() for path in sorted((tmp_path / "out").glob("*/training.json"))]
    assert len(set(settings)) == len(settings) == 1 + len(others)
    called.clear()
    assert [name for name, _ in study.measure()] == [name for name, _ in found] and not called
