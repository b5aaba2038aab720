"""One object: what it is, and how it is rendered before it is placed in a scene."""

import random
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from leaderboard.rendered.drawing.forms import Form, blur, draw_outline, raise_form, step
from leaderboard.rendered.drawing.patterns import Motif, draw_motif
from leaderboard.rendered.drawing.surfaces import Light, Surface, paint
from leaderboard.rendered.drawing.textures import fluff
from leaderboard.rendered.vocabulary import CATEGORIES, COLORS, MATERIALS, PATTERNS

BODY_SOFTNESS, PART_SOFTNESS = 0.075, 0.035
"""How far from its edge a body or a part is rounded, in object lengths."""

TRANSPARENCIES_OF = {
    "glass": ("opaque", "translucent", "translucent", "transparent", "transparent"),
    "plastic": ("opaque", "opaque", "translucent", "transparent"),
    "paper": ("opaque", "opaque", "translucent"),
}
"""The draws for the materials that can let light through; every other material is opaque."""

PLAIN_SHARE = 0.55

Plane = Float[np.ndarray, "h w"]


@dataclass(frozen=True)
class ObjectSpec:
    """What can be said of an object; pattern and transparency are the body's, a part is plain and opaque."""

    category: str
    color: str
    material: str
    pattern: str
    transparency: str
    part_color: str
    part_material: str


@dataclass(frozen=True)
class RenderedObject:
    """Its own light and what it lets through, before a background is known; shapes agree.

    `color` in [0, 1]; `alpha`: how much it hides, 0–1; `cover` and `part`: where it and its part are, 0–1.
    """

    color: Float[np.ndarray, "h w 3"]
    alpha: Plane
    cover: Plane
    part: Plane


def sample_spec(rng: random.Random, category: str | None = None) -> ObjectSpec:
    """An object whose attributes are drawn uniformly and do not depend on its category.

    The part differs from the body in hue family and material, so that naming it says something new.
    """
    material, color = rng.choice(MATERIALS), rng.choice(list(COLORS))
    family = color.split()[-1]
    return ObjectSpec(
        category=category or rng.choice(list(CATEGORIES)),
        color=color,
        material=material,
        pattern=PATTERNS[0] if rng.random() < PLAIN_SHARE else rng.choice(PATTERNS[1:]),
        transparency=rng.choice(TRANSPARENCIES_OF.get(material, ("opaque",))),
        part_color=rng.choice([name for name in COLORS if name.split()[-1] != family]),
        part_material=rng.choice([name for name in MATERIALS if name != material]),
    )


def render_object(spec: ObjectSpec, light: Light, rng: random.Random) -> RenderedObject:
    """The object lit by `light`, in a random variant and pose of its category, OBJECT px long."""
    outline = draw_outline(spec.category, rng)
    part_mask = _fray(outline.part, spec.part_material, rng)
    body_mask = np.minimum(_fray(outline.body, spec.material, rng), 1 - part_mask)
    body, part = raise_form(body_mask, BODY_SOFTNESS), raise_form(part_mask, PART_SOFTNESS)
    motif = draw_motif(spec.pattern, body.x, body.y, rng)
    body_surface = paint(body, _shade_of(spec.color, rng), spec.material, motif, light, rng)
    bare = draw_motif(PATTERNS[0], part.x, part.y, rng)
    part_surface = paint(part, _shade_of(spec.part_color, rng), spec.part_material, bare, light, rng)
    color, opacity = _see_through(spec.transparency, body_surface, body, motif)
    body_alpha = body_mask * opacity * (1 - 0.5 * motif.hole)
    alpha = body_alpha + part_mask
    mixed = color * body_alpha[..., None] + part_surface.pixels * part_mask[..., None]
    mixed = mixed / np.maximum(alpha, 1e-3)[..., None] * outline.shading[..., None]
    cover = np.clip(body_mask + part_mask, 0, 1)
    return RenderedObject(mixed.astype(np.float32), np.clip(alpha, 0, 1), cover, part_mask)


def _shade_of(color: str, rng: random.Random) -> Float[np.ndarray, " 3"]:
    """The named colour in [0, 1], a little off as two objects of one colour are."""
    gain, shifts = rng.uniform(0.94, 1.06), [rng.uniform(-8, 8) for _ in range(3)]
    return np.clip((np.array(COLORS[color], np.float32) * gain + shifts) / 255, 0, 1).astype(np.float32)


def _fray(mask: Plane, material: str, rng: random.Random) -> Plane:
    """Wool has no clean edge."""
    if material != "wool":
        return mask
    tufts = blur(mask, 2) - 0.5 + 0.75 * fluff(rng, mask.shape)
    return np.clip(5 * tufts + 0.5, 0, 1) * step(blur(mask, 4), 0.1, 0.2)


def _see_through(
    transparency: str, surface: Surface, form: Form, motif: Motif
) -> tuple[Float[np.ndarray, "h w 3"], Plane]:
    """Colour and opacity of a body: clear with a rim, milky, or as painted. Motif and gloss stay visible."""
    if transparency == "opaque":
        return surface.pixels, np.ones_like(form.mask)
    drawn = np.maximum.reduce([motif.contrast, motif.accent, motif.metal, np.abs(motif.relief)])
    rim = step(form.height, 0.82, -0.3)
    if transparency == "transparent":
        opacity = 0.12 + 0.5 * rim + 0.55 * drawn + 0.8 * surface.gloss
        return surface.pixels, np.clip(opacity, 0, 1)
    milk = (0.2 + 0.22 * rim)[..., None]
    opacity = 0.48 + 0.25 * rim + 0.35 * drawn + 0.6 * surface.gloss
    return surface.pixels * (1 - milk) + 0.95 * milk, np.clip(opacity, 0, 0.95)
