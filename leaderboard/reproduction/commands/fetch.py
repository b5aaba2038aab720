"""`python -m leaderboard.reproduction fetch`: all that embedding or measuring a split needs, onto this machine."""

import argparse
import sys
from pathlib import Path

from heads.commands.program import DONE, INCOMPLETE


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    parser.add_argument("--backbone", required=True, help="mini-clip, a Hub id or a folder")
    parser.add_argument("--benchmark", required=True, help="a benchmark, a Hub dataset or a folder")
    parser.add_argument("--split", default="test", help="test, validation or train; %(default)s")
    parser.add_argument("--subsets", help="comma-separated; default: all")
    words = "file that says what is here: revisions and counts, the same for the same content"
    parser.add_argument("--output", type=Path, metavar="FILE", required=True, help=words)


def run(
    backbone: str,
    benchmark: str,
    output: Path,
    split: str = "test",
    subsets: str | None = None,
) -> int:
    """The exit status: INCOMPLETE when some images could not be had; the same command goes on from there."""
    from fg_demo.models.clip import load_backbone
    from leaderboard.benchmarks.split import open_split
    from leaderboard.embedding.progress import ProgressBars, silence_off_terminal
    from leaderboard.reproduction.fetching import fetch_split
    from leaderboard.reproduction.steps import write_object

    silence_off_terminal()
    encoder = load_backbone(backbone, device="cpu")
    opened = open_split(benchmark, split, subsets=subsets.split(",") if subsets else None)
    opened.build_missing()
    with ProgressBars() as progress:
        receipt, failed = fetch_split(opened.pinned(), encoder, progress)
    for image, why in list(failed.items())[:5]:
        print(f"{image}: {why}", file=sys.stderr)
    if failed:
        print(f"{len(failed):,} of {receipt['images']:,} images could not be had", file=sys.stderr)
        return INCOMPLETE
    write_object(output, receipt)
    print(
        f"{output}: {receipt['images']:,} images, {receipt['crops']:,} crops, {receipt['captions']:,} captions"
    )
    return DONE
