"""Scenes: several objects of different categories in one setting, under one light, some behind others.

Everything follows from the seed: the same seed gives the same bytes, in any process, in any order of calls.
"""

import math
import random
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float
from PIL import Image, ImageDraw, ImageFilter

from leaderboard.rendered.backgrounds import background
from leaderboard.rendered.forms import unit
from leaderboard.rendered.objects import ObjectSpec, RenderedObject, render_object, sample_spec
from leaderboard.rendered.surfaces import Light
from leaderboard.rendered.vocabulary import CATEGORIES, COLORS, SETTINGS

SCENE = 256
SMALLEST, LARGEST = 0.28, 0.5
"""An object's longer side, in scene lengths."""

MOST_COVERED = 0.25
"""The share of an object, and of its part, that may be hidden behind objects in front of it."""

TRIES = 24

Pixels = Float[np.ndarray, "h w 3"]
Plane = Float[np.ndarray, "h w"]
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


@dataclass(frozen=True)
class _Cutout:
    """A rendered object at its size in the scene, and where its top left corner is."""

    spec: ObjectSpec
    rendered: RenderedObject
    left: int
    top: int

    @property
    def window(self) -> tuple[slice, slice]:
        height, width = self.rendered.cover.shape
        return slice(self.top, self.top + height), slice(self.left, self.left + width)


def render_scene(seed: int, size: int = SCENE) -> Scene:
    """The scene of a seed: 2 to 4 objects, size × size pixels.

    Raises ValueError when size is below 96, where an object would be too small to box.
    """
    if size < 96:
        raise ValueError(f"size: expected 96 pixels or more, got {size}")
    rng = random.Random(seed)
    setting, light = rng.choice(list(SETTINGS)), _sample_light(rng)
    pixels = background(setting, size, rng)
    cutouts = _arrange(_sample_objects(light, size, rng), size, rng)
    for cutout in cutouts:
        pixels = _drop_shadow(pixels, cutout, light)
        pixels = _composite(pixels, cutout)
    pixels = _expose(pixels, light, rng, np.random.default_rng(seed))
    placed = tuple(PlacedObject(cutout.spec, _box(cutout)) for cutout in cutouts)
    return Scene(Image.fromarray(pixels), setting, placed)


def _sample_light(rng: random.Random) -> Light:
    azimuth = math.radians(rng.uniform(200, 340))
    direction = unit(0.8 * math.cos(azimuth), 0.8 * math.sin(azimuth), rng.uniform(0.55, 0.95))
    return Light(direction, softness=rng.uniform(0.15, 0.6))


def _sample_objects(light: Light, size: int, rng: random.Random) -> list[_Cutout]:
    """Objects of different categories at their sizes, not placed yet."""
    count = rng.choice((2, 3, 3, 4, 4))
    largest = LARGEST if count < 4 else 0.42
    objects = []
    for category in rng.sample(list(CATEGORIES), count):
        spec = sample_spec(rng, category)
        side = rng.uniform(SMALLEST, largest) * size
        objects.append(_Cutout(spec, _resize(render_object(spec, light, rng), side), 0, 0))
    return objects


def _resize(rendered: RenderedObject, side: float) -> RenderedObject:
    """The object with its longer side at `side` px; colour is weighted by opacity to keep edges clean."""
    scale = side / max(rendered.cover.shape)
    height, width = (max(1, round(length * scale)) for length in rendered.cover.shape)

    def fit(plane: Plane) -> Plane:
        image = Image.fromarray(np.ascontiguousarray(plane, np.float32))
        return np.clip(np.asarray(image.resize((width, height), Image.Resampling.BILINEAR)), 0, 1)

    alpha, weighted = fit(rendered.alpha), rendered.color * rendered.alpha[..., None]
    color = np.stack([fit(weighted[..., channel]) for channel in range(3)], axis=-1)
    color = color / np.maximum(alpha, 1e-3)[..., None]
    return RenderedObject(np.clip(color, 0, 1), alpha, fit(rendered.cover), fit(rendered.part))


