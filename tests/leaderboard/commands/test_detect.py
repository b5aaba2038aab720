"""`python -m leaderboard detect` from end to end, on a tiny benchmark, a tiny detector and a tiny backbone."""

from pathlib import Path

import pytest
import torch
from transformers import AutoModelForZeroShotObjectDetection

from fg_demo.models.detectors.noctowl import convert
from leaderboard import __main__ as cli
from leaderboard.evaluation.detection.predictions import Predictions, read_predictions, write_predictions
from leaderboard.records.files import from_json, load_results
from leaderboard.records.overall import mean_rank_over_subsets
from tests.fake_hub.server import HubServer
from tests.support.tiny_clip import write_tiny_clip
from tests.support.tiny_detectors import write_tiny_owl


@pytest.fixture
def detect(tiny_benchmark: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs the command on the tiny detector and benchmark with more flags; gives its exit status."""
    monkeypatch.setenv("FG_CACHE", str(tmp_path / "cache"))
    detector = write_tiny_owl(tmp_path / "tiny-owl")
    where = ["--benchmark", str(tiny_benchmark), "--results", str(tmp_path / "results"), "--device", "cpu"]
    return lambda *more: cli.main(["detect", "--detector", str(detector), *where, *more])


def test_a_detector_and_a_head_give_four_records_and_a_file_of_predictions(detect, tmp_path, capsys):
    backbone, kept = write_tiny_clip(tmp_path / "tiny-clip"), tmp_path / "found.parquet"
    assert detect("--head", "cosine", "--backbone", str(backbone), "--predictions", str(kept)) == 0
    records, problems = load_results(tmp_path / "results")
    assert not problems and sorted(one.head.name for one in records) == [
        "cosine on found boxes",
        "cosine on true boxes",
        "cosine × detector",
        "tiny-owl",
    ]
    assert len({str(one.protocol) for one in records}) == 1
    told = capsys.readouterr().out
    assert "mAP %" in told and "NMS-AP %" in told and str(kept) in told
    assert len(read_predictions(kept).found) > 0


def test_figures_are_made_again_from_the_kept_predictions(detect, tmp_path, monkeypatch):
    assert detect("--subsets", "hard") == 0
    first, _ = load_results(tmp_path / "results")

    def must_not_detect(*_):
        raise AssertionError("everything was found before")

    monkeypatch.setattr("fg_demo.models.detectors.owl.OwlDetector.detect", must_not_detect)
    assert detect("--subsets", "hard") == 0
    second, _ = load_results(tmp_path / "results")
    assert [one.subsets for one in first] == [one.subsets for one in second]


def test_what_is_no_detector_or_no_predictions_is_said(detect, tmp_path, capsys):
    assert detect("--detector", "nowhere to be found") == 2
    assert "could not load 'nowhere to be found'" in capsys.readouterr().err
    (tmp_path / "other.parquet").write_text("something else")
    assert detect("--predictions", str(tmp_path / "other.parquet")) == 2
    assert "expected predictions as Parquet" in capsys.readouterr().err
    assert (tmp_path / "other.parquet").read_text() == "something else"


def test_an_owl_and_another_class_head_come_from_one_look_and_are_compared_by_their_predictions(
    detect, tiny_benchmark: Path, tmp_path: Path, capsys
):
    model = AutoModelForZeroShotObjectDetection.from_pretrained(tmp_path / "tiny-owl")
    with torch.no_grad():
        model.class_head.dense0.weight.copy_(torch.randn(model.class_head.dense0.weight.shape))
    model.save_pretrained(tmp_path / "trained")
    head = convert("noct", str(tmp_path / "trained"), str(tmp_path / "tiny-owl"), tmp_path / "heads")
    assert detect("--class-head", str(head)) == 0
    records, _ = load_results(tmp_path / "results")
    assert {one.head.name for one in records} == {"tiny-owl", "tiny-owl+noct"}
    assert len({one.subsets["hard"].items for one in records}) == 1
    files = [line.split()[-1] for line in capsys.readouterr().out.splitlines() if "boxes and scores" in line]
    assert len(files) == 2 and cli.main(["compare", *files, "--benchmark", str(tiny_benchmark)]) == 0
    told = capsys.readouterr().out
    assert "tiny-owl (1) against tiny-owl+noct (2)" in told and told.count("NMS-AP %") == 2
    ranks = {one.head.name: mean_rank_over_subsets(one) or 0 for one in records}
    difference = ranks["tiny-owl"] - ranks["tiny-owl+noct"]
    (whole,) = [line for line in told.splitlines() if line.startswith("All ")]
    assert f"{difference:+.2f}" in whole


def test_predictions_are_published_beside_the_record_once(
    detect, hub: HubServer, tmp_path: Path, monkeypatch, capsys
):
    monkeypatch.setenv("HF_TOKEN", hub.add_token("alice", ["write-repos"]))
    hub.create_repo("alice/results", "dataset", files={"README.md": b"# Results"})
    kept = tmp_path / "found.parquet"
    arguments = ("--subsets", "hard", "--predictions", str(kept), "--publish", "alice/results")
    assert detect(*arguments) == 0
    files = hub.files("alice/results")
    (record,) = [name for name in files if name.startswith("results/")]
    (predictions,) = [name for name in files if name.startswith("predictions/")]
    assert from_json(files[record]).head.name == "tiny-owl" and files[predictions] == kept.read_bytes()
    assert "published in alice/results: commit" in capsys.readouterr().out
    assert detect(*arguments) == 0
    assert "all was there already" in capsys.readouterr().out


def test_a_dataset_that_is_none_is_refused_before_anything_is_detected(detect, tmp_path: Path, capsys):
    assert detect("--publish", "not a dataset") == 2
    assert "expected a dataset on the Hub" in capsys.readouterr().err
    assert not (tmp_path / "cache" / "detections").exists()


def test_two_files_of_predictions_of_different_benchmarks_are_refused(tmp_path: Path, capsys):
    for name in ("one", "other"):
        of = {"detector": name, "benchmark": name, "split": "test", "benchmark_revision": "1"}
        write_predictions(Predictions(of, {}), tmp_path / f"{name}.parquet")
    assert cli.main(["compare", str(tmp_path / "one.parquet"), str(tmp_path / "other.parquet")]) == 2
    assert "expected two of the same benchmark, got benchmark 'one' and 'other'" in capsys.readouterr().err
