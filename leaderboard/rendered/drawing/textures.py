"""The grain of each material: sheets of relief around 0, made once in a process and cut at random.

A sheet spans two object lengths. Its marks are at least 3 % of an object, so that they survive a 96 px crop.
"""

import functools
import random
import zlib

import numpy as np
from jaxtyping import Float
from PIL import Image

from leaderboard.rendered.drawing.forms import OBJECT

SHEET = 2 * OBJECT
VARIANTS = 3

Sheet = Float[np.ndarray, "sheet sheet"]


def grain(material: str, rng: random.Random, shape: tuple[int, int]) -> Float[np.ndarray, "h w"]:
    """A random window of the material's sheets: brightness relief around 0, most of it within ±0.5."""
    sheet = _sheet(material, rng.randrange(VARIANTS))
    top, left = rng.randrange(SHEET - shape[0]), rng.randrange(SHEET - shape[1])
    window = sheet[top : top + shape[0], left : left + shape[1]]
    return window[:, ::-1] if rng.random() < 0.5 else window


def fluff(rng: random.Random, shape: tuple[int, int]) -> Float[np.ndarray, "h w"]:
    """Random tufts around 0, for outlines that fray."""
    return grain("fluff", rng, shape)


@functools.cache
def _sheet(material: str, variant: int) -> Sheet:
    rng = np.random.default_rng([zlib.crc32(material.encode()), variant])
    return _MAKERS[material](rng).astype(np.float32)


def noise(rng: np.random.Generator, side: int, columns: int, rows: int | None = None) -> Sheet:
    """Smooth noise in about [0, 1], `columns` × `rows` independent values stretched over side × side."""
    values = rng.random((rows or columns, columns)).astype(np.float32)
    return np.asarray(Image.fromarray(values).resize((side, side), Image.Resampling.BICUBIC))


def _place() -> tuple[Sheet, Sheet]:
    y, x = np.mgrid[0:SHEET, 0:SHEET].astype(np.float32) / OBJECT
    return x, y


def _cells(rng: np.random.Generator, across: int) -> tuple[Sheet, Sheet]:
    """Cells around jittered points, `across` a side: a random value in [0, 1] a cell; distance to the border.

    That distance is the difference between the two nearest points' distances, in cells.
    """
    y, x = np.mgrid[0:SHEET, 0:SHEET].astype(np.float32) * across / SHEET
    jitter, values = rng.random((2, across + 2, across + 2)), rng.random((across + 2, across + 2))
    nearest = np.full((SHEET, SHEET), np.inf, np.float32)
    second, value = nearest.copy(), np.zeros_like(nearest)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            row, column = np.floor(y).astype(int) + down + 1, np.floor(x).astype(int) + right + 1
            distance = np.hypot(
                column - 1 + jitter[0, row, column] - x,
                row - 1 + jitter[1, row, column] - y,
            )
            second = np.minimum(second, np.maximum(nearest, distance))
            value = np.where(distance < nearest, values[row, column], value)
            nearest = np.minimum(nearest, distance)
    return value, second - nearest


def _wood(rng: np.random.Generator) -> Sheet:
    x, _ = _place()
    warp = noise(rng, SHEET, 8, 3) * 0.35 + noise(rng, SHEET, 3, 2) * 0.4
    ring = (x * 8 + warp * 3) % 1
    return 0.16 - 0.55 * np.minimum(ring**2, 5 * (1 - ring)) + 0.34 * (noise(rng, SHEET, 90, 7) - 0.5)


def _smooth(rng: np.random.Generator) -> Sheet:
    return 0.05 * (noise(rng, SHEET, 6) - 0.5)


def _fabric(rng: np.random.Generator) -> Sheet:
    x, y = _place()
    threads = np.maximum(np.sin(2 * np.pi * x / 0.055), np.sin(2 * np.pi * y / 0.055)) - 0.4
    folds = np.sin(2 * np.pi * (x * 0.9 + y * 1.3 + noise(rng, SHEET, 4) * 0.9) * 1.4)
    return 0.2 * threads + 0.17 * folds


def _leather(rng: np.random.Generator) -> Sheet:
    value, border = _cells(rng, 24)
    return 0.08 - 0.5 * np.exp(-((border / 0.15) ** 2)) + 0.22 * (value - 0.5)


def _paper(rng: np.random.Generator) -> Sheet:
    value, border = _cells(rng, 12)
    crease = np.exp(-((border / 0.06) ** 2))
    return 0.65 * (value - 0.5) + 0.3 * crease


def _stone(rng: np.random.Generator) -> Sheet:
    cloud = noise(rng, SHEET, 16) - 0.5
    specks = noise(rng, SHEET, 72)
    return 0.3 * cloud + 0.55 * (specks > 0.74) - 0.55 * (specks < 0.24)


def _wool(rng: np.random.Generator) -> Sheet:
    x, y = _place()
    column = x / 0.115
    slant = np.abs(column % 1 - 0.5) * 2
    stitch = np.sin(2 * np.pi * (y / 0.085 + slant * 0.6))
    seam = np.cos(2 * np.pi * column) > 0.75
    return 0.28 * stitch - 0.3 * seam + 0.25 * (noise(rng, SHEET, 70) - 0.5)


def _velvet(rng: np.random.Generator) -> Sheet:
    return 0.3 * (noise(rng, SHEET, 9) - 0.5)


def _rattan(rng: np.random.Generator) -> Sheet:
    x, y = _place()
    rise, fall = (x + y) / 0.125, (x - y) / 0.125
    rising, falling = np.abs(rise % 1 - 0.5) < 0.31, np.abs(fall % 1 - 0.5) < 0.31
    rise_on_top = (np.floor(rise) + np.floor(fall)) % 2 < 1
    round_rise, round_fall = (0.5 * np.cos(2 * np.pi * (strand % 1 - 0.5)) for strand in (rise, fall))
    gap = -0.72
    upper = np.where(rising, round_rise, np.where(falling, round_fall, gap))
    lower = np.where(falling, round_fall, np.where(rising, round_rise, gap))
    return np.where(rise_on_top, upper, lower) + 0.08 * (noise(rng, SHEET, 40) - 0.5)


def _fluff(rng: np.random.Generator) -> Sheet:
    return noise(rng, SHEET, 44) - 0.5


_MAKERS = {
    "wood": _wood,
    "metal": _smooth,
    "glass": _smooth,
    "plastic": _smooth,
    "ceramic": _smooth,
    "fabric": _fabric,
    "leather": _leather,
    "paper": _paper,
    "stone": _stone,
    "wool": _wool,
    "velvet": _velvet,
    "rattan": _rattan,
    "fluff": _fluff,
}
