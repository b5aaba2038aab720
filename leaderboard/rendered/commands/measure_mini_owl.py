"""`python -m leaderboard.rendered measure-mini-owl`: what the embedded detector can do, in its card."""

import argparse

from heads.commands.program import DONE


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds none: there is nothing to choose."""


def run() -> int:
    """Measures the detector and prints the card that its figures are in. Returns the exit status."""
    from leaderboard.embedding.progress import silence_off_terminal
    from leaderboard.rendered.mini_owl.measure import measure_mini_owl

    silence_off_terminal()
    print(measure_mini_owl())
    return DONE
