"""Outlines: each category as a body and its one named part.

Parts are drawn large on purpose: at 96 px their colour and material have to be visible.
"""

import math
from collections.abc import Callable

from leaderboard.rendered.drawing.canvas import BODY, EMPTY, PART, Canvas


def _mug(c: Canvas) -> None:
    top, right = c.between(0.08, 0.16), c.between(0.62, 0.68)
    c.ring(PART, 0.46, 0.26, 0.97, 0.80, 0.125)
    c.rectangle(BODY, 0.05, top, right, 0.93, radius=0.07)
    c.ellipse(BODY, 0.05, top - 0.06, right, top + 0.1)
    c.shade_ellipse(0.09, top - 0.035, right - 0.04, top + 0.075, 0.45)


def _bottle(c: Canvas) -> None:
    shoulder, half = c.between(0.36, 0.44), c.between(0.26, 0.31)
    c.rectangle(BODY, 0.5 - half, shoulder, 0.5 + half, 0.97, radius=0.06)
    c.ellipse(BODY, 0.5 - half, shoulder - 0.12, 0.5 + half, shoulder + 0.2)
    c.rectangle(BODY, 0.38, 0.18, 0.62, shoulder)
    c.rectangle(PART, 0.33, 0.03, 0.67, 0.235, radius=0.025)


def _bowl(c: Canvas) -> None:
    y = c.between(0.28, 0.34)
    c.rectangle(BODY, 0.32, 0.8, 0.68, 0.93, radius=0.03)
    c.ellipse(BODY, 0.05, y - 0.5, 0.95, 0.88)
    c.rectangle(EMPTY, 0.0, 0.0, 1.0, y)
    c.ellipse(PART, 0.02, y - 0.19, 0.98, y + 0.19)
    c.ellipse(BODY, 0.13, y - 0.11, 0.87, y + 0.1)
    c.shade_ellipse(0.13, y - 0.11, 0.87, y + 0.1, 0.62)


def _plate(c: Canvas) -> None:
    half = c.between(0.36, 0.47)
    c.ellipse(PART, 0.02, 0.5 - half, 0.98, 0.5 + half)
    c.ellipse(BODY, 0.12, 0.5 - half * 0.79, 0.88, 0.5 + half * 0.79)


def _vase(c: Canvas) -> None:
    half = c.between(0.32, 0.4)
    c.polygon(BODY, [(0.36, 0.8), (0.64, 0.8), (0.7, 0.97), (0.3, 0.97)])
    c.ellipse(BODY, 0.5 - half, 0.28, 0.5 + half, 0.93)
    c.polygon(PART, [(0.28, 0.03), (0.72, 0.03), (0.62, 0.18), (0.62, 0.35), (0.38, 0.35), (0.38, 0.18)])


def _chair(c: Canvas) -> None:
    inset = c.between(0.0, 0.05)
    for left in (0.33, 0.58):
        c.rectangle(PART, left, 0.6, left + 0.09, 0.86)
    for left in (0.14, 0.74):
        c.rectangle(PART, left, 0.6, left + 0.12, 0.98)
    c.rectangle(BODY, 0.27, 0.4, 0.73, 0.55)
    c.rectangle(BODY, 0.18 + inset, 0.03, 0.82 - inset, 0.44, radius=0.05)
    c.polygon(BODY, [(0.22, 0.49), (0.78, 0.49), (0.88, 0.68), (0.12, 0.68)])


def _table(c: Canvas) -> None:
    y = c.between(0.24, 0.32)
    for left in (0.26, 0.64):
        c.rectangle(PART, left, y + 0.1, left + 0.1, 0.8)
    for left in (0.07, 0.8):
        c.rectangle(PART, left, y + 0.1, left + 0.13, 0.95)
    c.polygon(BODY, [(0.16, y - 0.16), (0.84, y - 0.16), (0.98, y + 0.12), (0.02, y + 0.12)])
    c.rectangle(BODY, 0.02, y + 0.11, 0.98, y + 0.24)
    c.shade_polygon([(0.02, y + 0.12), (0.98, y + 0.12), (0.98, y + 0.24), (0.02, y + 0.24)], 0.72)


def _lamp(c: Canvas) -> None:
    top = c.between(0.18, 0.26)
    c.rectangle(PART, 0.42, 0.45, 0.58, 0.9)
    c.ellipse(PART, 0.22, 0.8, 0.78, 0.98)
    c.polygon(BODY, [(0.5 - top, 0.03), (0.5 + top, 0.03), (0.9, 0.57), (0.1, 0.57)])


def _book(c: Canvas) -> None:
    lift = c.between(-0.03, 0.03)
    c.polygon(BODY, [(0.29, 0.1 + lift), (0.92, 0.1 - lift), (0.92, 0.88 - lift), (0.29, 0.88 + lift)])
    c.polygon(PART, [(0.1, 0.17), (0.29, 0.1 + lift), (0.29, 0.88 + lift), (0.1, 0.95)])


