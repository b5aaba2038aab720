"""From pixels and words to tensors: each distinct crop and caption is encoded once and remembered on disk."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import torch
from jaxtyping import Float, Int
from PIL import Image
from torch import Tensor

from fg_demo.backbone import Backbone
from fg_demo.boxes import Box, crop, whole
from heads import Candidates, Pairs
from heads.cache import cache_folder
from leaderboard.benchmark import Sample
from leaderboard.store import EmbeddingStore, store_folder

IMAGE_BATCH = 64
TEXT_BATCH = 256

Progress = Callable[[str, int, int], None]
"""Called with what is embedded ("crops", "captions"), how many of them are done, and how many there are."""


def embed(
    samples: Sequence[Sample],
    images: Mapping[str, Image.Image],
    backbone: Backbone,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Candidates:
    """The samples' crops and candidate captions as raw embeddings: row i is sample i, column 0 its positive.

    What another subset or an earlier run has embedded is read from `cache` (by default the cache folder).
    Raises ValueError when there is no sample or an image is missing from `images`.
    """
    if not samples:
        raise ValueError("samples: expected at least one, got none")
    regions = [(sample.image, sample.box) for sample in samples]
    index, mask, captions = _candidate_table(samples)
    return Candidates(
        image=_embed_regions(regions, images, backbone, cache, progress),
        captions=_embed_texts(captions, backbone, cache, progress),
        index=index,
        mask=mask,
    )


def embed_pairs(
    captions: Mapping[str, Sequence[str]],
    images: Mapping[str, Image.Image],
    backbone: Backbone,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Pairs:
    """Whole images and all of their captions as raw embeddings, in the order of `captions`; errors as in
    `embed`.
    """
    if not captions:
        raise ValueError("captions: expected those of at least one image, got none")
    counts = torch.tensor([len(texts) for texts in captions.values()])
    return Pairs(
        image=_embed_regions([(image, None) for image in captions], images, backbone, cache, progress),
        text=_embed_texts([text for texts in captions.values() for text in texts], backbone, cache, progress),
        image_of_text=torch.repeat_interleave(torch.arange(len(counts)), counts),
    )


def _candidate_table(samples: Sequence[Sample]) -> tuple[Int[Tensor, "n k"], Tensor, list[str]]:
    """Rows of the distinct captions beside each sample, where there is one, and the distinct captions."""
    lists = [(sample.positive, *sample.negatives) for sample in samples]
    distinct = list(dict.fromkeys(text for texts in lists for text in texts))
    row_of = {caption: row for row, caption in enumerate(distinct)}
    width = max(map(len, lists))
    index = torch.tensor([[row_of[text] for text in texts] + [0] * (width - len(texts)) for texts in lists])
    lengths = torch.tensor([len(texts) for texts in lists])
    return index, torch.arange(width) < lengths[:, None], distinct


def _embed_texts(
    texts: Sequence[str], backbone: Backbone, cache: Path | None, progress: Progress | None
) -> Float[Tensor, "n d"]:
    store = _open_store(backbone, "text", cache)
    keys = [hashlib.sha256(text.encode()).digest() for text in texts]
    # By length, so that a batch pads its captions to about what they need.
    new = sorted(
        {key: text for key, text in zip(keys, texts, strict=True) if key not in store}.items(), key=_length
    )
    try:
        for start in range(0, len(new), TEXT_BATCH):
            batch = new[start : start + TEXT_BATCH]
            store.add([key for key, _ in batch], backbone.encode_texts([text for _, text in batch]))
            _report(progress, "captions", start + len(batch), len(new))
    finally:
        store.save()
    return store.rows(keys)


def _embed_regions(
    regions: Sequence[tuple[str, Box | None]],
    images: Mapping[str, Image.Image],
    backbone: Backbone,
    cache: Path | None,
    progress: Progress | None,
) -> Float[Tensor, "n d"]:
    """Embeddings of the regions, None meaning the whole image. At most a batch of crops is held at a time."""
    store = _open_store(backbone, "image", cache)
    keys: dict[tuple[str, Box | None], bytes] = {}
    waiting: dict[bytes, Image.Image] = {}
    distinct = len(set(regions))
    try:
        for region, pixels in _crops(regions, images):
            key = keys[region] = _pixel_key(pixels)
            if key not in store:
                waiting[key] = pixels
            if len(waiting) == IMAGE_BATCH:
                _encode_waiting(waiting, backbone, store)
            _report(progress, "crops", len(keys), distinct)
        _encode_waiting(waiting, backbone, store)
    finally:
        store.save()
    return store.rows([keys[region] for region in regions])


def _crops(
    regions: Iterable[tuple[str, Box | None]], images: Mapping[str, Image.Image]
) -> Iterable[tuple[tuple[str, Box | None], Image.Image]]:
    """Each distinct region with its pixels, image by image, so that each image is decoded once."""
    boxes_of: dict[str, dict[Box | None, None]] = {}
    for image_id, box in regions:
        boxes_of.setdefault(image_id, {})[box] = None
    missing = [image_id for image_id in boxes_of if image_id not in images]
    if missing:
        raise ValueError(
            f"images: expected all {len(boxes_of)} that samples name, {len(missing)} missing: {missing[:5]}"
        )
    for image_id, boxes in boxes_of.items():
        image = images[image_id]
        for box in boxes:
            yield (image_id, box), crop(image, box or whole(image))


def _encode_waiting(waiting: dict[bytes, Image.Image], backbone: Backbone, store: EmbeddingStore) -> None:
    if waiting:
        store.add(list(waiting), backbone.encode_images(list(waiting.values())))
        waiting.clear()


def _open_store(backbone: Backbone, kind: str, cache: Path | None) -> EmbeddingStore:
    # An accelerator encodes in half precision: its embeddings are not those of the CPU.
    precision = "full" if backbone.device == "cpu" else "half"
    folder = store_folder(cache or cache_folder(), backbone.name, backbone.revision, precision, kind)
    return EmbeddingStore(folder, backbone.dim)


def _pixel_key(pixels: Image.Image) -> bytes:
    """Digest of what the backbone is given; a change of the crop's rule changes the pixels, so it changes the
    key.
    """
    return hashlib.sha256(
        f"{pixels.mode} {pixels.width}x{pixels.height} ".encode() + pixels.tobytes()
    ).digest()


def _length(item: tuple[bytes, str]) -> int:
    return len(item[1])


def _report(progress: Progress | None, what: str, done: int, total: int) -> None:
    if progress:
        progress(what, done, total)
