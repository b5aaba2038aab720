"""`python -m leaderboard.rendered train-clip-words`: the last stage of the embedded backbone alone."""

import argparse
import os
from pathlib import Path

from heads.commands.program import DONE


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    parser.add_argument(
        "--output", type=Path, help="folder of a trained mini-clip; default: the one that ships"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="for rendering")


def run(output: Path | None = None, device: str = "auto", processes: int = 1) -> int:
    """Trains the words and prints the folder. Returns the exit status."""
    from fg_demo.models.clip import MINI_CLIP_FOLDER
    from leaderboard.embedding.progress import silence_off_terminal
    from leaderboard.rendered.mini_clip.recipe import train_clip_words

    silence_off_terminal()
    print(train_clip_words(output or MINI_CLIP_FOLDER, device, processes))
    return DONE
