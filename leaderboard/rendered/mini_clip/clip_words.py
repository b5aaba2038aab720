"""The last stage: a text tower that is done learns the words of drawn clips from web captions of single frames.

What the words before were embedded as stays, to the bit: a new word is a token of its own with a new row of the token
embedding, and nothing but these rows is trained. So the text tower has met verbs and roles before an adapter of the image
tower is trained against it, as CLIP's has.
"""

import json
import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from PIL import Image
from safetensors.torch import load_file
from tokenizers import AddedToken, Tokenizer
from torch import Tensor, nn
from transformers import CLIPModel, PreTrainedTokenizerFast

from leaderboard.rendered.captions.web_captions import Reliability
from leaderboard.rendered.clips.build import clip_frames
from leaderboard.rendered.clips.events import sample_clip
from leaderboard.rendered.clips.frame_captions import clip_words, frame_caption
from leaderboard.rendered.clips.frames import FRAMES
from leaderboard.rendered.mini_clip.augmentation import shift
from leaderboard.rendered.mini_clip.caption_bank import CaptionBank, numbered
from leaderboard.rendered.mini_clip.image_labels import Round
from leaderboard.rendered.mini_clip.model import IMAGE_SIZE, as_pretrained, build_model
from leaderboard.rendered.mini_clip.train import (
    Report,
    caption_loss,
    in_batches,
    optimizer_of,
    text_embedding,
    update,
)


@dataclass(frozen=True)
class WordStage:
    """What decides the new rows. The clips are of no split (`leaderboard.rendered.clips.build`)."""

    first_clip: int = 20_000_000
    clips: int = 400
    reliability: Reliability = Reliability(named=0.5, wrong=0.5)
    caption_copies: int = 4
    training: Round = field(
        default_factory=lambda: Round(
            steps=300, batch=256, learning_rate=3e-3, views=1.0, warm_up=50, weight_decay=0.0
        )
    )
    seed: int = 123


def learn_clip_words(
    model: CLIPModel,
    tokenizer: PreTrainedTokenizerFast,
    stage: WordStage,
    device: torch.device,
    processes: int,
    report: Report,
) -> list[str]:
    """The words that were added to model and tokenizer, both in place, and have been learned."""
    words = add_words(model, tokenizer, clip_words(), stage.seed)
    frames = draw_frames(stage, processes)
    bank = numbered([], _captions(stage), tokenizer)
    train_rows(model, numbers_of(words, tokenizer), frames, bank, stage, device, report)
    return words


def without_clip_words(folder: Path) -> tuple[CLIPModel, PreTrainedTokenizerFast]:
    """The saved model and its tokenizer without the words that this stage has added."""
    tokenizer = known_alone(folder / "tokenizer.json")
    model = build_model(tokenizer)
    weights = load_file(folder / "model.safetensors")
    rows = weights["text_model.embeddings.token_embedding.weight"]
    weights["text_model.embeddings.token_embedding.weight"] = rows[: len(tokenizer)]
    model.load_state_dict({name: one.float() for name, one in weights.items()})
    return model, tokenizer


def known_alone(tokenizer_file: Path) -> PreTrainedTokenizerFast:
    """The tokenizer of a saved model without the words that this stage has added to it."""
    content = json.loads(tokenizer_file.read_text(encoding="utf-8"))
    content["added_tokens"] = [token for token in content["added_tokens"] if token["special"]]
    return as_pretrained(Tokenizer.from_str(json.dumps(content | {"truncation": None, "padding": None})))


