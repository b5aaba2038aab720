"""A benchmark by the name that somebody gives: of the catalogue, a CSV file of one's own, a folder, a Hub dataset."""

import os
from dataclasses import replace
from pathlib import Path

from heads.hub.repo_name import is_repo
from leaderboard.benchmarks.catalogue import BENCHMARKS, Benchmark, Subset, known_subsets, own_title
from leaderboard.benchmarks.own_csv import COLUMNS, ENDING, most_negatives, read_regions

PUBLISHED_VARIABLE = "FG_BENCHMARK"
"""Names the Hub dataset that FG-OVD is read from, once somebody has published it there."""


def find_benchmark(name: str) -> Benchmark:
    """The benchmark called `name`: a row of BENCHMARKS, a CSV file of one's own or the folder that holds it and its
    images, a folder of annotation files or laid out like a Hub dataset, or a Hub dataset repo `owner/name`.

    A folder that bears a row's name has that row's subsets and columns. The row fg-ovd lies in the dataset
    that FG_BENCHMARK names, where it names one. Raises ValueError when it is none of them, or a row of the CSV file
    is wrong; FileNotFoundError when there is no such CSV file.
    """
    if name in BENCHMARKS:
        return _published(BENCHMARKS[name])
    if name.endswith(ENDING):
        return _csv_benchmark(Path(name))
    if Path(name).is_dir():
        own = _own_file(Path(name))
        return _csv_benchmark(own) if own else _folder_benchmark(Path(name))
    if is_repo(name):
        return Benchmark(name=name, path=name, subsets=_named_subsets())
    raise ValueError(
        f"benchmark: expected one of {sorted(BENCHMARKS)}, a CSV file, an existing folder "
        f"or a Hub dataset repo owner/name, got {name!r}"
    )


def _published(row: Benchmark) -> Benchmark:
    """The row as its publisher's Hub dataset holds it, at that dataset's newest commit; else as it is."""
    repo = os.environ.get(PUBLISHED_VARIABLE, "").strip()
    if row.name != "fg-ovd" or not repo:
        return row
    if not is_repo(repo):
        raise ValueError(f"{PUBLISHED_VARIABLE}: expected a Hub dataset repo owner/name, got {repo!r}")
    return replace(row, path=repo, revision=None, blobs={})


def _own_file(folder: Path) -> Path | None:
    """The one CSV file of a folder; None where there is none, or the folder's rows are in other files.

    Raises ValueError when there are several.
    """
    files = sorted(folder.glob(f"*{ENDING}"))
    if not files or folder.resolve().name in BENCHMARKS or _has_other_rows(folder):
        return None
    if len(files) > 1:
        found = ", ".join(file.name for file in files)
        raise ValueError(f"benchmark: expected one CSV file in {str(folder)!r}, got {found[:200]}")
    return files[0]


def _has_other_rows(folder: Path) -> bool:
    """Whether the folder is laid out like a Hub dataset, its card naming its files, or holds annotation files."""
    card = folder / "README.md"
    if card.is_file() and card.read_bytes().startswith(b"---"):
        return True
    stems = {
        stem for subset in known_subsets().values() for stem in (subset.name, subset.config, subset.file)
    }
    return any(
        path.suffix == ".parquet" or (path.suffix in (".json", ".jsonl") and path.stem in stems)
        for path in folder.rglob("*")
    )


def _folder_benchmark(folder: Path) -> Benchmark:
    title = folder.resolve().name
    known = BENCHMARKS.get(title)
    if known is None or known.name == "fg-rendered":
        return Benchmark(name=title, path=str(folder), subsets=_named_subsets())
    return Benchmark(
        name=title,
        path=str(folder),
        licence=known.licence,
        citation=known.citation,
        subsets=known.subsets,
        columns=known.columns,
        images=known.images,
    )


def _named_subsets() -> dict[str, Subset]:
    """What a dataset that is no row of BENCHMARKS may hold: all subsets whose config has a name of its own."""
    return {name: subset for name, subset in known_subsets().items() if subset.config != "default"}


def _csv_benchmark(path: Path) -> Benchmark:
    subsets = [Subset(name, name, own_title(name), most) for name, most in most_negatives(read_regions(path))]
    return Benchmark(
        path.name, str(path), subsets={subset.name: subset for subset in subsets}, columns=(COLUMNS,)
    )
