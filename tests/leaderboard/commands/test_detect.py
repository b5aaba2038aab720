"""`python -m leaderboard detect` from end to end, on a tiny benchmark, a tiny detector and a tiny backbone."""

from pathlib import Path

import pytest

from leaderboard import __main__ as cli
from leaderboard.evaluation.detection.predictions import read_predictions
from leaderboard.records.files import load_results
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
