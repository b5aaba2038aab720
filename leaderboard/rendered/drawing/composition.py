"""Putting a rendered object into a picture, and taking the picture."""

import random
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageDraw, ImageFilter

from leaderboard.rendered.drawing.objects import ObjectSpec, RenderedObject
from leaderboard.rendered.drawing.surfaces import Light
from leaderboard.rendered.vocabulary import COLORS

Pixels = Float[np.ndarray, "h w 3"]
Plane = Float[np.ndarray, "h w"]


@dataclass(frozen=True)
class Cutout:
    """A rendered object at its size in the scene, and where its top left corner is."""

    spec: ObjectSpec
    rendered: RenderedObject
    left: int
    top: int

    @property
    def window(self) -> tuple[slice, slice]:
        """Rows and columns of the scene that the cutout covers."""
        height, width = self.rendered.cover.shape
        return slice(self.top, self.top + height), slice(self.left, self.left + width)


def resize(rendered: RenderedObject, side: float) -> RenderedObject:
    """The object with its longer side at `side` px; colour is weighted by opacity to keep edges clean."""
    scale = side / max(rendered.cover.shape)
    height, width = (max(1, round(length * scale)) for length in rendered.cover.shape)

    def fit(plane: Plane) -> Float[np.ndarray, "height width"]:
        image = Image.fromarray(np.ascontiguousarray(plane, np.float32))
        return np.clip(np.asarray(image.resize((width, height), Image.Resampling.BILINEAR)), 0, 1)

    alpha, weighted = fit(rendered.alpha), rendered.color * rendered.alpha[..., None]
    color = np.stack([fit(weighted[..., channel]) for channel in range(3)], axis=-1)
    color = color / np.maximum(alpha, 1e-3)[..., None]
    return RenderedObject(np.clip(color, 0, 1), alpha, fit(rendered.cover), fit(rendered.part))


def drop_shadow(pixels: Pixels, cutout: Cutout, light: Light) -> Pixels:
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


def composite(pixels: Pixels, cutout: Cutout) -> Pixels:
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


def expose(
    pixels: Pixels, light: Light, rng: random.Random, grain: np.random.Generator
) -> UInt8[np.ndarray, "h w 3"]:
    """What a camera makes of it: exposure, colour temperature, a fall-off across the scene, noise."""
    size = pixels.shape[0]
    warmth, exposure, falloff = rng.uniform(-0.06, 0.06), rng.uniform(0.86, 1.08), rng.uniform(0, 0.1)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size - 0.5
    brightness = exposure * (1 + 2 * falloff * (x * light.direction[0] + y * light.direction[1]))
    balance = np.array([1 + warmth, 1, 1 - warmth], np.float32)
    exposed = pixels * brightness[..., None] * balance + grain.normal(0, 0.012, (size, size, 1))
    return np.round(np.clip(exposed, 0, 1) * 255).astype(np.uint8)
