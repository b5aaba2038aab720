"""`python -m leaderboard.rendered clips`: drawn clips in VidSitu's layout."""

import argparse
import os
from pathlib import Path

from heads.commands.program import DONE
from heads.io.cache import cache_folder


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    parser.add_argument("--split", choices=["train", "valid"], required=True)
    words = "folder for the annotation files and frames/; default: fg-rendered-clips in the cache"
    parser.add_argument("--output", type=Path, help=words)
    parser.add_argument("--clips", type=int, default=400, metavar="N", help="how many; %(default)s")
    words = "leave out so many at the split's beginning, as those that epochs were chosen by; %(default)s"
    parser.add_argument("--skip", type=int, default=0, metavar="N", help=words)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="for rendering")


def run(split: str, output: Path | None = None, clips: int = 400, skip: int = 0, processes: int = 1) -> int:
    """Writes the split and prints where it is. Returns the exit status."""
    from leaderboard.rendered.clips.build import DRAWN, build_clips

    print(build_clips(split, clips, output or cache_folder() / DRAWN, processes, skip))
    return DONE
