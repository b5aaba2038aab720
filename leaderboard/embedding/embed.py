"""From pixels and words to tensors: each distinct crop and caption is encoded once and remembered on disk."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import cached_property
from itertools import accumulate, chain, pairwise
from pathlib import Path
from typing import TypeVar, final

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from fg_demo.models.backbone import Encoder
from heads.candidates import Candidates
from heads.pairs import Pairs
from leaderboard.benchmarks.samples import Sample, candidate_table
from leaderboard.embedding.alike import read_alike
from leaderboard.embedding.batches import CropBatches, batches_of, text_batches
from leaderboard.embedding.crops import Crops, Region, Regions
from leaderboard.embedding.engine import Engine, Here, UnreadableImages
from leaderboard.embedding.sharing.claims import claimed
from leaderboard.embedding.sharing.exchange import Shards
from leaderboard.embedding.sharing.parts import (
    ALL,
    MachineShare,
    RegionPart,
    candidate_texts,
    region_of,
    regions_without,
    sample_parts,
    text_parts,
    texts_without,
    whole_parts,
)
from leaderboard.embedding.store import EmbeddingStore, open_store

Work = TypeVar("Work")

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
    several threads. Raises ValueError when there is no sample or an image is missing from `images`, and
    UnreadableImages, once all others are embedded, when some do not open.
    """
    return Embedder(backbone, cache, progress).candidates({"samples": samples}, images)["samples"]


