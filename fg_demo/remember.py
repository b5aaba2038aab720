"""A backbone that encodes nothing twice while it still remembers it."""

import hashlib
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from threading import Lock
from typing import TypeVar, final

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from fg_demo.backbone import Backbone

Input = TypeVar("Input")


@final
class RememberingBackbone:
    """The same backbone in front of two bounded memories, of the texts and the crops used last.

    Editing one query encodes one string, moving the box one crop, and changing the head nothing. It may be
    used from several threads, which then wait for each other's encoding.
    """

    def __init__(self, backbone: Backbone, texts: int = 2000, images: int = 200):
        self._backbone = backbone
        self._texts = _Memory(texts)
        self._images = _Memory(images)
        self._lock = Lock()
        self.name, self.revision, self.dim = backbone.name, backbone.revision, backbone.dim
        self.logit_scale, self.device = backbone.logit_scale, backbone.device
        self.preview, self.overlong = backbone.preview, backbone.overlong

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
        with self._lock:
            new_images = self._images.missing(zip(digests, images, strict=True))
            new_texts = self._texts.missing(zip(texts, texts, strict=True))
            encoded = (
                self._backbone.encode(list(new_images.values()), list(new_texts.values()))
                if new_images or new_texts
                else ((), ())
            )
            image_rows = self._images.recall(digests, dict(zip(new_images, encoded[0], strict=True)))
            text_rows = self._texts.recall(texts, dict(zip(new_texts, encoded[1], strict=True)))
        return self._stacked(image_rows), self._stacked(text_rows)

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
    return hashlib.sha256(f"{image.mode} {image.size} ".encode() + image.tobytes()).hexdigest()
