"""Adapters measured at several alphas, and which of them is taken."""

import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from fg_demo.__main__ import main
from fg_demo.adaptation.data import read_regions
from fg_demo.adaptation.folder.made import read_made
from fg_demo.adaptation.training.alphas import (
    best_alpha,
    loaded,
    measured_alphas,
    validation_sets,
)
from fg_demo.adaptation.training.judge import Judge
from fg_demo.models.clip import load_backbone
from tests.support.tiny_adaptation import QUICK, coloured_clips, fresh, run_adapt


def row(alpha: float, rank: float, to_text: float, to_image: float = 0.5) -> dict[str, float]:
    return {
        "alpha": alpha,
        "regions: mean rank": rank,
        "whole images: R@1 to text": to_text,
        "whole images: R@1 to image": to_image,
    }


BASE = row(0.0, 3.0, 0.80)


@pytest.mark.parametrize(
    ("rows", "best"),
    [
        ([row(32.0, 2.0, 0.70), row(16.0, 2.4, 0.795), row(8.0, 2.7, 0.80)], 16),
        ([row(32.0, 2.0, 0.79), row(16.0, 2.4, 0.80)], 32),  # exactly a point is within a point
        ([row(32.0, 2.0, 0.80, 0.40), row(16.0, 2.4, 0.80)], 16),  # both ways count
        ([row(32.0, 2.0, 0.70), row(16.0, 2.4, 0.75)], None),
    ],
)
def test_the_best_rank_among_those_that_keep_whole_images(rows: list[dict[str, float]], best: float | None):
    assert best_alpha([BASE, *rows]) == best


def test_without_whole_images_the_best_rank_is_taken():
    rows = [{"alpha": one, "events: mean rank": rank} for one, rank in ((0.0, 3.0), (8.0, 2.0), (4.0, 2.5))]
    assert best_alpha(rows) == 8


@pytest.fixture(scope="module")
def with_scenes(regions: Path) -> Path:
    """The regions, and two of the squares again as whole images with captions alone."""
    rows = regions.read_text().splitlines()
    path = regions.with_name("with-scenes.csv")
    path.write_text("\n".join([*rows, "red.png,,,,,red,,,", "blue.png,,,,,blue,,,"]) + "\n")
    return path


@pytest.fixture(scope="module")
def folder(clip_folder: Path, regions: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adapters") / "tuned"
    assert run_adapt(clip_folder, regions, folder, "--alpha", "8", "--learning-rate", "5e-3") == 0
    return folder


def test_a_file_of_regions_has_whole_images_beside_them(with_scenes: Path, tmp_path: Path):
    sets = validation_sets(read_regions(with_scenes), coloured_clips(tmp_path))
    assert {name: len(data.clips) for name, data in sets.items()} == {
        "events": 4,
        "regions": 4,
        "whole images": 2,
    }
    assert list(validation_sets(None, coloured_clips(tmp_path))) == ["events"]


def test_an_image_with_several_captions_is_one_image(clip_folder: Path, regions: Path):
    rows = ["image,left,top,right,bottom,caption,negative_1"]
    captions = {name: [f"a {name} mug", f"{name} square"] for name in ("red", "green", "blue")}
    rows += [f"{name}.png,,,,,{one}," for name, told in captions.items() for one in told]
    path = regions.with_name("told-twice.csv")
    path.write_text("\n".join(rows) + "\n")
    data = read_regions(path)
    judged = Judge(fresh(clip_folder, QUICK, data), data).epoch(0, None)
    backbone = load_backbone(str(clip_folder), device="cpu")
    images = torch.cat(
        [backbone.encode_images([Image.open(regions.with_name(f"{name}.png"))]) for name in captions]
    )
    texts = backbone.encode_texts([one for told in captions.values() for one in told])
    scores = torch.nn.functional.normalize(images, dim=1) @ torch.nn.functional.normalize(texts, dim=1).T
    right = torch.arange(3).repeat_interleave(2)
    assert judged.image_to_text == pytest.approx(
        (right[scores.argmax(dim=1)] == torch.arange(3)).float().mean()
    )
    assert judged.text_to_image == pytest.approx((scores.argmax(dim=0) == right).float().mean())


def test_alpha_0_is_the_backbone_and_the_trained_alpha_what_was_trained(
    clip_folder: Path, folder: Path, regions: Path
):
    data = read_regions(regions)
    made, backbone = read_made(folder), load_backbone(str(clip_folder), device="cpu")
    adaptation = loaded(made, backbone, lambda what, done, total: None)
    rows = measured_alphas(adaptation, validation_sets(data, None), [8.0, 4.0])
    assert [one["alpha"] for one in rows] == [0, 8, 4]
    base = Judge(fresh(clip_folder, made.settings, data), data).epoch(0, None)
    assert rows[0]["regions: mean rank"] == base.mean_rank
    best = max(made.history, key=lambda epoch: epoch.quality)
    assert rows[1]["regions: mean rank"] == best.mean_rank < base.mean_rank


def test_the_command_prints_measures_and_takes_the_best(
    clip_folder: Path, folder: Path, with_scenes: Path, capsys: pytest.CaptureFixture[str]
):
    files = ["--validation-regions", str(with_scenes), "--backbone", str(clip_folder), "--device", "cpu"]
    status = main(["rescale-adapter", str(folder), "--alpha", "8,4,0.01", *files])
    printed = capsys.readouterr().out
    assert "regions: mean rank" in printed and "whole images: R@1 to text" in printed
    assert status == 0, printed
    about = json.loads((folder / "training.json").read_text())
    assert [one["alpha"] for one in about["alpha"]["measured"]] == [0, 8, 4, 0.01]
    assert about["alpha"]["shipped"] == best_alpha(about["alpha"]["measured"])
    card = (folder / "README.md").read_text()
    assert "| alpha | regions: mean rank |" in card and "alone:" in card


def test_an_adapter_of_another_backbone_is_not_measured(
    folder: Path, regions: Path, clip_folder: Path, tmp_path: Path
):
    from tests.support.tiny_clip import write_tiny_clip

    torch.manual_seed(5)
    other = write_tiny_clip(tmp_path / "other-clip")
    with pytest.raises(ValueError, match="adapter: expected one for other-clip"):
        loaded(read_made(folder), load_backbone(str(other), device="cpu"), lambda what, done, total: None)
