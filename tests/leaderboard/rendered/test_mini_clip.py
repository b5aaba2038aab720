"""The embedded backbone: its parts, its training on a few scenes, and the one that ships."""

import json

import numpy as np
import pytest
import torch
from datasets import load_dataset
from PIL import Image
from torch.nn import functional as F

from fg_demo import crop, load_backbone
from fg_demo.models.adapter import IMAGE_SIDE
from fg_demo.models.clip import MINI_CLIP_FOLDER
from leaderboard.benchmarks.split import load_benchmark, open_split
from leaderboard.rendered.captions.hard_negatives import with_article
from leaderboard.rendered.captions.web_captions import Reliability
from leaderboard.rendered.commands.build import DATA
from leaderboard.rendered.mini_clip.augmentation import augment, normalised, shift, vary
from leaderboard.rendered.mini_clip.caption_bank import caption_corpus, write_captions
from leaderboard.rendered.mini_clip.image_labels import Round, label_readers
from leaderboard.rendered.mini_clip.model import (
    IMAGE_SIZE,
    PROJECTION_DIM,
    TEXT_POSITIONS,
    build_image_processor,
    build_model,
    build_tokenizer,
    save_model,
)
from leaderboard.rendered.mini_clip.pictures import LABELS, WIDE_SIZE, draw_pictures, wide_crop
from leaderboard.rendered.mini_clip.probes import probe_accuracy
from leaderboard.rendered.mini_clip.recipe import RECIPE
from leaderboard.rendered.mini_clip.train import (
    caption_loss,
    image_embedding,
    seen_patches,
    text_embedding,
    train_image_tower,
    tune_text_tower,
)

CPU = torch.device("cpu")
SOMETIMES = Reliability(named=0.5, wrong=0.5)


@pytest.fixture(scope="module")
def pictures():
    return draw_pictures(range(500, 506), processes=1, chunk=3)


@pytest.fixture(scope="module")
def tokenizer(pictures):
    return build_tokenizer(caption_corpus(pictures, SOMETIMES, 0))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def tight(wide: torch.Tensor) -> torch.Tensor:
    """The tight crops at the middle of the wide ones."""
    start = (WIDE_SIZE - IMAGE_SIZE) // 2
    return wide[:, :, start : start + IMAGE_SIZE, start : start + IMAGE_SIZE]


def quiet(line: str) -> None:
    del line


def test_pictures_hold_every_object_with_its_labels(pictures):
    assert len(pictures.wide) == len(pictures.specs) == sum(map(len, pictures.by_scene))
    assert len(pictures.views) == len(pictures.settings) == 6
    for row, spec in enumerate(pictures.specs):
        assert {name: values[pictures.labels[name][row]] for name, values in LABELS.items()} == {
            name: getattr(spec, name) for name in LABELS
        }


def test_the_middle_of_a_wide_crop_is_the_tight_crop():
    across = np.tile(np.arange(256, dtype=np.uint8), (256, 1))
    image = Image.fromarray(np.stack([across, across.T, np.zeros_like(across)], axis=-1))
    box = (60, 72, 156, 168)
    wide = torch.from_numpy(np.asarray(wide_crop(image, box)).copy()).permute(2, 0, 1)[None]
    exact = torch.from_numpy(np.asarray(image.crop(box).resize((IMAGE_SIZE, IMAGE_SIZE))).copy()).permute(
        2, 0, 1
    )
    assert (tight(wide)[0].int() - exact.int()).abs().max() <= 2


def test_training_pixels_are_those_of_the_image_processor(pictures):
    crop = tight(pictures.wide[:1])
    processed = build_image_processor()(crop[0].permute(1, 2, 0).numpy(), return_tensors="pt")["pixel_values"]
    assert torch.allclose(normalised(crop.float()), processed, atol=1e-5)


def test_augmentation_keeps_the_size_and_changes_the_picture(pictures):
    once, again = augment(pictures.wide, generator(1)), augment(pictures.wide, generator(2))
    assert once.shape == again.shape == (len(pictures.wide), 3, IMAGE_SIZE, IMAGE_SIZE)
    assert not torch.equal(once, again) and torch.equal(once, augment(pictures.wide, generator(1)))
    for change in (shift, vary):
        assert change(pictures.views, generator()).shape == (6, 3, IMAGE_SIZE, IMAGE_SIZE)


@pytest.mark.parametrize("text", ["a red mug", "Ünïcödé 🙂 日本", "x" * 500, "%$#@!", ""])
def test_any_text_can_be_encoded_within_the_models_positions(tokenizer, text):
    ids = tokenizer(text, truncation=True)["input_ids"]
    assert 2 <= len(ids) <= TEXT_POSITIONS
    assert ids[0] == tokenizer.bos_token_id and ids[-1] == tokenizer.eos_token_id


def test_known_words_are_whole_tokens_and_case_does_not_matter(tokenizer):
    assert tokenizer("A Photo of a")["input_ids"] == tokenizer("a photo of a")["input_ids"]
    assert len(tokenizer("a photo of a")["input_ids"]) == 4 + 2


def test_a_saved_model_is_loaded_by_the_code_that_loads_any_clip(tokenizer, tmp_path):
    model = build_model(tokenizer).eval()
    backbone = load_backbone(str(save_model(model, tokenizer, tmp_path / "saved")), device="cpu")
    assert backbone.dim == PROJECTION_DIM
    ids = tokenizer(["a red mug", "a blue chair on the grass"], padding=True, return_tensors="pt")
    with torch.no_grad():
        direct = text_embedding(model, ids["input_ids"])
    loaded = backbone.encode_texts(["a red mug", "a blue chair on the grass"])
    assert F.cosine_similarity(loaded, direct).min() > 0.999
    assert (tmp_path / "saved" / "model.safetensors").stat().st_size < 9_000_000


