"""Adapting a tiny CLIP: it learns, goes on to the bit, leaves the text tower as it is, and gives a folder for all."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from PIL import Image
from transformers import CLIPConfig, CLIPModel

from fg_demo.__main__ import main
from fg_demo.adaptation.captions import EXPLICIT
from fg_demo.adaptation.checkpoint import Progress
from fg_demo.adaptation.data import AdaptationData, Frame, Moment, read_regions
from fg_demo.adaptation.full import TRAINED
from fg_demo.adaptation.lora import add_lora, image_targets
from fg_demo.adaptation.run import Sets, adapt, prepare, progress_path
from fg_demo.adaptation.settings import MINI_CLIP, MIXED, PUBLISHED, SINGLE, Settings, settings_for
from fg_demo.adaptation.train import Judge, train
from fg_demo.models.clip import load_backbone
from tests.support.tiny_clip import write_tiny_clip
from tests.support.vidsitu_samples import DIVE, TALK, annotation, write_vidsitu

COLOURS = {"red": (220, 30, 30), "green": (30, 200, 40), "blue": (30, 40, 220), "white": (250, 250, 250)}
QUICK = Settings(rank=8, alpha=16, learning_rate=5e-3, batch=4, epochs=12, contextualiser_layers=1)


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_clip(tmp_path_factory.mktemp("models") / "tiny-clip")


@pytest.fixture(scope="module")
def regions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four coloured squares, each with the other colours as its negatives."""
    folder = tmp_path_factory.mktemp("regions")
    rows = ["image,left,top,right,bottom,caption,negative_1,negative_2,negative_3"]
    for name, colour in COLOURS.items():
        Image.new("RGB", (40, 40), colour).save(folder / f"{name}.png")
        others = ",".join(f"a {other} mug" for other in COLOURS if other != name)
        rows.append(f"{name}.png,,,,,a {name} mug,{others}")
    (folder / "regions.csv").write_text("\n".join(rows) + "\n")
    return folder / "regions.csv"


