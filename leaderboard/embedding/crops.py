"""Regions of images, cut out and made ready for an encoder."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from fg_demo.boxes import Box, crop, whole
from fg_demo.models.backbone import Encoder, Preprocessor
from leaderboard.embedding.store import EmbeddingStore

PREPROCESSING = "pil"
"""What resizes for every backbone: see `fg_demo.models.backbone`. Another one's embeddings are kept apart."""

CROP_RULE = "floor-ceil-clip of the exact edges, context 1"
"""See `fg_demo.boxes.crop_pixels`. Crops of another rule are kept apart."""

Region = tuple[str, Box | None]
"""An image's id and a box of it, None for the whole image."""

Ready = Image.Image | Float[Tensor, "c h w"]
"""A crop as the encoder takes it: its pixels, or what the model gets of them, where that can be made apart."""

Cut = tuple[Region, bytes, Ready | None]
"""A region, its key in the store, and what is to be encoded when the store lacks it."""


def boxes_by_image(
    regions: Iterable[Region], images: Mapping[str, Image.Image]
) -> dict[str, list[Box | None]]:
    """The distinct boxes of each image, so that it is decoded once. Raises ValueError naming images that are
    missing.
    """
    boxes_of: dict[str, dict[Box | None, None]] = {}
    for image_id, box in regions:
        boxes_of.setdefault(image_id, {})[box] = None
    missing = [image_id for image_id in boxes_of if image_id not in images]
    if missing:
        raise ValueError(
            f"images: expected all {len(boxes_of)} that samples name, {len(missing)} missing: {missing[:5]}"
        )
    return {image_id: list(boxes) for image_id, boxes in boxes_of.items()}


def cut_crops(
    task: tuple[str, list[Box | None]],
    images: Mapping[str, Image.Image],
    store: EmbeddingStore,
    encoder: Encoder,
) -> list[Cut]:
    """The regions of one image, ready for the encoder; it runs in a decoding thread."""
    image_id, boxes = task
    image = images[image_id]
    cuts: list[Cut] = []
    for box in boxes:
        pixels = crop(image, box or whole(image))
        key = _pixel_key(pixels)
        cuts.append(((image_id, box), key, None if key in store else _ready(encoder, pixels)))
    return cuts


def _ready(encoder: Encoder, pixels: Image.Image) -> Ready:
    return encoder.preprocess(pixels) if isinstance(encoder, Preprocessor) else pixels


def encoded(encoder: Encoder, crops: Sequence[Any]) -> Float[Tensor, "n d"]:
    """The embeddings of crops that `_ready` gave."""
    return (
        encoder.encode_pixels(torch.stack(list(crops)))
        if isinstance(encoder, Preprocessor)
        else (encoder.encode_images(crops))
    )


def _pixel_key(pixels: Image.Image) -> bytes:
    """Digest of what the backbone is given."""
    return hashlib.sha256(
        f"{pixels.mode} {pixels.width}x{pixels.height} ".encode() + pixels.tobytes()
    ).digest()
