import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

import heads.__main__ as command
from heads import LinearHead, load_head, read_config, save_candidates, save_pairs
from heads.scoring import mean_rank
from heads.training.losses import HARD_LOSSES, hard_negative_triplet
from tests.support.head_samples import hidden_attribute, make_candidates, make_pairs

ABOUT = {"backbone": "mini-clip", "backbone_revision": "abc", "benchmark": "fg-rendered"}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    save_candidates(hidden_attribute(400, seed=1), tmp_path / "hard.safetensors", **ABOUT, split="train")
    save_candidates(hidden_attribute(80, seed=2), tmp_path / "val.safetensors", **ABOUT, split="validation")
    save_pairs(make_pairs(20, 60, dim=24), tmp_path / "pairs.safetensors", **ABOUT, split="train")
    return tmp_path


def run(files: Path, *more: str) -> int:
    paths = ["--hard", files / "hard.safetensors", "--validation", files / "val.safetensors"]
    quick = ["--hard-learning-rate", "3e-3", "--hard-epochs", "3", "--warm-up-epochs", "0"]
    return command.main(["train", *map(str, paths), "--output", str(files / "head"), *quick, *more])


def test_training_writes_a_head_that_beats_cosine(files: Path, capsys: pytest.CaptureFixture[str]):
    assert run(files, "--sides", "image") == 0
    head, config = load_head(files / "head"), read_config(files / "head")
    assert isinstance(head, LinearHead)
    assert head.sides == "image"
    assert (config.backbone, config.backbone_revision) == ("mini-clip", "abc")
    said = config.metadata["validation"]
    assert said["mean_rank"] == mean_rank(head, hidden_attribute(80, seed=2)) < said["mean_rank_cosine"]
    assert said["recall_at_10"] is None
    assert config.metadata["recipe"]["hard"]["epochs"] == 3
    assert config.metadata["data"]["hard"]["split"] == "train"
    assert (config.metadata["stage"], config.metadata["interrupted"]) == ("fine-grained", False)
    assert head.logit_scale != 100.0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:4]] == [["fine-grained", str(n)] for n in (1, 2, 3)]


@pytest.mark.parametrize(("kind", "option"), [("mlp", "hidden"), ("attention", "attention_heads")])
def test_every_kind_is_trained_with_its_own_size(files: Path, kind: str, option: str):
    assert run(files, "--kind", kind, f"--{option.replace('_', '-')}", "12", "--hard-epochs", "1") == 0
    config = read_config(files / "head")
    assert (config.kind, config.arguments[option]) == (kind, 12)


def test_history_stands_beside_the_weights(files: Path):
    pairs = str(files / "pairs.safetensors")
    assert run(files, "--pairs", pairs, "--validation-pairs", pairs, "--warm-up-epochs", "2") == 0
    history = json.loads((files / "head" / "history.json").read_text())
    assert [(epoch["stage"], epoch["epoch"]) for epoch in history] == [
        ("warm-up", 1),
        ("warm-up", 2),
        ("fine-grained", 1),
        ("fine-grained", 2),
        ("fine-grained", 3),
    ]
    assert all(0 <= epoch["recall"] <= 1 for epoch in history)
    assert sorted(path.name for path in files.iterdir() if path.is_dir()) == ["head"]
    assert "mean rank of the validation regions" in (files / "head" / "learning_curve.html").read_text()


def test_a_warm_up_alone_is_called_one(files: Path):
    pairs = str(files / "pairs.safetensors")
    assert run(files, "--pairs", pairs, "--warm-up-epochs", "1", "--hard-epochs", "0") == 0
    assert read_config(files / "head").metadata["stage"] == "warm-up"


def test_training_again_replaces_the_head(files: Path):
    assert run(files) == run(files) == 0


