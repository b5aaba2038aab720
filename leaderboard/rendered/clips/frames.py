"""The pictures of an event: its things, each rendered once, in their poses at the moments of the frames."""

import random
from dataclasses import replace

import numpy as np
from jaxtyping import Float
from PIL import Image

from leaderboard.rendered.clips.events import Happening
from leaderboard.rendered.clips.verbs import APART, MANNERS, Pose
from leaderboard.rendered.drawing.composition import Cutout, composite, drop_shadow, expose, resize
from leaderboard.rendered.drawing.objects import RenderedObject, render_object
from leaderboard.rendered.drawing.surfaces import Light

FRAMES = 4
SIZE = 128
"""Side of a frame in pixels."""
SMALLEST, LARGEST = 0.3, 0.38
"""A thing's longer side, in scene lengths."""

Pixels = Float[np.ndarray, "h w 3"]


def draw_event(happening: Happening, behind: Pixels, light: Light, seed: int) -> list[Image.Image]:
    """The frames of an event, from its beginning to its end, in front of a background."""
    rng = random.Random(seed)
    things = [render_object(spec, light, rng) for spec in happening.things]
    sides = [rng.uniform(SMALLEST, LARGEST) * len(behind) for _ in things]
    moments = np.linspace(0, 1, FRAMES)
    return [
        _frame(happening, things, sides, behind, light, seed, number, u) for number, u in enumerate(moments)
    ]


def _frame(
    happening: Happening,
    things: list[RenderedObject],
    sides: list[float],
    behind: Pixels,
    light: Light,
    seed: int,
    number: int,
    moment: float,
) -> Image.Image:
    reach = MANNERS[happening.manner]
    poses = happening.verb.motion(float(moment), reach, happening.side)
    homes = (0.0,) if len(things) == 1 else (-happening.side * APART, happening.side * APART)
    cutouts = [
        _placed(Cutout(spec, thing, 0, 0), pose, home, side, len(behind))
        for spec, thing, pose, home, side in zip(happening.things, things, poses, homes, sides, strict=True)
    ]
    pixels = behind
    for cutout in cutouts if happening.verb.behind else reversed(cutouts):
        pixels = composite(drop_shadow(pixels, cutout, light), cutout)
    # The camera is the same for all frames but for its noise.
    return Image.fromarray(expose(pixels, light, random.Random(seed), np.random.default_rng([seed, number])))


def _placed(cutout: Cutout, pose: Pose, home: float, side: float, size: int) -> Cutout:
    """The thing in its pose, all of it inside the picture."""
    posed = _faded(_turned(resize(cutout.rendered, side * pose.scale), pose.turn), pose.seen)
    height, width = posed.cover.shape
    if max(height, width) > size:
        posed = resize(posed, size)
        height, width = posed.cover.shape
    left = round((0.5 + home + pose.x) * size - width / 2)
    top = round((0.58 + pose.y) * size - height / 2)
    inside = min(max(left, 0), size - width), min(max(top, 0), size - height)
    return Cutout(cutout.spec, posed, *inside)


def _turned(rendered: RenderedObject, degrees: float) -> RenderedObject:
    """The object turned anticlockwise about its middle; its light turns with it, which nobody minds."""
    if not degrees:
        return rendered

    def turn(plane: Float[np.ndarray, "h w"]) -> Float[np.ndarray, "g v"]:
        image = Image.fromarray(np.ascontiguousarray(plane, np.float32))
        return np.clip(np.asarray(image.rotate(degrees, Image.Resampling.BILINEAR, expand=True)), 0, 1)

    color = np.stack([turn(rendered.color[..., channel]) for channel in range(3)], axis=-1)
    return RenderedObject(color, *(turn(getattr(rendered, name)) for name in ("alpha", "cover", "part")))


def _faded(rendered: RenderedObject, seen: float) -> RenderedObject:
    return replace(
        rendered, alpha=rendered.alpha * seen, cover=rendered.cover * seen, part=rendered.part * seen
    )
