"""Scenes: several objects of different categories in one setting, under one light, some behind others.

Everything follows from the seed: the same seed gives the same bytes, in any process, in any order of calls.
"""

import math
import random
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool
from PIL import Image

from leaderboard.rendered.drawing.backgrounds import background
from leaderboard.rendered.drawing.composition import Cutout, composite, drop_shadow, expose, resize
from leaderboard.rendered.drawing.forms import unit
from leaderboard.rendered.drawing.objects import ObjectSpec, render_object, sample_spec
from leaderboard.rendered.drawing.surfaces import Light
from leaderboard.rendered.vocabulary import CATEGORIES, SETTINGS

SCENE = 256
SMALLEST, LARGEST = 0.28, 0.5
"""An object's longer side, in scene lengths."""

MOST_COVERED = 0.25
"""The share of an object, and of its part, that may be hidden behind objects in front of it."""

FEWEST = 2
TRIES = 24

Mask = Bool[np.ndarray, "h w"]


@dataclass(frozen=True)
class PlacedObject:
    """`box`: left, top, right, bottom in pixels, right and bottom exclusive, tight around all of it."""

    spec: ObjectSpec
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class Scene:
    """A square RGB image and what is in it, back to front; `setting` is a key of `vocabulary.SETTINGS`."""

    image: Image.Image
    setting: str
    objects: tuple[PlacedObject, ...]


def render_scene(seed: int, size: int = SCENE) -> Scene:
    """The scene of a seed (0 or more): 2 to 4 objects, size × size pixels.

    Raises ValueError when seed is negative, or size is below 128, where objects would be too small to box.
    """
    if seed < 0:
        raise ValueError(f"seed: expected 0 or more, got {seed}")
    if size < 128:
        raise ValueError(f"size: expected 128 pixels or more, got {size}")
    rng = random.Random(seed)
    setting, light = rng.choice(list(SETTINGS)), sample_light(rng)
    pixels = background(setting, size, rng)
    objects, cutouts = sample_objects(light, size, rng), []
    while len(cutouts) < FEWEST:
        cutouts = arrange(objects, size, rng)
    for cutout in cutouts:
        pixels = drop_shadow(pixels, cutout, light)
        pixels = composite(pixels, cutout)
    pixels = expose(pixels, light, rng, np.random.default_rng(seed))
    placed = tuple(PlacedObject(cutout.spec, _box(cutout)) for cutout in cutouts)
    return Scene(Image.fromarray(pixels), setting, placed)


def sample_light(rng: random.Random) -> Light:
    """Light from above, left to right, hard to soft."""
    azimuth = math.radians(rng.uniform(200, 340))
    direction = unit(0.8 * math.cos(azimuth), 0.8 * math.sin(azimuth), rng.uniform(0.55, 0.95))
    return Light(direction, softness=rng.uniform(0.15, 0.6))


def sample_objects(light: Light, size: int, rng: random.Random) -> list[Cutout]:
    """Objects of different categories at their sizes, not placed yet."""
    count = rng.choice((2, 3, 3, 4, 4))
    largest = LARGEST if count < 4 else 0.42
    objects = []
    for category in rng.sample(list(CATEGORIES), count):
        spec = sample_spec(rng, category)
        side = rng.uniform(SMALLEST, largest) * size
        objects.append(Cutout(spec, resize(render_object(spec, light, rng), side), 0, 0))
    return objects


def arrange(objects: list[Cutout], size: int, rng: random.Random) -> list[Cutout]:
    """The objects placed, back to front: who stands lower is nearer; who would hide too much is left out."""
    placed: list[Cutout] = []
    hidden = np.zeros((size, size), bool)
    for cutout in objects:
        for _ in range(TRIES):
            height, width = cutout.rendered.cover.shape
            left, top = rng.randint(0, size - width), rng.randint(round(0.1 * (size - height)), size - height)
            candidate = sorted([*placed, replace(cutout, left=left, top=top)], key=_bottom)
            if _all_visible(candidate, hidden):
                placed = candidate
                break
    return placed


def _bottom(cutout: Cutout) -> int:
    return cutout.top + cutout.rendered.cover.shape[0]


def _all_visible(cutouts: list[Cutout], scratch: Mask) -> bool:
    """Whether no object, and no part, is hidden by more than MOST_COVERED. `scratch` is overwritten."""
    scratch[:] = False
    for cutout in reversed(cutouts):
        hidden = scratch[cutout.window]
        for mask in (cutout.rendered.cover > 0.5, cutout.rendered.part > 0.5):
            if (hidden & mask).sum() > MOST_COVERED * mask.sum():
                return False
        hidden |= cutout.rendered.cover > 0.5
    return True


def _box(cutout: Cutout) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(cutout.rendered.cover > 0.5)
    left, top = cutout.left + int(columns.min()), cutout.top + int(rows.min())
    return left, top, cutout.left + int(columns.max()) + 1, cutout.top + int(rows.max()) + 1