def interrupt_after(monkeypatch: pytest.MonkeyPatch, epochs: int) -> None:
    measured = []

    def press(head, candidates):
        measured.append(head)
        if len(measured) == epochs + 1:
            raise KeyboardInterrupt
        return mean_rank(head, candidates)

    monkeypatch.setattr("heads.training.fit.mean_rank", press)


def test_ctrl_c_writes_the_best_so_far(files: Path, monkeypatch: pytest.MonkeyPatch):
    interrupt_after(monkeypatch, epochs=2)
    assert run(files) == 130
    config = read_config(files / "head")
    assert config.metadata["interrupted"] is True
    assert config.metadata["validation"]["mean_rank"] == mean_rank(
        load_head(files / "head"), hidden_attribute(80, seed=2)
    )
    assert len(json.loads((files / "head" / "history.json").read_text())) == 2


def test_a_training_stopped_by_ctrl_c_goes_on_to_the_same_bits(files: Path, capsys):
    assert run(files, "--output", str(files / "whole")) == 0
    with pytest.MonkeyPatch.context() as patch:
        interrupt_after(patch, epochs=2)
        assert run(files) == 130
    assert "head.progress.safetensors; --resume goes on with it" in capsys.readouterr().err
    assert run(files) == 2
    assert "go on with it by --resume, or delete the file" in capsys.readouterr().err
    assert run(files, "--resume", "--hard-margin", "0.3") == 2
    assert "recipe.hard.margin: expected 0.2, got 0.3" in capsys.readouterr().err
    assert run(files, "--resume") == 0
    for name in ("model.safetensors", "history.json", "learning_curve.html"):
        assert (files / "head" / name).read_bytes() == (files / "whole" / name).read_bytes()
    assert read_config(files / "head") == read_config(files / "whole")
    assert not (files / "head.progress.safetensors").exists()


def test_a_killed_training_goes_on_too(files: Path, monkeypatch: pytest.MonkeyPatch):
    """Whatever ends the process, the progress is on disk after every epoch."""
    assert run(files, "--output", str(files / "whole")) == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("heads.training.run.fit_logit_scale", lambda *_: (_ for _ in ()).throw(SystemExit(9)))
        with pytest.raises(SystemExit):
            run(files)
    assert not (files / "head").exists()
    assert run(files, "--resume") == 0
    weights = [(files / name / "model.safetensors").read_bytes() for name in ("head", "whole")]
    assert weights[0] == weights[1]


def test_a_training_killed_before_an_epoch_ended_goes_on_from_the_beginning(files: Path, capsys):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("heads.training.fit.mean_rank", lambda *_: (_ for _ in ()).throw(SystemExit(9)))
        with pytest.raises(SystemExit):
            run(files)
    assert run(files, "--resume") == 0
    assert "head.progress.safetensors: nothing to go on with; the training begins" in capsys.readouterr().err
    assert (files / "head" / "config.json").exists()


def test_other_data_is_not_gone_on_with(files: Path, capsys, monkeypatch: pytest.MonkeyPatch):
    with pytest.MonkeyPatch.context() as patch:
        interrupt_after(patch, epochs=1)
        assert run(files) == 130
    save_candidates(hidden_attribute(400, seed=9), files / "hard.safetensors", **ABOUT, split="train")
    capsys.readouterr()
    assert run(files, "--resume") == 2
    assert "data.hard.sha256: expected" in capsys.readouterr().err


def full_disk(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    "where",
    [
        "heads.io.tensors.save_file",
        "heads.persistence.folder.save_tensors",
        "heads.persistence.folder.card",
        "heads.persistence.folder.add_to_head",
    ],
)
def test_a_full_disk_is_told_and_nothing_is_half_written(files: Path, capsys, where: str, monkeypatch):
    monkeypatch.setattr(where if "add_to" not in where else "heads.training.run.add_to_head", full_disk)
    assert run(files) == 2
    assert "No space left on device" in capsys.readouterr().err
    left = {path.name for path in files.iterdir()} - {
        "hard.safetensors",
        "val.safetensors",
        "pairs.safetensors",
    }
    assert left <= {"head", "head.progress.safetensors"}
    monkeypatch.undo()
    if "save_file" not in where:  # with the first epoch's progress on disk, the rest is not lost
        assert run(files, "--resume") == 0
    assert not list(files.glob("**/.*"))


