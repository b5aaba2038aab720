"""What the commands that convert published heads share: which of a catalogue, from where, and what came of it."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from heads.commands.program import DONE, INCOMPLETE
from heads.hub.released import Released, fetch_released, wanted_entries


def add_catalogue_flags(
    parser: argparse.ArgumentParser, catalogue: Sequence[Released], folder: Path, base_url: str
) -> None:
    """Adds the flags that such a command takes; `folder` is where it keeps the heads."""
    names = ", ".join(entry.name for entry in catalogue)
    parser.description = f"{(parser.description or '').rstrip('.')}: {names}."
    parser.add_argument("names", nargs="*", metavar="NAME", help="which of them; all")
    words = "folder the head folders are written to; %(default)s"
    parser.add_argument("--output", type=Path, default=folder, help=words)
    words = "folder of the files, or another address below which they lie; the authors' repository"
    parser.add_argument("--from", dest="source", default=base_url, metavar="FOLDER", help=words)
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds a file; %(default)g")


def convert_catalogue(
    catalogue: Sequence[Released],
    names: Sequence[str],
    output: Path,
    source: str,
    similarity: str,
    timeout: float,
) -> int:
    """The exit status, INCOMPLETE when some of the wanted heads could not be had; says a line of each."""
    place = source if source.startswith(("http://", "https://")) else Path(source)
    wanted = wanted_entries(names, catalogue, place)
    failed = 0
    for entry, made in fetch_released(wanted, output, place, similarity, timeout):
        if isinstance(made, Path):
            print(f"{entry.name}: {made}", flush=True)
        else:
            failed += 1
            print(f"{entry.name}: not made: {made}", file=sys.stderr, flush=True)
    print(f"{len(wanted) - failed} of {len(wanted)} heads in {output}")
    return INCOMPLETE if failed else DONE
