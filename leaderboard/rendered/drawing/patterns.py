"""Patterns: what is painted, pressed or cut into a body, in motifs of 12–35 % of an object."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from leaderboard.rendered.drawing.forms import step

Plane = Float[np.ndarray, "h w"]


@dataclass(frozen=True)
class Motif:
    """What a pattern does to each pixel; every plane is 0 where it does nothing.

    `contrast`: share of the contrasting colour, 0–1. `accent`: share of the flower's heart, 0–1.
    `metal`: share of a silver stud, 0–1. `relief`: brightness added or taken. `hole`: how open, 0–1.
    """

    contrast: Plane
    accent: Plane
    metal: Plane
    relief: Plane
    hole: Plane


def draw_motif(pattern: str, x: Plane, y: Plane, rng: random.Random) -> Motif:
    """The pattern over a surface with coordinates x and y in object units, shifted and scaled by rng."""
    scale = rng.uniform(0.92, 1.14)
    planes = dict.fromkeys(("contrast", "accent", "metal", "relief", "hole"), np.zeros_like(x))
    if pattern != "plain":
        planes |= _DRAWERS[pattern](x / scale + rng.random(), y / scale + rng.random(), rng)
    return Motif(**planes)


def _striped(x: Plane, y: Plane, rng: random.Random) -> dict[str, Plane]:
    angle = rng.choice((0, 0, math.pi / 2, math.pi / 4, -math.pi / 4))
    phase = (x * math.cos(angle) + y * math.sin(angle)) / 0.2
    return {"contrast": step(np.abs(phase % 1 - 0.5), 0.22, -0.05)}


def _checkered(x: Plane, y: Plane, rng: random.Random) -> dict[str, Plane]:
    columns, rows = np.floor(x / 0.155) % 2, np.floor(y / 0.155) % 2
    return {"contrast": 0.72 * (columns == rows).astype(np.float32)}


def _grid(x: Plane, y: Plane, period: float) -> tuple[Plane, Plane]:
    """Position in a grid of staggered rows, −0.5 to 0.5 in each cell."""
    row = np.floor(y / period)
    return (x / period + 0.5 * (row % 2)) % 1 - 0.5, (y / period) % 1 - 0.5


def _dotted(x: Plane, y: Plane, rng: random.Random) -> dict[str, Plane]:
    across, down = _grid(x, y, 0.21)
    return {"contrast": step(np.hypot(across, down), 0.33, -0.06)}


def _floral(x: Plane, y: Plane, rng: random.Random) -> dict[str, Plane]:
    across, down = _grid(x, y, 0.34)
    radius, angle = np.hypot(across, down), np.arctan2(down, across) + rng.uniform(0, math.pi)
    petals = step(radius - (0.2 + 0.24 * np.abs(np.cos(2.5 * angle))), 0.0, -0.05)
    heart = step(radius, 0.15, -0.04)
    return {"contrast": petals * (1 - heart), "accent": heart}


def _woven(x: Plane, y: Plane, rng: random.Random) -> dict[str, Plane]:
    column, row = x / 0.17, y / 0.17
    across, down = column % 1 - 0.5, row % 1 - 0.5
    lying = (np.floor(column) + np.floor(row)) % 2 < 1
    along, over = np.where(lying, across, down), np.where(lying, down, across)
    rounded = np.cos(np.pi * over) - 0.64
    tucked = step(np.abs(along), 0.4, 0.08)
    return {
        "contrast": 0.6 * lying.astype(np.float32),
        "relief": (0.5 * rounded - 0.55 * tucked).astype(np.float32),
    }


def _studded(x: Plane, y: Plane, rng: random.Random) -> dict[str, Plane]:
    across, down = _grid(x, y, 0.2)
    dome = step(np.hypot(across, down), 0.31, -0.06)
    glint = step(np.hypot(across + 0.1, down + 0.1), 0.13, -0.06)
    shadow = step(np.hypot(across - 0.12, down - 0.12), 0.38, -0.1) * (1 - dome)
    relief = dome * (-across - down) * 1.3 + 0.5 * glint - 0.6 * shadow
    return {"metal": dome, "relief": relief.astype(np.float32)}


def _perforated(x: Plane, y: Plane, rng: random.Random) -> dict[str, Plane]:
    across, down = (x / 0.165) % 1 - 0.5, (y / 0.165) % 1 - 0.5
    hole = step(np.hypot(across, down), 0.31, -0.06)
    lip = step(np.hypot(across - 0.07, down - 0.07), 0.36, -0.08) * (1 - hole)
    return {"hole": hole, "relief": (0.6 * lip).astype(np.float32)}


_DRAWERS: dict[str, Callable[[Plane, Plane, random.Random], dict[str, Plane]]] = {
    "striped": _striped,
    "dotted": _dotted,
    "checkered": _checkered,
    "floral": _floral,
    "woven": _woven,
    "studded": _studded,
    "perforated": _perforated,
}
