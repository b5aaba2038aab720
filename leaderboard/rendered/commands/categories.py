"""`python -m leaderboard.rendered categories`: what each drawn thing is, on the scenes that ship."""

import argparse
from pathlib import Path

from heads.commands.program import DONE
from heads.io.cache import cache_folder
from leaderboard.rendered.commands.build import DATA

NAME = "fg-rendered-categories"


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    parser.add_argument("--output", type=Path, help=f"folder; default: {NAME} in the cache")


def run(output: Path | None = None) -> int:
    """Writes the splits and prints where they are. Returns the exit status."""
    from leaderboard.embedding.progress import silence_off_terminal
    from leaderboard.rendered.categories import build_categories

    silence_off_terminal()
    print(build_categories(DATA, output or cache_folder() / NAME))
    return DONE
