"""`python -m heads released`: the authors' own heads, as folders of this project."""

import argparse
import sys
from pathlib import Path

from heads.head import SIMILARITIES
from heads.hub.released import BASE_URL, CATALOGUE, Released, fetch_released, released_folder


def add_released(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command's flags."""
    words = "download the heads that the paper's authors released, and convert them"
    names = ", ".join(entry.name for entry in CATALOGUE)
    command = commands.add_parser("released", help=words, description=f"{words.capitalize()}: {names}.")
    command.set_defaults(run=released)
    command.add_argument("names", nargs="*", metavar="NAME", help="which of them; all")
    words = "folder the head folders are written to; %(default)s"
    command.add_argument("--output", type=Path, default=released_folder(), help=words)
    words = "folder of .pt files, or another address below which they lie; the authors' repository"
    command.add_argument("--from", dest="source", default=BASE_URL, metavar="FOLDER", help=words)
    words = "what compares their projections; dot, as they were trained"
    command.add_argument("--similarity", choices=SIMILARITIES, default="dot", help=words)
    command.add_argument("--timeout", type=float, default=60.0, help="seconds a file; %(default)g")


def released(options: argparse.Namespace) -> int:
    """The exit status: 0 when every wanted head is there, 1 when some could not be had."""
    source = options.source if options.source.startswith(("http://", "https://")) else Path(options.source)
    wanted = _wanted(options.names, source)
    failed = 0
    for entry, made in fetch_released(wanted, options.output, source, options.similarity, options.timeout):
        if isinstance(made, Path):
            print(f"{entry.name}: {made}", flush=True)
        else:
            failed += 1
            print(f"{entry.name}: not made: {made}", file=sys.stderr, flush=True)
    print(f"{len(wanted) - failed} of {len(wanted)} heads in {options.output}")
    return 1 if failed else 0


def _wanted(names: list[str], source: str | Path) -> list[Released]:
    """The named ones; without names all of them, or those that are in the folder."""
    known = {entry.name: entry for entry in CATALOGUE}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"name: expected one of {', '.join(known)}, got {', '.join(unknown)}")
    if names:
        return [known[name] for name in names]
    if isinstance(source, str):
        return list(CATALOGUE)
    there = [entry for entry in CATALOGUE if (source / entry.file_name).is_file()]
    if not there:
        expected = ", ".join(entry.file_name for entry in CATALOGUE)
        raise ValueError(f"from: expected a folder with some of {expected}, got {source}")
    return there
