"""An adapter at another alpha: its weights stay, and its folder says both."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image

from fg_demo.__main__ import main
from fg_demo.adaptation.folder.alpha import rescale
from fg_demo.adaptation.folder.made import read_made
from fg_demo.models.adapter import load_adapter
from fg_demo.models.clip import load_backbone


def test_half_of_alpha_adds_half_and_the_folder_says_both(clip_folder: Path, folder: Path):
    base = load_backbone(str(clip_folder), device="cpu")
    before = load_adapter(str(folder), base.model)
    weights = (folder / "adapter_model.safetensors").read_bytes()
    rescale(folder, 4.0)
    after = load_adapter(str(folder), base.model)
    assert after.scale == before.scale / 2 and after.revision != before.revision
    assert (folder / "adapter_model.safetensors").read_bytes() == weights
    assert json.loads((folder / "adapter_config.json").read_text())["lora_alpha"] == 4
    about = json.loads((folder / "training.json").read_text())
    assert about["settings"]["alpha"] == 8
    assert about["alpha"] == {"trained": 8, "shipped": 4, "measured": []}
    card = (folder / "README.md").read_text()
    assert "| alpha | 8, shipped at 4 |" in card and "of alpha 8, as it was trained" in card
    assert load_backbone(str(clip_folder), adapter=str(folder), device="cpu").name == "tiny-clip+tuned"


def test_what_alpha_it_was_trained_at_is_never_forgotten(folder: Path):
    original = (folder / "adapter_config.json").read_bytes()
    rescale(folder, 2.5)
    rescale(folder, 8.0)
    about = json.loads((folder / "training.json").read_text())
    assert (about["alpha"]["trained"], about["alpha"]["shipped"]) == (8, 8)
    assert (folder / "adapter_config.json").read_bytes() == original


def test_a_small_alpha_lies_between_backbone_and_adapter(clip_folder: Path, folder: Path):
    image = [Image.new("RGB", (32, 32), (200, 40, 40))]
    base, whole = (
        load_backbone(str(clip_folder), adapter=one, device="cpu").encode_images(image)
        for one in (None, str(folder))
    )
    rescale(folder, 0.8)
    tenth = load_backbone(str(clip_folder), adapter=str(folder), device="cpu").encode_images(image)
    assert 0 < torch.dist(tenth, base) < torch.dist(whole, base)


def test_the_command_sets_it_and_keeps_what_somebody_wrote(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["rescale-adapter", str(folder), "--alpha", "4"]) == 0
    assert "alpha 4; it was trained at 8" in capsys.readouterr().out
    card = folder / "README.md"
    card.write_text(card.read_text() + "\nMy own words.\n")
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert main(["rescale-adapter", str(folder), "--alpha", "2"]) == 2
    assert "expected the card as it was written, found one that somebody wrote" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == kept


def test_an_adapter_of_an_earlier_version_has_a_card_of_its_own_too(folder: Path):
    """Without a signature, and without the settings that came later."""
    about = json.loads((folder / "training.json").read_text())
    for name in ("tuning", "precision"):
        del about["settings"][name]
    (folder / "training.json").write_text(json.dumps(about))
    card = folder / "README.md"
    rows = [
        line for line in card.read_text().splitlines() if not line.startswith(("| tuning", "| precision"))
    ]
    card.write_text("\n".join(rows[:-2]) + "\n")  # the signature, after an empty line
    assert "written by" not in card.read_text() and read_made(folder).has_own_card()
    rescale(folder, 4.0)
    assert "written by" in card.read_text()
    card.write_text(card.read_text().replace("adapter", "wonder"))
    assert not read_made(folder).has_own_card()


def test_a_folder_of_another_name_may_be_rescaled(folder: Path):
    moved = folder.rename(folder.with_name("other"))
    rescale(moved, 4.0)
    assert (moved / "README.md").read_text().count("# other\n") == 1


def test_another_folder_gets_what_is_used_and_the_first_stays(folder: Path, tmp_path: Path):
    (folder / "contextualiser.safetensors").write_bytes(b"of training")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    output = tmp_path / "shipped"
    for alpha in ("4", "2"):
        assert main(["rescale-adapter", str(folder), "--alpha", alpha, "--output", str(output)]) == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert {path.name for path in output.iterdir()} == before.keys() - {"contextualiser.safetensors"}
    assert json.loads((output / "adapter_config.json").read_text())["lora_alpha"] == 2
    assert "# shipped\n" in (output / "README.md").read_text()
    (output / "thesis.txt").write_text("years of work")
    assert main(["rescale-adapter", str(folder), "--alpha", "4", "--output", str(output)]) == 2
    assert (output / "thesis.txt").exists()


def _without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def _with(name: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(text)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_without("training.json"), "as `python -m fg_demo adapt` writes it, found no training.json"),
        (_without("adapter_config.json"), "expected adapter_config.json, found none"),
        (_with("training.json", "[]"), "training.json: file: Input should be"),
        (_with("training.json", '{"settings": {"rank": "x"}}'), "training.json: backbone: Field required"),
        (_with("history.json", "[]"), "history.json: expected at least one epoch, got none"),
        (_with("history.json", '[{"epoch": 1}]'), "history.json: 0.loss: Field required"),
    ],
)
def test_what_adapt_did_not_write_is_refused_in_words(
    folder: Path, capsys: pytest.CaptureFixture[str], change: Callable[[Path], object], message: str
):
    change(folder)
    assert main(["rescale-adapter", str(folder), "--alpha", "4"]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--alpha", "half"], "alpha: expected numbers with commas between, got 'half'"),
        (["--alpha", "0"], "alpha: expected numbers above 0, got '0'"),
        (["--alpha", "nan"], "alpha: expected numbers above 0"),
        (["--alpha", "8,4"], "alpha: expected one, or validation data to choose by, got 2"),
        (["--alpha", "8", "--frames", "x"], "data: expected --vidsitu and --frames together"),
    ],
)
def test_wrong_flags_change_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], flags: list[str], message: str
):
    before = (folder / "adapter_config.json").read_bytes()
    assert main(["rescale-adapter", str(folder), *flags]) == 2
    assert message in capsys.readouterr().err
    assert (folder / "adapter_config.json").read_bytes() == before


def test_a_card_of_the_repository_is_what_the_folder_says(folder: Path):
    assert read_made(folder).card("alice/tuned").count("alice/tuned") == 3