def _ball(c: Canvas) -> None:
    tilt = c.between(-0.1, 0.1)
    c.ellipse(BODY, 0.03, 0.03, 0.97, 0.97)
    upper = [(0.0, 0.38 + tilt), (0.25, 0.43 + tilt / 2), (0.75, 0.43 - tilt / 2), (1.0, 0.38 - tilt)]
    lower = [(1.0, 0.57 - tilt), (0.75, 0.64 - tilt / 2), (0.25, 0.64 + tilt / 2), (0.0, 0.57 + tilt)]
    c.polygon(PART, upper + lower)
    c.keep_disc(0.03, 0.03, 0.97, 0.97)


def _hat(c: Canvas) -> None:
    top = c.between(0.1, 0.18)
    c.ellipse(BODY, 0.01, 0.6, 0.99, 0.9)
    c.rectangle(BODY, 0.24, top, 0.76, 0.72, radius=0.1)
    c.rectangle(PART, 0.24, 0.49, 0.76, 0.69)
    c.ellipse(PART, 0.24, 0.63, 0.76, 0.75)


def _shoe(c: Canvas) -> None:
    height = c.between(0.16, 0.24)
    back = [(0.05, 0.7), (0.06, height), (0.36, height), (0.46, 0.36)]
    front = [(0.64, 0.44), (0.88, 0.5), (0.96, 0.62), (0.96, 0.7)]
    c.polygon(BODY, back + front)
    c.rectangle(PART, 0.02, 0.66, 0.98, 0.84, radius=0.05)
    for x in (0.44, 0.53, 0.62):
        c.shade_line([(x, 0.43), (x + 0.05, 0.54)], 0.018, 0.45)


def _handbag(c: Canvas) -> None:
    c.ring(PART, 0.24, 0.03, 0.76, c.between(0.66, 0.76), 0.095)
    c.polygon(BODY, [(0.12, 0.37), (0.88, 0.37), (0.97, 0.95), (0.03, 0.95)])
    c.shade_line([(0.11, 0.5), (0.5, 0.62), (0.89, 0.5)], 0.02, 0.55)


def _car(c: Canvas) -> None:
    roof = c.between(0.14, 0.2)
    back = [(0.02, 0.72), (0.02, 0.48), (0.18, 0.43), (0.3, roof)]
    front = [(0.7, roof), (0.84, 0.43), (0.98, 0.5), (0.98, 0.72)]
    c.polygon(BODY, back + front)
    for x in (0.25, 0.75):
        c.ellipse(PART, x - 0.16, 0.54, x + 0.16, 0.86)
        c.shade_ellipse(x - 0.05, 0.65, x + 0.05, 0.75, 0.35)
    c.shade_polygon([(0.26, 0.42), (0.34, roof + 0.06), (0.47, roof + 0.06), (0.47, 0.42)], 0.3)
    c.shade_polygon([(0.53, 0.42), (0.53, roof + 0.06), (0.66, roof + 0.06), (0.76, 0.42)], 0.3)


def _clock(c: Canvas) -> None:
    c.ellipse(PART, 0.02, 0.02, 0.98, 0.98)
    c.ellipse(BODY, 0.125, 0.125, 0.875, 0.875)
    angle = c.between(0, 2 * math.pi)
    c.shade_line([(0.5, 0.5), (0.5, 0.22)], 0.035, 0.2)
    c.shade_line([(0.5, 0.5), (0.5 + 0.2 * math.cos(angle), 0.5 + 0.2 * math.sin(angle))], 0.045, 0.2)
    for hour in range(0, 12, 3):
        x, y = math.cos(hour * math.pi / 6), math.sin(hour * math.pi / 6)
        c.shade_line([(0.5 + 0.28 * x, 0.5 + 0.28 * y), (0.5 + 0.34 * x, 0.5 + 0.34 * y)], 0.035, 0.2)


def _pillow(c: Canvas) -> None:
    dent = c.between(0.05, 0.09)
    for label, near in ((PART, 0.03), (BODY, 0.105)):
        far, top, bottom = 1 - near, near + 0.1, 0.9 - near
        upper = [(near, top), (0.5, top + dent), (far, top), (far - dent, 0.5)]
        lower = [(far, bottom), (0.5, bottom - dent), (near, bottom), (near + dent, 0.5)]
        c.polygon(label, upper + lower)


