"""Every row of a benchmark's source, checked: what is wrong is named, what is odd is counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leaderboard.benchmarks.annotation import Annotation, annotation
from leaderboard.benchmarks.catalogue import Benchmark, Subset
from leaderboard.benchmarks.readers.reader import Reader
from leaderboard.benchmarks.samples import to_samples
from leaderboard.benchmarks.split import BenchmarkSplit, open_split

MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Part:
    """One config and split of the folder: its rows, checked, and what is odd about them."""

    subset: Subset
    source: BenchmarkSplit
    rows: tuple[Annotation, ...]
    oddities: Mapping[str, int]

    @property
    def split(self) -> str:
        """The split's name."""
        return self.source.split


def check_source(source: str, splits: Sequence[str]) -> list[Part]:
    """All subsets that the source has in these splits, every row checked.

    Raises ValueError naming each wrong row's place, field, what was expected and found (the first twenty),
    or saying that a split has no subset.
    """
    parts, problems = [], []
    for split in splits:
        opened = open_split(source, split)
        if not opened.known:
            names = [subset.config for subset in opened.benchmark.subsets.values()]
            raise ValueError(f"{source}, {split}: expected some of the subsets {names}, found none")
        for subset in opened.known.values():
            rows = _checked(opened.reader, subset, opened.benchmark, problems)
            parts.append(Part(subset, opened, rows, to_samples(rows, subset)[1]))
    if problems:
        more = [f"and {len(problems) - MOST_PROBLEMS:,} more"] if len(problems) > MOST_PROBLEMS else []
        raise ValueError("\n".join([f"{len(problems):,} wrong rows:", *problems[:MOST_PROBLEMS], *more]))
    return parts


def _checked(
    reader: Reader, subset: Subset, benchmark: Benchmark, problems: list[str]
) -> tuple[Annotation, ...]:
    """The subset's good rows; what is wrong with the others is appended to `problems`."""
    good, rows = [], reader.rows(subset)
    try:
        for row in rows:
            try:
                good.append(annotation(row, benchmark.columns))
            except ValueError as error:
                problems.append(str(error))
    except ValueError as error:  # the file itself: nothing after this place can be read
        problems.append(str(error))
    return tuple(good)
