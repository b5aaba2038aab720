"""Benchmarks of the form image, box, one positive, some negatives: a split of one, opened once and read once.

A benchmark is a row of the catalogue, a CSV file of one's own, a local folder or a Hub dataset repo. Its annotation
files may also be given: a folder of the benchmark's name in a folder `data`, or in the one that FG_DATA names.
"""

import logging
from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from leaderboard.benchmarks.catalogue import BENCHMARKS, Benchmark, Subset
from leaderboard.benchmarks.lookup import find_benchmark
from leaderboard.benchmarks.protocol import Protocol
from leaderboard.benchmarks.readers.hub_reader import HubReader
from leaderboard.benchmarks.readers.reader import Reader
from leaderboard.benchmarks.readers.rebuilt import build_missing
from leaderboard.benchmarks.readers.source import Folders, given_folders, lies_here, open_reader
from leaderboard.benchmarks.samples import Sample, to_samples
from leaderboard.benchmarks.usual_protocol import protocol

logger = logging.getLogger(__name__)


class Samples(NamedTuple):
    """A subset's samples in the benchmark's order, and what is odd about its rows and was done about it: reason to
    count, only what occurs.
    """

    samples: list[Sample]
    oddities: dict[str, int]


@dataclass(frozen=True)
class BenchmarkSplit:
    """One split of a benchmark; made by `open_split`. Each part is read when it is first asked for, and kept.

    `name` is what the benchmark was called by, `commit` the revision of a Hub repo that was asked for, `chosen` the
    subsets to measure, None for all. Every member raises as `load_benchmark` does.
    """

    name: str
    benchmark: Benchmark
    split: str
    commit: str | None
    folders: Folders
    chosen: tuple[str, ...] | None = None
    _read: dict[str, Samples] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def reader(self) -> Reader:
        """The source's rows as they are."""
        return open_reader(self.benchmark, self.split, self.commit, self.folders)

    @cached_property
    def revision(self) -> str:
        """What the rows are: a Hub repo's commit, or the first 12 hex digits of a digest of the files."""
        return self.reader.revision()

    @cached_property
    def known(self) -> dict[str, Subset]:
        """The subsets there are, by name, in the leaderboard's order; of captions alone none."""
        there = set(self.reader.configs())
        return {name: subset for name, subset in self.benchmark.subsets.items() if subset.config in there}

    @property
    def subsets(self) -> list[str]:
        """The names of the subsets to measure. Raises ValueError when one is unknown or there is none."""
        wrong = sorted(set(self.chosen or ()) - set(self.known))
        if wrong or (self.benchmark.subsets and not self.known):
            raise ValueError(
                f"subsets: expected some of {list(self.known)}, those of {self.name}, got {wrong}"
            )
        return list(self.known if self.chosen is None else self.chosen)

    @property
    def protocol(self) -> Protocol:
        """How heads are measured on it, whichever of its subsets are."""
        return protocol(self.benchmark, list(self.known.values()))

    def samples(self, subset: str, streaming: bool = False) -> Samples:
        """What `load_benchmark` gives of the subset, and what is odd about its rows."""
        if subset not in self.benchmark.subsets:
            raise ValueError(f"subset: expected one of {list(self.benchmark.subsets)}, got {subset!r}")
        if subset not in self._read:
            chosen = self.benchmark.subsets[subset]
            read = self._read[subset] = Samples(
                *to_samples(self.reader.annotations(chosen, streaming), chosen)
            )
            if read.oddities:
                found = "; ".join(f"{count:,} {reason}" for reason, count in read.oddities.items())
                logger.warning("%s %s: %s", self.name, subset, found)
        return self._read[subset]

    def samples_by_subset(self) -> dict[str, list[Sample]]:
        """The samples of each of the subsets to measure."""
        return {name: self.samples(name).samples for name in self.subsets}

    @cached_property
    def images(self) -> Mapping[str, Image.Image]:
        """The images by id, those of the captions included, decoded on access."""
        images, lender = self.reader.images(), self._caption_lender
        return ChainMap(images, lender.images) if lender else images  # pyright: ignore[reportArgumentType]

    @cached_property
    def captions(self) -> dict[str, tuple[str, ...]]:
        """The captions of each image that has some, by image id."""
        lender = self._caption_lender
        found = lender.captions if lender else self.reader.captions()
        return {image: texts for image, texts in found.items() if texts}

    @cached_property
    def _caption_lender(self) -> "BenchmarkSplit | None":
        """The split whose captions this one borrows, None when it borrows none.

        With annotation files given, captions are expected beside them, and their absence is said.
        """
        name = self.benchmark.captions
        if name is None:
            return None
        if self.folders.of(self.benchmark) and not self.folders.of(BENCHMARKS[name]):
            words = "%s: coarse retrieval is left out: no folder %s in %s"
            logger.warning(words, self.benchmark.name, name, self.folders.data)
            return None
        return BenchmarkSplit(name, find_benchmark(name), self.split, None, self.folders)

    @property
    def is_here(self) -> bool:
        """Whether all rows can be read without asking the network, and are built."""
        return lies_here(self.benchmark, self.split, self.folders)

    @property
    def captions_are_here(self) -> bool:
        """Whether `captions` can be read without asking the network."""
        lender = self._caption_lender
        return lender.is_here if lender else self.is_here

    def build_missing(self) -> None:
        """Build the split where it is one that does not ship and is not there yet. Raises OSError when that fails."""
        if not self.folders.of(self.benchmark):
            build_missing(self.benchmark, self.split)

    def pinned(self) -> "BenchmarkSplit":
        """The same at the commit that a Hub repo is at now, so that all of it is read at that one."""
        on_hub = isinstance(self.reader, HubReader) and not Path(self.reader.path).is_dir()
        return replace(self, commit=self.revision) if on_hub else self

    def sibling(self, split: str) -> "BenchmarkSplit":
        """Another split of the benchmark."""
        return replace(self, split=split)


def open_split(
    name: str,
    split: str = "test",
    revision: str | None = None,
    data: Path | None = None,
    images: Path | str | None = None,
    subsets: Sequence[str] | None = None,
) -> BenchmarkSplit:
    """The split of the benchmark called `name`, of which `subsets` are to be measured, None for all.

    `revision` is a commit, branch or tag of a Hub repo. `data` is a folder of annotation files, `images` of COCO's
    images, or the address of an object store of them: by default those that FG_DATA and FG_IMAGES name.

    Raises ValueError when there is no such benchmark or a folder is none.
    """
    folders = given_folders(data, images)
    chosen = None if subsets is None else tuple(subsets)
    return BenchmarkSplit(name, find_benchmark(name), split, revision, folders, chosen)


def load_benchmark(
    name: str, subset: str, split: str = "test", revision: str | None = None, streaming: bool = False
) -> list[Sample]:
    """The samples of one subset, in the benchmark's order, each with at most the subset's number of
    negatives; what was dropped or repaired is said in a log line (see `Samples.oddities`).

    `streaming` reads a Hub repo's rows as they arrive, without a copy on disk.

    Raises ValueError when the subset, its config or the split is unknown or a row is wrong (the message names
    row and field), FileNotFoundError when the split has to be built first (the message says how), and OSError
    when a repo cannot be reached.
    """
    return open_split(name, split, revision).samples(subset, streaming).samples