def _box(c: Canvas) -> None:
    rise = c.between(0.16, 0.22)
    c.polygon(BODY, [(0.06, 0.42), (0.68, 0.42), (0.68, 0.97), (0.06, 0.97)])
    c.polygon(BODY, [(0.68, 0.42), (0.93, 0.42 - rise), (0.93, 0.8), (0.68, 0.97)])
    c.shade_polygon([(0.68, 0.42), (0.93, 0.42 - rise), (0.93, 0.8), (0.68, 0.97)], 0.7)
    top = 0.34 - rise
    c.polygon(PART, [(0.03, 0.36), (0.29, top), (0.97, top), (0.97, top + 0.09), (0.71, 0.47), (0.03, 0.47)])


def _spoon(c: Canvas) -> None:
    half = c.between(0.25, 0.31)
    c.polygon(PART, [(0.44, 0.4), (0.56, 0.4), (0.62, 0.98), (0.38, 0.98)])
    c.ellipse(BODY, 0.5 - half, 0.02, 0.5 + half, 0.58)


def _scissors(c: Canvas) -> None:
    spread = c.between(0.26, 0.34)
    c.ring(PART, 0.12, 0.6, 0.49, 0.98, 0.105)
    c.ring(PART, 0.51, 0.6, 0.88, 0.98, 0.105)
    c.polygon(BODY, [(0.5 - spread, 0.02), (0.5 - spread + 0.22, 0.02), (0.72, 0.64), (0.52, 0.7)])
    c.polygon(BODY, [(0.5 + spread, 0.02), (0.5 + spread - 0.22, 0.02), (0.28, 0.64), (0.48, 0.7)])
    c.shade_ellipse(0.47, 0.45, 0.53, 0.51, 0.3)


def _bench(c: Canvas) -> None:
    gap = c.between(0.03, 0.06)
    for left in (0.09, 0.77):
        c.rectangle(PART, left, 0.55, left + 0.16, 0.95)
    for left in (0.16, 0.74):
        c.rectangle(BODY, left, 0.14, left + 0.1, 0.6)
    c.rectangle(BODY, 0.03, 0.1, 0.97, 0.28 - gap / 2)
    c.rectangle(BODY, 0.03, 0.28 + gap / 2, 0.97, 0.45)
    c.polygon(BODY, [(0.08, 0.5), (0.92, 0.5), (0.99, 0.7), (0.01, 0.7)])


def _bucket(c: Canvas) -> None:
    c.ring(PART, 0.1, 0.02, 0.9, c.between(0.72, 0.8), 0.085)
    c.polygon(BODY, [(0.07, 0.4), (0.93, 0.4), (0.8, 0.97), (0.2, 0.97)])
    c.ellipse(BODY, 0.07, 0.32, 0.93, 0.48)
    c.shade_ellipse(0.12, 0.345, 0.88, 0.455, 0.45)


def _basket(c: Canvas) -> None:
    c.ring(PART, 0.15, 0.02, 0.85, 0.95, c.between(0.09, 0.11))
    c.polygon(BODY, [(0.05, 0.48), (0.95, 0.48), (0.84, 0.97), (0.16, 0.97)])
    c.rectangle(BODY, 0.02, 0.44, 0.98, 0.57, radius=0.04)


def _kettle(c: Canvas) -> None:
    c.ring(PART, 0.16, 0.02, 0.78, c.between(0.6, 0.7), 0.1)
    c.polygon(BODY, [(0.62, 0.55), (0.9, 0.34), (0.99, 0.44), (0.76, 0.82)])
    c.ellipse(BODY, 0.05, 0.32, 0.87, 1.0)
    c.rectangle(EMPTY, 0.0, 0.95, 1.0, 1.0)


def _guitar(c: Canvas) -> None:
    waist = c.between(0.24, 0.28)
    c.ellipse(BODY, 0.5 - waist, 0.36, 0.5 + waist, 0.74)
    c.ellipse(BODY, 0.16, 0.54, 0.84, 0.98)
    c.shade_ellipse(0.41, 0.6, 0.59, 0.76, 0.25)
    c.rectangle(PART, 0.43, 0.1, 0.57, 0.58)
    c.rectangle(PART, 0.37, 0.02, 0.63, 0.17, radius=0.03)


SILHOUETTES: dict[str, Callable[[Canvas], None]] = {
    "mug": _mug,
    "bottle": _bottle,
    "bowl": _bowl,
    "plate": _plate,
    "vase": _vase,
    "chair": _chair,
    "table": _table,
    "lamp": _lamp,
    "book": _book,
    "ball": _ball,
    "hat": _hat,
    "shoe": _shoe,
    "handbag": _handbag,
    "car": _car,
    "clock": _clock,
    "pillow": _pillow,
    "box": _box,
    "spoon": _spoon,
    "scissors": _scissors,
    "bench": _bench,
    "bucket": _bucket,
    "basket": _basket,
    "kettle": _kettle,
    "guitar": _guitar,
}
"""Category → what draws it; the categories are those of `vocabulary.CATEGORIES`."""
