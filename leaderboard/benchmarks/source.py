"""Benchmarks of the form image, box, one positive, some negatives: their samples, images and captions.

A benchmark is a row of the catalogue, a local folder or a Hub dataset repo. Its annotation files may also be
given: a folder of the benchmark's name in the folder that FG_DATA names.
"""

import logging
import os
import shlex
import subprocess
import sys
from collections import ChainMap, Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from heads.io.cache import cache_folder
from leaderboard.benchmarks.annotation import annotation
from leaderboard.benchmarks.catalogue import (
    BENCHMARKS,
    CAPTIONS_AN_IMAGE,
    GITHUB,
    RETRIEVAL_LIMIT,
    Benchmark,
    find_benchmark,
)
from leaderboard.benchmarks.csv_reader import CsvReader
from leaderboard.benchmarks.file_reader import FileReader, has_annotations
from leaderboard.benchmarks.github_files import cached_annotations, fetch_annotations
from leaderboard.benchmarks.hub_reader import HubReader
from leaderboard.benchmarks.own_csv import ENDING
from leaderboard.benchmarks.protocol import Protocol, protocol
from leaderboard.benchmarks.reader import Reader
from leaderboard.benchmarks.remote_images import IMAGES_VARIABLE
from leaderboard.benchmarks.samples import Sample, to_samples

logger = logging.getLogger(__name__)

DATA_VARIABLE = "FG_DATA"


def load_benchmark(
    name: str, subset: str, split: str = "test", revision: str | None = None, streaming: bool = False
) -> list[Sample]:
    """The samples of one subset, in the benchmark's order, each with at most the subset's number of
    negatives; what was dropped or repaired is said in a log line (see `oddities`).

    `streaming` reads a Hub repo's rows as they arrive, without a copy on disk.

    Raises ValueError when the subset, its config or the split is unknown or a row is wrong (the message names
    row and field), FileNotFoundError when the split has to be built first (the message says how), and OSError
    when a repo cannot be reached.
    """
    samples, odd = _samples(name, subset, split, revision, streaming)
    if odd:
        found = "; ".join(f"{count:,} {reason}" for reason, count in odd.items())
        logger.warning("%s %s: %s", name, subset, found)
    return samples


def oddities(name: str, subset: str, split: str = "test", revision: str | None = None) -> dict[str, int]:
    """What is odd about the subset's rows, and what is done about it: reason to count, only what occurs.

    Raises as `load_benchmark` does.
    """
    return _samples(name, subset, split, revision, streaming=False)[1]


def load_images(name: str, split: str = "test", revision: str | None = None) -> Mapping[str, Image.Image]:
    """The split's images by id, those of its captions included, decoded on access. Raises as
    `load_benchmark` does.
    """
    images = open_reader(name, split, revision).images()
    others = _caption_reader(find_benchmark(name), split)
    return ChainMap(images, others.images()) if others else images  # pyright: ignore[reportArgumentType]


def load_captions(name: str, split: str = "test", revision: str | None = None) -> dict[str, tuple[str, ...]]:
    """The captions of each image of the split, by image id; empty without any. Raises as `load_benchmark`
    does.
    """
    others = _caption_reader(find_benchmark(name), split)
    return (others or open_reader(name, split, revision)).captions()


def retrieval_captions(
    captions: Mapping[str, tuple[str, ...]], limit: int = RETRIEVAL_LIMIT
) -> dict[str, tuple[str]]:
    """The pairs that coarse retrieval is measured on: each image with the first of its captions.

    Images whose first caption another image shares are left out, since neither would be wrong; of the rest
    the first `limit` in the benchmark's order are kept.
    """
    firsts = {image: texts[0] for image, texts in captions.items() if texts}
    images_with = Counter(firsts.values())
    unique = [(image, (text,)) for image, text in firsts.items() if images_with[text] == 1]
    return dict(unique[:limit])


