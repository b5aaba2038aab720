"""Captions of training pictures, written and tokenized ahead so that a training step only picks rows."""

import random
from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from leaderboard.rendered.captions.web_captions import Reliability, object_caption, scene_caption
from leaderboard.rendered.mini_clip.pictures import Pictures


@dataclass(frozen=True)
class CaptionBank:
    """`copies` captions of every crop and of every view, as rows of `tokens`; equal captions share a row."""

    tokens: Int[Tensor, "u t"]
    of_crops: Int[Tensor, "n copies"]
    of_views: Int[Tensor, "m copies"]

    def batch(
        self, crops: Int[Tensor, " b"], views: Int[Tensor, " v"], generator: torch.Generator
    ) -> tuple[Int[Tensor, "u t"], Int[Tensor, " bv"]]:
        """A random caption of each crop, then of each view: the distinct ones' tokens, and which one is whose."""
        rows = torch.cat(
            [_one_each(self.of_crops[crops], generator), _one_each(self.of_views[views], generator)]
        )
        distinct, whose = rows.unique(return_inverse=True)
        tokens = self.tokens[distinct]
        longest = int((tokens != tokens[:, -1:]).sum(1).max()) + 1
        return tokens[:, :longest], whose


def write_captions(
    pictures: Pictures, tokenizer: PreTrainedTokenizerFast, reliability: Reliability, copies: int, seed: int
) -> CaptionBank:
    """A bank of web captions; the same ones for the same seed."""
    rng = random.Random(seed)
    of_crops = [_of_object(pictures, row, reliability, copies, rng) for row in range(len(pictures.specs))]
    of_views = [_of_scene(pictures, scene, copies, rng) for scene in range(len(pictures.settings))]
    return numbered(of_crops, of_views, tokenizer)


def numbered(
    of_crops: list[list[str]], of_views: list[list[str]], tokenizer: PreTrainedTokenizerFast
) -> CaptionBank:
    """The bank of these captions of every crop and of every view, all of as many copies."""
    rows: dict[str, int] = {}
    copies = len((of_crops or of_views)[0])
    crops, views = (
        torch.tensor([rows.setdefault(text, len(rows)) for one in captions for text in one], dtype=torch.long)
        for captions in (of_crops, of_views)
    )
    encoded = tokenizer(list(rows), padding="max_length", truncation=True, return_tensors="pt")
    return CaptionBank(encoded["input_ids"], crops.view(-1, copies), views.view(-1, copies))


def caption_corpus(pictures: Pictures, reliability: Reliability, seed: int) -> list[str]:
    """One web caption of every crop and view: what the tokenizer learns its merges from."""
    rng = random.Random(seed)
    objects = [_of_object(pictures, row, reliability, 1, rng)[0] for row in range(len(pictures.specs))]
    return objects + [_of_scene(pictures, scene, 1, rng)[0] for scene in range(len(pictures.settings))]


def _of_object(
    pictures: Pictures, row: int, reliability: Reliability, copies: int, rng: random.Random
) -> list[str]:
    scene = int(pictures.scene_of[row])
    others = [pictures.specs[other] for other in pictures.by_scene[scene] if other != row]
    setting = pictures.settings[scene]
    return [object_caption(pictures.specs[row], setting, others, reliability, rng) for _ in range(copies)]


def _of_scene(pictures: Pictures, scene: int, copies: int, rng: random.Random) -> list[str]:
    specs = [pictures.specs[row] for row in pictures.by_scene[scene]]
    return [scene_caption(specs, pictures.settings[scene], rng) for _ in range(copies)]


def _one_each(rows: Int[Tensor, "b copies"], generator: torch.Generator) -> Int[Tensor, " b"]:
    return rows.gather(1, torch.randint(rows.shape[1], (len(rows), 1), generator=generator)).squeeze(1)
