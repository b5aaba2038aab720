"""A run's work in parts, each with a name: the same for everybody who has the same to do, so that they can share it.

What is encoded at a time never reaches over the end of a part. So it is the same whoever does which part, and no
embedding depends on how many there were.
"""

import hashlib
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import NamedTuple, TypeVar

from PIL import Image

from fg_demo.boxes import Box
from leaderboard.benchmarks.samples import Sample
from leaderboard.embedding.crops import Region, boxes_by_image

REGIONS, TEXTS = 4096, 32_768
"""About how many regions a part has, and at most how many texts: seconds to minutes of work, and some batches of it."""

RegionPart = dict[str, list[Box | None]]
"""Boxes by the image that they are of."""

Work = TypeVar("Work")


class MachineShare(NamedTuple):
    """The `place`-th of so many machines, counted from 1."""

    place: int
    machines: int

    def of(self, parts: Mapping[str, Work], before: int = 0) -> dict[str, Work]:
        """Those of the parts that are this machine's, after so many others: every one is one machine's, by turns."""
        return dict(islice(parts.items(), (self.place - 1 - before) % self.machines, None, self.machines))


ALL = MachineShare(1, 1)


def read_share(text: str) -> MachineShare:
    """The share that "3/8" names. Raises ValueError for what names none."""
    match = re.fullmatch(r"(\d+)/(\d+)", text, re.ASCII)
    share = MachineShare(*map(int, match.groups())) if match else MachineShare(0, 0)
    if not 1 <= share.place <= share.machines:
        raise ValueError(f"share: expected PLACE/MACHINES from 1/8 to 8/8, for eight machines, got {text!r}")
    return share


def sample_parts(
    subsets: Mapping[str, Sequence[Sample]], images: Mapping[str, Image.Image]
) -> dict[str, RegionPart]:
    """The parts of the samples' regions. Raises ValueError when a subset has no sample, or an image is missing."""
    empty = [name for name, samples in subsets.items() if not samples]
    if empty:
        raise ValueError(f"{', '.join(empty)}: expected at least one sample, got none")
    return region_parts(boxes_by_image(map(region_of, chain.from_iterable(subsets.values())), images))


def whole_parts(names: Iterable[str], images: Mapping[str, Image.Image]) -> dict[str, RegionPart]:
    """The parts of whole images. Raises ValueError when one is missing."""
    return region_parts(boxes_by_image(((name, None) for name in names), images))


def region_of(sample: Sample) -> Region:
    """The region that a sample is of."""
    return sample.image, sample.box


def candidate_texts(subsets: Mapping[str, Sequence[Sample]]) -> Iterator[str]:
    """The samples' captions."""
    for sample in chain.from_iterable(subsets.values()):
        yield from (sample.positive, *sample.negatives)


def region_parts(boxes_of: Mapping[str, Sequence[Box | None]]) -> dict[str, RegionPart]:
    """Whole images, as many as have REGIONS regions together or a few more, by the part's name."""
    parts: list[RegionPart] = []
    count = REGIONS
    for image, boxes in boxes_of.items():
        if count >= REGIONS:
            parts.append({})
            count = 0
        parts[-1][image] = [*boxes]
        count += len(boxes)
    return {_name(part.items()): part for part in parts}


def text_parts(texts: Iterable[str]) -> dict[str, list[str]]:
    """The distinct texts by length, the first given first among those as long, TEXTS at a time, by the part's name."""
    # By length, so that a batch pads its texts to about what they need.
    distinct = sorted(dict.fromkeys(texts), key=len)
    parts = [distinct[start : start + TEXTS] for start in range(0, len(distinct), TEXTS)]
    return {_name(part): part for part in parts}


def regions_without(
    parts: Mapping[str, RegionPart], others: Mapping[str, RegionPart]
) -> dict[str, RegionPart]:
    """The parts, by their names, without the regions of the others."""
    seen = {(image, box) for part in others.values() for image, boxes in part.items() for box in boxes}

    def left(image: str, boxes: Sequence[Box | None]) -> list[Box | None]:
        return [box for box in boxes if (image, box) not in seen]

    return {
        name: {image: some for image, boxes in part.items() if (some := left(image, boxes))}
        for name, part in parts.items()
    }


def texts_without(parts: Mapping[str, list[str]], others: Container[str]) -> dict[str, list[str]]:
    """The parts, by their names, without the texts that are among others."""
    return {name: [text for text in part if text not in others] for name, part in parts.items()}


def _name(content: Iterable[object]) -> str:
    digest = hashlib.sha256()
    for one in content:
        digest.update(f"{one!r}\0".encode())
    return digest.hexdigest()[:32]