def usual_captions(captions: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Every image with the first `CAPTIONS_AN_IMAGE` of its captions, as COCO retrieval is usually measured."""
    return {image: texts[:CAPTIONS_AN_IMAGE] for image, texts in captions.items()}


def use_folders(data: Path | None, images: Path | None) -> None:
    """From now on annotation files are looked for in `data`, COCO's images in `images`, where they are given:
    the same as the variables FG_DATA and FG_IMAGES. Raises ValueError when one is no folder.
    """
    for variable, folder in ((DATA_VARIABLE, data), (IMAGES_VARIABLE, images)):
        if folder is not None:
            if not folder.is_dir():
                raise ValueError(f"{variable}: expected a folder, got {str(folder)!r}")
            os.environ[variable] = str(folder)


def configs(name: str, split: str = "test", revision: str | None = None) -> list[str]:
    """The configs the benchmark has: its subsets, `images`, `objects`. Raises as `load_benchmark` does."""
    return open_reader(name, split, revision).configs()


def benchmark_revision(name: str, split: str = "test", revision: str | None = None) -> str:
    """What the rows were: a Hub repo's commit, or the first 12 hex digits of a digest of the files."""
    return open_reader(name, split, revision).revision()


def pinned_revision(name: str, split: str = "test", revision: str | None = None) -> str | None:
    """The commit that `revision` of a Hub repo names now, so that all of a run reads the same one; `revision`
    itself for anything else. Raises as `load_benchmark` does.
    """
    reader = open_reader(name, split, revision)
    on_hub = isinstance(reader, HubReader) and not Path(reader.path).is_dir()
    return reader.revision() if on_hub else revision


def locate(benchmark: Benchmark, split: str) -> str:
    """The Hub repo or local folder that holds `split`; FileNotFoundError with the command when it is to be
    built first.
    """
    if split not in benchmark.rebuilt:
        return benchmark.path
    folder = cache_folder() / benchmark.name
    if not _is_built(folder):
        raise FileNotFoundError(
            f"{benchmark.name}: the split {split!r} is not built yet; build it by {benchmark.rebuilt[split]}"
        )
    return str(folder)


def build_missing(name: str, split: str) -> None:
    """Build the split, by the command that its row names, when it is one that does not ship and is not there yet.

    The command shows its own progress. Raises OSError when it fails.
    """
    benchmark = find_benchmark(name)
    command = benchmark.rebuilt.get(split)
    if command is None or _given_files(benchmark) or _is_built(cache_folder() / benchmark.name):
        return
    print(f"{benchmark.name}: building the split {split!r}, once: {command}", file=sys.stderr, flush=True)
    program, *arguments = shlex.split(command)
    line = [sys.executable if program == "python" else program, *arguments]
    status = subprocess.run(line, stdout=subprocess.DEVNULL, check=False).returncode
    if status:
        raise OSError(
            f"{benchmark.name}: the split {split!r} could not be built: {command} ended with {status}"
        )


def _is_built(folder: Path) -> bool:
    return (folder / "README.md").is_file()


def open_reader(name: str, split: str = "test", revision: str | None = None) -> Reader:
    """The reader of a split: of annotation files where they are given, else of the pinned repo."""
    benchmark = find_benchmark(name)
    given = _given_files(benchmark)
    if given:
        return FileReader(benchmark, given, split)
    if benchmark.path.startswith(GITHUB):
        return FileReader(benchmark, fetch_annotations(benchmark, split), split)
    if benchmark.path.endswith(ENDING):
        return CsvReader(benchmark)
    path = locate(benchmark, split)
    if Path(path).is_dir() and has_annotations(Path(path), benchmark):
        return FileReader(benchmark, Path(path), split)
    return HubReader(benchmark, path, split, revision)


def reader_at_hand(name: str, split: str = "test") -> Reader | None:
    """The reader of a split that lies on this machine; None where it would have to be downloaded or built.

    Raises ValueError when there is no such benchmark or split.
    """
    benchmark = find_benchmark(name)
    if _given_files(benchmark):
        return open_reader(name, split)
    if benchmark.path.startswith(GITHUB):
        return open_reader(name, split) if cached_annotations(benchmark, split) else None
    try:
        return open_reader(name, split) if Path(locate(benchmark, split)).exists() else None
    except FileNotFoundError:
        return None


def _given_files(benchmark: Benchmark) -> Path | None:
    data = os.environ.get(DATA_VARIABLE)
    if data and not Path(data).is_dir():
        raise ValueError(f"{DATA_VARIABLE}: expected a folder, got {data!r}")
    folder = Path(data) / benchmark.name if data else None
    return folder if folder and benchmark.name in BENCHMARKS and folder.is_dir() else None


def _caption_reader(benchmark: Benchmark, split: str) -> Reader | None:
    """The reader of the captions that another benchmark lends, None when it lends none.

    With annotation files given, captions are expected beside them, and their absence is said.
    """
    if benchmark.captions is None:
        return None
    if _given_files(benchmark) and not _given_files(BENCHMARKS[benchmark.captions]):
        logger.warning(
            "%s: coarse retrieval is left out: no folder %s in %s",
            *(benchmark.name, benchmark.captions, os.environ[DATA_VARIABLE]),
        )
        return None
    return open_reader(benchmark.captions, split)


def _samples(
    name: str, subset: str, split: str, revision: str | None, streaming: bool
) -> tuple[list[Sample], dict[str, int]]:
    benchmark = find_benchmark(name)
    if subset not in benchmark.subsets:
        raise ValueError(f"subset: expected one of {list(benchmark.subsets)}, got {subset!r}")
    chosen = benchmark.subsets[subset]
    rows = open_reader(name, split, revision).rows(chosen, streaming)
    return to_samples((annotation(row, benchmark.columns) for row in rows), chosen)


@dataclass(frozen=True)
class Source:
    """Rows to embed: `subsets` names some of the benchmark's, None means all that there are."""

    benchmark: str
    split: str = "test"
    revision: str | None = None
    subsets: Sequence[str] | None = None

    def pinned(self) -> "Source":
        """The same with the commit that a Hub repo is at now, so that all of it is read at that one."""
        return replace(self, revision=pinned_revision(self.benchmark, self.split, self.revision))

    def protocol(self) -> Protocol:
        """How heads are measured on it, whichever of its subsets are embedded."""
        row = find_benchmark(self.benchmark)
        return protocol(row, [row.subsets[name] for name in self._known()])

    def names(self) -> list[str]:
        """The subsets to embed. Raises ValueError when one is unknown or the benchmark lacks it."""
        known = self._known()
        wrong = sorted(set(self.subsets or ()) - set(known))
        if wrong or (find_benchmark(self.benchmark).subsets and not known):
            raise ValueError(f"subsets: expected some of {known}, those of {self.benchmark}, got {wrong}")
        return known if self.subsets is None else list(self.subsets)

    def _known(self) -> list[str]:
        """The subsets there are; a benchmark of captions alone has none."""
        there = set(configs(self.benchmark, self.split, self.revision))
        own = find_benchmark(self.benchmark).subsets
        return [name for name, subset in own.items() if subset.config in there]