def clips(folder: Path) -> AdaptationData:
    """Four clips of two events of two frames, one event absent."""
    folder.mkdir(exist_ok=True)
    made = []
    for number, (name, colour) in enumerate(COLOURS.items()):
        moments = []
        for event in range(2):
            frames = []
            for frame in range(2):
                path = folder / f"{name}-{event}-{frame}.png"
                Image.new("RGB", (32, 32), tuple(value // (1 + event) for value in colour)).save(path)
                frames.append(Frame(path))
            told = f"the action is {'fade' if event else 'glow'}, the thing is {name}"
            moments.append(Moment(tuple(frames), told, (told.replace("action", "deed"),)))
        made.append((moments[0], None if number == 3 else moments[1]))
    return AdaptationData(tuple(made), 2, 2, "coloured clips")


def fresh(clip_folder: Path, settings: Settings, data: AdaptationData, recompute: bool = False):
    backbone = load_backbone(str(clip_folder), device="cpu")
    return prepare(backbone, settings, data.events, data.frames, lambda what, done, total: None, recompute)


def test_regions_beside_clips_are_learned_too_and_gone_on_with_to_the_bit(
    clip_folder: Path, regions: Path, tmp_path: Path
):
    beside, data = read_regions(regions), clips(tmp_path / "frames")
    settings = replace(QUICK, region_batch=3, batch=2, epochs=6)
    adaptation = fresh(clip_folder, settings, data)
    before = Judge(adaptation, beside).epoch(0, None)
    states = [state for _, state in train(adaptation, data, data, regions=beside)]
    adaptation.load(states[-1].weights)
    assert Judge(adaptation, beside).epoch(0, None).mean_rank < before.mean_rank
    again = fresh(clip_folder, settings, data)
    *_, (_, last) = train(again, data, data, states[2], beside)
    assert all(torch.equal(one, states[-1].weights[name]) for name, one in last.weights.items())
    alone = [state for _, state in train(fresh(clip_folder, settings, data), data, data)]
    assert any(not torch.equal(one, states[-1].weights[name]) for name, one in alone[-1].weights.items())


@pytest.mark.parametrize(("field", "wrong"), [("precision", "half"), ("region_batch", 0)])
def test_settings_of_regions_beside_and_precision_are_looked_over(field: str, wrong: Any):
    with pytest.raises(ValueError, match=f"{field}: expected"):
        replace(QUICK, **{field: wrong})


def test_mixed_precision_trains_near_single_precision(clip_folder: Path, regions: Path):
    data = read_regions(regions)
    losses = {
        precision: [
            epoch.loss
            for epoch, _ in train(
                fresh(clip_folder, replace(QUICK, precision=precision, epochs=2), data), data, data
            )
        ]
        for precision in (SINGLE, MIXED)
    }
    assert losses[MIXED] == pytest.approx(losses[SINGLE], rel=0.1) and losses[MIXED] != losses[SINGLE]


def test_a_tiny_training_learns_and_beats_the_backbone(clip_folder: Path, regions: Path):
    data = read_regions(regions)
    adaptation = fresh(clip_folder, QUICK, data)
    history = [epoch for epoch, _ in train(adaptation, data, data)]
    base = Judge(fresh(clip_folder, QUICK, data), data).epoch(0, None)
    best = Judge(adaptation, data).epoch(0, None)
    assert history[-1].loss is not None and history[0].loss is not None
    assert history[-1].loss < 0.5 * history[0].loss
    assert best.mean_rank < base.mean_rank and best.image_to_text > base.image_to_text
    assert best.quality == max(epoch.quality for epoch in history)


def test_clips_train_lora_and_contextualiser_and_nothing_else(clip_folder: Path, tmp_path: Path):
    data = clips(tmp_path / "frames")
    adaptation = fresh(clip_folder, replace(QUICK, epochs=2), data)
    model = adaptation.adapted
    before = {name: one.clone() for name, one in model.state_dict().items()}
    context = {name: one.clone() for name, one in adaptation.contextualiser.state_dict().items()}  # type: ignore[union-attr]
    states = [progress for _, progress in train(adaptation, data, data)]
    losses = [epoch.loss for epoch in states[-1].history[1:]]
    assert losses[1] is not None and losses[0] is not None and losses[1] < losses[0]
    adaptation.load(states[-1].weights)
    changed = {name for name, one in model.state_dict().items() if not torch.equal(one, before[name])}
    assert changed and changed <= {name for name in before if ".lora_" in name}
    after = states[-1].weights
    assert any(not torch.equal(after[f"contextualiser.{name}"], one) for name, one in context.items())


def test_the_text_tower_is_the_same_to_the_bit_after_training(clip_folder: Path, regions: Path):
    data = read_regions(regions)
    adaptation = fresh(clip_folder, replace(QUICK, epochs=2), data)
    for _ in train(adaptation, data, data):
        pass
    original = CLIPModel.from_pretrained(clip_folder).state_dict()
    after = adaptation.adapted.get_base_model().state_dict()
    text = [name for name in original if not name.startswith(("vision_model.", "visual_projection"))]
    assert len(text) > 10 and all(torch.equal(after[name], original[name]) for name in text)


def test_a_stopped_training_goes_on_to_the_bit(clip_folder: Path, tmp_path: Path):
    data = clips(tmp_path / "frames")
    settings = replace(QUICK, epochs=4, dropout=0.1)
    whole = fresh(clip_folder, settings, data)
    states = [progress for _, progress in train(whole, data, data)]
    again = fresh(clip_folder, settings, data)
    resumed = list(train(again, data, data, start=states[1]))
    assert [epoch.epoch for epoch, _ in resumed] == [3, 4]
    last: Progress = resumed[-1][1]
    assert last.history == states[-1].history
    assert all(torch.equal(one, states[-1].weights[name]) for name, one in last.weights.items())
    assert all(torch.equal(one, again.weights()[name]) for name, one in whole.weights().items())


def test_values_computed_twice_give_the_same_gradients(clip_folder: Path, tmp_path: Path):
    data = clips(tmp_path / "frames")
    found = []
    for recompute in (False, True):
        adaptation = fresh(clip_folder, QUICK, data, recompute)
        tower: Any = adaptation.adapted.get_base_model().vision_model
        assert tower.encoder.layers[0].gradient_checkpointing == recompute
        adaptation.train(True)
        adaptation.encode(list(data.moments())).square().sum().backward()
        found.append([one.grad for one in adaptation.parameters() if one.grad is not None])
    assert found[0] and len(found[0]) == len(found[1])
    for one, two in zip(*found, strict=True):
        torch.testing.assert_close(two, one, atol=1e-4, rtol=1e-3)


def command(clip_folder: Path, regions: Path, output: Path, *more: str) -> int:
    quick = ["--rank", "4", "--learning-rate", "1e-3", "--batch", "4", "--epochs", "3", "--device", "cpu"]
    files = ["--regions", str(regions), "--validation-regions", str(regions)]
    return main(["adapt", "--backbone", str(clip_folder), "--output", str(output), *files, *quick, *more])


def test_the_command_writes_a_peft_adapter_that_loads_and_resumes(
    clip_folder: Path, regions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch
):
    assert command(clip_folder, regions, tmp_path / "tuned") == 0
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
        patched.setattr("fg_demo.adaptation.run._show", stop)
        assert command(clip_folder, regions, stopped) == 130
    assert (
        progress_path(stopped).exists() and json.loads((stopped / "training.json").read_text())["interrupted"]
    )
    assert command(clip_folder, regions, stopped) == 2
    assert "go on with it by --resume" in capsys.readouterr().err
    for other in (("--alpha", "9"), ("--captions", "fluent")):
        assert command(clip_folder, regions, stopped, "--resume", *other) == 2
        assert "settings" in capsys.readouterr().err
    assert command(clip_folder, regions, stopped, "--resume") == 0
    assert not progress_path(stopped).exists()
    for name in ("adapter_model.safetensors", "adapter_config.json", "history.json"):
        assert (stopped / name).read_bytes() == (folder / name).read_bytes()


def test_full_tuning_writes_a_backbone_with_the_same_text_tower(
    clip_folder: Path, regions: Path, tmp_path: Path
):
    folder, data = tmp_path / "whole", read_regions(regions)
    assert command(clip_folder, regions, folder, "--tuning", "full") == 0
    before, after = (CLIPModel.from_pretrained(one).state_dict() for one in (clip_folder, folder))
    changed = {name for name, one in before.items() if not torch.equal(one, after[name])}
    assert {"visual_projection.weight", "vision_model.embeddings.patch_embedding.weight"} <= changed
    assert all(name.startswith(TRAINED) for name in changed)
    base, trained = (load_backbone(str(one), device="cpu") for one in (clip_folder, folder))
    assert torch.equal(trained.encode_texts(["a red mug"]), base.encode_texts(["a red mug"]))
    history = json.loads((folder / "history.json").read_text())
    found = Judge(fresh(folder, QUICK, data), data).epoch(0, None)
    assert found.mean_rank == min(epoch["mean_rank"] for epoch in history) < history[0]["mean_rank"]
    card = (folder / "README.md").read_text()
    assert "base_model_relation: finetune" in card and "$" not in card
    assert command(clip_folder, regions, folder, "--tuning", "full") == 0  # its own folder may be replaced


def test_vidsitus_clips_go_through_the_command(
    clip_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    names = ["v_a", "v_b", "v_c"]
    for number, name in enumerate(names):
        for frame in range(10):
            (tmp_path / "frames" / name).mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (32, 32), (25 * frame, 80 * number, 0)).save(
                tmp_path / "frames" / name / f"{frame}.png"
            )
    ride = {**TALK, "Verb": "ride (go)", "Args": {"Arg0 (rider)": "a man", "Arg2 (place)": "a road"}}
    entries = [
        annotation("v_a"),
        annotation("v_b", ride, TALK, DIVE, None, ride),
        annotation("v_c", *[ride] * 5),
    ]
    write_vidsitu(tmp_path, [*names, "v_lost"], entries)
    write_vidsitu(tmp_path, names, [[entry] for entry in entries], "valid")
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
    assert command(clip_folder, regions, tmp_path / "mine") == 2
    assert "expected a new folder or an adapter's, found thesis.txt" in capsys.readouterr().err


def test_only_the_image_tower_is_adapted_and_unknown_targets_are_named(clip_folder: Path):
    model = load_backbone(str(clip_folder), device="cpu").model
    names = image_targets(model, ("q_proj", "v_proj"))
    assert len(names) == 4 and all(name.startswith("vision_model.") for name in names)
    with pytest.raises(ValueError, match=r"targets: expected some of fc1, fc2, k_proj, .*, got 'query'"):
        image_targets(model, ("q_proj", "query"))


def test_published_settings_are_the_default_and_mini_clip_has_its_own():
    assert settings_for("openai/clip-vit-base-patch16") == PUBLISHED == Settings()
    published = (
        PUBLISHED.rank,
        PUBLISHED.learning_rate,
        PUBLISHED.batch,
        PUBLISHED.epochs,
        PUBLISHED.made_negatives,
    )
    assert published == (64, 1e-6, 20, 40, 4)
    assert settings_for("mini-clip") == MINI_CLIP and settings_for("mini-clip", rank=2, alpha=None).rank == 2


@pytest.mark.slow
def test_a_random_vit_b_16_goes_two_steps_with_the_published_settings(tmp_path: Path):
    folder = shutil.copytree(write_tiny_clip(tmp_path / "tiny"), tmp_path / "vit-b-16")
    config: Any = CLIPConfig.from_pretrained(folder)
    text = {
        **config.text_config.to_dict(),
        "hidden_size": 512,
        "num_attention_heads": 8,
        "projection_dim": 512,
    }
    vision = {
        "hidden_size": 768,
        "intermediate_size": 3072,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
    }
    large = CLIPConfig(
        text_config=text, vision_config={**vision, "patch_size": 16, "image_size": 224}, projection_dim=512
    )
    CLIPModel(large).save_pretrained(folder)
    size = {"size": {"shortest_edge": 224}, "crop_size": {"height": 224, "width": 224}}
    processor = json.loads((folder / "preprocessor_config.json").read_text())
    (folder / "preprocessor_config.json").write_text(json.dumps({**processor, **size}))
    data = clips(tmp_path / "frames")
    settings = replace(PUBLISHED, batch=2, epochs=1)  # four clips: two steps
    adaptation = fresh(folder, settings, data)
    start = adaptation.weights()
    ((epoch, progress),) = train(adaptation, data, data)
    assert epoch.loss is not None and all(int(one["step"]) == 2 for one in progress.moments.values())
    assert sum(one.numel() for name, one in start.items() if "lora_" in name) == 12 * 3 * 2 * 64 * 768
    assert any(not torch.equal(one, start[name]) for name, one in progress.weights.items())


def test_fresh_lora_changes_nothing_and_is_the_same_for_the_same_seed(clip_folder: Path):
    backbone, other = (load_backbone(str(clip_folder), device="cpu") for _ in range(2))
    image = [Image.new("RGB", (32, 32), "red")]
    before = backbone.encode_images(image)
    first, second = (
        add_lora(one.model, QUICK, one.name, one.revision).state_dict() for one in (backbone, other)
    )
    torch.testing.assert_close(backbone.encode_images(image), before)
    assert all(torch.equal(one, second[name]) for name, one in first.items())


def test_the_template_of_captions_is_the_explicit_one_by_default():
    assert EXPLICIT.pieces[0][1].startswith("In this photo")


def test_adapt_refuses_the_progress_of_other_data(clip_folder: Path, regions: Path, tmp_path: Path):
    data = read_regions(regions)
    backbone = load_backbone(str(clip_folder), device="cpu")
    quick = replace(QUICK, epochs=1)
    assert adapt(backbone, quick, Sets(data, data), tmp_path / "out", resume=True)
    progress_path(tmp_path / "out").write_bytes(b"not a progress")
    with pytest.raises(ValueError, match="expected a safetensors file"):
        adapt(load_backbone(str(clip_folder)), quick, Sets(data, data), tmp_path / "out", resume=True)
