"""Flags that several commands take, in the same words; a parameter of the same name is what `run` is given."""

import argparse
from pathlib import Path

from heads.io.device import DEVICES
from leaderboard.benchmarks.catalogue import CLIP_SUBSETS, known_subsets
from leaderboard.records.folders import RESULTS


def add_benchmark(parser: argparse.ArgumentParser) -> None:
    """Adds what is measured on: a benchmark, a split of it, a revision, some of its subsets."""
    parser.add_argument(
        "--benchmark", default="fg-rendered", help="a benchmark, a CSV file, a Hub dataset or a folder"
    )
    parser.add_argument(
        "--data", type=Path, help="folder with annotation files, e.g. fg-ovd/1_attributes.json"
    )
    parser.add_argument("--split", default="test", help="test, validation or train")
    parser.add_argument("--revision", help="commit of a Hub benchmark")
    parser.add_argument("--subsets", help=f"comma-separated, of {', '.join(_subsets())}; default: all")


def _subsets() -> list[str]:
    return [name for name in known_subsets() if name not in CLIP_SUBSETS]


def add_encoding(parser: argparse.ArgumentParser) -> None:
    """Adds what encodes images and captions, and where they are."""
    parser.add_argument("--backbone", default="mini-clip", help="mini-clip, a Hub id or a folder")
    words = "LoRA adapter on the backbone: a shipped one, a folder or a Hub repo"
    parser.add_argument("--adapter", metavar="NAME", help=words)
    add_benchmark(parser)
    add_images(parser)
    parser.add_argument("--device", default="auto", choices=DEVICES)


def add_images(parser: argparse.ArgumentParser) -> None:
    """Adds where the images are that annotations name."""
    words = "COCO's images: train2017/ and val2017/ below it; or an object store's, as s3://bucket/coco"
    parser.add_argument("--image-folder", metavar="FOLDER", help=words)


def add_text_only(parser: argparse.ArgumentParser) -> None:
    """Adds what is ranked without images, and what that is fitted on."""
    add_benchmark(parser)
    own = "the split itself, in folds that share no image and no positive caption"
    parser.add_argument("--fitted-on", metavar="SPLIT", help=f"split to fit on; default: {own}")
    parser.add_argument("--seed", type=int, default=0, help="of the folds")


def add_results(parser: argparse.ArgumentParser) -> None:
    """Adds the folder of records."""
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of records")


def add_results_dataset(parser: argparse.ArgumentParser) -> None:
    """Adds the name of the results dataset."""
    words = "dataset on the Hub that keeps the results; default: the variable FG_RESULTS"
    parser.add_argument("--results-dataset", metavar="OWNER/NAME", help=words)


def names(subsets: str | None) -> list[str] | None:
    """The subsets named in `--subsets`; None means all."""
    return subsets.split(",") if subsets else None
