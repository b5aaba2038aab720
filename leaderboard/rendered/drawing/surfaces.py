"""Materials: how a form of one colour and one material looks under a light."""

import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from leaderboard.rendered.drawing.forms import OBJECT, Form, blur, step, unit
from leaderboard.rendered.drawing.patterns import Motif
from leaderboard.rendered.drawing.textures import grain

Plane = Float[np.ndarray, "h w"]
Color = Float[np.ndarray, " 3"]
Pixels = Float[np.ndarray, "h w 3"]

SILVER = np.array([0.72, 0.73, 0.76], np.float32)
HOLLOW = np.array([0.05, 0.05, 0.06], np.float32)
CREAM = np.array([0.96, 0.93, 0.84], np.float32)
LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True)
class Light:
    """Where light comes from (a unit vector: x right, y down, z to the viewer), and how soft it is.

    `softness` is the share that comes from everywhere, 0–1.
    """

    direction: tuple[float, float, float]
    softness: float


@dataclass(frozen=True)
class Surface:
    """`pixels`: colour in [0, 1]; `gloss`: white light on top in [0, 1], also seen on what is transparent."""

    pixels: Pixels
    gloss: Plane


@dataclass(frozen=True)
class _Look:
    """`diffuse`: how much the form shades; `damped`: what is left of grain and sheen under a pattern."""

    diffuse: float
    damped: float


_LOOKS = {
    "wood": _Look(0.45, 0.75),
    "metal": _Look(0.1, 0.5),
    "glass": _Look(0.25, 1.0),
    "plastic": _Look(0.48, 1.0),
    "fabric": _Look(0.3, 0.8),
    "leather": _Look(0.5, 0.75),
    "ceramic": _Look(0.6, 1.0),
    "paper": _Look(0.05, 0.9),
    "stone": _Look(0.4, 0.5),
    "wool": _Look(0.4, 0.6),
    "velvet": _Look(0.0, 0.8),
    "rattan": _Look(0.4, 0.5),
}


def paint(form: Form, color: Color, material: str, motif: Motif, light: Light, rng: random.Random) -> Surface:
    """The lit surface. Its mean brightness is that of the named colour, whatever the material."""
    look, patterned = _LOOKS[material], _is_patterned(motif)
    damping = look.damped if patterned else 1.0
    brightness = _diffuse(form, light, look.diffuse) * _sheen(form, material, damping, rng)
    brightness = brightness * (1 + damping * grain(material, rng, form.mask.shape))
    brightness = brightness / max(float((brightness * form.mask).sum() / form.mask.sum()), 1e-3)
    if material == "metal":
        color = (0.9 * color + 0.1 * float(color @ LUMINANCE)).astype(np.float32)
    base = _pattern_colors(color, motif)
    pixels = base + (np.clip(brightness, 0.25, 1.9) - 1 + motif.relief)[..., None] * (0.8 * base + 0.11)
    gloss = _GLOSSES.get(material, _no_gloss)(form, light, rng) * form.mask
    if material == "leather":
        pixels = _stitch(pixels, form, color)
    return Surface(
        np.clip(pixels + gloss[..., None], 0, 1).astype(np.float32), np.clip(gloss, 0, 1).astype(np.float32)
    )


def _is_patterned(motif: Motif) -> bool:
    return any(plane.any() for plane in (motif.contrast, motif.metal, motif.hole))


def _diffuse(form: Form, light: Light, strength: float) -> Plane:
    x, y, z = light.direction
    facing = np.clip(form.normal_x * x + form.normal_y * y + form.normal_z * z, 0, 1)
    return 1 + strength * 2 * (1 - light.softness) * (facing - z)


def _sheen(form: Form, material: str, damping: float, rng: random.Random) -> Plane:
    """What a material does besides scattering light: metal mirrors bands, velvet glows at the edge."""
    if material == "metal":
        return 1 + 0.45 * damping * np.tanh(1.6 * _mirrored_bands(form))
    if material == "velvet":
        return 0.7 + 0.75 * step(form.height, 0.95, -0.4) + 0.45 * (1 - form.normal_z)
    if material == "glass":
        return 1.12 - 0.5 * step(form.height, 0.97, -0.12) * step(form.height, 0.72, 0.1)
    return np.ones_like(form.mask)


