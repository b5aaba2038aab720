"""The pixels a model gets of images, by its own processor, a thin image at the cost of a square one."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from PIL import Image
from torch import Tensor
from transformers.models.siglip2.image_processing_pil_siglip2 import get_image_size_for_max_num_patches

THIN = 4
"""Longer side by shorter one, from which on most of what a processor would enlarge is then cut away."""
FRACTION_BITS = 22
"""Of the whole numbers that Pillow weighs 8-bit pixels with (src/libImaging/Resample.c)."""
REACH = 2.0
"""Pixels a bicubic filter sees to each side."""


def model_inputs(processor: Any, images: Sequence[Image.Image]) -> dict[str, Tensor]:
    """What a processor of transformers makes of the RGB images, to the last bit, whatever their shapes: `pixel_values`,
    and for models that take an image of any shape as patches also which of them are of the image, and its shape.

    A processor of CLIP's kind enlarges the shorter side to a fixed size and then keeps the square in the
    middle: of 8000 × 2 px it would make 896,000 × 224. Of a thin image only that square is made. Any other
    image is resized here, by Pillow as in the processor, which would copy all its pixels twice before.
    """
    made = [_made(processor, image) for image in images]
    return {name: torch.cat([one[name] for one in made]) for name in made[0]}


def squeezed_inputs(processor: Any, image: Image.Image, patches: int) -> dict[str, Tensor]:
    """What a processor makes of the whole image, nothing cut off: squeezed to the square that the model takes, or, for a
    model of any shape, in its own, as at most so many patches.
    """
    if hasattr(processor, "max_num_patches"):
        return dict(processor(images=[image], max_num_patches=patches, return_tensors="pt"))
    side = _square(processor)
    return model_inputs(processor, [image.resize(side, Image.Resampling.BICUBIC)])


def pixel_values(processor: Any, images: Sequence[Image.Image]) -> Float[Tensor, "n ..."]:
    """The pixels alone of `model_inputs`."""
    return model_inputs(processor, images)["pixel_values"]


def as_seen(processor: Any, image: Image.Image) -> Image.Image:
    """The image as it reaches the model: resized and cropped, its pixels' values not scaled yet."""
    plain: dict[str, Any] = {"do_rescale": False, "do_normalize": False}
    if hasattr(processor, "include_top"):  # EfficientNet's second normalisation
        plain["include_top"] = False
    made = _made(processor, image, **plain)
    pixels = made["pixel_values"][0]
    if "spatial_shapes" in made:
        pixels = _joined(pixels, *made["spatial_shapes"][0].tolist())
    return Image.fromarray(pixels.permute(1, 2, 0).numpy().round().clip(0, 255).astype(np.uint8))


def _joined(patches: Tensor, rows: int, columns: int) -> Tensor:
    """The image, channels first, of the patches that are of it: they come row by row, each pixel's channels last."""
    side = round((patches.shape[1] / 3) ** 0.5)
    grid = patches[: rows * columns].reshape(rows, columns, side, side, 3)
    return grid.permute(4, 0, 2, 1, 3).reshape(3, rows * side, columns * side)


def _made(processor: Any, image: Image.Image, **settings: Any) -> dict[str, Tensor]:
    side, size = _kept_side(processor), _resized(processor, image)
    made: dict[str, Any] = {"images": [image]}
    if side is not None and max(image.size) >= THIN * min(image.size):
        made = {"images": [_middle(image, side)], "do_resize": False, "do_center_crop": False}
    elif size is not None:
        made = {"images": [image.resize(size, processor.resample)], "do_resize": False}
    return dict(processor(**made, **settings, return_tensors="pt"))


