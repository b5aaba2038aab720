"""A backbone that encodes nothing twice while it still remembers it."""

import hashlib
from collections import OrderedDict, deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar, final

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from fg_demo.models.backbone import Backbone

Input = TypeVar("Input")
BAND = 256
"""Rows of pixels that are hashed at a time."""


@dataclass(eq=False)
class _Asked:
    """What one caller asks for, and once it is encoded the embeddings by key."""

    images: dict[str, Image.Image]
    texts: list[str]
    found: tuple[dict[str, Tensor], dict[str, Tensor]] | None = None


@final
class CachedBackbone:
    """The same backbone in front of two bounded memories, of the texts and the crops used last.

    Editing one query encodes one string, moving the box one crop, and changing the head nothing. It may be
    used from several threads: what they ask for while another is encoded is encoded together after it, which
    takes little longer than one.
    """

    def __init__(self, backbone: Backbone, texts: int = 2000, images: int = 1000):
        self._backbone = backbone
        self._texts = _Memory(texts)
        self._images = _Memory(images)
        self._lock = Lock()
        self._waiting: deque[_Asked] = deque()
        self.name, self.revision, self.dim = backbone.name, backbone.revision, backbone.dim
        self.logit_scale = backbone.logit_scale
        self.device, self.precision = backbone.device, backbone.precision
        self.preview, self.overlong = backbone.preview, backbone.overlong
        self.encode_patches = backbone.encode_patches

    def encode_images(self, images: Sequence[Image.Image]) -> Float[Tensor, "n d"]:
        """One embedding an image; images with the same pixels share one."""
        return self.encode(images, [])[0]

    def encode_texts(self, texts: Sequence[str]) -> Float[Tensor, "n d"]:
        """One embedding a text."""
        return self.encode([], texts)[1]

    def encode(
        self, images: Sequence[Image.Image], texts: Sequence[str]
    ) -> tuple[Float[Tensor, "n d"], Float[Tensor, "m d"]]:
        """Both at once; what is new of the two is encoded in one call."""
        digests = [_digest(image) for image in images]
        asked = _Asked(dict(zip(digests, images, strict=True)), list(texts))
        self._waiting.append(asked)
        with self._lock:
            try:
                if asked.found is None:  # else somebody encoded it along with theirs
                    self._encode_for(list(self._waiting))
            finally:
                self._waiting.remove(asked)
        image_rows, text_rows = asked.found or ({}, {})
        return self._stacked([image_rows[key] for key in digests]), self._stacked(
            [text_rows[text] for text in texts]
        )

    def _encode_for(self, waiting: Sequence[_Asked]) -> None:
        """Encode what all of them ask for, in one call."""
        waiting = [one for one in waiting if one.found is None]
        images = {key: image for one in waiting for key, image in one.images.items()}
        texts = {text: text for one in waiting for text in one.texts}
        new_images, new_texts = self._images.missing(images.items()), self._texts.missing(texts.items())
        encoded = (
            self._backbone.encode(list(new_images.values()), list(new_texts.values()))
            if new_images or new_texts
            else ((), ())
        )
        image_rows = self._images.recall(list(images), dict(zip(new_images, encoded[0], strict=True)))
        text_rows = self._texts.recall(list(texts), dict(zip(new_texts, encoded[1], strict=True)))
        found = dict(zip(images, image_rows, strict=True)), dict(zip(texts, text_rows, strict=True))
        for one in waiting:
            one.found = found

    def _stacked(self, rows: list[Tensor]) -> Float[Tensor, "n d"]:
        return torch.stack(rows) if rows else torch.zeros(0, self.dim)


class _Memory:
    """The embeddings used last, at most `size` of them; the one unused for longest goes first."""

    def __init__(self, size: int):
        self._size = size
        self._known: OrderedDict[Hashable, Tensor] = OrderedDict()

    def missing(self, inputs: Iterable[tuple[Hashable, Input]]) -> dict[Hashable, Input]:
        """Key → input of those whose embedding is not remembered."""
        return {key: value for key, value in inputs if key not in self._known}

    def recall(self, keys: Sequence[Hashable], new: Mapping[Hashable, Tensor]) -> list[Tensor]:
        """Embedding of each key, in order; those in `new` are remembered from now on."""
        self._known.update(new)
        found = [self._known[key] for key in keys]
        for key in keys:
            self._known.move_to_end(key)
        while len(self._known) > self._size:
            self._known.popitem(last=False)
        return found


def _digest(image: Image.Image) -> str:
    digest = hashlib.sha256(f"{image.mode} {image.size} ".encode())
    for top in range(0, image.height, BAND):  # not all at once: a crop may be of many megapixels
        digest.update(image.crop((0, top, image.width, min(top + BAND, image.height))).tobytes())
    return digest.hexdigest()
