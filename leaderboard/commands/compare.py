"""`python -m leaderboard compare`: two heads, item by item, from their records."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from leaderboard.records.files import from_json, load_results
from leaderboard.records.record import PRODUCED, Record
from leaderboard.tables.comparison import comparison


def add_compare(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", results: Path) -> None:
    """The command's flags."""
    command = commands.add_parser("compare", help="two measured heads on the same items, from their records")
    command.add_argument("first", help="head or file of a record")
    command.add_argument("second", help="head or file of a record")
    command.add_argument("--backbone", help="where a head was measured on several")
    command.add_argument("--benchmark", help="where a head was measured on several")
    command.add_argument("--results", type=Path, default=results, help="folder of records")
    command.set_defaults(run=compare)


def compare(options: argparse.Namespace) -> int:
    """Print the comparison. Raises ValueError when a head has no record, several, or one of other items."""
    records, _ = load_results(options.results)
    chosen = [
        record
        for record in records
        if record.provenance in PRODUCED
        and options.backbone in (None, record.backbone.name)
        and options.benchmark in (None, record.benchmark.name)
    ]
    print(comparison(*(_find(name, chosen) for name in (options.first, options.second))))
    return 0


def _find(name: str, records: Sequence[Record]) -> Record:
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
