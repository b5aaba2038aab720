"""Which reader a split has: of annotation files where they are given, else of where its benchmark lies."""

import os
from dataclasses import dataclass
from pathlib import Path

from heads.io.object_store import ObjectStore, folder_or_store
from leaderboard.benchmarks.catalogue import BENCHMARKS, GITHUB, Benchmark
from leaderboard.benchmarks.own_csv import ENDING
from leaderboard.benchmarks.readers.csv_reader import CsvReader
from leaderboard.benchmarks.readers.file_reader import FileReader, has_annotations
from leaderboard.benchmarks.readers.github_files import cached_annotations, fetch_annotations
from leaderboard.benchmarks.readers.hub_reader import HubReader
from leaderboard.benchmarks.readers.reader import Reader
from leaderboard.benchmarks.readers.rebuilt import locate
from leaderboard.benchmarks.readers.remote_images import IMAGES_VARIABLE

DATA_VARIABLE = "FG_DATA"


@dataclass(frozen=True, slots=True)
class Folders:
    """Files that are given: `data` holds annotation files in folders that bear their benchmarks' names, `images`
    is laid out like COCO's: train2017/ and val2017/, or the images themselves, in a folder or in an object store.
    """

    data: Path | None = None
    images: Path | ObjectStore | None = None

    def of(self, benchmark: Benchmark) -> Path | None:
        """The folder of the benchmark's annotation files, where they are given."""
        folder = self.data / benchmark.name if self.data else None
        return folder if folder and benchmark.name in BENCHMARKS and folder.is_dir() else None


def given_folders(data: Path | None = None, images: Path | str | None = None) -> Folders:
    """The folders that are given, else those that FG_DATA and FG_IMAGES name; of images it may be the address of an
    object store. Raises ValueError when one is none.
    """
    return Folders(_folder(DATA_VARIABLE, data), _images(images))


def _images(given: Path | str | None) -> Path | ObjectStore | None:
    place = folder_or_store(str(given or os.environ.get(IMAGES_VARIABLE, "")))
    if isinstance(place, ObjectStore):
        place.check(IMAGES_VARIABLE)
        return place
    return _folder(IMAGES_VARIABLE, place if given else None)


def _folder(variable: str, given: Path | None) -> Path | None:
    named = given or os.environ.get(variable)
    if named and not Path(named).is_dir():
        raise ValueError(f"{variable}: expected a folder, got {str(named)!r}")
    return Path(named) if named else None


def open_reader(benchmark: Benchmark, split: str, revision: str | None, folders: Folders) -> Reader:
    """The reader of a split: of annotation files where they are given, else of the pinned repo."""
    given = folders.of(benchmark)
    if given:
        return FileReader(benchmark, given, split, folders.images)
    if benchmark.path.startswith(GITHUB):
        return FileReader(benchmark, fetch_annotations(benchmark, split), split, folders.images)
    if benchmark.path.endswith(ENDING):
        return CsvReader(benchmark)
    path = locate(benchmark, split)
    if Path(path).is_dir() and has_annotations(Path(path), benchmark):
        return FileReader(benchmark, Path(path), split, folders.images)
    return HubReader(benchmark, path, split, revision, folders.images)


def lies_here(benchmark: Benchmark, split: str, folders: Folders) -> bool:
    """Whether the split can be read without asking the network, and is built. Raises ValueError when the
    benchmark has no such split.
    """
    if folders.of(benchmark):
        return True
    if benchmark.path.startswith(GITHUB):
        return cached_annotations(benchmark, split) is not None
    try:
        return Path(locate(benchmark, split)).exists()
    except FileNotFoundError:
        return False
