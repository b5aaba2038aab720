"""The embedded detector: its towers are mini-clip's, its size, and what its training looks at."""

import random
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch.nn.functional import normalize
from transformers import AutoTokenizer, CLIPModel

from fg_demo.models.clip import MINI_CLIP_FOLDER
from fg_demo.models.detectors.load import MINI_OWL_FOLDER, load_detector
from leaderboard.rendered.captions.web_captions import Reliability
from leaderboard.rendered.drawing.objects import sample_spec
from leaderboard.rendered.mini_owl import train
from leaderboard.rendered.mini_owl.losses import assign, detection_loss, overlaps
from leaderboard.rendered.mini_owl.model import build_detector, owl_tokenizer, save_detector
from leaderboard.rendered.mini_owl.scenes import NAMES, NOBODY, make_scenes, pick
from leaderboard.rendered.mini_owl.train import MiniOwlRecipe

CAPTIONS = [
    "A dark yellow metal bowl with a brown rim.",
    "a mug",
    "A red plastic bowl with a pink rim.",
    "a chair",
]


@pytest.fixture(scope="module")
def clip() -> Any:
    return CLIPModel.from_pretrained(MINI_CLIP_FOLDER, dtype=torch.float32).eval()


@pytest.fixture(scope="module")
def words():
    return AutoTokenizer.from_pretrained(MINI_CLIP_FOLDER)


