"""The head between the two stages, written beside the one after them."""

from pathlib import Path

import pytest

from heads import read_config, save_candidates, save_head, save_pairs
from heads.__main__ import main
from heads.kinds.linear import LinearHead
from heads.scoring import mean_rank
from tests.support.head_samples import hidden_attribute, make_pairs

ABOUT = {"backbone": "mini-clip"}
FILES = ("model.safetensors", "history.json", "learning_curve.html")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    save_candidates(hidden_attribute(120, seed=1), tmp_path / "hard.safetensors", **ABOUT)
    save_candidates(hidden_attribute(40, seed=2), tmp_path / "val.safetensors", **ABOUT)
    save_pairs(make_pairs(20, 40, dim=24), tmp_path / "pairs.safetensors", **ABOUT)
    return tmp_path


def run(files: Path, *more: str) -> int:
    """Two epochs of each stage, to `after` and `between`."""
    paths = {"validation": "val", "pairs": "pairs", "validation-pairs": "pairs"}
    flags = [
        word for name, file in paths.items() for word in (f"--{name}", str(files / f"{file}.safetensors"))
    ]
    flags += ["--warm-up-epochs", "2", "--warm-up-learning-rate", "3e-3"]
    flags += ["--hard", str(files / "hard.safetensors"), "--hard-epochs", "2", "--hard-learning-rate", "3e-3"]
    flags += ["--output", str(files / "after"), "--warm-up-output", str(files / "between")]
    return main(["train", *flags, *more])


def same_head(left: Path, right: Path) -> bool:
    same_files = all((left / name).read_bytes() == (right / name).read_bytes() for name in FILES)
    return same_files and read_config(left) == read_config(right)


def interrupt_after(patch: pytest.MonkeyPatch, epochs: int) -> None:
    measured = []

    def press(head, candidates):
        measured.append(head)
        if len(measured) == epochs + 1:
            raise KeyboardInterrupt
        return mean_rank(head, candidates)

    patch.setattr("heads.training.fit.mean_rank", press)


def test_it_is_to_the_bit_the_head_of_a_warm_up_alone(files: Path):
    assert run(files) == 0
    alone = ["train", "--validation", files / "val.safetensors", "--output", files / "alone"]
    alone += ["--pairs", files / "pairs.safetensors", "--validation-pairs", files / "pairs.safetensors"]
    alone += ["--warm-up-epochs", "2", "--warm-up-learning-rate", "3e-3"]
    alone += ["--hard-epochs", "0", "--hard-learning-rate", "3e-3"]
    assert main([str(word) for word in alone]) == 0
    assert same_head(files / "between", files / "alone")
    config = read_config(files / "between")
    assert config.metadata["stage"] == "warm-up"
    assert "hard" not in config.metadata["data"]


def test_it_changes_nothing_of_the_head_after_it(files: Path):
    assert run(files) == 0
    assert run(files, "--output", str(files / "twin"), "--warm-up-output", str(files / "other")) == 0
    assert same_head(files / "after", files / "twin")
    assert read_config(files / "after").metadata["stage"] == "fine-grained"


@pytest.mark.parametrize("epochs", [1, 2, 3])
def test_a_training_that_stopped_in_either_stage_writes_both_to_the_same_bits(files: Path, epochs: int):
    whole, between = str(files / "whole"), str(files / "whole-between")
    assert run(files, "--output", whole, "--warm-up-output", between) == 0
    with pytest.MonkeyPatch.context() as patch:
        interrupt_after(patch, epochs)
        assert run(files) == 130
    assert (files / "between").exists() == (epochs >= 2)
    assert run(files, "--resume") == 0
    assert same_head(files / "after", files / "whole")
    assert same_head(files / "between", files / "whole-between")


def test_a_warm_up_that_is_past_and_was_not_kept_is_told(files: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.MonkeyPatch.context() as patch:
        interrupt_after(patch, 3)
        assert run(files) == 130
    elsewhere = ["--resume", "--warm-up-output", str(files / "elsewhere")]
    assert run(files, *elsewhere) == 2
    assert "elsewhere: expected a head folder, found no folder" in capsys.readouterr().err
    save_head(LinearHead(24), files / "elsewhere", backbone="mini-clip")
    assert run(files, *elsewhere) == 2
    assert "elsewhere: expected a head of this training" in capsys.readouterr().err
    assert run(files, "--resume") == 0


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--hard-epochs", "0"], "warm-up-output: expected epochs in both stages, got 2 and 0"),
        (["--warm-up-epochs", "0"], "warm-up-output: expected epochs in both stages, got 0 and 2"),
        (["--warm-up-output", "{}/after"], "warm-up-output: expected a folder apart from"),
        (["--warm-up-output", "{}/after/between"], "warm-up-output: expected a folder apart from"),
        (["--output", "{}/between/after"], "warm-up-output: expected a folder apart from"),
        (["--warm-up-output", "{}"], "warm-up-output: expected a folder apart from"),
        (["--warm-up-output", "{}/val.safetensors"], "val.safetensors: expected a new folder"),
    ],
)
@pytest.mark.parametrize("seeds", [[], ["--seeds", "2"]])
def test_what_cannot_be_written_is_refused_before_training(files: Path, capsys, flags, message, seeds):
    assert run(files, *(flag.format(files) for flag in flags), *seeds) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert said.out == ""
    assert len(list(files.iterdir())) == 3


def test_every_seed_has_one(files: Path, capsys: pytest.CaptureFixture[str]):
    assert run(files, "--seed", "7", "--seeds", "2") == 0
    assert sorted(path.name for path in (files / "between").iterdir()) == ["seed-7", "seed-8"]
    seeds = [read_config(files / "between" / f"seed-{n}").metadata["recipe"]["seed"] for n in (7, 8)]
    assert seeds == [7, 8]
    capsys.readouterr()
    assert run(files, "--seed", "7", "--seeds", "2", "--resume") == 0
    assert "fine-grained" not in capsys.readouterr().out
    (files / "between" / "seed-8").rename(files / "gone")
    assert run(files, "--seed", "7", "--seeds", "2", "--resume") == 2
    assert "seed-8: expected a head folder, found no folder" in capsys.readouterr().err
