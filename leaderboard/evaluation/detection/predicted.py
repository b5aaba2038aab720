"""Two files of predictions beside each other, without a detector: the records of the regions that both are of."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leaderboard.benchmarks.split import BenchmarkSplit, open_split
from leaderboard.evaluation.detection.items import items, keys_of
from leaderboard.evaluation.detection.predictions import Predictions, read_predictions
from leaderboard.evaluation.detection.records import detection_protocol, record_of
from leaderboard.evaluation.detection.scored import detector_ranks, ranked, scored, with_average_precision
from leaderboard.records.provenance import produced
from leaderboard.records.record import HeadEntry, Record

BENCHMARK = ("benchmark", "split", "benchmark_revision")


def records_of_both(
    first: Path, second: Path, command: str, benchmark: str | None = None, data: Path | None = None
) -> tuple[Record, Record]:
    """The records of the regions whose vocabularies both files hold. `benchmark` is what it is opened by here, by default
    the name in the files; `data` is a folder of annotation files.

    Raises ValueError when they are of different benchmarks, the benchmark is another now, or they share no region.
    """
    one, other = read_predictions(first), read_predictions(second)
    differing = [name for name in BENCHMARK if one.about.get(name) != other.about.get(name)]
    if differing:
        words = "; ".join(
            f"{name} {one.about.get(name)!r} and {other.about.get(name)!r}" for name in differing
        )
        raise ValueError(f"predictions: expected two of the same benchmark, got {words}")
    split = _split(one.about, benchmark, data)
    return _record(one, other, split, command), _record(other, one, split, command)


def _split(about: Mapping[str, Any], benchmark: str | None, data: Path | None) -> BenchmarkSplit:
    split = open_split(benchmark or about["benchmark"], about["split"], data=data)
    split.build_missing()
    if split.revision != about["benchmark_revision"]:
        raise ValueError(
            f"predictions: expected those of {split.name} {split.split} at {split.revision}, got some at "
            f"{about['benchmark_revision']}"
        )
    return split


def _record(of: Predictions, beside: Predictions, split: BenchmarkSplit, command: str) -> Record:
    common = of.found.keys() & beside.found.keys()
    results, numbers = {}, dict[str, int]()
    for name, samples in items(split.samples_by_subset()).samples.items():
        there = [one for one, key in zip(samples, keys_of(samples), strict=True) if key in common]
        if there:
            found = scored(there, of.found)
            result = ranked(detector_ranks(found), found, numbers)
            results[name] = with_average_precision(result, found)
    if not results:
        raise ValueError("predictions: expected regions that both files are of, got none")
    entry = HeadEntry(of.about["detector"], "detector", of.about["revision"])
    protocol = detection_protocol(of.about["set_aware"], split)
    return record_of(of.about, entry, split, protocol, results, produced(command, "cpu"))
