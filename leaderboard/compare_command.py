"""`python -m leaderboard compare`: two heads, item by item, from their records."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from leaderboard.catalogue import subset_titles
from leaderboard.paired import Paired, paired, paired_records
from leaderboard.records import PRODUCED, Record, from_json, load_results


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


def comparison(first: Record, second: Record) -> str:
    """A line a subset: difference of the mean ranks with its 95 % interval, and who is right how often."""
    whole = paired_records(first, second)
    names = f"{first.head.name} (1) against {second.head.name} (2)"
    title = f"{names} on {first.backbone.name}, {first.benchmark.name} {first.benchmark.split or ''}".rstrip()
    header = f"{'':14}{'difference':>11} {'95 %':<16}{'only 1':>8}{'only 2':>8}{'both':>8}{'neither':>9}{'items':>9}"
    lines = [
        _line(title, paired(first.subsets[name], second.subsets[name]))
        for name, title in subset_titles(first.subsets).items()
        if name in second.subsets
    ]
    return "\n".join([title, header, *lines, _line("All", whole), _verdict(whole)])


def _line(title: str, found: Paired) -> str:
    ends = f"{found.interval[0]:+.2f} to {found.interval[1]:+.2f}" if found.interval else ""
    shares = (found.only_a, found.only_b, found.both)
    percents = "".join(f"{100 * share:>8.1f}" for share in shares) + f"{100 * found.neither:>9.1f}"
    return f"{title:14}{found.difference:>+11.2f} {ends:<16}{percents}{found.n:>9,}"


def _verdict(found: Paired) -> str:
    if found.tied:
        return "These items do not tell the two apart: the interval over all holds zero."
    better, worse = ("1", "2") if found.difference < 0 else ("2", "1")
    return f"Head {better} ranks the true caption better than head {worse}; shares are of items ranked first, in %."


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
