"""Seconds from box to scores, beside transformers' zero-shot pipeline on the same crop and descriptions."""

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from PIL import Image
from skimage import data
from transformers import AutoTokenizer, CLIPConfig, CLIPImageProcessor, CLIPModel, pipeline

from fg_demo.boxes import Box, crop
from fg_demo.models.clip import MINI_CLIP, MINI_CLIP_FOLDER, load_backbone
from fg_demo.models.registry import ModelRegistry
from fg_demo.page.comparison import read_question, score
from heads import LinearHead, save_head
from heads.kinds.cosine import BASELINE
from tests.bench.bench_row import Row, seconds_of

VIT_B16 = "random-vit-b-16"
BACKBONES = (MINI_CLIP, VIT_B16)
PEER = "zero-shot pipeline"
WARM_UPS = 3
"""Runs that are not timed: more than there are heads, so that each is loaded."""

Edges = tuple[float, float, float, float]
Question = tuple[Edges, list[str], str]
"""Box in pixels, descriptions, head: what one run is asked."""

SHADES = ("light ", "dark ", "")
HUES = ("red", "blue", "green", "brown", "pink", "grey", "purple", "orange")
THINGS = ("bucket", "book", "chair", "lamp", "mug", "basket", "bowl", "hat", "pillow", "plate", "shoe")
MATERIALS = ("wood", "metal", "leather", "plastic", "glass", "stone", "paper", "wool", "ceramic", "fabric")


@dataclass(frozen=True)
class Setting:
    """A backbone with two heads in the demo's own registry, the same weights in the pipeline, and an image."""

    registry: ModelRegistry
    backbone: str
    heads: tuple[str, str]
    peer: Callable[..., Any]
    path: Path
    picture: Image.Image

    def ours(self, question: Question) -> pd.DataFrame:
        """The scores as the app's endpoint computes them, from the image it already opened."""
        edges, queries, head = question
        return score(self.registry, read_question(self.path, edges, queries, self.backbone, head))

    def theirs(self, region: Image.Image, queries: Sequence[str]) -> list[dict[str, Any]]:
        """The pipeline's shares: a softmax over the descriptions, as they are."""
        return self.peer(region, candidate_labels=list(queries), hypothesis_template="{}")


def measure_demo(backbone: str, folder: Path, repetitions: int) -> list[Row]:
    """A row for each thing a visitor may change, measured `repetitions` times; models go into `folder`.

    Raises RuntimeError when the two do not give the same shares: then they do not do the same work.
    """
    setting = prepare(backbone, folder)
    cases = _cases(setting)
    for case in cases:
        for _ in range(WARM_UPS):
            _check_same(setting, next(case.questions))
    times = [
        [_milliseconds(setting, next(case.questions), peer_first=number % 2 == 1) for case in cases]
        for number in range(repetitions)
    ]
    return [
        Row(f"{backbone}: {case.what}", "ms", *_with_peer([run[number] for run in times]), case.aim)
        for number, case in enumerate(cases)
    ]


def prepare(backbone: str, folder: Path) -> Setting:
    """The setting of one of `BACKBONES`, its files written into `folder`."""
    source = MINI_CLIP_FOLDER if backbone == MINI_CLIP else write_vit_b16(folder / backbone)
    name = backbone if backbone == MINI_CLIP else str(source)
    loaded = load_backbone(name, device="cpu")
    heads = {head: folder / f"{backbone}-{head}" for head in ("first", "second")}
    for path in heads.values():
        save_head(LinearHead(loaded.dim), path, backbone=loaded.name, backbone_revision=loaded.revision)
    path = folder / "coffee.png"
    picture = Image.fromarray(data.coffee())
    picture.save(path)
    peer = pipeline("zero-shot-image-classification", model=str(source), device="cpu", dtype=torch.float32)
    first, second = heads
    return Setting(ModelRegistry([name], heads, device="cpu"), name, (first, second), peer, path, picture)


