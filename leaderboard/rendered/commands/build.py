"""`python -m leaderboard.rendered build`: a split's scenes as Parquet files."""

import argparse
import os
from pathlib import Path

from heads.commands.program import DONE
from heads.io.cache import cache_folder

DATA = Path(__file__).parents[1] / "data"
"""The splits that ship."""


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    parser.add_argument("--split", choices=["test", "validation", "train"], required=True)
    parser.add_argument("--output", type=Path, help="folder; default: shipped data, or the cache for train")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="for rendering")


def run(split: str, output: Path | None = None, processes: int = 1) -> int:
    """Writes the split and prints where it is. Returns the exit status."""
    from leaderboard.embedding.progress import silence_off_terminal
    from leaderboard.rendered.build import build_split

    silence_off_terminal()
    default = cache_folder() / "fg-rendered" if split == "train" else DATA
    print(build_split(split, output or default, processes))
    return DONE
