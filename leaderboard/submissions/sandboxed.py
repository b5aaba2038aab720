"""The sandboxed part of a re-measurement: it meets a stranger's weights, in a process of its own with limits.

`python -m leaderboard.submissions.sandboxed HEAD OUTPUT …` writes the record of the head in the folder HEAD to
OUTPUT. The
embeddings must be in the cache: no backbone is loaded, nothing is fetched.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, final

from PIL import Image

from leaderboard.benchmarks.split import open_split
from leaderboard.embedding.embed import Embedder
from leaderboard.evaluation.measure import measure
from leaderboard.records.files import to_json

REFUSED = 3
"""Exit status when the head is at fault; any other than it and 0 is ours."""


@final
class EmbeddedEncoder:
    """Stands for a backbone whose embeddings are all in the cache: it says which one, and encodes nothing."""

    def __init__(self, name: str, revision: str, dim: int, device: str, precision: str):
        self.name, self.revision, self.dim = name, revision, dim
        self.device, self.precision = device, precision

    def encode_images(self, images: Sequence[Image.Image]) -> NoReturn:
        """Raises RuntimeError: everything was embedded before."""
        raise RuntimeError(f"{self.name}: expected all images in the cache, {len(images)} are not")

    def encode_texts(self, texts: Sequence[str]) -> NoReturn:
        """Raises RuntimeError: everything was embedded before."""
        raise RuntimeError(f"{self.name}: expected all captions in the cache, {len(texts)} are not")


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0, or REFUSED with the reason as the last line on stderr."""
    options = _parser().parse_args(arguments)
    split = open_split(options.benchmark, options.split, options.revision, options.data, options.image_folder)
    name, revision, dim, device, precision = options.backbone
    encoder = EmbeddedEncoder(name, revision, int(dim), device, precision)
    try:
        record = measure(str(options.head), split, Embedder(encoder), options.command)
    except (ValueError, MemoryError) as error:
        print(" ".join(str(error).split()) or "it needs too much memory", file=sys.stderr)
        return REFUSED
    options.output.write_text(to_json(record), encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m leaderboard.submissions.sandboxed", description=__doc__)
    parser.add_argument("head", type=Path)
    parser.add_argument("output", type=Path)
    words = ("NAME", "REVISION", "DIM", "DEVICE", "PRECISION")
    parser.add_argument("--backbone", nargs=len(words), required=True, metavar=words)
    parser.add_argument("--benchmark", required=True)
    parser.add_argument("--split", required=True)
    parser.add_argument("--revision")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--image-folder")
    parser.add_argument("--command", required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main())