def _pattern_colors(color: Color, motif: Motif) -> Pixels:
    """The colour with the motif on it: near white on dark, near black on light, gold hearts, silver studs."""
    dark = float(color @ LUMINANCE) < 0.5
    contrast = 0.15 * color + (0.82 * CREAM if dark else 0.04)
    heart = np.array([0.97, 0.74, 0.1] if dark else [0.98, 0.86, 0.3], np.float32)
    pixels = np.broadcast_to(color, (*motif.contrast.shape, 3))
    layers = ((motif.contrast, contrast), (motif.accent, heart), (motif.metal, SILVER), (motif.hole, HOLLOW))
    for share, paint_color in layers:
        pixels = pixels + share[..., None] * (paint_color - pixels)
    return pixels.astype(np.float32)


def _mirrored_bands(form: Form) -> Plane:
    """What metal mirrors, −1 to 1: broad bands of a bright and a dark surrounding that the form bends."""
    across = 1.5 * form.normal_x + 1.1 * form.normal_y + 1.1 * form.x + 0.7 * form.y
    return np.sin(2 * np.pi * (0.95 * across + 0.35))


def _half_way(light: Light) -> tuple[float, float, float]:
    x, y, z = light.direction
    return unit(x, y, z + 1)


def _highlight(form: Form, light: Light, sharpness: int) -> Plane:
    """What the form mirrors of the light beyond what a flat surface would, which keeps its colour."""
    x, y, z = _half_way(light)
    facing = np.clip(form.normal_x * x + form.normal_y * y + form.normal_z * z, 0, 1)
    return np.clip(facing**sharpness - z**sharpness, 0, 1)


def _no_gloss(form: Form, light: Light, rng: random.Random) -> Plane:
    return np.zeros_like(form.mask)


def _metal_gloss(form: Form, light: Light, rng: random.Random) -> Plane:
    return 0.62 * step(_mirrored_bands(form), 0.87, 0.1) + 0.4 * _highlight(form, light, 40)


def _glass_gloss(form: Form, light: Light, rng: random.Random) -> Plane:
    rim = 0.6 * step(form.height, 0.62, -0.12)
    slant = form.x + 0.6 * form.y - rng.uniform(0.35, 0.6)
    streaks = (np.abs(slant) < 0.04) | (np.abs(slant - 0.1) < 0.018)
    return rim + 0.65 * streaks * (form.height > 0.72)


def _plastic_gloss(form: Form, light: Light, rng: random.Random) -> Plane:
    return 0.55 * _highlight(form, light, 22)


def _ceramic_gloss(form: Form, light: Light, rng: random.Random) -> Plane:
    """The reflection of a four-paned window where the form faces the light, and a thin bright edge."""
    lit = _highlight(form, light, 8) * (form.height > 0.7) + 1e-3 * rng.random()
    row, column = np.unravel_index(int(np.argmax(lit * form.mask)), lit.shape)
    x, y = form.x - form.x[row, column] - 0.05, form.y - form.y[row, column] - 0.05
    y = y + 0.15 * x
    reach, bar = 0.045 + 0.75 * form.softness, 0.013
    window = (np.abs(x) < reach) & (np.abs(y) < 1.15 * reach)
    frame = (np.abs(x) < reach + 2 * bar) & (np.abs(y) < 1.15 * reach + 2 * bar)
    pane = window & (np.abs(x) > bar) & (np.abs(y) > bar)
    return 0.9 * pane - 0.22 * (frame & ~pane) + 0.35 * _highlight(form, light, 60)


def _leather_gloss(form: Form, light: Light, rng: random.Random) -> Plane:
    return 0.16 * _highlight(form, light, 10)


_GLOSSES: dict[str, Callable[[Form, Light, random.Random], Plane]] = {
    "metal": _metal_gloss,
    "glass": _glass_gloss,
    "plastic": _plastic_gloss,
    "ceramic": _ceramic_gloss,
    "leather": _leather_gloss,
}


def _stitch(pixels: Pixels, form: Form, color: Color) -> Pixels:
    """A dashed seam inside the edge, light on dark leather and dark on light."""
    rise, fall = ((form.y + sign * form.x) * 2 * np.pi / 0.085 for sign in (-1, 1))
    inside = blur((form.height > 0.93).astype(np.float32), max(3, round(OBJECT * form.softness))) > 0.02
    seam = (form.height > 0.70) & (form.height < 0.80) & (np.sin(rise) + np.sin(fall) > -0.2) & inside
    thread = CREAM if float(color @ LUMINANCE) < 0.6 else 0.25 * color
    return np.where(seam[..., None], thread, pixels).astype(np.float32)
