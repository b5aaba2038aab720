"""Annotation files of a GitHub repository at a pinned commit, each checked against git's id of its content."""

from pathlib import Path

from tqdm import tqdm

from heads.io.cache import cache_folder
from heads.io.digests import blob_id
from heads.io.download import GITHUB_FILES, DownloadError, Limits, download
from leaderboard.benchmarks.catalogue import GITHUB, Benchmark

RAW = GITHUB_FILES.rstrip("/")
FILE_LIMITS = Limits(
    types=("text/plain", "application/json", "application/octet-stream"), most_bytes=512 * 2**20
)
SPLIT_FOLDERS = {"train": "training_sets/", "validation": "validation_sets/"}
"""Folders of a split in FG-OVD's repository; every other file belongs to the test split."""


def fetch_annotations(benchmark: Benchmark, split: str, raw: str = RAW, limits: Limits = FILE_LIMITS) -> Path:
    """The folder in the cache that holds the split's files, downloaded where they are not there yet.

    Raises ValueError when the benchmark has no such split, OSError when a file cannot be had.
    """
    wanted, folder = _wanted(benchmark, split), _folder(benchmark)
    missing = [path for path in wanted if not (folder / path).is_file()]
    there = len(wanted) - len(missing)
    about = {"desc": f"{benchmark.name} {split}", "unit": " file", "initial": there, "total": len(wanted)}
    for path in tqdm(
        missing, **about, leave=False, disable=None if missing else True
    ):  # None: off a terminal
        url = f"{raw}/{benchmark.path.removeprefix(GITHUB)}/{benchmark.revision}/{path}"
        try:
            download(url, folder / path, limits, lambda file, blob=wanted[path]: _check_blob(file, blob))
        except DownloadError as error:
            here = sum((folder / other).is_file() for other in wanted)
            kept = f"{here} of {len(wanted)} files are here and are kept"
            hint = f"a folder that holds {benchmark.name}/ with such files is named by FG_DATA"
            raise DownloadError(f"{error}; {kept}; {hint}") from error
    return folder


def cached_annotations(benchmark: Benchmark, split: str) -> Path | None:
    """The folder in the cache that holds the split's files; None when one is not there.

    Raises ValueError when the benchmark has no such split.
    """
    folder = _folder(benchmark)
    return folder if all((folder / path).is_file() for path in _wanted(benchmark, split)) else None


def _folder(benchmark: Benchmark) -> Path:
    return cache_folder() / "benchmarks" / benchmark.name / str(benchmark.revision)


def _wanted(benchmark: Benchmark, split: str) -> dict[str, str]:
    wanted = {path: blob for path, blob in benchmark.blobs.items() if _split_of(path) == split}
    if not wanted:
        known = sorted({_split_of(path) for path in benchmark.blobs})
        raise ValueError(f"split: expected one of {known}, those of {benchmark.name}, got {split!r}")
    return wanted


def _split_of(path: str) -> str:
    return next((split for split, folder in SPLIT_FOLDERS.items() if path.startswith(folder)), "test")


def _check_blob(file: Path, blob: str) -> None:
    if (found := blob_id(file.read_bytes())) != blob:
        raise ValueError(f"expected the content that git calls {blob}, got {found}")
