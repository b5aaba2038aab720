"""A backbone that encodes nothing twice while it still remembers it."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import final

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from fg_demo.backbone import Backbone


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
        self.name, self.revision, self.dim = backbone.name, backbone.revision, backbone.dim
        self.logit_scale, self.device = backbone.logit_scale, backbone.device
        self.preview, self.overlong = backbone.preview, backbone.overlong

    def encode_images(self, images: Sequence[Image.Image]) -> Float[Tensor, "n d"]:
        """One embedding an image; images with the same pixels share one."""
        digests = [_digest(image) for image in images]
        by_digest = dict(zip(digests, images, strict=True))
        rows = self._images.fetch(digests, by_digest, self._backbone.encode_images)
        return torch.stack(rows) if rows else torch.zeros(0, self.dim)

    def encode_texts(self, texts: Sequence[str]) -> Float[Tensor, "n d"]:
        """One embedding a text."""
        rows = self._texts.fetch(texts, {text: text for text in texts}, self._backbone.encode_texts)
        return torch.stack(rows) if rows else torch.zeros(0, self.dim)


class _Memory:
    """The embeddings used last, at most `size` of them; the one unused for longest goes first."""

    def __init__(self, size: int):
        self._size = size
        self._known: OrderedDict[Hashable, Tensor] = OrderedDict()
        self._lock = Lock()

    def fetch(self, keys: Sequence, inputs: dict, encode: Callable[[list], Tensor]) -> list[Tensor]:
        """Embedding of each key, in order; `encode` sees only the inputs whose key is not remembered."""
        with self._lock:
            missing = [key for key in inputs if key not in self._known]
            if missing:
                new = encode([inputs[key] for key in missing])
                self._known.update(zip(missing, new, strict=True))
            found = [self._known[key] for key in keys]
            for key in keys:
                self._known.move_to_end(key)
            while len(self._known) > self._size:
                self._known.popitem(last=False)
            return found


def _digest(image: Image.Image) -> str:
    return hashlib.sha256(f"{image.mode} {image.size} ".encode() + image.tobytes()).hexdigest()
