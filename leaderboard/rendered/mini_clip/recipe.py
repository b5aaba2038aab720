"""How the shipped mini-clip is trained: the recipe as data, and the one function that follows it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import cast

import torch
from torch import nn
from transformers import CLIPModel, PreTrainedTokenizerFast

from heads.io.device import resolve_device
from leaderboard.rendered.captions.web_captions import Reliability
from leaderboard.rendered.mini_clip.caption_bank import caption_corpus, write_captions
from leaderboard.rendered.mini_clip.clip_words import WordStage, learn_clip_words, without_clip_words
from leaderboard.rendered.mini_clip.image_labels import Round, label_readers
from leaderboard.rendered.mini_clip.model import PROJECTION_DIM, build_model, build_tokenizer, save_model
from leaderboard.rendered.mini_clip.pictures import Pictures, draw_pictures
from leaderboard.rendered.mini_clip.train import train_image_tower, tune_text_tower

SEVERAL_THINGS = Round(
    steps=3_000,
    batch=256,
    learning_rate=1e-3,
    views=0.25,
    mosaics=0.4,
    category_weight=4.0,
    presence_weight=10.0,
    views_mirrored=True,
)
"""What coarse retrieval needs: finding every object of a view."""


@dataclass(frozen=True)
class MiniClipRecipe:
    """Everything that decides the weights. The scenes are of no benchmark split (`leaderboard.rendered.build`)."""

    first_scene: int = 10_000_000
    scenes: int = 12_000
    image_rounds: tuple[tuple[Round, ...], ...] = (
        (
            Round(steps=2_200, batch=256, learning_rate=1e-3, views=0.15, patches=0.5),
            Round(steps=300, batch=256, learning_rate=3e-4, views=0.15, warm_up=30),
        ),
        (
            Round(steps=1_300, batch=256, learning_rate=8e-4, views=0.15, patches=0.5, category_weight=4.0),
            Round(steps=350, batch=256, learning_rate=3e-4, views=0.15, warm_up=30, category_weight=4.0),
        ),
        (
            replace(SEVERAL_THINGS, steps=3_000, learning_rate=1e-3, patches=0.5),
            replace(SEVERAL_THINGS, steps=500, learning_rate=3e-4, warm_up=30),
        ),
        (
            # Mostly crops again: the round before sees too few of them to tell every category apart.
            replace(
                SEVERAL_THINGS,
                steps=800,
                learning_rate=5e-4,
                warm_up=100,
                views=0.15,
                mosaics=0.15,
                category_weight=6.0,
            ),
        ),
    )
    """Rounds of stages; each round reads the labels off by new linear layers."""
    text_stage: Round = field(default_factory=lambda: Round(steps=900, batch=512, learning_rate=1e-3))
    """More steps learn the training scenes by heart: retrieval of unseen scenes falls."""
    reliability: Reliability = Reliability(named=0.5, wrong=0.92)
    caption_copies: int = 4
    words: WordStage = field(default_factory=WordStage)
    seed: int = 123


RECIPE = MiniClipRecipe()
TRAINING = "training.json"


def train_mini_clip(
    folder: Path, device: str, processes: int, compiled: bool = False, recipe: MiniClipRecipe = RECIPE
) -> Path:
    """The folder with the trained model, tokenizer, image processor and `training.json`; progress on stdout.

    `compiled` makes the image tower a quarter faster where there is a C++ compiler.
    Raises ValueError when the device is unknown or absent.
    """
    chosen = torch.device(resolve_device(device))
    seeds = range(recipe.first_scene, recipe.first_scene + recipe.scenes)
    pictures = draw_pictures(seeds, processes)
    tokenizer = learn_tokenizer(pictures, recipe)
    model = train_image_side(pictures, tokenizer, chosen, compiled, recipe)
    bank = write_captions(pictures, tokenizer, recipe.reliability, recipe.caption_copies, recipe.seed)
    tune_text_tower(model, pictures, bank, recipe.text_stage, chosen, recipe.seed, _say)
    save_model(model.cpu(), tokenizer, folder)
    (folder / TRAINING).write_text(json.dumps(asdict(recipe), indent=2) + "\n")
    return train_clip_words(folder, device, processes, recipe.words)


def train_clip_words(folder: Path, device: str, processes: int, stage: WordStage = RECIPE.words) -> Path:
    """The folder, whose model has learned the words of drawn clips, anew if it had: its other words stay as they are.

    Raises ValueError when the device is unknown or absent.
    """
    chosen = torch.device(resolve_device(device))
    model, tokenizer = without_clip_words(folder)
    words = learn_clip_words(model, tokenizer, stage, chosen, processes, _say)
    _say(f"{len(words)} words: {', '.join(words)}")
    save_model(model.cpu(), tokenizer, folder)
    recipe = json.loads((folder / TRAINING).read_text()) | {"words": asdict(stage)}
    (folder / TRAINING).write_text(json.dumps(recipe, indent=2) + "\n")
    return folder


def train_image_side(
    pictures: Pictures,
    tokenizer: PreTrainedTokenizerFast,
    device: torch.device,
    compiled: bool,
    recipe: MiniClipRecipe,
) -> CLIPModel:
    """A model whose image tower and projection are final, and whose text tower is still untrained."""
    torch.manual_seed(recipe.seed)
    model = build_model(tokenizer)
    if device.type == "cpu":
        model.set_attn_implementation(
            "eager"
        )  # on a CPU training is about twice as fast without fused attention
    cast(nn.Module, model).to(device)
    if compiled:
        for layer in model.vision_model.encoder.layers:
            layer.compile()
    for number, stages in enumerate(recipe.image_rounds):
        train_round(model, pictures, stages, device, recipe.seed + 10 * number)
    return model


def train_round(
    model: CLIPModel, pictures: Pictures, stages: Sequence[Round], device: torch.device, seed: int
) -> None:
    """One round of image stages, in place."""
    readers = label_readers(PROJECTION_DIM).to(device)
    for number, stage in enumerate(stages):
        train_image_tower(model, readers, pictures, stage, device, seed + number, _say)


def learn_tokenizer(pictures: Pictures, recipe: MiniClipRecipe) -> PreTrainedTokenizerFast:
    """A tokenizer that has seen every attribute word, however seldom the captions to come say one."""
    return build_tokenizer(caption_corpus(pictures, Reliability(named=0.5, wrong=0.5), recipe.seed))


def _say(line: str) -> None:
    print(line, flush=True)
