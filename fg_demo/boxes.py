"""Boxes and the one crop: the visitor's region and the benchmark's region go through the same function."""

import math
from dataclasses import dataclass

from PIL import Image, ImageOps

Pixels = float | int
"""Both are spelled out, because a type check at run time takes no whole number for a float."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the upright image: origin top-left, right and bottom exclusive.

    Raises ValueError when an edge is not finite or the box has no area.
    """

    left: Pixels
    top: Pixels
    right: Pixels
    bottom: Pixels

    def __post_init__(self):
        edges = (self.left, self.top, self.right, self.bottom)
        if not all(math.isfinite(edge) for edge in edges):
            raise ValueError(f"box: expected finite edges, got {edges}")
        if self.right <= self.left or self.bottom <= self.top:
            raise ValueError(f"box: expected right > left and bottom > top, got {edges}")

    @classmethod
    def from_xywh(cls, x: Pixels, y: Pixels, width: Pixels, height: Pixels) -> "Box":
        """The box of COCO's, LVIS's and FG-OVD's annotations: left, top, width, height."""
        return cls(x, y, x + width, y + height)

    @property
    def width(self) -> Pixels:
        return self.right - self.left

    @property
    def height(self) -> Pixels:
        return self.bottom - self.top


def upright(image: Image.Image) -> Image.Image:
    """The image as a viewer shows it: EXIF rotation applied, transparency on white, RGB."""
    turned = ImageOps.exif_transpose(image)
    if turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info:
        with_alpha = turned.convert("RGBA")
        white = Image.new("RGBA", with_alpha.size, "white")
        return Image.alpha_composite(white, with_alpha).convert("RGB")
    return turned.convert("RGB")


def whole(image: Image.Image) -> Box:
    """The box that covers an upright image."""
    return Box(0.0, 0.0, float(image.width), float(image.height))


def crop_pixels(box: Box, width: int, height: int, context: Pixels = 1.0) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the crop in whole pixels of a `width` × `height` image; at least one pixel.

    The released extraction code's rule (lorebianchi98/FG-CLIP, fg-ovd_feature_extraction/extraction.py): the
    box is scaled by `context` about its centre and clipped to the image; left and top are rounded down, right
    and bottom up, so that a box thinner than a pixel still gives one.

    Raises ValueError when context is not positive, or the box lies outside the image.
    """
    if not context > 0:
        raise ValueError(f"context: expected a number above 0, got {context}")
    centre_x, centre_y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    half_width, half_height = box.width * context / 2, box.height * context / 2
    left, top = max(0, math.floor(centre_x - half_width)), max(0, math.floor(centre_y - half_height))
    right, bottom = (
        min(width, math.ceil(centre_x + half_width)),
        min(height, math.ceil(centre_y + half_height)),
    )
    if right <= left or bottom <= top:
        raise ValueError(f"box: expected one that meets the {width} × {height} px image, got {box}")
    return left, top, right, bottom


def crop(image: Image.Image, box: Box, context: Pixels = 1.0) -> Image.Image:
    """The region of an upright image that a backbone sees; see `crop_pixels` for the rule and the errors."""
    return image.crop(crop_pixels(box, image.width, image.height, context))
