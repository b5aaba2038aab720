"""`python -m fg_demo noctowl`: NoctOWL's class heads, as folders of this project."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from fg_demo.models.detectors.noctowl import BASES, OWNER, convert, noctowl_folder
from heads.commands.program import DONE, INCOMPLETE


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which of {', '.join(BASES)}; all")
    words = "folder the class heads are written to; %(default)s"
    parser.add_argument("--output", type=Path, default=noctowl_folder(), help=words)
    words = (
        "another Hub id or folder of the one model named, or a file of its weights; the author's on the Hub"
    )
    parser.add_argument("--from", dest="source", metavar="FOLDER", help=words)
    words = "the detector that it was trained from, at the revision it is used at; as published"
    parser.add_argument("--detector", help=words)


def run(
    names: Sequence[str] = (),
    output: Path | None = None,
    source: str | None = None,
    detector: str | None = None,
) -> int:
    """The exit status: INCOMPLETE when some of the wanted class heads could not be had.

    Raises ValueError when a name is unknown, or `source` or `detector` is given for other than one.
    """
    wanted = list(names or BASES)
    unknown = [name for name in wanted if name not in BASES and not (source and detector)]
    if unknown:
        raise ValueError(f"name: expected some of {', '.join(BASES)}, got {', '.join(unknown)}")
    if (source or detector) and len(wanted) != 1:
        raise ValueError(f"name: expected one with --from or --detector, got {len(wanted)}")
    failed = 0
    for name in wanted:
        try:
            made = convert(
                name, source or f"{OWNER}/{name}", detector or BASES[name], output or noctowl_folder()
            )
            print(f"{name}: {made}", flush=True)
        except (OSError, ValueError) as error:
            failed += 1
            print(f"{name}: not made: {error}", file=sys.stderr, flush=True)
    return INCOMPLETE if failed else DONE
