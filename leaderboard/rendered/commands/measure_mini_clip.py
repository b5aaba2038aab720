"""`python -m leaderboard.rendered measure-mini-clip`: what the embedded backbone can do, in its card."""

import argparse

from heads.commands.program import DONE


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds none: there is nothing to choose."""


def run() -> int:
    """Measures the backbone and prints the figures that its card now holds. Returns the exit status."""
    from leaderboard.embedding.progress import silence_off_terminal
    from leaderboard.rendered.mini_clip.measure import measure_mini_clip

    silence_off_terminal()
    print(measure_mini_clip())
    return DONE
