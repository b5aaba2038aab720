"""Scenes to train mini-owl on: a benchmark split's images, the objects' boxes, and captions as the web has them."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from datasets import load_dataset
from jaxtyping import Float, Int, UInt8
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from leaderboard.benchmarks.lookup import find_benchmark
from leaderboard.benchmarks.readers.rebuilt import locate
from leaderboard.benchmarks.split import open_split
from leaderboard.rendered.captions.web_captions import Reliability, object_caption
from leaderboard.rendered.drawing.objects import ObjectSpec
from leaderboard.rendered.vocabulary import CATEGORIES, SETTINGS

BENCHMARK = "fg-rendered"
NAMES = tuple(CATEGORIES)
MOST_OBJECTS = 4
NOBODY = -1
"""The category of a place in a scene's row that no object takes."""


@dataclass(frozen=True)
class TrainingScenes:
    """m scenes of at most k objects. `boxes`: centre, width and height in shares of the image; `captions[i, j]`: rows of
    `texts`, the captions of scene i's object j; `by_category[c]`: rows that speak of category c.
    """

    views: UInt8[Tensor, "m 3 s s"]
    boxes: Float[Tensor, "m k 4"]
    categories: Int[Tensor, "m k"]
    captions: Int[Tensor, "m k copies"]
    by_category: tuple[Int[Tensor, " _"], ...]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Batch:
    """What a step looks at: boxes as in `TrainingScenes`, and for each image a caption's row for every category."""

    pixels: Float[Tensor, "b 3 s s"]
    boxes: Float[Tensor, "b k 4"]
    categories: Int[Tensor, "b k"]
    queries: Int[Tensor, "b c"]


def read_scenes(split: str, side: int, reliability: Reliability, copies: int, seed: int) -> TrainingScenes:
    """The scenes of a split of fg-rendered at `side` × `side` px, each object with `copies` captions.

    FileNotFoundError says how a split is built that is not there.
    """
    objects = load_dataset(locate(find_benchmark(BENCHMARK), split), "objects", split=split).to_list()
    images = open_split(BENCHMARK, split).images
    return make_scenes(objects, images, side, reliability, copies, random.Random(seed))


def make_scenes(
    objects: Sequence[Mapping[str, Any]],
    images: Mapping[str, Image.Image],
    side: int,
    reliability: Reliability,
    copies: int,
    rng: random.Random,
) -> TrainingScenes:
    """The scenes of rows of the `objects` config and their images."""
    by_image: dict[str, list[Mapping[str, Any]]] = {}
    for row in objects:
        by_image.setdefault(str(row["image_id"]), []).append(row)
    views = np.zeros((len(by_image), side, side, 3), np.uint8)
    boxes = torch.zeros(len(by_image), MOST_OBJECTS, 4)
    categories = torch.full((len(by_image), MOST_OBJECTS), NOBODY)
    captions = torch.zeros(len(by_image), MOST_OBJECTS, copies, dtype=torch.long)
    texts: dict[str, int] = {}
    spoken: list[set[int]] = [set() for _ in NAMES]
    for number, (name, rows) in enumerate(by_image.items()):
        image = images[name]
        views[number] = np.asarray(image.resize((side, side), Image.Resampling.BICUBIC))
        specs = [_spec(row) for row in rows]
        for place, spec in enumerate(specs):
            boxes[number, place] = _shares(rows[place]["bbox"], image.size)
            categories[number, place] = NAMES.index(spec.category)
            told = _captions(spec, [other for other in specs if other is not spec], reliability, copies, rng)
            found = [texts.setdefault(text, len(texts)) for text in told]
            captions[number, place] = torch.tensor(found)
            spoken[NAMES.index(spec.category)].update(found)
    by_category = tuple(torch.tensor(sorted(rows)) for rows in spoken)
    pixels = torch.from_numpy(views).permute(0, 3, 1, 2).contiguous()
    return TrainingScenes(pixels, boxes, categories, captions, by_category, tuple(texts))


def pick(scenes: TrainingScenes, count: int, side: int, generator: torch.Generator) -> Batch:
    """Random scenes at `side` px, half of them mirrored, moved and zoomed by up to a seventh; pixels in [0, 1]."""
    rows = torch.randint(len(scenes.views), (count,), generator=generator)
    zoom = 1 + (torch.rand(count, generator=generator) - 0.5) * 2 / 7
    shift = (torch.rand(count, 2, generator=generator) - 0.5) * 2 / 7
    mirror = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)
    affine = torch.zeros(count, 2, 3)
    affine[:, 0, 0], affine[:, 1, 1], affine[:, :, 2] = mirror * zoom, zoom, shift
    grid = F.affine_grid(affine, [count, 3, side, side], align_corners=False)
    pixels = F.grid_sample(scenes.views[rows].float() / 255, grid, padding_mode="border", align_corners=False)
    boxes, seen = _moved(scenes.boxes[rows], mirror, zoom, shift)
    categories = scenes.categories[rows].where(seen, torch.tensor(NOBODY))
    return Batch(pixels, boxes, categories, _queries(scenes, rows, generator))


def _queries(
    scenes: TrainingScenes, rows: Int[Tensor, " b"], generator: torch.Generator
) -> Int[Tensor, "b c"]:
    """One caption a category: the object's own where the scene has one, else that of another scene's."""
    columns = [
        spoken[torch.randint(len(spoken), (len(rows),), generator=generator)] for spoken in scenes.by_category
    ]
    queries = torch.stack(columns, dim=1)
    copy = torch.randint(scenes.captions.shape[2], (len(rows), MOST_OBJECTS, 1), generator=generator)
    own = scenes.captions[rows].gather(2, copy).squeeze(2)
    image, place = (scenes.categories[rows] != NOBODY).nonzero(as_tuple=True)
    queries[image, scenes.categories[rows][image, place]] = own[image, place]
    return queries


def _moved(
    boxes: Float[Tensor, "b k 4"],
    mirror: Float[Tensor, " b"],
    zoom: Float[Tensor, " b"],
    shift: Float[Tensor, "b 2"],
) -> tuple[Float[Tensor, "b k 4"], Tensor]:
    """The boxes as the moved image shows them, cut at its edges, and whether more than half of each is left."""
    scale = torch.stack([mirror * zoom, zoom], dim=1)[:, None]
    centre = (2 * boxes[..., :2] - 1 - shift[:, None]) / scale / 2 + 0.5
    size = boxes[..., 2:] / zoom[:, None, None]
    low, high = (centre - size / 2).clamp(0, 1), (centre + size / 2).clamp(0, 1)
    left = (high - low).prod(dim=-1) > 0.5 * size.prod(dim=-1)
    return torch.cat([(low + high) / 2, high - low], dim=-1), left


def _captions(
    spec: ObjectSpec, others: Sequence[ObjectSpec], reliability: Reliability, copies: int, rng: random.Random
) -> list[str]:
    settings = list(SETTINGS)
    return [object_caption(spec, rng.choice(settings), others, reliability, rng) for _ in range(copies)]


def _spec(row: Mapping[str, Any]) -> ObjectSpec:
    return ObjectSpec(**{name: row[name] for name in ObjectSpec.__dataclass_fields__})


def _shares(xywh: Sequence[float], size: tuple[int, int]) -> Float[Tensor, " 4"]:
    left, top, width, height = xywh
    across, down = size
    return torch.tensor(
        [(left + width / 2) / across, (top + height / 2) / down, width / across, height / down]
    )
