"""What outlines are drawn on: labels for body and part, and fixed shading beside them."""

import random
from collections.abc import Sequence
from typing import final

from PIL import Image, ImageDraw

DRAWING = 384
"""Side of the drawing in pixels; three times what is shaded, so that reducing it smooths the outline."""

EMPTY, BODY, PART = 0, 1, 2
UNSHADED = 255

Point = tuple[float, float]


@final
class Canvas:
    """A drawing of labels (EMPTY, BODY, PART; later strokes cover earlier ones) and of fixed shading.

    Coordinates are fractions of the canvas: (0, 0) top left, (1, 1) bottom right.
    """

    def __init__(self, rng: random.Random):
        self.labels = Image.new("L", (DRAWING, DRAWING), EMPTY)
        self.shading = Image.new("L", (DRAWING, DRAWING), UNSHADED)
        self._label_pen = ImageDraw.Draw(self.labels)
        self._shading_pen = ImageDraw.Draw(self.shading)
        self.between = rng.uniform

    def polygon(self, label: int, points: Sequence[Point]) -> None:
        """Draws a filled polygon of a label."""
        self._label_pen.polygon(_pixels(points), fill=label)

    def ellipse(self, label: int, left: float, top: float, right: float, bottom: float) -> None:
        """Draws a filled ellipse of a label."""
        self._label_pen.ellipse(_pixels([(left, top), (right, bottom)]), fill=label)

    def rectangle(
        self, label: int, left: float, top: float, right: float, bottom: float, radius: float = 0.0
    ) -> None:
        """Draws a filled rectangle of a label, its corners rounded by `radius`."""
        corners = _pixels([(left, top), (right, bottom)])
        self._label_pen.rounded_rectangle(corners, radius=radius * DRAWING, fill=label)

    def ring(self, label: int, left: float, top: float, right: float, bottom: float, width: float) -> None:
        """A closed band `width` thick, empty inside."""
        self.ellipse(label, left, top, right, bottom)
        self.ellipse(EMPTY, left + width, top + width, right - width, bottom - width)

    def keep_disc(self, left: float, top: float, right: float, bottom: float) -> None:
        """Clears what lies outside an ellipse."""
        outside = Image.new("1", self.labels.size, 1)
        ImageDraw.Draw(outside).ellipse(_pixels([(left, top), (right, bottom)]), fill=0)
        self.labels.paste(EMPTY, mask=outside)

    def line(self, label: int, points: Sequence[Point], width: float) -> None:
        """Draws a line of a label."""
        self._label_pen.line(_pixels(points), fill=label, width=round(width * DRAWING), joint="curve")

    def shade_polygon(self, points: Sequence[Point], level: float) -> None:
        """Multiplies the brightness by `level` (0 black, 1 unchanged): windows, side faces, openings."""
        self._shading_pen.polygon(_pixels(points), fill=round(level * UNSHADED))

    def shade_ellipse(self, left: float, top: float, right: float, bottom: float, level: float) -> None:
        """Darkens or lightens an ellipse; level 1 leaves it as it is."""
        self._shading_pen.ellipse(_pixels([(left, top), (right, bottom)]), fill=round(level * UNSHADED))

    def shade_line(self, points: Sequence[Point], width: float, level: float) -> None:
        """Darkens or lightens a line; level 1 leaves it as it is."""
        self._shading_pen.line(_pixels(points), fill=round(level * UNSHADED), width=round(width * DRAWING))


def _pixels(points: Sequence[Point]) -> list[Point]:
    return [(x * DRAWING, y * DRAWING) for x, y in points]
