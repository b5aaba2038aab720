"""`python -m leaderboard.rendered train-mini-owl`: the embedded detector, from mini-clip's towers."""

import argparse
from pathlib import Path

from heads.commands.program import DONE
from heads.io.cache import cache_folder
from heads.io.device import DEVICES


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    parser.add_argument("--output", type=Path, help="folder; default: the one that ships")
    parser.add_argument("--device", default="auto", choices=DEVICES)


def run(output: Path | None = None, device: str = "auto") -> int:
    """Trains the detector on the training split, built where it is missing, and prints its folder; one that was stopped
    goes on. Returns the exit status.
    """
    from fg_demo.models.detectors.load import MINI_OWL_FOLDER
    from leaderboard.benchmarks.split import open_split
    from leaderboard.embedding.progress import silence_off_terminal
    from leaderboard.rendered.mini_owl.scenes import BENCHMARK
    from leaderboard.rendered.mini_owl.train import RECIPE, train_mini_owl

    silence_off_terminal()
    open_split(BENCHMARK, RECIPE.split).build_missing()
    print(train_mini_owl(output or MINI_OWL_FOLDER, device, cache_folder() / "mini-owl-training.safetensors"))
    return DONE
