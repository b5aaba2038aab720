"""Pictures to train mini-clip on: scenes rendered in parallel, as tensors of crops, whole views and labels."""

import io
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from leaderboard.rendered.build import draw_scene
from leaderboard.rendered.drawing.objects import ObjectSpec
from leaderboard.rendered.mini_clip.model import IMAGE_SIZE
from leaderboard.rendered.vocabulary import CATEGORIES, COLORS, MATERIALS, PATTERNS, SETTINGS, TRANSPARENCIES

WIDE_SIZE = IMAGE_SIZE * 4 // 3
"""Side of a crop with a third more around it: its central `IMAGE_SIZE` pixels are the tight crop."""

LABELS: dict[str, tuple[str, ...]] = {
    "category": tuple(CATEGORIES),
    "color": tuple(COLORS),
    "material": MATERIALS,
    "pattern": PATTERNS,
    "transparency": TRANSPARENCIES,
    "part_color": tuple(COLORS),
    "part_material": MATERIALS,
}


@dataclass(frozen=True)
class Pictures:
    """n objects of m scenes. `neighbours[i]` are the rows of the other objects in object i's scene."""

    wide: UInt8[Tensor, "n 3 w w"]
    views: UInt8[Tensor, "m 3 s s"]
    labels: dict[str, Int[Tensor, " n"]]
    setting: Int[Tensor, " m"]
    present: Float[Tensor, "m c"]
    specs: list[ObjectSpec]
    settings: list[str]
    scene_of: Int[Tensor, " n"]
    by_scene: list[list[int]]
    """Rows of each scene's objects, from left to right."""


def draw_pictures(seeds: Sequence[int], processes: int, chunk: int = 50) -> Pictures:
    """The scenes of `seeds`, rendered by that many processes with a progress bar."""
    chunks = [list(seeds[start : start + chunk]) for start in range(0, len(seeds), chunk)]
    with ProcessPoolExecutor(processes) as pool:
        drawn = list(
            tqdm(
                pool.map(_draw, chunks),
                total=len(chunks),
                desc="rendering",
                unit=f"×{chunk} scenes",
                disable=None,
            )
        )
    scenes = [scene for chunk_scenes, _, _ in drawn for scene in chunk_scenes]
    wide = torch.from_numpy(np.concatenate([crops for _, crops, _ in drawn])).permute(0, 3, 1, 2).contiguous()
    views = (
        torch.from_numpy(np.concatenate([views for _, _, views in drawn])).permute(0, 3, 1, 2).contiguous()
    )
    return _collect(scenes, wide, views)


def wide_crop(image: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """The box with a third more around it, edges repeated beyond the image, squashed to `WIDE_SIZE` square."""
    left, top, right, bottom = box
    across, down = (right - left) / 6, (bottom - top) / 6
    margin = max(image.size)
    pixels = np.pad(np.asarray(image), ((margin, margin), (margin, margin), (0, 0)), mode="edge")
    region = (left - across + margin, top - down + margin, right + across + margin, bottom + down + margin)
    return Image.fromarray(pixels).resize((WIDE_SIZE, WIDE_SIZE), Image.Resampling.BICUBIC, box=region)


def _draw(seeds: list[int]) -> tuple[list[tuple[str, list[ObjectSpec]]], np.ndarray, np.ndarray]:
    described, crops, views = [], [], []
    for scene in map(draw_scene, seeds):
        image = Image.open(io.BytesIO(scene.jpeg))
        crops += [np.asarray(wide_crop(image, box)) for box in scene.boxes]
        views.append(np.asarray(image.resize((IMAGE_SIZE, IMAGE_SIZE), Image.Resampling.BICUBIC)))
        described.append((scene.setting, list(scene.specs)))
    return described, np.stack(crops), np.stack(views)


def _collect(scenes: list[tuple[str, list[ObjectSpec]]], wide: Tensor, views: Tensor) -> Pictures:
    specs = [spec for _, in_scene in scenes for spec in in_scene]
    scene_of = torch.tensor([row for row, (_, in_scene) in enumerate(scenes) for _ in in_scene])
    labels = {
        name: torch.tensor([values.index(getattr(spec, name)) for spec in specs])
        for name, values in LABELS.items()
    }
    by_scene: list[list[int]] = [[] for _ in scenes]
    for row, scene in enumerate(scene_of.tolist()):
        by_scene[scene].append(row)
    present = torch.zeros(len(scenes), len(CATEGORIES))
    present[scene_of, labels["category"]] = 1.0
    names = list(SETTINGS)
    setting = torch.tensor([names.index(name) for name, _ in scenes])
    return Pictures(
        wide, views, labels, setting, present, specs, [name for name, _ in scenes], scene_of, by_scene
    )
