"""`python -m leaderboard.reproduction ablations`: an adaptation on clips and the same without one of its parts."""

import argparse
import shlex
from pathlib import Path

from heads.commands.program import DONE
from heads.io.device import DEVICES


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    words = "annotations in VidSitu's layout with train and valid, frames/ beside them; `leaderboard.rendered clips`"
    parser.add_argument("--clips", type=Path, required=True, metavar="FOLDER", help=words)
    words = "folder of the adapters, records and the table; what is there is not done again"
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER", help=words)
    parser.add_argument(
        "--backbone", default="mini-clip", help="mini-clip, a Hub id or a folder; %(default)s"
    )
    words = "flags of fg_demo adapt for all trainings, in quotes: '--epochs 2 --seed 7'"
    parser.add_argument("--settings", default="", metavar="FLAGS", help=words)
    words = "further ones where the image tower itself is trained, which takes longest: '--epochs 2'"
    parser.add_argument("--tower-settings", default="", metavar="FLAGS", help=words)
    parser.add_argument("--device", choices=DEVICES, default="auto", help="%(default)s")


def run(
    clips: Path,
    output: Path,
    backbone: str = "mini-clip",
    settings: str = "",
    tower_settings: str = "",
    device: str = "auto",
) -> int:
    """Trains and measures what is not there yet, and prints and writes one table. Returns the exit status."""
    from heads.io.atomic import replacing
    from leaderboard.evaluation.clips.ablations import Study, ablation_table
    from leaderboard.reproduction.subprocesses import run_module

    flags, of_tower = shlex.split(settings), shlex.split(tower_settings)
    study = Study(backbone, clips, flags, of_tower, output, device, run_module)
    table = ablation_table(study.measure())
    path = output / "ablations.txt"
    with replacing(path) as aside:
        aside.write_text(table + "\n", encoding="utf-8")
    print(f"{table}\nwritten to {path}")
    return DONE
