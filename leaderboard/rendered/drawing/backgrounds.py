"""Where scenes take place: a few views of each setting, made once in a process and cropped at random."""

import functools
import random
import zlib
from collections.abc import Callable
from typing import final

import numpy as np
from jaxtyping import Float, UInt8

from leaderboard.rendered.drawing.textures import noise

VARIANTS = 5
MARGIN = 1.35
"""A view is this much larger than a scene, which is a window of it."""

Plane = Float[np.ndarray, "side side"]
Pixels = Float[np.ndarray, "h w 3"]
Rgb = tuple[int, int, int]

_WALLS: tuple[Rgb, ...] = (
    (214, 206, 190),
    (190, 206, 214),
    (228, 222, 210),
    (186, 196, 176),
    (212, 190, 184),
)
_SKIES: tuple[Rgb, ...] = (
    (150, 196, 232),
    (178, 212, 238),
    (200, 214, 224),
    (136, 178, 222),
    (226, 210, 196),
)


def background(setting: str, size: int, rng: random.Random) -> Pixels:
    """A size × size window of one view of the setting, in [0, 1], perhaps mirrored."""
    view = _view(setting, rng.randrange(VARIANTS), size)
    spare = view.shape[0] - size
    top, left = rng.randrange(spare // 2), rng.randrange(spare)
    window = view[top : top + size, left : left + size]
    return (window[:, ::-1] if rng.random() < 0.5 else window).astype(np.float32) / 255


@functools.cache
def _view(setting: str, variant: int, size: int) -> UInt8[np.ndarray, "side side 3"]:
    view = _View(setting, variant, size)
    return np.round(np.clip(_PAINTERS[setting](view), 0, 1) * 255).astype(np.uint8)


@final
class _View:
    """What the painters share: coordinates in scene lengths, seeded noise, where the ground begins."""

    def __init__(self, setting: str, variant: int, size: int):
        self.side, self.variant = int(size * MARGIN), variant
        self.rng = np.random.default_rng([zlib.crc32(setting.encode()), variant])
        self.y, self.x = np.mgrid[0 : self.side, 0 : self.side].astype(np.float32) / size
        self.horizon = float(self.rng.uniform(0.4, 0.62))

    def noise(self, columns: int, rows: int | None = None) -> Plane:
        return noise(self.rng, self.side, columns, rows)

    def flat(self, colors: tuple[Rgb, ...]) -> Pixels:
        """The variant's colour, slightly uneven."""
        return _tinted(colors[self.variant % len(colors)], 1 + 0.08 * (self.noise(5) - 0.5))

    def split(self, above: Pixels, below: Pixels, at: float) -> Pixels:
        """Above until `at` of a scene's height, then below, with a thin dark seam."""
        seam = 1 - 0.25 * (np.abs(self.y - at) < 0.006)
        return np.where((self.y < at)[..., None], above, below) * seam[..., None]

    def planks(self, colors: tuple[Rgb, ...], width: float) -> Pixels:
        plank, within = np.floor(self.y / width), (self.y / width) % 1
        streaks = np.sin(2 * np.pi * (self.y * 9 + self.noise(3, 8) * 2.2)) * 0.14
        brightness = 0.92 + streaks + 0.2 * (self.noise(8, 110) - 0.5) + 0.1 * np.sin(plank * 12.9)
        return _tinted(colors[self.variant % len(colors)], brightness * (1 - 0.4 * (within < 0.05)))

    def grid(self, width: float, height: float, joint: float, shift: float = 0.0) -> tuple[Plane, Plane]:
        """Tiles or bricks: 1 on the joints; a brightness per tile in 0–1. Odd rows move by `shift` tiles."""
        row = np.floor(self.y / height)
        across = self.x / width + shift * (row % 2)
        joints = (across % 1 < joint) | ((self.y / height) % 1 < joint * width / height)
        tile = (np.sin(np.floor(across) * 12.9898 + row * 78.233) * 43758.5) % 1
        return joints.astype(np.float32), tile.astype(np.float32)


def _tinted(color: Rgb, brightness: Plane) -> Pixels:
    return (np.array(color, np.float32) / 255 * brightness[..., None]).astype(np.float32)


def _mixed(below: Pixels, above: Pixels, share: Plane) -> Pixels:
    return below + share[..., None] * (above - below)


def _wooden_table(view: _View) -> Pixels:
    woods = ((168, 120, 74), (146, 98, 58), (194, 150, 102), (116, 78, 50), (178, 130, 96))
    return view.split(view.flat(_WALLS), view.planks(woods, 0.17), view.horizon)


def _grass(view: _View) -> Pixels:
    blades = 0.6 + 0.5 * view.noise(150, 70) + 0.35 * view.noise(14)
    lawns = ((78, 136, 52), (98, 150, 62), (64, 118, 56), (116, 146, 66), (84, 142, 78))
    return view.split(view.flat(_SKIES), _tinted(lawns[view.variant], blades), view.horizon * 0.7)


def _beach(view: _View) -> Pixels:
    water = _tinted((58, 132, 170), 0.85 + 0.4 * view.noise(12, 60))
    sands = ((224, 202, 152), (234, 216, 176), (210, 184, 140), (226, 208, 184), (216, 194, 150))
    sand = _tinted(sands[view.variant], 0.86 + 0.2 * view.noise(120) + 0.1 * view.noise(12, 30))
    sea = view.split(view.flat(_SKIES), water, view.horizon * 0.45)
    return view.split(sea, sand, view.horizon * 0.8)


def _tiles(view: _View) -> Pixels:
    joints, tile = view.grid(0.19, 0.19, 0.05)
    floors = ((226, 226, 222), (172, 188, 200), (210, 194, 176), (120, 128, 132), (196, 206, 196))
    floor = _tinted(floors[view.variant], (0.86 + 0.16 * tile) * (1 - 0.35 * joints))
    return view.split(view.flat(_WALLS), floor, view.horizon * 0.5)


def _bricks(view: _View) -> Pixels:
    joints, tile = view.grid(0.2, 0.09, 0.05, shift=0.5)
    clays = ((160, 84, 64), (178, 110, 84), (132, 72, 60), (170, 140, 120), (150, 92, 56))
    wall = _tinted(clays[view.variant], 0.78 + 0.4 * tile + 0.15 * (view.noise(90) - 0.5))
    wall = _mixed(wall, view.flat(((202, 196, 186),)), joints)
    pavement = _tinted((134, 132, 128), 0.9 + 0.2 * view.noise(60))
    return view.split(wall, pavement, 0.98)


def _carpet(view: _View) -> Pixels:
    wools = ((150, 70, 66), (88, 96, 130), (124, 114, 96), (92, 118, 104), (136, 96, 124))
    tufts = 0.72 + 0.5 * view.noise(160) + 0.09 * np.sin(view.y * 40) * np.sin(view.x * 40)
    return view.split(view.flat(_WALLS), _tinted(wools[view.variant], tufts), view.horizon)


def _road(view: _View) -> Pixels:
    asphalt = _tinted((98, 99, 102), 0.78 + 0.4 * view.noise(140) + 0.12 * (view.noise(6) - 0.5))
    line = (np.abs(view.y - view.horizon - 0.2) < 0.022) & ((view.x * 3) % 1 < 0.6)
    marked = _mixed(asphalt, view.flat(((236, 232, 216),)), line.astype(np.float32))
    return view.split(view.flat(_SKIES), marked, view.horizon * 0.65)


def _snow(view: _View) -> Pixels:
    drifts = _tinted((238, 243, 249), 0.88 + 0.13 * view.noise(10, 24) + 0.05 * view.noise(120))
    return view.split(view.flat(_SKIES), drifts, view.horizon * 0.75)


def _shelf(view: _View) -> Pixels:
    boards = ((140, 96, 58), (96, 66, 44), (196, 168, 130), (226, 222, 214), (120, 84, 60))
    planks, within = view.planks(boards, 0.5), view.y % 0.5
    back = view.flat(_WALLS) * (1 - 0.22 * (within < 0.06))[..., None]
    return _mixed(back, planks, (within > 0.42).astype(np.float32))


def _kitchen(view: _View) -> Pixels:
    joints, tile = view.grid(0.13, 0.13, 0.06)
    glazes = ((232, 238, 238), (204, 224, 222), (238, 228, 214), (216, 222, 236), (226, 232, 208))
    wall = _tinted(glazes[view.variant], (0.94 + 0.06 * tile) * (1 - 0.2 * joints))
    counters = ((84, 84, 88), (200, 196, 188), (70, 66, 64), (150, 140, 130), (110, 92, 80))
    counter = _tinted(counters[view.variant], 0.85 + 0.35 * view.noise(100))
    return view.split(wall, counter, view.horizon)


_PAINTERS: dict[str, Callable[[_View], Pixels]] = {
    "wooden table": _wooden_table,
    "grass": _grass,
    "beach": _beach,
    "tiles": _tiles,
    "bricks": _bricks,
    "carpet": _carpet,
    "road": _road,
    "snow": _snow,
    "shelf": _shelf,
    "kitchen": _kitchen,
}
