import json
import statistics
from pathlib import Path

import pytest

from heads import load_head, read_config, save_candidates, save_pairs
from heads.__main__ import main
from heads.scoring import mean_rank
from heads.training.seeds import summarise
from tests.support.head_samples import hidden_attribute, make_pairs

ABOUT = {"backbone": "mini-clip"}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    save_candidates(hidden_attribute(200, seed=1), tmp_path / "hard.safetensors", **ABOUT)
    save_candidates(hidden_attribute(60, seed=2), tmp_path / "val.safetensors", **ABOUT)
    save_pairs(make_pairs(20, 40, dim=24), tmp_path / "pairs.safetensors", **ABOUT)
    return tmp_path


def run(files: Path, *more: str) -> int:
    paths = ["--hard", files / "hard.safetensors", "--validation", files / "val.safetensors"]
    quick = ["--hard-learning-rate", "3e-3", "--hard-epochs", "2", "--warm-up-epochs", "0", "--seed", "7"]
    return main(["train", *map(str, paths), "--output", str(files / "heads"), *quick, *more])


def test_every_seed_has_a_head_and_the_summary_their_spread(files: Path, capsys: pytest.CaptureFixture[str]):
    assert run(files, "--seeds", "3") == 0
    output = files / "heads"
    assert sorted(path.name for path in output.iterdir()) == ["seed-7", "seed-8", "seed-9", "summary.json"]
    found = [mean_rank(load_head(output / f"seed-{n}"), hidden_attribute(60, seed=2)) for n in (7, 8, 9)]
    assert len(set(found)) > 1
    summary = json.loads((output / "summary.json").read_text())
    assert [values["mean_rank"] for values in summary["seeds"].values()] == found
    spread = summary["spread"]["mean_rank"]
    assert spread["standard_deviation"] == pytest.approx(statistics.stdev(found))
    assert (spread["lowest"], spread["highest"]) == (min(found), max(found))
    assert "recall_at_10" not in summary["spread"]
    assert f"mean_rank: {statistics.fmean(found):.4f} ±" in capsys.readouterr().out


def test_a_seed_among_several_is_the_seed_alone(files: Path):
    assert run(files, "--seeds", "2") == 0
    assert run(files, "--seed", "8", "--output", str(files / "alone")) == 0
    alone, among = load_head(files / "alone"), load_head(files / "heads" / "seed-8")
    candidates = hidden_attribute(10, seed=3)
    assert alone.score(candidates.image, candidates.text).equal(
        among.score(candidates.image, candidates.text)
    )


def test_resume_keeps_what_is_done_and_makes_the_rest(files: Path, capsys: pytest.CaptureFixture[str]):
    assert run(files, "--seeds", "2") == 0
    before = (files / "heads" / "seed-7" / "model.safetensors").stat().st_mtime_ns
    capsys.readouterr()
    assert run(files, "--seeds", "3", "--resume") == 0
    assert (files / "heads" / "seed-7" / "model.safetensors").stat().st_mtime_ns == before
    assert capsys.readouterr().out.count("fine-grained") == 2  # the epochs of the third seed
    assert len(json.loads((files / "heads" / "summary.json").read_text())["seeds"]) == 3
    assert read_config(files / "heads" / "seed-9").metadata["recipe"]["seed"] == 9


def test_resume_refuses_heads_of_another_training(files: Path, capsys: pytest.CaptureFixture[str]):
    assert run(files, "--seeds", "2") == 0
    assert run(files, "--seeds", "2", "--resume", "--hard-epochs", "1") == 2
    assert "seed-7: expected a head of this training" in capsys.readouterr().err


def test_a_folder_of_something_else_is_refused(files: Path, capsys: pytest.CaptureFixture[str]):
    assert run(files, "--seeds", "2", "--output", str(files)) == 2
    assert "expected a new folder, or one of heads by seed, found hard.safetensors" in capsys.readouterr().err
    assert run(files, "--seeds", "2", "--output", str(files / "hard.safetensors")) == 2
    assert run(files, "--seeds", "0") == 2
    assert "seeds: expected a whole number, at least 1, got 0" in capsys.readouterr().err


def test_a_measure_that_was_not_taken_has_no_spread():
    summary = summarise(
        {1: {"mean_rank": 2.0, "recall_at_10": None}, 2: {"mean_rank": 4.0, "recall_at_10": None}}
    )
    assert summary["spread"].keys() == {"mean_rank"}
    assert summary["spread"]["mean_rank"]["mean"] == 3.0
