"""`python -m heads released`: the authors' own heads, as folders of this project."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from heads.commands.program import DONE, INCOMPLETE
from heads.head import SIMILARITIES
from heads.hub.released import BASE_URL, CATALOGUE, Released, fetch_released, released_folder


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    names = ", ".join(entry.name for entry in CATALOGUE)
    parser.description = f"{(parser.description or '').rstrip('.')}: {names}."
    parser.add_argument("names", nargs="*", metavar="NAME", help="which of them; all")
    words = "folder the head folders are written to; %(default)s"
    parser.add_argument("--output", type=Path, default=released_folder(), help=words)
    words = "folder of .pt files, or another address below which they lie; the authors' repository"
    parser.add_argument("--from", dest="source", default=BASE_URL, metavar="FOLDER", help=words)
    words = "what compares their projections; dot, as they were trained"
    parser.add_argument("--similarity", choices=SIMILARITIES, default="dot", help=words)
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds a file; %(default)g")


def run(
    names: Sequence[str] = (),
    output: Path | None = None,
    source: str = BASE_URL,
    similarity: str = "dot",
    timeout: float = 60.0,
) -> int:
    """The exit status: INCOMPLETE when some of the wanted heads could not be had."""
    output = output or released_folder()
    place = source if source.startswith(("http://", "https://")) else Path(source)
    wanted = _wanted(names, place)
    failed = 0
    for entry, made in fetch_released(wanted, output, place, similarity, timeout):
        if isinstance(made, Path):
            print(f"{entry.name}: {made}", flush=True)
        else:
            failed += 1
            print(f"{entry.name}: not made: {made}", file=sys.stderr, flush=True)
    print(f"{len(wanted) - failed} of {len(wanted)} heads in {output}")
    return INCOMPLETE if failed else DONE


def _wanted(names: Sequence[str], source: str | Path) -> list[Released]:
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
