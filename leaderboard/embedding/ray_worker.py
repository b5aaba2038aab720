"""What runs in each of Ray's workers: a backbone, and the code that cuts and encodes in one process too."""

from collections.abc import Collection, Mapping, Sequence
from threading import Lock
from typing import Any, NamedTuple, final

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from fg_demo.models.backbone import TokenizedTexts, text_tower_of
from fg_demo.models.clip import TransformersBackbone, load_backbone
from leaderboard.embedding.crops import Crops, Ready, Region
from leaderboard.embedding.engine import Task, Unreadable, cut_image

Given = tuple[Mapping[str, Image.Image], Collection[bytes]]
"""The images that blocks are of, and the keys that are known already."""

Placed = tuple[Region, bytes, int | None]
"""A region, its key, and where it stands in the list of what is ready; None when its key is known already."""


class Described(NamedTuple):
    """What an encoder is known by."""

    name: str
    revision: str
    dim: int
    device: str
    precision: str
    text_tower: tuple[str, str]


@final
class RayWorker:
    """Cuts blocks in some threads, tokenizes in another and encodes in a third, with a backbone that it loads when it is
    first asked.

    It keeps nothing that a call does not bring along: one that was killed and begun again goes on where it was.
    """

    def __init__(self, backbone: str, device: str, precision: str, threads: int):
        self._backbone, self._device, self._precision = backbone, device, precision
        self._threads = threads
        self._loading = Lock()
        self._loaded: TransformersBackbone | None = None
        self._given: tuple[Any, Given] | None = None

    def describe(self) -> Described:
        """What its backbone is known by. Raises what `load_backbone` raises."""
        encoder = self._encoder()
        known = (encoder.name, encoder.revision, encoder.dim, encoder.device, encoder.precision)
        return Described(*known, text_tower_of(encoder))

    def cut(
        self, block: Sequence[Task], given: Sequence[Any]
    ) -> tuple[list[tuple[str, list[Placed] | Unreadable]], list[Ready]]:
        """The regions of each task with its part, and what is ready to be encoded of them. `given` holds the reference to
        a `Given`, in a list, or Ray would fetch and unpack it for every block.
        """
        images, known = self._what_is(given[0])
        crops, ready = Crops(self._encoder()), []
        found: list[tuple[str, list[Placed] | Unreadable]] = []
        for part, image_id, boxes in block:
            cut = cut_image(crops, images, image_id, boxes, known)
            if not isinstance(cut, Unreadable):
                cut = [(region, key, _put(pixels, ready)) for region, key, pixels in cut]
            found.append((part, cut))
        return found, ready

    def encode_regions(
        self, places: Sequence[tuple[int, int]], *blocks: Sequence[Ready]
    ) -> Float[Tensor, "n d"]:
        """The embeddings of what is ready: which block it is in, and where there."""
        self._set_threads()
        return Crops(self._encoder()).encode([blocks[block][place] for block, place in places])

    def tokenize(self, texts: Sequence[str]) -> TokenizedTexts:
        """What the backbone gets of the texts."""
        return self._encoder().tokenize(texts)

    def encode_tokens(self, tokens: TokenizedTexts) -> Float[Tensor, "n d"]:
        """The embeddings of the texts that `tokenize` was given."""
        self._set_threads()
        return self._encoder().encode_tokens(tokens)

    def encode_texts(self, texts: Sequence[str]) -> Float[Tensor, "n d"]:
        """The embeddings of the texts."""
        self._set_threads()
        return self._encoder().encode_texts(texts)

    def encode_images(self, images: Sequence[Image.Image]) -> Float[Tensor, "n d"]:
        """The embeddings of the images."""
        self._set_threads()
        return self._encoder().encode_images(images)

    def _set_threads(self) -> None:
        """As many as the program has that asks: how many they are decides the last bits of an embedding. Told in the
        thread that encodes, since OpenMP keeps the number by thread.
        """
        torch.set_num_threads(self._threads)

    def _encoder(self) -> TransformersBackbone:
        with self._loading:
            if self._loaded is None:
                self._loaded = load_backbone(self._backbone, device=self._device, precision=self._precision)
            return self._loaded

    def _what_is(self, reference: Any) -> Given:
        import ray

        held = self._given
        if held is None or held[0] != reference:
            held = self._given = reference, ray.get(reference)
        return held[1]


def _put(pixels: Ready | None, ready: list[Ready]) -> int | None:
    if pixels is None:
        return None
    ready.append(pixels)
    return len(ready) - 1