def _resized(processor: Any, image: Image.Image) -> tuple[int, int] | None:
    """Width and height that the processor gives the image, where its rule is one of the two usual ones."""
    if not (processor.do_resize and isinstance(processor.resample, int) and image.mode == "RGB"):
        return None
    if hasattr(processor, "max_num_patches"):
        height, width = get_image_size_for_max_num_patches(
            image.height, image.width, processor.patch_size, processor.max_num_patches
        )
        return width, height
    match {name: length for name, length in dict(processor.size).items() if length}:
        case {"height": height, "width": width, **others} if not others:
            return width, height
        case {"shortest_edge": short, **others} if not others:
            long = int(short * max(image.size) / min(image.size))
            return (long, short) if image.width > image.height else (short, long)
    return None


def _square(processor: Any) -> tuple[int, int]:
    """Width and height that the model takes: what the processor crops to, or else what it resizes to."""
    size = processor.crop_size if getattr(processor, "do_center_crop", False) else processor.size
    return size["width"], size["height"]


def _kept_side(processor: Any) -> int | None:
    """Side of the square that the processor keeps, where it is as long as the shorter side is made."""
    if not (processor.do_resize and getattr(processor, "do_center_crop", False)):
        return None
    side, kept = processor.size.get("shortest_edge"), processor.crop_size
    square = kept["height"] == kept["width"] == side
    return side if square and processor.resample == Image.Resampling.BICUBIC else None


def _middle(image: Image.Image, side: int) -> Image.Image:
    """The middle square of the image resized so that its shorter side has `side` px, and nothing beside it.

    Rounded as transformers does (get_resize_output_image_size, center_crop); across first, then down, with
    whole numbers between, as Pillow does.
    """
    (width, height), filter = image.size, Image.Resampling.BICUBIC
    if width > height:
        places, weights = _seen(width, int(side * width / height), side)
        return _weighted(image, places, weights).resize((side, side), filter)
    places, weights = _seen(height, int(side * height / width), side)
    low, high = int(places.min()), int(places.max()) + 1
    rows = image.crop((0, low, width, high)).resize((side, high - low), filter)
    turned = rows.transpose(Image.Transpose.TRANSPOSE)
    return _weighted(turned, places - low, weights).transpose(Image.Transpose.TRANSPOSE)


def _seen(length: int, resized: int, kept: int) -> tuple[Int[np.ndarray, "n t"], Int[np.ndarray, "n t"]]:
    """Of a row of `length` pixels that is resized, those that each of the `kept` in the middle is made of, and
    their weights.
    """
    scale = length / resized
    stretch = max(scale, 1.0)
    centres = ((resized - kept) // 2 + np.arange(kept) + 0.5) * scale
    first = np.maximum((centres - REACH * stretch + 0.5).astype(int), 0)
    last = np.minimum((centres + REACH * stretch + 0.5).astype(int), length)
    places = first[:, None] + np.arange((last - first).max())
    weights = _bicubic((places - centres[:, None] + 0.5) / stretch) * (places < last[:, None])
    weights /= weights.sum(axis=1, keepdims=True)
    whole = np.trunc(weights * 2**FRACTION_BITS + np.copysign(0.5, weights)).astype(np.int64)
    return np.minimum(places, last[:, None] - 1), whole


def _weighted(
    image: Image.Image, places: Int[np.ndarray, "n t"], weights: Int[np.ndarray, "n t"]
) -> Image.Image:
    pixels = np.asarray(image)
    summed = np.full((image.height, len(places), 3), 2 ** (FRACTION_BITS - 1), np.int64)
    for place, weight in zip(places.T, weights.T, strict=True):
        summed += pixels[:, place] * weight[:, None]
    return Image.fromarray((summed >> FRACTION_BITS).clip(0, 255).astype(np.uint8))


def _bicubic(distance: np.ndarray) -> np.ndarray:
    """Keys' kernel with a = −0.5, as Pillow has it."""
    x = np.abs(distance)
    near = (1.5 * x - 2.5) * x * x + 1
    far = (((x - 5) * x + 8) * x - 4) * -0.5
    return np.where(x < 1, near, np.where(x < REACH, far, 0.0))
