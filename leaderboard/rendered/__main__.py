"""`python -m leaderboard.rendered`: build the benchmark, train mini-clip, measure it, draw a contact sheet."""

import argparse
import os
from pathlib import Path

from fg_demo.models.clip import MINI_CLIP_FOLDER
from heads.io.cache import cache_folder
from leaderboard.embedding.progress import silence_off_terminal

DATA = Path(__file__).parent / "data"


def main(arguments: list[str] | None = None) -> None:
    silence_off_terminal()
    parsed = _parser().parse_args(arguments)
    parsed.run(parsed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m leaderboard.rendered", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    build = commands.add_parser("build", help="render a split and write its Parquet files")
    build.add_argument("--split", choices=["test", "validation", "train"], required=True)
    build.add_argument("--output", type=Path, help="folder; default: shipped data, or the cache for train")
    build.set_defaults(run=_build)
    train = commands.add_parser("train-mini-clip", help="train the embedded backbone from scratch")
    train.add_argument("--output", type=Path, default=MINI_CLIP_FOLDER)
    train.add_argument("--device", default="auto", help="auto, cpu or cuda")
    train.add_argument("--compile", action="store_true", help="a quarter faster; needs a C++ compiler")
    train.set_defaults(run=_train)
    measure = commands.add_parser(
        "measure-mini-clip", help="zero-shot, retrieval and probes, written to its card"
    )
    measure.set_defaults(run=_measure)
    sheet = commands.add_parser("contact-sheet", help="crops with their attributes, for a person to check")
    sheet.add_argument("output", type=Path)
    sheet.add_argument("--seed", type=int, default=1)
    sheet.set_defaults(run=_sheet)
    for command in (build, train):
        command.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="for rendering")
    return parser


def _build(parsed: argparse.Namespace) -> None:
    from leaderboard.rendered.build import build_split

    default = cache_folder() / "fg-rendered" if parsed.split == "train" else DATA
    print(build_split(parsed.split, parsed.output or default, parsed.processes))


def _train(parsed: argparse.Namespace) -> None:
    from leaderboard.rendered.mini_clip.recipe import train_mini_clip

    print(train_mini_clip(parsed.output, parsed.device, parsed.processes, parsed.compile))


def _measure(parsed: argparse.Namespace) -> None:
    from leaderboard.rendered.mini_clip.measure import measure_mini_clip

    print(measure_mini_clip())


def _sheet(parsed: argparse.Namespace) -> None:
    from leaderboard.rendered.contact_sheet import contact_sheet

    contact_sheet(parsed.seed, parsed.output)
    print(parsed.output)


if __name__ == "__main__":
    main()
