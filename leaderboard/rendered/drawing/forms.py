"""From an outline to a form: masks cut to size, and a surface that bulges towards the viewer."""

import math
import random
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from PIL import Image

from leaderboard.rendered.drawing.canvas import BODY, DRAWING, PART, Canvas
from leaderboard.rendered.drawing.silhouettes import SILHOUETTES

OBJECT = 128
"""Longer side of an object in pixels while it is shaded; one unit of length on an object is this many."""

Plane = Float[np.ndarray, "h w"]


@dataclass(frozen=True)
class Outline:
    """Body and part as masks in [0, 1] that never overlap, and the fixed shading, a factor in [0, 1]."""

    body: Plane
    part: Plane
    shading: Plane


@dataclass(frozen=True)
class Form:
    """A bulging surface: mask and height in [0, 1], its unit normal, x and y in object units.

    The normal's x points right, y down, z at the viewer. It is rounded within about `softness` object units.
    """

    mask: Plane
    height: Plane
    normal_x: Plane
    normal_y: Plane
    normal_z: Plane
    x: Plane
    y: Plane
    softness: float


def draw_outline(category: str, rng: random.Random) -> Outline:
    """The category's outline, varied, flipped and turned by rng, cut tight; its longer side is OBJECT px."""
    canvas = Canvas(rng)
    SILHOUETTES[category](canvas)
    angle, mirror, stretch = rng.uniform(-9, 9), rng.random() < 0.5, rng.uniform(0.9, 1.12)
    labels, shading = (_turn(image, angle, mirror) for image in (canvas.labels, canvas.shading))
    box = labels.getbbox()
    if box is None:
        raise ValueError(f"category: {category!r} drew nothing")
    width, height = (box[2] - box[0]) * stretch, box[3] - box[1]
    scale = OBJECT / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    labels, shading = labels.crop(box), shading.crop(box)
    body, part = (_share(labels, label, size) for label in (BODY, PART))
    return Outline(body, part, np.asarray(shading.resize(size, Image.Resampling.BOX), np.float32) / 255)


def _turn(image: Image.Image, angle: float, mirror: bool) -> Image.Image:
    if mirror:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    margin = round(DRAWING * 0.09)
    wide = Image.new("L", (DRAWING + 2 * margin, DRAWING + 2 * margin), image.getpixel((0, 0)))
    wide.paste(image, (margin, margin))
    return wide.rotate(angle, Image.Resampling.NEAREST, fillcolor=image.getpixel((0, 0)))


def _share(labels: Image.Image, label: int, size: tuple[int, int]) -> Plane:
    """How much of each pixel the label covers, 0–1."""
    chosen = labels.point([255 if value == label else 0 for value in range(256)])
    return np.asarray(chosen.resize(size, Image.Resampling.BOX), np.float32) / 255


def raise_form(mask: Plane, softness: float) -> Form:
    """The form over a mask: flat in the middle, falling off within `softness` object units of the edge."""
    reach = max(1, round(OBJECT * softness))
    height = blur(mask, reach)
    slope_y, slope_x = np.gradient(height)
    steepness = 1.35 * reach
    x, y = -slope_x * steepness, -slope_y * steepness
    length = np.sqrt(x * x + y * y + 1)
    rows, columns = np.mgrid[0 : mask.shape[0], 0 : mask.shape[1]].astype(np.float32) / OBJECT
    return Form(mask, height, x / length, y / length, 1 / length, columns, rows, softness)


def blur(plane: Plane, radius: int) -> Plane:
    """Two box means of `radius` pixels along each axis; outside the plane counts as 0."""
    for axis in (0, 1, 0, 1):
        plane = _box_mean(plane, radius, axis)
    return plane


def _box_mean(plane: Plane, radius: int, axis: int) -> Plane:
    padding = [(0, 0), (0, 0)]
    padding[axis] = (radius + 1, radius)
    total = np.cumsum(np.pad(plane, padding), axis=axis, dtype=np.float32)
    width = 2 * radius + 1
    difference = total[width:] - total[:-width] if axis == 0 else total[:, width:] - total[:, :-width]
    return difference / width


def step(plane: Plane, edge: float, softness: float) -> Plane:
    """0 below edge, 1 above edge + softness, linear between; a negative softness falls from 1 to 0."""
    return np.clip((plane - edge) / softness, 0, 1)


def unit(x: float, y: float, z: float) -> tuple[float, float, float]:
    """The direction as a unit vector."""
    length = math.sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length
