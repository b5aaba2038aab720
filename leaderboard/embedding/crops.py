"""Regions of images made ready for an encoder: cut out, or pooled from the features of the whole image."""

import hashlib
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, final, runtime_checkable

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from fg_demo.boxes import Box, crop, whole
from fg_demo.models.backbone import Encoder, ModelInputs, Preprocessor, RegionEncoder, is_compiled
from leaderboard.benchmarks.protocol import ROI_ALIGN
from leaderboard.benchmarks.protocol import Protocol as HowMeasured

PREPROCESSING = "pil"
"""What resizes for every backbone: see `fg_demo.models.backbone`. Another one's embeddings are kept apart."""

CROP_RULE = "floor-ceil-clip of the exact edges, context 1"
"""See `fg_demo.boxes.crop_pixels`. Crops of another rule are kept apart."""

COMPILED = "image tower"
"""What `torch.compile` has translated, where it has: such embeddings are kept apart."""

Region = tuple[str, Box | None]
"""An image's id and a box of it, None for the whole image."""

Ready = Any
"""A region as `Regions.encode` takes it."""

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


@runtime_checkable
class Regions(Protocol):
    """How regions of images become embeddings; `rules` are what these depend on beside the encoder."""

    rules: Mapping[str, str]

    def protocol(self, of: HowMeasured) -> HowMeasured:
        """How heads are measured by these embeddings, where they are by `of` with crops."""
        ...

    def cut(
        self, image_id: str, image: Image.Image, boxes: Sequence[Box | None], known: Container[bytes]
    ) -> list[Cut]:
        """The regions of one image, ready for `encode` where their key is not known; it runs in a decoding thread."""
        ...

    def encode(self, ready: Sequence[Ready]) -> Float[Tensor, "n d"]:
        """The embeddings of what `cut` made ready."""
        ...


@final
class Crops:
    """Regions cut out of the image and encoded as images of their own."""

    def __init__(self, encoder: Encoder):
        self._encoder = encoder
        self.rules: Mapping[str, str] = {
            "preprocessing": PREPROCESSING,
            "crop_rule": CROP_RULE,
            **({"compiled": COMPILED} if is_compiled(encoder) else {}),
        }

    def protocol(self, of: HowMeasured) -> HowMeasured:
        """The same."""
        return of

    def cut(
        self, image_id: str, image: Image.Image, boxes: Sequence[Box | None], known: Container[bytes]
    ) -> list[Cut]:
        """See `Regions.cut`."""
        cuts: list[Cut] = []
        for box in boxes:
            pixels = crop(image, box or whole(image))
            key = _key(pixels)
            cuts.append(((image_id, box), key, None if key in known else self._ready(pixels)))
        return cuts

    def _ready(self, pixels: Image.Image) -> ModelInputs | Image.Image:
        encoder = self._encoder
        return encoder.preprocess(pixels) if isinstance(encoder, Preprocessor) else pixels

    def encode(self, ready: Sequence[Ready]) -> Float[Tensor, "n d"]:
        """See `Regions.encode`."""
        encoder = self._encoder
        return (
            encoder.encode_inputs(ready)
            if isinstance(encoder, Preprocessor)
            else encoder.encode_images(ready)
        )


@final
class PooledRegions:
    """Regions pooled from the patch features of the whole image: see `fg_demo.models.dense`.

    Raises ValueError when the encoder gives none.
    """

    def __init__(self, encoder: Encoder):
        if not isinstance(encoder, RegionEncoder):
            raise ValueError(f"backbone: expected one with patch features, got {encoder.name}")
        self._encoder = encoder
        self.rules: Mapping[str, str] = {"preprocessing": PREPROCESSING, "pooling": ROI_ALIGN}

    def protocol(self, of: HowMeasured) -> HowMeasured:
        """By pooled regions; retrieval is of whole images, which stay as they are. Raises ValueError for a benchmark
        that has no boxes.
        """
        if of.ranking is None or of.ranking.crop is None:
            raise ValueError(
                "benchmark: expected one with boxes, which patch features are pooled over, got one without"
            )
        return replace(of, ranking=replace(of.ranking, crop=None, pooling=ROI_ALIGN), retrieval=None)

    def cut(
        self, image_id: str, image: Image.Image, boxes: Sequence[Box | None], known: Container[bytes]
    ) -> list[Cut]:
        """See `Regions.cut`: what the model gets of the image is made once."""
        digest = _key(image)
        places = [_in_shares(box or whole(image), image) for box in boxes]
        keys = [hashlib.sha256(digest + repr(place).encode()).digest() for place in places]
        missing = [key not in known for key in keys]
        inputs = self._encoder.preprocess_whole(image) if any(missing) else None
        return [
            ((image_id, box), key, (inputs, place) if absent else None)
            for box, key, place, absent in zip(boxes, keys, places, missing, strict=True)
        ]

    def encode(self, ready: Sequence[Ready]) -> Float[Tensor, "n d"]:
        """See `Regions.encode`: each image once."""
        of_image: dict[int, tuple[ModelInputs, list[int]]] = {}
        for number, (inputs, _) in enumerate(ready):
            of_image.setdefault(id(inputs), (inputs, []))[1].append(number)
        found = torch.zeros(len(ready), self._encoder.dim)
        for inputs, numbers in of_image.values():
            boxes = torch.tensor([ready[number][1] for number in numbers])
            found[numbers] = self._encoder.encode_regions(inputs, boxes)
        return found


def _in_shares(box: Box, image: Image.Image) -> tuple[float, float, float, float]:
    width, height = image.size
    return box.left / width, box.top / height, box.right / width, box.bottom / height


def _key(pixels: Image.Image) -> bytes:
    """Digest of what the backbone is given."""
    return hashlib.sha256(
        f"{pixels.mode} {pixels.width}x{pixels.height} ".encode() + pixels.tobytes()
    ).digest()
