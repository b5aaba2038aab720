"""Another class head on the same OWL: loaded from each layout that it may come in, checked, one look for both."""

from pathlib import Path

import pytest
import torch
from PIL import Image
from transformers import AutoModelForZeroShotObjectDetection

from fg_demo.__main__ import main
from fg_demo.models.detectors.detector import Detections
from fg_demo.models.detectors.load import load_detector, with_class_head
from fg_demo.models.detectors.noctowl import FILE, LAYER, convert, load_class_head
from fg_demo.models.detectors.owl import OwlDetector
from heads.io.tensors import save_tensors
from tests.support.tiny_detectors import write_tiny_grounding_dino, write_tiny_owl, write_tiny_owlv2

PHOTO = Image.effect_noise((60, 40), 80).convert("RGB")
TEXTS = [("a red mug", "a blue mug", "a dog")]
WRITERS = {"owlvit": write_tiny_owl, "owlv2": write_tiny_owlv2}


@pytest.fixture(params=sorted(WRITERS))
def owl(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return WRITERS[request.param](tmp_path / "owl")


def trained(owl: Path, folder: Path, name: str = LAYER["weight"]) -> Path:
    """A whole model as NoctOWL's author publishes it: the weights of the layer `name` are others."""
    model = AutoModelForZeroShotObjectDetection.from_pretrained(owl)
    with torch.no_grad():
        model.state_dict()[name].copy_(torch.randn(model.state_dict()[name].shape))
    model.save_pretrained(folder)
    return folder


def found(detector) -> Detections:
    return detector.detect([PHOTO], [TEXTS])[0][0]


def same(one: Detections, other: Detections) -> bool:
    return torch.allclose(one.boxes, other.boxes, atol=1e-4) and torch.allclose(
        one.scores, other.scores, atol=1e-5
    )


def test_it_detects_as_the_whole_model_does_and_the_owl_stays_as_it_was(owl: Path, tmp_path: Path):
    whole = trained(owl, tmp_path / "whole")
    for file in owl.glob("*"):  # its author says to take the processor of the detector
        if not (whole / file.name).exists():
            (whole / file.name).write_bytes(file.read_bytes())
    head = convert("noct", str(whole), str(owl), tmp_path / "heads")
    plain = load_detector(str(owl), device="cpu")
    before = found(plain)
    other = load_detector(f"{owl}+{head}", device="cpu")
    assert other.name == "owl+noct" and other.revision.startswith(f"{plain.revision}+")
    assert same(found(other), found(load_detector(str(whole), device="cpu")))
    assert not same(found(other), before) and same(found(plain), before)


def test_both_look_once_at_an_image(owl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    plain = load_detector(str(owl), device="cpu")
    head = load_class_head(str(convert("noct", str(trained(owl, tmp_path / "whole")), str(owl), tmp_path)))
    other, looks = with_class_head(plain, head), []
    assert isinstance(plain, OwlDetector)
    embed = plain._model.image_embedder
    monkeypatch.setattr(plain._model, "image_embedder", lambda pixels: looks.append(1) or embed(pixels))
    images = [PHOTO, PHOTO.copy()]
    for detector in (plain, other):
        detector.detect(images, [TEXTS, TEXTS])
    assert len(looks) == 1
    other.detect([PHOTO.rotate(90)], [TEXTS])
    other.detect([PHOTO.copy()], [TEXTS])
    assert len(looks) == 3, "an image with the same pixels that is not the same is looked at"


@pytest.mark.parametrize("ending", ["pth", "safetensors"])
def test_one_file_of_weights_will_do(ending: str, tmp_path: Path):
    owl = write_tiny_owl(tmp_path / "owl")
    model = AutoModelForZeroShotObjectDetection.from_pretrained(trained(owl, tmp_path / "whole"))
    file = tmp_path / f"weights.{ending}"
    if ending == "pth":
        torch.save(model.state_dict(), file)
    else:
        save_tensors(model.state_dict(), file, {})
    head = load_class_head(str(convert("noct", str(file), str(owl), tmp_path / "heads")))
    assert torch.equal(head.layer["weight"], model.state_dict()[LAYER["weight"]])


def test_a_model_that_differs_in_more_is_refused(tmp_path: Path):
    owl = write_tiny_owl(tmp_path / "owl")
    other = trained(owl, tmp_path / "whole", "box_head.dense0.weight")
    with pytest.raises(ValueError, match=r"alone, got 1 other tensors .* such as box_head.dense0.weight"):
        convert("noct", str(other), str(owl), tmp_path / "heads")
    assert not (tmp_path / "heads").exists()


def test_another_layout_is_refused_in_words(tmp_path: Path):
    owl, file = write_tiny_owl(tmp_path / "owl"), tmp_path / "weights.pth"
    torch.save({"class_predictor.dense0.weight": torch.zeros(2, 2)}, file)
    with pytest.raises(
        ValueError, match=r"expected class_head.dense0.weight of shape .* got tensors such as"
    ):
        convert("noct", str(file), str(owl), tmp_path / "heads")
    torch.save({LAYER["weight"]: torch.zeros(2, 2)}, file)
    with pytest.raises(
        ValueError, match=r"expected class_head.dense0.weight of shape .* got one of shape \(2, 2\)"
    ):
        convert("noct", str(file), str(owl), tmp_path / "heads")
    torch.save({"epoch": 3, "model": {}}, file)
    with pytest.raises(ValueError, match="expected tensors by name, got dict"):
        convert("noct", str(file), str(owl), tmp_path / "heads")
    file.write_bytes(b"cos\nsystem\n(S'touch hacked'\ntR.")
    with pytest.raises(ValueError, match="expected weights alone"):
        convert("noct", str(file), str(owl), tmp_path / "heads")
    with pytest.raises(ValueError, match=r"expected an OWL with class_head.dense0.weight"):
        convert("noct", str(owl), str(write_tiny_grounding_dino(tmp_path / "dino")), tmp_path / "heads")


def test_a_head_of_another_detector_or_none_is_refused(tmp_path: Path):
    owl, other = write_tiny_owl(tmp_path / "owl"), write_tiny_owlv2(tmp_path / "owlv2")
    head = convert("noct", str(trained(owl, tmp_path / "whole")), str(owl), tmp_path / "heads")
    with pytest.raises(ValueError, match=r"class head: expected one for owlv2 at .*, got noct for owl at"):
        load_detector(f"{other}+{head}", device="cpu")
    with pytest.raises(
        ValueError, match=r"class head: expected a folder with class_head.safetensors, or one of"
    ):
        load_detector(f"{owl}+nowhere", device="cpu")
    save_tensors({"weight": torch.zeros(1), "bias": torch.zeros(1)}, head / FILE, {"detector": "owl"})
    with pytest.raises(ValueError, match=r"expected a header that names \['detector_revision'\]"):
        load_detector(f"{owl}+{head}", device="cpu")


def test_the_command_makes_the_folder_and_says_what_could_not_be_had(tmp_path: Path, capsys):
    owl, output = write_tiny_owl(tmp_path / "owl"), tmp_path / "heads"
    whole = trained(owl, tmp_path / "whole")
    arguments = ["noctowl", "mine", "--from", str(whole), "--detector", str(owl), "--output", str(output)]
    assert main(arguments) == 0 and (output / "mine" / FILE).is_file()
    assert main([*arguments[:3], str(tmp_path / "none"), *arguments[4:]]) == 1
    assert "mine: not made: " in capsys.readouterr().err
    assert main(["noctowl", "mine", "--output", str(output)]) == 2
    assert "name: expected some of NoctOWL-base-patch16" in capsys.readouterr().err
