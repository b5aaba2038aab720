"""`python -m leaderboard compare`: two heads, item by item, from their records, or two detectors from what they found."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from heads.commands.program import DONE
from leaderboard.flags import add_results
from leaderboard.records.folders import RESULTS

PARQUET = ".parquet"

if TYPE_CHECKING:
    from leaderboard.records.record import Record


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    words = "head, file of a record, or a detector's Parquet file of boxes and scores"
    parser.add_argument("first", help=words)
    parser.add_argument("second", help="another of the same kind")
    parser.add_argument(
        "--data", type=Path, help="folder with the annotation files that boxes are compared with"
    )
    parser.add_argument("--backbone", help="where a head was measured on several")
    words = "where a head was measured on several; of two files, where the benchmark is, by default its name in them"
    parser.add_argument("--benchmark", help=words)
    add_results(parser)


def run(
    first: str,
    second: str,
    command: str = "",
    data: Path | None = None,
    backbone: str | None = None,
    benchmark: str | None = None,
    results: Path = RESULTS,
) -> int:
    """Prints the comparison and returns the exit status. Raises ValueError when a head has no record, several, or one
    of other items.
    """
    from leaderboard.records.files import load_results
    from leaderboard.records.record import PRODUCED
    from leaderboard.tables.comparison import comparison
    from leaderboard.tables.report import precision_lines

    if Path(first).suffix == Path(second).suffix == PARQUET:
        from leaderboard.evaluation.detection.predicted import records_of_both

        both = records_of_both(Path(first), Path(second), command or "compare", benchmark, data)
        print(comparison(*both))
        for number, record in enumerate(both, start=1):
            print("\n".join([f"{record.head.name} ({number})", *precision_lines(record)]))
        return DONE
    records, _ = load_results(results)
    chosen = [
        record
        for record in records
        if record.provenance in PRODUCED
        and backbone in (None, record.backbone.name)
        and benchmark in (None, record.benchmark.name)
    ]
    print(comparison(*(_find(name, chosen) for name in (first, second))))
    return DONE


def _find(name: str, records: Sequence["Record"]) -> "Record":
    from leaderboard.records.files import from_json

    if Path(name).is_file():
        try:
            return from_json(Path(name).read_bytes())
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
    found = [record for record in records if record.head.name == name]
    if len(found) != 1:
        there = {f"{one.head.name} on {one.backbone.name}, {one.benchmark.name}" for one in found or records}
        raise ValueError(
            f"{name}: expected one measured record of that head, got {len(found)}; "
            f"there are: {'; '.join(sorted(there)) or 'none'}"
        )
    return found[0]