def _arrange(objects: list[_Cutout], size: int, rng: random.Random) -> list[_Cutout]:
    """The objects placed, back to front: who stands lower is nearer; who would hide too much is left out."""
    placed: list[_Cutout] = []
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


def _bottom(cutout: _Cutout) -> int:
    return cutout.top + cutout.rendered.cover.shape[0]


def _all_visible(cutouts: list[_Cutout], scratch: Mask) -> bool:
    """Whether no object, and no part, is hidden by more than MOST_COVERED. `scratch` is overwritten."""
    scratch[:] = False
    for cutout in reversed(cutouts):
        hidden = scratch[cutout.window]
        for mask in (cutout.rendered.cover > 0.5, cutout.rendered.part > 0.5):
            if (hidden & mask).sum() > MOST_COVERED * mask.sum():
                return False
        hidden |= cutout.rendered.cover > 0.5
    return True


def _drop_shadow(pixels: Pixels, cutout: _Cutout, light: Light) -> Pixels:
    """A soft shadow on the ground, away from the light; what lets light through casts less."""
    size, (height, width) = pixels.shape[0], cutout.rendered.cover.shape
    reach, small = 0.5 * width, size // 4
    x = cutout.left + width / 2 - 0.18 * width * light.direction[0]
    y = cutout.top + height - 0.04 * height
    shadow = Image.new("L", (small, small))
    ellipse = [(x - reach) / 4, (y - 0.2 * reach) / 4, (x + reach) / 4, (y + 0.2 * reach) / 4]
    ImageDraw.Draw(shadow).ellipse(ellipse, fill=150 if cutout.spec.transparency == "opaque" else 70)
    shadow = shadow.filter(ImageFilter.BoxBlur(2)).resize((size, size), Image.Resampling.BILINEAR)
    depth = (1 - 0.6 * light.softness) * np.asarray(shadow, np.float32) / 255
    return pixels * (1 - depth)[..., None]


def _composite(pixels: Pixels, cutout: _Cutout) -> Pixels:
    """The scene with the object in front; what shows through is tinted, and blurred behind a milky one."""
    rendered, spec = cutout.rendered, cutout.spec
    behind = pixels[cutout.window]
    if spec.transparency != "opaque":
        behind = _seen_through(behind, rendered.cover, spec)
    alpha = rendered.alpha[..., None]
    composed = pixels.copy()
    composed[cutout.window] = alpha * rendered.color + (1 - alpha) * behind
    return composed


def _seen_through(behind: Pixels, cover: Plane, spec: ObjectSpec) -> Pixels:
    tint = 0.88 * np.array(COLORS[spec.color], np.float32) / 255 + 0.12
    seen = _blurred(behind, 4) if spec.transparency == "translucent" else behind
    seen = seen * (0.35 + 0.65 * tint)
    return (behind + cover[..., None] * (seen - behind)).astype(np.float32)


def _blurred(pixels: Pixels, radius: int) -> Pixels:
    image = Image.fromarray(np.round(np.clip(pixels, 0, 1) * 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.BoxBlur(radius)), np.float32) / 255


def _expose(pixels: Pixels, light: Light, rng: random.Random, grain: np.random.Generator):
    """What a camera makes of it: exposure, colour temperature, a fall-off across the scene, noise."""
    size = pixels.shape[0]
    warmth, exposure, falloff = rng.uniform(-0.06, 0.06), rng.uniform(0.86, 1.08), rng.uniform(0, 0.1)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size - 0.5
    brightness = exposure * (1 + 2 * falloff * (x * light.direction[0] + y * light.direction[1]))
    balance = np.array([1 + warmth, 1, 1 - warmth], np.float32)
    exposed = pixels * brightness[..., None] * balance + grain.normal(0, 0.012, (size, size, 1))
    return np.round(np.clip(exposed, 0, 1) * 255).astype(np.uint8)


def _box(cutout: _Cutout) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(cutout.rendered.cover > 0.5)
    left, top = cutout.left + int(columns.min()), cutout.top + int(rows.min())
    return left, top, cutout.left + int(columns.max()) + 1, cutout.top + int(rows.max()) + 1