def test_a_loss_that_diverges_leaves_no_progress_behind(files: Path, capsys, monkeypatch):
    """It would diverge again, so there is nothing to go on with."""
    before, there = [], []

    def diverge(scores, mask, margin):
        before.append(scores)
        there.append((files / "head.progress.safetensors").exists())
        return hard_negative_triplet(scores, mask, margin) * (float("nan") if len(before) > 3 else 1)

    monkeypatch.setitem(HARD_LOSSES, "triplet", (diverge, "margin"))
    assert "loss: expected a finite number, got nan; try a lower learning_rate" in refused(files, capsys)
    assert there == [False, False, True, True]
    assert not (files / "head.progress.safetensors").exists()


def test_the_gpu_is_asked_for_by_name(files: Path, capsys, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert "device: expected a machine with a CUDA GPU for cuda" in refused(files, capsys, "--device", "cuda")
    assert run(files, "--device", "auto", "--hard-epochs", "1") == 0


def test_ctrl_c_before_an_epoch_ends_writes_nothing(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    interrupt_after(monkeypatch, epochs=0)
    assert run(files) == 130
    assert not (files / "head").exists()
    assert "nothing is written" in capsys.readouterr().err


def refused(files: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    assert run(files, *more) == 2
    assert not (files / "head").exists()
    return capsys.readouterr().err


def test_files_of_two_backbones_are_refused_with_both_names(files: Path, capsys):
    other = save_candidates(make_candidates(dim=24), files / "other.safetensors", backbone="org/clip")
    message = refused(files, capsys, "--hard", str(other))
    assert "org/clip" in message
    assert "mini-clip" in message
    nameless = save_candidates(make_candidates(dim=24), files / "nameless.safetensors")
    assert "nameless.safetensors: backbone: expected its name in the header" in refused(
        files, capsys, "--hard", str(nameless)
    )


def test_wrong_input_is_told_in_one_line(files: Path, capsys):
    assert "error: hard learning_rate: expected" in refused(files, capsys, "--hard-learning-rate", "5")
    assert "expected a safetensors file, found none" in refused(files, capsys, "--hard", "absent.safetensors")
    assert "pairs: expected a set of them" in refused(files, capsys, "--warm-up-epochs", "1")
    assert "head: expected one with weights" in refused(files, capsys, "--kind", "cosine")
    assert "cosine: expected options out of" in refused(files, capsys, "--kind", "cosine", "--sides", "both")
    assert "attention_heads: expected a divisor of dim, 24, got 5" in refused(
        files, capsys, "--kind", "attention", "--attention-heads", "5"
    )


def not_a_number(tensors: dict[str, torch.Tensor]) -> None:
    tensors["image"][3, 2] = float("nan")


def masked_positive(tensors: dict[str, torch.Tensor]) -> None:
    tensors["mask"][0, 0] = False


def no_mask(tensors: dict[str, torch.Tensor]) -> None:
    del tensors["mask"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (not_a_number, "bad.safetensors: image: expected finite numbers, got NaN or infinity"),
        (masked_positive, "bad.safetensors: mask: expected True in column 0, the positive, got False"),
        (no_mask, "bad.safetensors: expected the tensors ['captions', 'image', 'index', 'mask'], found"),
        (None, "bad.safetensors: expected a safetensors file, got one that does not open"),
    ],
)
@pytest.mark.parametrize("role", ["hard", "validation"])
def test_a_damaged_file_is_named_with_its_field(files: Path, capsys, change, message: str, role: str):
    path = files / "bad.safetensors"
    path.touch()
    if change is not None:
        tensors = load_file(files / "hard.safetensors")
        change(tensors)
        save_file(tensors, path, metadata=ABOUT)
    assert message in refused(files, capsys, f"--{role}", str(path))


def test_files_that_do_not_fit_are_named(files: Path, capsys):
    narrow = save_candidates(make_candidates(dim=16), files / "narrow.safetensors", **ABOUT)
    assert "hard: expected dimension 24, got 16" in refused(files, capsys, "--hard", str(narrow))
    empty = save_candidates(make_candidates(n=0, dim=24), files / "empty.safetensors", **ABOUT)
    assert "hard: expected at least one item, got none" in refused(files, capsys, "--hard", str(empty))
    assert "validation: expected at least one" in refused(files, capsys, "--validation", str(empty))
    assert "found a folder" in refused(files, capsys, "--hard", str(files))
    pairs = str(files / "pairs.safetensors")
    assert "pairs.safetensors: expected the tensors" in refused(files, capsys, "--hard", pairs)


def test_an_output_that_cannot_be_is_refused_before_training(files: Path, capsys):
    assert run(files, "--output", str(files / "hard.safetensors" / "head")) == 2
    said = capsys.readouterr()
    assert "expected a folder that can be made, found the file" in said.err
    assert said.out == ""


def test_an_output_folder_of_something_else_is_refused_before_training(files: Path, capsys):
    assert run(files, "--output", str(files)) == 2
    assert "expected a new folder" in capsys.readouterr().err
    assert (files / "hard.safetensors").exists()


def test_the_recipe_comes_from_the_flags(files: Path):
    flags = ["--initial", "identity", "--seed", "5", "--hard-loss", "cross-entropy", "--hard-scale", "8"]
    assert run(files, *flags, "--hard-batch-size", "50", "--hard-epochs", "1") == 0
    recipe = read_config(files / "head").metadata["recipe"]
    assert (recipe["initial"], recipe["seed"]) == ("identity", 5)
    hard = recipe["hard"]
    assert (hard["loss"], hard["scale"], hard["batch_size"]) == ("cross-entropy", 8.0, 50)


def test_the_same_flags_give_the_same_head(files: Path):
    assert run(files) == 0
    first = load_head(files / "head").state_dict()
    assert run(files) == 0
    for name, weight in load_head(files / "head").state_dict().items():
        assert torch.equal(weight, first[name])


def test_an_argument_of_the_kind_is_given_once(files: Path, capsys):
    twice = refused(files, capsys, "--kind", "mlp", "--hidden", "3", "--set", "hidden=4")
    assert "hidden: expected once, got --hidden and --set hidden=4" in twice
    assert run(files, "--kind", "mlp", "--set", "hidden=12", "--hard-epochs", "1") == 0
    assert read_config(files / "head").arguments["hidden"] == 12


def test_judging_by_what_is_trained_on_is_said_and_kept(files: Path, capsys):
    assert run(files) == 0
    assert "warning" not in capsys.readouterr().err
    assert "judged_on_training" not in read_config(files / "head").metadata
    assert run(files, "--validation", str(files / "hard.safetensors"), "--hard-epochs", "2") == 0
    words = "validation is the same file as hard: its figures say nothing about what is new to the head"
    assert f"warning: {words}" in capsys.readouterr().err
    assert read_config(files / "head").metadata["judged_on_training"] == [words]
    history = json.loads((files / "head" / "history.json").read_text())
    assert [epoch["warnings"] for epoch in history] == [[words], [words]]


def test_judging_by_other_rows_of_the_training_split_is_said(files: Path, capsys):
    color = save_candidates(hidden_attribute(80, seed=3), files / "color.safetensors", **ABOUT, split="train")
    assert run(files, "--validation", str(color), "--hard-epochs", "1") == 0
    assert "warning: validation is of fg-rendered train, as is hard:" in capsys.readouterr().err