def test_its_towers_rank_captions_as_mini_clip_does(clip, words):
    detector, tokenizer = build_detector(clip, words, 96).eval(), owl_tokenizer(words)
    pixels = torch.randn(3, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    plain, padded = (one(CAPTIONS, padding=True, return_tensors="pt") for one in (words, tokenizer))
    with torch.no_grad():
        first = clip.get_image_features(pixels).pooler_output, clip.get_text_features(**plain).pooler_output
        inputs = {name: padded[name] for name in ("input_ids", "attention_mask")}
        owl: Any = detector.owlvit
        second = owl.get_image_features(pixels).pooler_output, owl.get_text_features(**inputs).pooler_output
    scores, others = (image @ normalize(text, dim=-1).T for image, text in (first, second))
    assert torch.allclose(scores, others, atol=1e-4)


def test_its_tokenizer_reads_the_same_words_under_other_numbers(words, tmp_path, clip):
    tokenizer = owl_tokenizer(words)
    assert [tokenizer.tokenize(text) for text in CAPTIONS] == [words.tokenize(text) for text in CAPTIONS]
    ids = tokenizer(CAPTIONS[0])["input_ids"]
    assert max(ids) == ids[-1] == tokenizer.eos_token_id and tokenizer.pad_token_id == 0 not in ids
    save_detector(build_detector(clip, words, 96), tokenizer, tmp_path)
    assert AutoTokenizer.from_pretrained(tmp_path)(CAPTIONS)["input_ids"] == tokenizer(CAPTIONS)["input_ids"]


def test_it_takes_larger_images_with_interpolated_positions(clip, words):
    detector = build_detector(clip, words, 144)
    assert detector.num_patches_height == 12


def test_the_shipped_one_is_small_and_finds_what_it_is_asked_for():
    assert sum(path.stat().st_size for path in MINI_OWL_FOLDER.iterdir()) < 9e6
    detector = load_detector("mini-owl", "cpu")
    image = Image.open(Path(__file__).parents[3] / "fg_demo/samples/scene-1000936.jpg").convert("RGB")
    found = detector.detect([image], [[["a mug", "a chair"]]])[0][0]
    assert found.scores[0, 0] > found.scores[:, 1].max()
    middle = (found.boxes[0, :2] + found.boxes[0, 2:]) / 2
    assert 128 < middle[0] < 380 and 94 < middle[1] < 326  # where README's example draws its box


def test_patches_near_the_centre_answer_for_an_object():
    boxes = torch.zeros(1, 4, 4)
    boxes[0, 0] = torch.tensor([0.25, 0.25, 0.5, 0.5])
    boxes[0, 1] = torch.tensor([0.8, 0.8, 0.01, 0.01])  # smaller than a patch
    categories = torch.tensor([[3, 7, NOBODY, NOBODY]])
    whose, answers = assign(boxes, categories, 8)
    rows = answers[0].nonzero().flatten().tolist()
    assert [row for row in rows if whose[0, row] == 0] == [9, 10, 17, 18]
    assert [row for row in rows if whose[0, row] == 1] == [6 * 8 + 6]


def test_overlaps_are_those_of_boxes():
    box = torch.tensor([[0.5, 0.5, 0.2, 0.2]])
    half = torch.tensor([[0.5, 0.55, 0.2, 0.1]])
    away = torch.tensor([[0.1, 0.1, 0.1, 0.1]])
    assert overlaps(box, box)[0].item() == pytest.approx(1)
    assert overlaps(box, half)[0].item() == pytest.approx(0.5)
    assert overlaps(box, away)[0].item() == 0 and overlaps(box, away)[1].item() < 0


def test_the_loss_is_least_for_the_right_boxes_and_classes():
    boxes = torch.tensor([[[0.25, 0.25, 0.5, 0.5]]])
    categories = torch.tensor([[1]])
    logits = torch.full((1, 64, 3), -9.0)
    _, answers = assign(boxes, categories, 8)
    right = logits.clone()
    right[0, answers[0], 1] = 9.0
    exact, off = boxes.expand(1, 64, 4), boxes.expand(1, 64, 4) + 0.1
    best = detection_loss(right, exact, boxes, categories)
    assert best < detection_loss(logits, exact, boxes, categories)
    assert best < detection_loss(right, off, boxes, categories)


def test_a_step_looks_at_moved_scenes_and_a_caption_of_every_category():
    rng = random.Random(0)
    specs = [sample_spec(rng, name) for name in NAMES]
    rows = [
        {"image_id": number // 2, "bbox": [20.0 + 60 * (number % 2), 30.0, 40.0, 50.0], **vars_of(spec)}
        for number, spec in enumerate(specs)
    ]
    images = {
        str(number): Image.new("RGB", (128, 128), (9 * number, 0, 0)) for number in range(len(rows) // 2)
    }
    scenes = make_scenes(rows, images, 64, Reliability(named=0.5, wrong=0.9), 2, rng)
    batch = pick(scenes, 8, 48, torch.Generator().manual_seed(0))
    assert batch.pixels.shape == (8, 3, 48, 48) and batch.queries.shape == (8, len(NAMES))
    there = batch.categories != NOBODY
    assert there.sum() >= 8 and ((batch.boxes[there] >= 0) & (batch.boxes[there] <= 1)).all()
    for category, name in enumerate(NAMES):
        assert all(name in scenes.texts[row].lower() for row in batch.queries[:, category].tolist())


def test_a_training_that_was_stopped_goes_on_to_the_same_weights(clip, words, tmp_path, monkeypatch, capsys):
    rng = random.Random(0)
    rows = [
        {"image_id": number, "bbox": [20.0, 30.0, 60.0, 50.0], **vars_of(sample_spec(rng, name))}
        for number, name in enumerate(NAMES)
    ]
    images = {str(number): Image.effect_noise((96, 96), 90).convert("RGB") for number in range(len(rows))}
    scenes = make_scenes(rows, images, 96, Reliability(named=0.5, wrong=0.9), 1, rng)
    texts = torch.randn(len(scenes.texts), 192, generator=torch.Generator().manual_seed(0))
    recipe = MiniOwlRecipe(steps=3, batch=2, warm_up=2)
    monkeypatch.setattr(train, "REPORT_EVERY", 1)

    def trained(kept: Path) -> dict[str, torch.Tensor]:
        torch.manual_seed(0)
        detector = build_detector(clip, words, 96)
        train.start_quietly(detector)
        train.fit(detector, scenes, texts, CPU, recipe, kept)
        return detector.state_dict()

    whole, asked = trained(tmp_path / "whole"), []
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(train, "pick", lambda *of: stopping(asked, of))
        trained(tmp_path / "stopped")
    assert "going on" not in capsys.readouterr().out
    again = trained(tmp_path / "stopped")
    assert "going on after step 2" in capsys.readouterr().out
    assert all(torch.allclose(again[name], one, atol=1e-5) for name, one in whole.items())
    with pytest.raises(ValueError, match="expected what this training had kept, got another's"):
        recipe = MiniOwlRecipe(steps=5, batch=2, warm_up=2)
        trained(tmp_path / "stopped")


CPU = torch.device("cpu")


def stopping(asked: list[int], of: tuple) -> Any:
    """Two batches, and then the run is stopped."""
    asked.append(1)
    if len(asked) == 3:
        raise KeyboardInterrupt
    return pick(*of)


def vars_of(spec) -> dict:
    return {name: getattr(spec, name) for name in type(spec).__dataclass_fields__}
