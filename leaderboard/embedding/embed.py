"""From pixels and words to tensors: each distinct crop and caption is encoded once and remembered on disk."""

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import final

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from fg_demo.boxes import Box
from fg_demo.models.backbone import Encoder
from heads.candidates import Candidates
from heads.io.cache import cache_folder
from heads.pairs import Pairs
from leaderboard.benchmarks.samples import Sample, candidate_table
from leaderboard.embedding.alike import read_alike
from leaderboard.embedding.batches import batches_of, text_batches
from leaderboard.embedding.crops import Crops, Cut, Ready, Region, Regions, boxes_by_image
from leaderboard.embedding.prefetch import prefetch_map
from leaderboard.embedding.store import EmbeddingStore, store_folder

DECODERS = min(16, os.cpu_count() or 1)
"""Threads that decode images, cut and resize; Pillow, Arrow and numpy let others run meanwhile."""

Progress = Callable[[str, int, int], None]
"""Called with what is embedded ("crops", "captions"), how many of them are done, and how many there are."""


def embed(
    samples: Sequence[Sample],
    images: Mapping[str, Image.Image],
    backbone: Encoder,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Candidates:
    """The samples' crops and candidate captions as raw embeddings: row i is sample i, column 0 its positive.

    What an earlier run has embedded is read from `cache` (by default the cache folder). `images` is asked by
    several threads. Raises ValueError when there is no sample or an image is missing from `images`.
    """
    return Embedder(backbone, cache, progress).candidates({"samples": samples}, images)["samples"]


@final
class Embedder:
    """Makes embeddings of samples and captions: each distinct crop and caption is encoded once.

    What an earlier run has encoded is read from `cache` (by default the cache folder). `batch_size` crops are
    encoded at a time, by default as the encoder's device wants them. `regions` says how regions are embedded, by
    default as crops. They are decoded and resized by threads while
    others are encoded; the embeddings are those of one thread, to the last bit. What encodes elsewhere (several
    GPUs, a cluster) offers the same two methods.
    """

    def __init__(
        self,
        encoder: Encoder,
        cache: Path | None = None,
        progress: Progress | None = None,
        batch_size: int | None = None,
        regions: Regions | None = None,
    ):
        self.encoder = encoder
        self.regions: Regions = Crops(encoder) if regions is None else regions
        self._batches = batches_of(encoder)
        self._cache, self._progress = cache, progress
        self._batch_size = self._batches.images if batch_size is None else batch_size

    def candidates(
        self, subsets: Mapping[str, Sequence[Sample]], images: Mapping[str, Image.Image]
    ) -> dict[str, Candidates]:
        """What `embed` gives for each subset, by its name; what several show is decoded and encoded once.

        A negative that the encoder reads as its sample's positive is masked, as padding is: see
        `leaderboard.embedding.alike`.

        Raises ValueError when a subset, which is named, has no sample, or an image is missing from `images`.
        """
        empty = [name for name, samples in subsets.items() if not samples]
        if empty:
            raise ValueError(f"{', '.join(empty)}: expected at least one sample, got none")
        keys = self._encode_regions(map(_region, chain.from_iterable(subsets.values())), images)
        tables = {name: candidate_table(samples) for name, samples in subsets.items()}
        self._encode_texts(text for *_, distinct in tables.values() for text in distinct)
        rows = {name: self._text_rows(distinct) for name, (*_, distinct) in tables.items()}
        return {
            name: Candidates(
                image=self._images.rows([keys[_region(sample)] for sample in subsets[name]]),
                captions=rows[name],
                index=index,
                mask=mask & ~read_alike(rows[name], index),
            )
            for name, (index, mask, _) in tables.items()
        }

    def pairs(self, captions: Mapping[str, Sequence[str]], images: Mapping[str, Image.Image]) -> Pairs:
        """Whole images and all of their captions as raw embeddings, in the order of `captions`; errors as in
        `embed`.
        """
        if not captions:
            raise ValueError("captions: expected those of at least one image, got none")
        regions: list[Region] = [(image, None) for image in captions]
        every_caption = [text for texts in captions.values() for text in texts]
        counts = torch.tensor([len(texts) for texts in captions.values()])
        keys = self._encode_regions(regions, images)
        self._encode_texts(every_caption)
        return Pairs(
            image=self._images.rows([keys[region] for region in regions]),
            text=self._text_rows(every_caption),
            image_of_text=torch.repeat_interleave(torch.arange(len(counts)), counts),
        )

    def images(self, names: Iterable[str], images: Mapping[str, Image.Image]) -> Float[Tensor, "n d"]:
        """Raw embeddings of whole images by their names; errors as in `embed`."""
        regions: list[Region] = [(name, None) for name in names]
        keys = self._encode_regions(regions, images)
        return self._images.rows([keys[region] for region in regions])

    def texts(self, texts: Sequence[str]) -> Float[Tensor, "n d"]:
        """Raw embeddings of texts."""
        self._encode_texts(texts)
        return self._text_rows(texts)

    @cached_property
    def _images(self) -> EmbeddingStore:
        return _open_store(self.encoder, "image", self._cache, self.regions.rules)

    @cached_property
    def _texts(self) -> EmbeddingStore:
        return _open_store(self.encoder, "text", self._cache, {})

    def _text_rows(self, texts: Sequence[str]) -> Float[Tensor, "n d"]:
        return self._texts.rows([_text_key(text) for text in texts])

    def _encode_texts(self, texts: Iterable[str]) -> None:
        """Then all of them are in the store."""
        keyed = {_text_key(text): text for text in texts}
        # By length, so that a batch pads its captions to about what they need.
        new = sorted((key for key in keyed if key not in self._texts), key=lambda key: len(keyed[key]))
        done = 0
        for count in text_batches([len(keyed[key]) for key in new], self._batches):
            batch = new[done : done + count]
            self._texts.add(batch, self.encoder.encode_texts([keyed[key] for key in batch]))
            done += count
            self._report("captions", done, len(new))

    def _encode_regions(
        self, regions: Iterable[Region], images: Mapping[str, Image.Image]
    ) -> dict[Region, bytes]:
        """The regions' keys in the store, which then holds all of them. At most a batch of crops waits at a time,
        beside those of the few images that are decoded ahead.
        """
        boxes_of = boxes_by_image(regions, images)
        total = sum(map(len, boxes_of.values()))
        keys: dict[Region, bytes] = {}
        waiting: dict[bytes, Ready] = {}

        def cut(task: tuple[str, list[Box | None]]) -> list[Cut]:
            image_id, boxes = task
            return self.regions.cut(image_id, images[image_id], boxes, self._images)

        with closing(prefetch_map(cut, boxes_of.items(), DECODERS, ahead=2 * DECODERS)) as decoded:
            for region, key, pixels in chain.from_iterable(decoded):
                keys[region] = key
                if pixels is not None and key not in self._images:
                    waiting[key] = pixels
                if len(waiting) == self._batch_size:
                    self._encode_waiting(waiting)
                self._report("crops", len(keys) - len(waiting), total)
        self._encode_waiting(waiting)
        self._report("crops", total, total)
        return keys

    def _encode_waiting(self, waiting: dict[bytes, Ready]) -> None:
        if waiting:
            self._images.add(list(waiting), self.regions.encode(list(waiting.values())))
            waiting.clear()

    def _report(self, what: str, done: int, total: int) -> None:
        if self._progress:
            self._progress(what, done, total)


def _open_store(encoder: Encoder, kind: str, cache: Path | None, rules: Mapping[str, str]) -> EmbeddingStore:
    identity = {
        "backbone": encoder.name,
        "backbone_revision": encoder.revision,
        # An accelerator encodes in half precision: its embeddings are not those of the CPU.
        "precision": "full" if encoder.device == "cpu" else "half",
        **rules,
    }
    name, *decides = identity.values()
    folder = store_folder(cache or cache_folder(), name, kind, *decides)
    return EmbeddingStore(folder, encoder.dim, identity)


def _region(sample: Sample) -> Region:
    return sample.image, sample.box


def _text_key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