@final
class Embedder:
    """Makes embeddings of samples and captions: each distinct crop and caption is encoded once.

    What an earlier run has encoded is read from `cache` (by default the cache folder). `batch_size` crops are
    encoded at a time, by default as the encoder's device wants them. `regions` says how regions are embedded, by
    default as crops. They are decoded and resized by threads while others are encoded; the embeddings are those of
    one thread, to the last bit. An encoder that is an `Engine` cuts and encodes elsewhere, by the same batches.

    `shards` is where machines share embeddings: what lies there is taken before anything is encoded, and what is asked
    for here is there in the end. Every method then raises the errors of `leaderboard.embedding.sharing.exchange`.
    """

    def __init__(
        self,
        encoder: Encoder,
        cache: Path | None = None,
        progress: Progress | None = None,
        batch_size: int | None = None,
        regions: Regions | None = None,
        shards: Shards | None = None,
    ):
        self.encoder = encoder
        self.regions: Regions = Crops(encoder) if regions is None else regions
        self._engine: Engine = encoder if isinstance(encoder, Engine) else Here(encoder, self.regions)
        self._batches = batches_of(encoder)
        self._cache, self._progress, self._shards = cache, progress, shards
        self._batch_size = self._batches.images if batch_size is None else batch_size

    def candidates(
        self, subsets: Mapping[str, Sequence[Sample]], images: Mapping[str, Image.Image]
    ) -> dict[str, Candidates]:
        """What `embed` gives for each subset, by its name; what several show is decoded and encoded once.

        A negative that the encoder reads as its sample's positive is masked, as padding is: see
        `leaderboard.embedding.alike`.

        Raises ValueError when a subset, which is named, has no sample, otherwise as `embed` does.
        """
        keys = self._encode_regions(sample_parts(subsets, images), images)
        self._encode_texts(text_parts(candidate_texts(subsets)))
        tables = {name: candidate_table(samples) for name, samples in subsets.items()}
        rows = {name: self._text_rows(distinct) for name, (*_, distinct) in tables.items()}
        return {
            name: Candidates(
                image=self._images.rows([keys[region_of(sample)] for sample in subsets[name]]),
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
        every_caption = [text for texts in captions.values() for text in texts]
        counts = torch.tensor([len(texts) for texts in captions.values()])
        keys = self._encode_regions(whole_parts(captions, images), images)
        self._encode_texts(text_parts(every_caption))
        return Pairs(
            image=self._images.rows([keys[image, None] for image in captions]),
            text=self._text_rows(every_caption),
            image_of_text=torch.repeat_interleave(torch.arange(len(counts)), counts),
        )

    def images(self, names: Iterable[str], images: Mapping[str, Image.Image]) -> Float[Tensor, "n d"]:
        """Raw embeddings of whole images by their names; errors as in `embed`."""
        wanted = [*names]
        keys = self._encode_regions(whole_parts(wanted, images), images)
        return self._images.rows([keys[name, None] for name in wanted])

    def texts(self, texts: Sequence[str]) -> Float[Tensor, "n d"]:
        """Raw embeddings of texts."""
        self._encode_texts(text_parts(texts))
        return self._text_rows(texts)

    def fill(
        self,
        subsets: Mapping[str, Sequence[Sample]],
        captions: Mapping[str, Sequence[str]],
        images: Mapping[str, Image.Image],
        share: MachineShare = ALL,
    ) -> None:
        """What `candidates` of the subsets and `pairs` of the captions need is then in the cache, to the same bit as if
        they had encoded it; or that share of it which is this machine's.

        Any number of processes may do the same at the same time: each takes parts that no other has, and what a killed
        one had is done by another. Errors are those of the two, without a sample or a caption none; and those of
        `leaderboard.embedding.sharing.claims`.
        """
        unreadable: dict[str, str] = {}

        def regions(part: Mapping[str, RegionPart]) -> object:
            try:
                return self._encode_regions(part, images)
            except UnreadableImages as error:
                unreadable.update(error.reasons)

        cut_out, whole = sample_parts(subsets, images), whole_parts(captions, images)
        candidates = text_parts(candidate_texts(subsets))
        told = text_parts(text for texts in captions.values() for text in texts)
        # What two kinds of parts have in common is done with the first, as one process would: another share has it.
        whole = regions_without(whole, cut_out)
        told = texts_without(told, {*chain.from_iterable(candidates.values())})
        _, *before = accumulate(map(len, ((), cut_out, candidates, whole)))
        _share(self._images, share.of(cut_out), regions)
        _share(self._texts, share.of(candidates, before[0]), self._encode_texts)
        _share(self._images, share.of(whole, before[1]), regions)
        _share(self._texts, share.of(told, before[2]), self._encode_texts)
        if unreadable:
            raise UnreadableImages(unreadable)

    def open(self) -> None:
        """What other machines have shared is then in the cache, as it is before anything is encoded."""
        _ = self._images, self._texts

    @cached_property
    def _images(self) -> EmbeddingStore:
        return open_store(self.encoder, "image", self._cache, self.regions.rules, self._shards)

    @cached_property
    def _texts(self) -> EmbeddingStore:
        return open_store(self.encoder, "text", self._cache, {}, self._shards)

    def _text_rows(self, texts: Sequence[str]) -> Float[Tensor, "n d"]:
        return self._texts.rows([_text_key(text) for text in texts])

    def _encode_texts(self, parts: Mapping[str, list[str]]) -> None:
        """Then all of them are in the store."""
        missing = [[text for text in part if _text_key(text) not in self._texts] for part in parts.values()]
        total, done = sum(map(len, missing)), 0

        def batches() -> Iterator[dict[bytes, str]]:
            for part in missing:
                ends = accumulate(text_batches([len(text) for text in part], self._batches))
                for start, end in pairwise(chain([0], ends)):
                    yield {_text_key(text): text for text in part[start:end]}

        with closing(self._engine.embed_texts(batches())) as encoded:
            for keys, rows in encoded:
                self._texts.add(keys, rows)
                done += len(keys)
                self._report("captions", done, total)
        self._texts.share(_text_key(text) for part in parts.values() for text in part)

    def _encode_regions(
        self, parts: Mapping[str, RegionPart], images: Mapping[str, Image.Image]
    ) -> dict[Region, bytes]:
        """The regions' keys in the store, which then holds all of them. At most a batch of crops waits at a time,
        beside those of the few images that are decoded ahead. Raises UnreadableImages at the end.
        """
        tasks = [(name, image, boxes) for name, part in parts.items() for image, boxes in part.items()]
        total = sum(len(boxes) for *_, boxes in tasks)

        def report(done: int) -> None:
            self._report("crops", done, total)

        with closing(self._engine.cut(tasks, images, self._images)) as cuts:
            batches = CropBatches(cuts, self._images, self._batch_size, report)
            with closing(self._engine.embed_regions(batches)) as encoded:
                for keys, rows in encoded:
                    self._images.add(keys, rows)
                    batches.encoded(keys)
        self._images.share(batches.keys.values())
        if batches.unreadable:
            raise UnreadableImages(batches.unreadable)
        return batches.keys

    def _report(self, what: str, done: int, total: int) -> None:
        if self._progress:
            self._progress(what, done, total)


def _share(
    store: EmbeddingStore, parts: Mapping[str, Work], encode: Callable[[Mapping[str, Work]], object]
) -> None:
    """Encodes the parts that no other process does; before each, what others have added is taken up."""
    for part in claimed(store.claims, parts):
        store.refresh()
        encode({"": part})


def _text_key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
