"""`python -m leaderboard.rendered contact-sheet`: crops with their attributes, for a person to check."""

import argparse
from pathlib import Path

from heads.commands.program import DONE


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    parser.add_argument("output", type=Path, help="the PNG to write")
    parser.add_argument("--seed", type=int, default=1, help="the first scene's seed; %(default)s")


def run(output: Path, seed: int = 1) -> int:
    """Draws the sheet and prints its path. Returns the exit status."""
    from leaderboard.rendered.contact_sheet import contact_sheet

    contact_sheet(seed, output)
    print(output)
    return DONE
