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
    """The benchmark called `name`: a row of BENCHMARKS, a CSV file of one's own, a local folder, or a Hub dataset
    repo `owner/name`.

    A folder that bears a row's name has that row's subsets and columns. The row fg-ovd lies in the dataset
    that FG_BENCHMARK names, where it names one. Raises ValueError when it is none of them, or a row of the CSV file
    is wrong; FileNotFoundError when there is no such CSV file.
    """
    if name in BENCHMARKS:
        return _published(BENCHMARKS[name])
    if name.endswith(ENDING):
        return _csv_benchmark(Path(name))
    if Path(name).is_dir():
        return _folder_benchmark(Path(name))
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
