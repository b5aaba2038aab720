"""`python -m fg_demo adapt` from files to a folder for all, stopped and gone on with."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from transformers import CLIPModel

from fg_demo.__main__ import main
from fg_demo.adaptation.data import read_regions
from fg_demo.adaptation.training.judge import Judge
from fg_demo.adaptation.training.run import adapt, progress_path
from fg_demo.adaptation.training.sets import Sets
from fg_demo.models.adapter import IMAGE_SIDE
from fg_demo.models.clip import load_backbone
from tests.support.tiny_adaptation import QUICK, fresh, run_adapt, write_tiny_vidsitu


def test_the_command_writes_a_peft_adapter_that_loads_and_resumes(
    clip_folder: Path, regions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch
):
    assert run_adapt(clip_folder, regions, tmp_path / "tuned") == 0
    printed = capsys.readouterr().out
    assert "mean rank" in printed and "written to" in printed
    folder = tmp_path / "tuned"
    both = load_backbone(str(clip_folder), adapter=str(folder), device="cpu")
    assert both.name == "tiny-clip+tuned"
    PeftModel.from_pretrained(CLIPModel.from_pretrained(clip_folder), folder)
    history = json.loads((folder / "history.json").read_text())
    assert [epoch["epoch"] for epoch in history] == [0, 1, 2, 3]
    card = (folder / "README.md").read_text()
    assert "tiny-clip" in card and "$" not in card and "| rank | 4 |" in card
    assert json.loads((folder / "training.json").read_text())["settings"]["rank"] == 4

    stopped = tmp_path / "stopped"
    calls = []

    def stop(*arguments, **named):
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("fg_demo.adaptation.training.run._show", stop)
        assert run_adapt(clip_folder, regions, stopped) == 130
    assert (
        progress_path(stopped).exists() and json.loads((stopped / "training.json").read_text())["interrupted"]
    )
    assert run_adapt(clip_folder, regions, stopped) == 2
    assert "go on with it by --resume" in capsys.readouterr().err
    for other in (("--alpha", "9"), ("--captions", "fluent")):
        assert run_adapt(clip_folder, regions, stopped, "--resume", *other) == 2
        assert "settings" in capsys.readouterr().err
    assert run_adapt(clip_folder, regions, stopped, "--resume") == 0
    assert not progress_path(stopped).exists()
    for name in ("adapter_model.safetensors", "adapter_config.json", "history.json"):
        assert (stopped / name).read_bytes() == (folder / name).read_bytes()


def test_full_tuning_writes_a_backbone_with_the_same_text_tower(
    clip_folder: Path, regions: Path, tmp_path: Path
):
    folder, data = tmp_path / "whole", read_regions(regions)
    assert run_adapt(clip_folder, regions, folder, "--tuning", "full") == 0
    before, after = (CLIPModel.from_pretrained(one).state_dict() for one in (clip_folder, folder))
    changed = {name for name, one in before.items() if not torch.equal(one, after[name])}
    assert {"visual_projection.weight", "vision_model.embeddings.patch_embedding.weight"} <= changed
    assert all(name.startswith(IMAGE_SIDE) for name in changed)
    base, trained = (load_backbone(str(one), device="cpu") for one in (clip_folder, folder))
    assert torch.equal(trained.encode_texts(["a red mug"]), base.encode_texts(["a red mug"]))
    history = json.loads((folder / "history.json").read_text())
    found = Judge(fresh(folder, QUICK, data), data).epoch(0, None)
    assert found.mean_rank == min(epoch["mean_rank"] for epoch in history) < history[0]["mean_rank"]
    card = (folder / "README.md").read_text()
    assert "base_model_relation: finetune" in card and "$" not in card
    assert run_adapt(clip_folder, regions, folder, "--tuning", "full") == 0  # its own folder may be replaced


def test_a_training_that_gained_nothing_says_so(
    clip_folder: Path, regions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert run_adapt(clip_folder, regions, tmp_path / "out", "--learning-rate", "1e-12") == 0
    assert "the adapter changes nothing" in capsys.readouterr().err
    assert (
        run_adapt(clip_folder, regions, tmp_path / "better", "--learning-rate", "5e-3", "--epochs", "6") == 0
    )
    assert "changes nothing" not in capsys.readouterr().err


def test_vidsitus_clips_go_through_the_command(
    clip_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    write_tiny_vidsitu(tmp_path)
    quick = [
        "--rank",
        "2",
        "--epochs",
        "1",
        "--batch",
        "2",
        "--contextualiser-layers",
        "1",
        "--device",
        "cpu",
    ]
    files = ["--vidsitu", str(tmp_path), "--frames", str(tmp_path / "frames")]
    assert (
        main(["adapt", "--backbone", str(clip_folder), "--output", str(tmp_path / "out"), *files, *quick])
        == 0
    )
    assert "left out 1 clips without an annotation" in capsys.readouterr().err
    assert (tmp_path / "out" / "contextualiser.safetensors").is_file()
    assert load_backbone(str(clip_folder), adapter=str(tmp_path / "out")).name == "tiny-clip+out"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--regions", "x.csv"],
            "data: expected --regions and --validation-regions, or --vidsitu and --frames",
        ),
        (["--rank", "0"], "rank: expected at least 1, got 0"),
        (["--targets", "q_proj,,"], "targets: expected names"),
        (["--captions", "poem"], "captions: expected explicit or short or fluent, got 'poem'"),
        (["--tuning", "all"], "tuning: expected lora or full, got 'all'"),
        (["--dropout", "1"], "dropout: expected at least 0 and below 1"),
        (["--learning-rate", "nan"], "learning_rate: expected a number above 0"),
    ],
)
def test_wrong_flags_are_refused_in_words(tmp_path: Path, capsys, arguments: list[str], message: str):
    assert main(["adapt", "--output", str(tmp_path / "out"), *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_folder_of_something_else_is_kept(clip_folder: Path, regions: Path, tmp_path: Path, capsys):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    assert run_adapt(clip_folder, regions, tmp_path / "mine") == 2
    assert "expected a new folder or an adapter's, found thesis.txt" in capsys.readouterr().err


def test_adapt_refuses_the_progress_of_other_data(clip_folder: Path, regions: Path, tmp_path: Path):
    data = read_regions(regions)
    backbone = load_backbone(str(clip_folder), device="cpu")
    quick = replace(QUICK, epochs=1)
    assert adapt(backbone, quick, Sets(data, data), tmp_path / "out", resume=True)
    progress_path(tmp_path / "out").write_bytes(b"not a progress")
    with pytest.raises(ValueError, match="expected a safetensors file"):
        adapt(load_backbone(str(clip_folder)), quick, Sets(data, data), tmp_path / "out", resume=True)