def write_vit_b16(folder: Path, tokenizer: Any = None) -> Path:
    """The folder of a CLIP of the size of ViT-B/16 with random weights: its speed is that of a trained one.

    The tokenizer is mini-clip's if not given: to it, as to CLIP's own, each word of these descriptions is one
    token.
    """
    tokenizer = tokenizer or AutoTokenizer.from_pretrained(MINI_CLIP_FOLDER, model_max_length=77)
    special = {f"{name}_token_id": getattr(tokenizer, f"{name}_token_id") for name in ("bos", "eos", "pad")}
    text = {"hidden_size": 512, "intermediate_size": 2048, "num_hidden_layers": 12, "num_attention_heads": 8}
    vision = {
        "hidden_size": 768,
        "intermediate_size": 3072,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
    }
    config = CLIPConfig(
        projection_dim=512,
        text_config={**text, **special, "max_position_embeddings": 77},
        vision_config={**vision, "image_size": 224, "patch_size": 16},
    )
    torch.manual_seed(0)
    for part in (CLIPModel(config), tokenizer, CLIPImageProcessor()):
        part.save_pretrained(folder)
    return folder


@dataclass(frozen=True)
class Case:
    """What a visitor changes: an endless series of questions, each with that change."""

    what: str
    aim: str
    questions: Iterator[Question]


def _cases(setting: Setting) -> list[Case]:
    chance = random.Random(0)
    boxes, texts = _new_boxes(chance, *setting.picture.size), _new_texts(chance)
    same_box, same = next(boxes), [next(texts) for _ in range(5)]
    head = setting.heads[0]
    return [
        Case("new box, same descriptions", "≥ 1.5 ×", ((box, same, head) for box in boxes)),
        Case("one description changed", "≥ 10 ×", ((same_box, [text, *same[1:]], head) for text in texts)),
        Case("head changed", "≥ 10 ×", ((same_box, same, name) for name in itertools.cycle(setting.heads))),
        Case(
            "new box, five new descriptions",
            "",
            ((box, [next(texts) for _ in range(5)], head) for box in boxes),
        ),
    ]


def _new_boxes(chance: random.Random, width: int, height: int) -> Iterator[Edges]:
    """Boxes of 100 to 300 px a side, anywhere in the image."""
    while True:
        right, bottom = chance.uniform(100, 300), chance.uniform(100, 300)
        left, top = chance.uniform(0, width - right), chance.uniform(0, height - bottom)
        yield left, top, left + right, top + bottom


def _new_texts(chance: random.Random) -> Iterator[str]:
    """Descriptions of which no two are equal, of a dozen words or so."""
    kinds = list(itertools.product(SHADES, HUES, THINGS, MATERIALS))
    chance.shuffle(kinds)
    for shade, hue, thing, material in kinds:
        yield f"A {shade}{hue} {thing} of {material} with a {chance.choice(HUES)} handle."


def _with_peer(pairs: Sequence[tuple[float, float]]) -> tuple[tuple[float, ...], str, tuple[float, ...]]:
    return tuple(ours for ours, _ in pairs), PEER, tuple(theirs for _, theirs in pairs)


def _milliseconds(setting: Setting, question: Question, peer_first: bool) -> tuple[float, float]:
    """Milliseconds of ours and of the peer for the same question, asked right after each other."""
    region = crop(setting.picture, Box(*question[0]))
    runs = {"ours": lambda: setting.ours(question), "theirs": lambda: setting.theirs(region, question[1])}
    order = sorted(runs, reverse=peer_first)
    spent = {side: seconds_of(runs[side]) * 1000 for side in order}
    return spent["ours"], spent["theirs"]


def _check_same(setting: Setting, question: Question) -> None:
    edges, queries, _ = question
    scores = setting.ours(question)
    shares = scores[scores["scorer"] == BASELINE.title].set_index("query")["share"]
    for answer in setting.theirs(crop(setting.picture, Box(*edges)), queries):
        ours, theirs = shares[answer["label"]], answer["score"]
        if abs(ours - theirs) > 1e-3:
            raise RuntimeError(
                f"{answer['label']!r}: expected equal shares, ours {ours}, the peer's {theirs}"
            )
