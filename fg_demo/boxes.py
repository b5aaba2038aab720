"""Boxes and the one crop: the visitor's region and the benchmark's region go through the same function."""

import math
from dataclasses import dataclass

from PIL import Image

Pixels = float | int
"""Both are spelled out, because a type check at run time takes no whole number for a float."""


LARGEST = 10**9
"""Pixels that an edge may lie from the origin; no image is near it, and beyond it sums of edges would lose whole pixels
or overflow."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the upright image: origin top-left, right and bottom exclusive.

    Raises ValueError when an edge is no finite number of at most `LARGEST` pixels, or the box has no area.
    """

    left: Pixels
    top: Pixels
    right: Pixels
    bottom: Pixels

    def __post_init__(self) -> None:
        edges = (self.left, self.top, self.right, self.bottom)
        # Compared as it is: a whole number may be too large to be made a float.
        if not all(-LARGEST <= edge <= LARGEST for edge in edges):
            raise ValueError(f"box: expected finite edges of at most {LARGEST:,} px, got {shortened(edges)}")
        if self.right <= self.left or self.bottom <= self.top:
            raise ValueError(f"box: expected right > left and bottom > top, got {shortened(edges)}")

    @classmethod
    def from_xywh(cls, x: Pixels, y: Pixels, width: Pixels, height: Pixels) -> "Box":
        """The box of COCO's, LVIS's and FG-OVD's annotations: left, top, width, height."""
        return cls(x, y, x + width, y + height)

    @property
    def width(self) -> Pixels:
        """From the left edge to the right, in pixels."""
        return self.right - self.left

    @property
    def height(self) -> Pixels:
        """From the top edge to the bottom, in pixels."""
        return self.bottom - self.top


def shortened(value: object) -> str:
    """How a message repeats what it was given, however long that is."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no whole number of more than 4,300 digits
        return "a number of thousands of digits"
    return text if len(text) <= 120 else f"{text[:119]}…"


def whole(image: Image.Image) -> Box:
    """The box that covers an upright image."""
    return Box(0.0, 0.0, float(image.width), float(image.height))


def crop_pixels(box: Box, width: int, height: int, context: Pixels = 1.0) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the crop in whole pixels of a `width` × `height` image; at least one pixel.

    At context 1 the released extraction code's rule (lorebianchi98/FG-CLIP,
    fg-ovd_feature_extraction/extraction.py): the box is clipped to the image; left and top are rounded down,
    right and bottom up, so that a box thinner than a pixel still gives one. Any other `context` scales the box
    about its centre before; there the released code moves the edges by whole pixels only.

    Raises ValueError when context is not positive, or the box lies outside the image.
    """
    if not context > 0:
        raise ValueError(f"context: expected a number above 0, got {context}")
    # From the edges, not from the centre: at context 1 they stay what they are to the last bit, else every
    # fiftieth decimal box gains or loses a pixel.
    more_x, more_y = box.width * (context - 1) / 2, box.height * (context - 1) / 2
    left, top = max(0, math.floor(box.left - more_x)), max(0, math.floor(box.top - more_y))
    right = min(width, math.ceil(box.right + more_x))
    bottom = min(height, math.ceil(box.bottom + more_y))
    if right <= left or bottom <= top:
        raise ValueError(f"box: expected one that meets the {width} × {height} px image, got {box}")
    return left, top, right, bottom


def crop(image: Image.Image, box: Box, context: Pixels = 1.0) -> Image.Image:
    """The region of an upright image that a backbone sees, the image itself when that is all of it; see
    `crop_pixels` for the rule and the errors.
    """
    edges = crop_pixels(box, image.width, image.height, context)
    return image if edges == (0, 0, *image.size) else image.crop(edges)