def add_words(model: CLIPModel, tokenizer: PreTrainedTokenizerFast, words: list[str], seed: int) -> list[str]:
    """Those of the words that are spelled out in pieces: they are tokens now, and rows of the token embedding, drawn
    around the mean of the others.

    A word that is a piece of others ("spin" of "spine") takes the number and row of that piece. No text that is made
    of words known before has it: these are tokens themselves.
    """
    new = [word for word in words if len(tokenizer(word, add_special_tokens=False)["input_ids"]) > 1]
    tokenizer.add_tokens([AddedToken(word, single_word=True, normalized=True) for word in new])
    numbers = numbers_of(new, tokenizer)
    rows = model.text_model.embeddings.token_embedding.weight.detach()
    rows = torch.cat([rows, rows.new_zeros(len(tokenizer) - len(rows), rows.shape[1])])
    others = rows[[number for number in range(len(rows)) if number not in set(numbers.tolist())]]
    noise = torch.randn(len(new), rows.shape[1], generator=torch.Generator().manual_seed(seed))
    rows[numbers] = others.mean(0) + others.std() * noise
    model.text_model.embeddings.token_embedding = nn.Embedding.from_pretrained(rows, freeze=False)
    model.config.text_config.vocab_size = len(rows)
    return new


def numbers_of(words: list[str], tokenizer: PreTrainedTokenizerFast) -> Int[Tensor, " n"]:
    """The tokens of words that are one each."""
    return torch.tensor([tokenizer.convert_tokens_to_ids(word) for word in words], dtype=torch.long)


def draw_frames(stage: WordStage, processes: int) -> UInt8[Tensor, "n 3 s s"]:
    """Every frame of the stage's clips, in order."""
    with ProcessPoolExecutor(processes) as pool:
        drawn = list(pool.map(_draw, _seeds(stage), chunksize=8))
    return torch.from_numpy(np.concatenate(drawn)).permute(0, 3, 1, 2).contiguous()


def train_rows(
    model: CLIPModel,
    trained: Int[Tensor, " r"],
    frames: UInt8[Tensor, "n 3 s s"],
    bank: CaptionBank,
    stage: WordStage,
    device: torch.device,
    report: Report,
) -> None:
    """In place: the `trained` rows of the token embedding learn to tell the frames' captions apart."""
    model.to(device).eval()  # pyright: ignore[reportArgumentType]  (transformers' own typing of `to`)
    generator = torch.Generator().manual_seed(stage.seed)
    with torch.no_grad():
        images = in_batches(model, frames, lambda pixels: shift(pixels, generator), device)
    rows = model.text_model.embeddings.token_embedding.weight
    model.requires_grad_(False)
    rows.requires_grad_(True)
    stop = rows.register_hook(partial(_alone, trained.to(device)))
    parameters, training = [("rows", rows)], stage.training
    optimizer, schedule = optimizer_of(parameters, training)
    for step in range(training.steps):
        chosen = torch.randint(len(frames), (training.batch,), generator=generator)
        tokens, whose = bank.batch(torch.empty(0, dtype=torch.long), chosen, generator)
        text = text_embedding(model, tokens.to(device))
        loss = caption_loss(images[chosen.to(device)], text, whose.to(device), model.logit_scale)
        update(loss, parameters, optimizer, schedule)
        if step % 50 == 49:
            report(f"clip words, step {step + 1} of {training.steps}: caption loss {loss:.3f}")
    stop.remove()
    model.requires_grad_(True)


def _alone(trained: Int[Tensor, " r"], gradient: Float[Tensor, "v d"]) -> Float[Tensor, "v d"]:
    """The gradient of these rows alone: AdamW without decay leaves a row that never has any as it is."""
    return torch.zeros_like(gradient).index_copy(0, trained, gradient[trained])


def _seeds(stage: WordStage) -> range:
    return range(stage.first_clip, stage.first_clip + stage.clips)


def _draw(seed: int) -> UInt8[np.ndarray, "f s s 3"]:
    size = (IMAGE_SIZE, IMAGE_SIZE)
    frames = clip_frames(sample_clip(seed), seed)
    return np.stack([np.asarray(frame.resize(size, Image.Resampling.BICUBIC)) for frame in frames])


def _captions(stage: WordStage) -> list[list[str]]:
    """Some captions of every frame, in order."""
    rng = random.Random(stage.seed)
    captions = []
    for happenings in map(sample_clip, _seeds(stage)):
        for happening in happenings:
            others = [one for one in happenings if one is not happening]
            for _ in range(FRAMES):
                copies = range(stage.caption_copies)
                captions.append([frame_caption(happening, others, stage.reliability, rng) for _ in copies])
    return captions
