"""How much is encoded at a time: images by count, texts by how much they are together."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fg_demo.models.backbone import Encoder

IMAGE_BATCH = 32
TEXT_BATCH = 128


class Batches(NamedTuple):
    """What is encoded at a time: so many images, and of texts at most so many, as long as they are together at most so
    many characters when all are padded to the longest.
    """

    images: int
    texts: int
    characters: int


BATCHES = {"cpu": Batches(IMAGE_BATCH, TEXT_BATCH, 24_576), "cuda": Batches(256, 2048, 262_144)}
"""By device: an accelerator wants more at a time; long captions on either are fewer at a time."""


def batches_of(encoder: Encoder) -> Batches:
    """What the encoder's device takes at a time."""
    return BATCHES.get(encoder.device, BATCHES["cpu"])


def text_batches(lengths: Sequence[int], batches: Batches) -> Iterator[int]:
    """How many texts each batch has, of texts of these lengths in ascending order: as many as the budget holds."""
    start = 0
    while start < len(lengths):
        count = 1
        while (
            start + count < len(lengths)
            and count < batches.texts
            and (count + 1) * lengths[start + count] <= batches.characters
        ):
            count += 1
        yield count
        start += count