def test_seeing_every_patch_is_seeing_the_image(tokenizer, pictures):
    model = build_model(tokenizer).eval()
    images = normalised(tight(pictures.wide[:2]).float())
    with torch.no_grad():
        whole = image_embedding(model, images)
        seen, patches, which = seen_patches(model, images, 1.0, generator())
        almost, _, order = seen_patches(model, images, 0.999, generator())
        half, of_half, some = seen_patches(model, images, 0.5, generator())
    assert torch.allclose(seen, whole, atol=1e-5) and torch.equal(which[1], torch.arange(64))
    assert torch.allclose(almost, whole, atol=1e-4), "the order of the patches does not matter"
    assert not torch.equal(order, which) and torch.equal(order.sort().values, which)
    assert not torch.allclose(half, whole, atol=1e-3)
    assert patches.shape[1] == 64 and of_half.shape[1] == some.shape[1] == 32


def test_caption_loss_against_the_plain_sum():
    image, text = torch.randn(5, 8, generator=generator()), torch.randn(3, 8, generator=generator(1))
    whose, scale = torch.tensor([0, 1, 1, 2, 0]), torch.tensor(1.5)
    logits = scale.exp() * F.normalize(image, dim=-1) @ F.normalize(text[whose], dim=-1).T
    by_image, by_caption = 0.0, 0.0
    for i in range(5):
        alike = [j for j in range(5) if whose[j] == whose[i]]
        by_image -= sum(logits[i].log_softmax(0)[j] for j in alike) / len(alike) / 5
        by_caption -= sum(logits[:, i].log_softmax(0)[j] for j in alike) / len(alike) / 5
    # Captions that several images share are columns of their own in the plain sum: that shifts it by a constant.
    constant = sum(torch.tensor(float((whose == whose[i]).sum())).log() for i in range(5)) / 5
    assert caption_loss(image, text, whose, scale) == pytest.approx(
        float((by_image - constant + by_caption) / 2), abs=1e-5
    )


def test_both_stages_run_and_the_second_leaves_the_image_side_alone(tokenizer, pictures):
    torch.manual_seed(0)
    model, readers = build_model(tokenizer), label_readers(PROJECTION_DIM)
    stage = Round(steps=2, batch=8, learning_rate=1e-3, views=0.5, mosaics=0.25, warm_up=1, patches=0.5)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    train_image_tower(model, readers, pictures, stage, CPU, 0, quiet)
    between = {name: value.clone() for name, value in model.state_dict().items()}
    bank = write_captions(pictures, tokenizer, SOMETIMES, copies=2, seed=0)
    tune_text_tower(model, pictures, bank, stage, CPU, 0, quiet)
    after = model.state_dict()
    changed = {name for name in after if not torch.equal(between[name], after[name])}
    assert changed and not any(name.startswith(IMAGE_SIDE) for name in changed)
    assert any(not torch.equal(before[name], between[name]) for name in before if name.startswith(IMAGE_SIDE))
    assert all(torch.equal(before[name], between[name]) for name in before if name.startswith("text_"))


def test_captions_in_the_bank_follow_the_seed_and_the_reliability(pictures, tokenizer):
    bank = write_captions(pictures, tokenizer, SOMETIMES, copies=3, seed=1)
    again = write_captions(pictures, tokenizer, SOMETIMES, copies=3, seed=1)
    assert torch.equal(bank.tokens, again.tokens) and torch.equal(bank.of_crops, again.of_crops)
    never = " ".join(caption_corpus(pictures, Reliability(0.0, 0.0), 0))
    assert not any(f" {color} " in never for color in LABELS["color"])


def test_a_probe_reads_what_is_linear_and_nothing_from_noise():
    labels = torch.arange(600) % 3
    noise = torch.randn(600, 16, generator=generator())
    signal = noise + 4 * F.one_hot(labels, 16).float()
    assert probe_accuracy(signal[:400], labels[:400], signal[400:], labels[400:]) > 0.95
    assert probe_accuracy(noise[:400], labels[:400], noise[400:], labels[400:]) < 0.5
    with pytest.raises(ValueError, match=r"test_labels: .* got \[7\] besides"):
        probe_accuracy(noise, labels, noise[:1], torch.tensor([7]))


@pytest.mark.slow
def test_the_shipped_model_knows_the_categories_of_unseen_crops():
    backbone = load_backbone("mini-clip", device="cpu")
    samples = load_benchmark("fg-rendered", "hard", "validation")[:200]
    objects = load_dataset(str(DATA), "objects", split="validation").to_list()[:200]
    images = open_split("fg-rendered", "validation").images
    crops = backbone.encode_images([crop(images[sample.image], sample.box) for sample in samples])
    prompts = backbone.encode_texts(
        [f"a photo of {with_article(category)}" for category in LABELS["category"]]
    )
    nearest = (F.normalize(crops, dim=-1) @ F.normalize(prompts, dim=-1).T).argmax(1).tolist()
    right = [
        LABELS["category"][guess] == item["category"] for guess, item in zip(nearest, objects, strict=True)
    ]
    assert sum(right) >= 0.97 * len(right)


def test_the_shipped_model_says_how_it_was_made():
    recipe = json.loads((MINI_CLIP_FOLDER / "training.json").read_text())
    assert (
        recipe["first_scene"] == RECIPE.first_scene
        and recipe["reliability"]["wrong"] == RECIPE.reliability.wrong
    )
    assert (MINI_CLIP_FOLDER / "model.safetensors").stat().st_size < 9_000_000
