"""How much the real data are: counts and bytes from outside, for a plan before anything is fetched."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

COCO_IMAGE = 163_000
"""Bytes of a COCO image on average: train2017.zip, 19.3 GB, holds 118,287 of them (cocodataset.org/#download)."""
NUMBER = 4
"""Bytes of a number of an embedding, in single precision."""
KEY = 32
"""Bytes that the cache keeps beside each embedding: the digest of what was embedded."""


class Amount(NamedTuple):
    """What a split of a benchmark holds at most: images to fetch, crops and captions to encode, and the bytes of its
    annotation files.
    """

    images: int = 0
    crops: int = 0
    captions: int = 0
    files: int = 0

    def plus(self, other: "Amount") -> "Amount":
        """Both together."""
        return Amount(*(one + another for one, another in zip(self, other, strict=True)))


FETCHED: dict[tuple[str, str], Amount] = {
    # The whole of FG-OVD's training sets: about 175,000 boxes (ObjEmbed, arXiv 2602.01753, table 2) with 11 captions
    # each, on images of COCO; no more images than train2017 has. Hard alone is less.
    ("fg-ovd", "train"): Amount(118_287, 175_000, 1_925_000, 400_000_000),
    # Counted in the authors' files: 953 images, 3,545 boxes in Hard, and all eight subsets' captions at most.
    ("fg-ovd", "test"): Amount(953, 3_545, 110_000, 30_000_000),
    ("fg-ovd", "validation"): Amount(680, 2_000, 40_000, 12_000_000),
    # The Karpathy split: 113,287 / 5,000 / 5,000 images; parquet files of 17.0, 6.3 and twice 1.07 MB.
    ("coco-karpathy", "train"): Amount(113_287, 113_287, 566_747, 23_300_000),
    ("coco-karpathy", "validation"): Amount(5_000, 5_000, 25_010, 1_070_000),
    ("coco-karpathy", "test"): Amount(5_000, 5_000, 25_010, 1_070_000),
}
"""Benchmark and split → what it holds. Those that ship or are drawn here hold nothing to fetch."""


@dataclass(frozen=True)
class Need:
    """Bytes that come over the network, and that the disk has to hold in the end."""

    fetched: int
    kept: int


def amount_of(parts: Iterable[tuple[str, str]]) -> Amount:
    """All of the splits together, of which those that are not known count nothing."""
    total = Amount()
    for part in parts:
        total = total.plus(FETCHED.get(part, Amount()))
    return total


def need_of(amount: Amount, dim: int, weights: int) -> Need:
    """What `amount` and a backbone whose files have `weights` bytes need. Embeddings are kept twice: in the cache,
    each once, and in the files that training reads.
    """
    fetched = amount.images * COCO_IMAGE + amount.files + weights
    rows = amount.crops + amount.captions
    return Need(fetched, fetched + rows * (2 * NUMBER * dim + KEY))


def shown_bytes(count: int) -> str:
    """The bytes in the unit that gives few digits: 19.3 GB."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count:.0f} B"
