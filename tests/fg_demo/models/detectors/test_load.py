"""Detectors of every family, tiny and random: what each gives, what it refuses, and that it is what its model says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModelForZeroShotObjectDetection,
    AutoTokenizer,
    OwlViTProcessor,
)
from transformers.models.grounding_dino.processing_grounding_dino import _merge_candidate_labels_text
from transformers.models.owlvit.image_processing_pil_owlvit import OwlViTImageProcessorPil

from fg_demo.models.detectors.detector import Detections, Detector
from fg_demo.models.detectors.load import BOXES, load_detector
from tests.support.tiny_clip import write_tiny_clip
from tests.support.tiny_detectors import DETECTORS, OWL_TOKENS, QUERIES

FUSED = ("grounding-dino", "mm-grounding-dino", "omdet-turbo")
WORDS = ["a mug", "a red mug"]


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory) -> Callable[[str], Path]:
    made: dict[str, Path] = {}
    root = tmp_path_factory.mktemp("detectors")
    return lambda family: made.setdefault(family, DETECTORS[family](root / family))


def picture(width: int = 60, height: int = 40, seed: int = 0) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def found(detector: Detector, words=WORDS, image: Image.Image | None = None) -> Detections:
    return detector.detect([image or picture()], [[words]])[0][0]


def test_every_family_that_transformers_has_is_known():
    assert set(DETECTORS) == set(BOXES)


@pytest.mark.parametrize("family", DETECTORS)
def test_a_detector_scores_every_caption_for_every_box(family, folder_of):
    detector = load_detector(str(folder_of(family)), "cpu")
    assert isinstance(detector, Detector)
    assert detector.name == family and len(detector.revision) == 12
    first, second = detector.detect(
        [picture(), picture(30, 50, 1)], [[WORDS, ["a cup"]], [["a jug", "b", "c"]]]
    )
    assert [one.scores.shape[1] for one in (*first, *second)] == [2, 1, 3]
    for one in (*first, *second):
        assert ((one.scores >= 0) & (one.scores <= 1)).all()
        assert torch.equal(one.best, one.best.sort(descending=True).values)
        assert (one.boxes[:, :2] <= one.boxes[:, 2:]).all()


@pytest.mark.parametrize("family", DETECTORS)
def test_a_caption_read_apart_scores_the_same_beside_any_other(family, folder_of):
    detector = load_detector(str(folder_of(family)), "cpu", captions="one at a time")
    assert not detector.settings.set_aware
    alone, beside = found(detector, ["a mug"]), found(detector, ["a mug", "x", "a red mug"])
    of_it = beside.scores[:, 0].sort(descending=True).values[: len(alone.scores)]
    assert torch.allclose(of_it, alone.scores[:, 0].sort(descending=True).values, atol=1e-5)


@pytest.mark.parametrize("family", FUSED)
def test_captions_read_together_are_marked_set_aware(family, folder_of):
    detector = load_detector(str(folder_of(family)), "cpu", captions="all at once")
    assert detector.settings.set_aware and detector.settings.captions == "all at once"
    one = found(detector)
    assert one.scores.shape == (QUERIES, 2) and not one.apart and (one.scores > 0).all()


@pytest.mark.parametrize("family", FUSED)
def test_boxes_of_captions_read_apart_belong_to_one_caption_each(family, folder_of):
    one = found(load_detector(str(folder_of(family)), "cpu"))
    assert one.apart and one.scores.shape == (2 * QUERIES, 2)
    assert ((one.scores > 0).sum(dim=1) == 1).all()


def test_owl_gives_what_transformers_gives(folder_of):
    folder, image = folder_of("owlvit"), picture()
    processor: Any = OwlViTProcessor(
        OwlViTImageProcessorPil.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    )
    model = AutoModelForZeroShotObjectDetection.from_pretrained(folder).eval()
    inputs = processor(text=[WORDS], images=image, return_tensors="pt", padding=True)
    with torch.no_grad():
        output = model(**{name: inputs[name] for name in ("input_ids", "attention_mask", "pixel_values")})
    told = processor.post_process_grounded_object_detection(output, threshold=0.0, target_sizes=[(40, 60)])[0]
    order = told["scores"].argsort(descending=True, stable=True)
    one = found(load_detector(str(folder), "cpu"), image=image)
    assert torch.allclose(one.best, told["scores"][order], atol=1e-6)
    assert torch.allclose(
        one.scores.sort(dim=0).values, output.logits[0].sigmoid().sort(dim=0).values, atol=1e-6
    )
    everywhere = torch.cdist(one.boxes, told["boxes"]).min(dim=1).values
    assert everywhere.max() < 1e-3


def test_grounding_dino_reads_captions_as_its_own_processor_writes_them(folder_of):
    folder, image = folder_of("grounding-dino"), picture()
    detector = load_detector(str(folder), "cpu", captions="all at once")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ids = tokenizer(_merge_candidate_labels_text(WORDS), return_tensors="pt")["input_ids"]
    model = AutoModelForZeroShotObjectDetection.from_pretrained(folder).eval()
    pixels = detector._processor(images=[image], return_tensors="pt")  # pyright: ignore[reportAttributeAccessIssue]
    with torch.no_grad():
        output = model(pixel_values=pixels["pixel_values"], input_ids=ids)
    stop = tokenizer.convert_tokens_to_ids(".")
    first, second = (ids[0] == stop).nonzero().flatten().tolist()
    probabilities = output.logits[0].sigmoid()
    expected = torch.stack(
        [probabilities[:, 1:first].amax(1), probabilities[:, first + 1 : second].amax(1)], dim=1
    )
    one = found(detector, image=image)
    assert torch.allclose(one.scores.sort(dim=0).values, expected.sort(dim=0).values, atol=1e-5)


def test_owlv2_boxes_are_shares_of_the_square(folder_of):
    """Its image is made square below and on the right, so a share of it is a share of the longer side."""
    folder, wide = folder_of("owlv2"), picture(80, 40)
    square = Image.new("RGB", (80, 80), (0, 0, 0))
    square.paste(wide)
    detector = load_detector(str(folder), "cpu", padding=0.0)
    one, other = found(detector, image=wide), found(detector, image=square)
    assert torch.allclose(one.boxes, other.boxes, atol=1e-3) and torch.allclose(
        one.scores, other.scores, atol=1e-5
    )


def test_the_padding_of_owlv2_is_the_published_one_unless_told(folder_of):
    folder, wide = folder_of("owlv2"), picture(80, 20)
    grey, black = load_detector(str(folder), "cpu"), load_detector(str(folder), "cpu", padding=0.0)
    assert grey.settings.padding == 0.5 and black.settings.padding == 0.0
    assert not torch.equal(found(grey, image=wide).boxes, found(black, image=wide).boxes)
    assert load_detector(str(folder_of("owlvit")), "cpu", padding=0.0).settings.padding is None


def test_the_best_boxes_are_kept(folder_of):
    folder = folder_of("owlvit")
    all_of_them, few = (
        found(load_detector(str(folder), "cpu")),
        found(load_detector(str(folder), "cpu", boxes=3)),
    )
    assert torch.equal(few.boxes, all_of_them.boxes[:3])


@pytest.mark.parametrize("family", DETECTORS)
@pytest.mark.parametrize("words", [[], ["a mug", " "]])
def test_an_empty_vocabulary_is_refused(family, words, folder_of):
    detector = load_detector(str(folder_of(family)), "cpu")
    with pytest.raises(ValueError, match="vocabulary: expected captions, got"):
        found(detector, words)


@pytest.mark.parametrize("family", DETECTORS)
def test_a_caption_beyond_the_limit_is_refused_and_one_at_it_is_read(family, folder_of):
    detector = load_detector(str(folder_of(family)), "cpu")
    limit = detector.settings.token_limit
    around = detector.token_counts(["a"])[0] - 1
    assert found(detector, ["a " * (limit - around)]).scores.shape[1] == 1
    with pytest.raises(ValueError, match=f"caption: expected at most {limit} tokens.*got {limit + 1}"):
        found(detector, ["a", "a " * (limit - around + 1)])


def test_captions_that_are_together_beyond_the_limit_are_refused(folder_of):
    detector = load_detector(str(folder_of("grounding-dino")), "cpu", captions="all at once")
    with pytest.raises(ValueError, match=r"tokens together, got .*one at a time"):
        found(detector, ["a " * 40, "b " * 40])


def test_owl_reads_as_many_tokens_as_its_config_says(folder_of):
    assert load_detector(str(folder_of("owlvit")), "cpu").settings.token_limit == OWL_TOKENS


def test_a_model_that_is_no_detector_is_refused(tmp_path):
    folder = write_tiny_clip(tmp_path / "tiny-clip")
    with pytest.raises(ValueError, match=r"model_type: expected a detector, one of .*owlvit.*, got 'clip'"):
        load_detector(str(folder), "cpu")


def test_what_is_no_folder_and_no_repository_is_refused():
    with pytest.raises(ValueError, match="detector: could not load 'no such thing'"):
        load_detector("no such thing", "cpu")


def test_missing_weights_are_refused(tmp_path):
    folder = DETECTORS["owlvit"](tmp_path / "cut")
    weights = load_file(folder / "model.safetensors")
    del weights["box_head.dense0.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match=r"weights: expected all of the model's, got none for .*box_head"):
        load_detector(str(folder), "cpu")


@pytest.mark.parametrize(("setting", "value"), [("boxes", 0), ("padding", 1.5), ("padding", -0.1)])
def test_settings_out_of_range_are_refused(setting, value, folder_of):
    with pytest.raises(ValueError, match=f"{setting}: expected"):
        load_detector(str(folder_of("owlvit")), "cpu", **{setting: value})


def test_detections_of_other_sizes_or_not_finite_are_refused():
    with pytest.raises(ValueError, match="expected 2 rows"):
        Detections(torch.zeros(2, 4), torch.zeros(3, 1))
    with pytest.raises(ValueError, match="expected finite"):
        Detections(torch.zeros(1, 4), torch.full((1, 1), torch.nan))
