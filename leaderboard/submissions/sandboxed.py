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

from leaderboard.benchmarks.source import Source
from leaderboard.evaluation.measure import measure
from leaderboard.records.files import to_json

REFUSED = 3
"""Exit status when the head is at fault; any other than it and 0 is ours."""


@final
class EmbeddedBackbone:
    """Stands for a backbone whose embeddings are all in the cache: it says which one, and encodes nothing."""

    def __init__(self, name: str, revision: str, dim: int, logit_scale: float):
        self.name, self.revision, self.dim, self.logit_scale = name, revision, dim, logit_scale
        self.device = "cpu"

    def encode_images(self, images: Sequence[Image.Image]) -> NoReturn:
        """Raises RuntimeError: everything was embedded before."""
        raise RuntimeError(f"{self.name}: expected all images in the cache, {len(images)} are not")

    def encode_texts(self, texts: Sequence[str]) -> NoReturn:
        """Raises RuntimeError: everything was embedded before."""
        raise RuntimeError(f"{self.name}: expected all captions in the cache, {len(texts)} are not")

    def encode(self, images: Sequence[Image.Image], texts: Sequence[str]) -> NoReturn:
        """Raises RuntimeError: everything was embedded before."""
        raise RuntimeError(
            f"{self.name}: expected all embeddings in the cache, {len(images) + len(texts)} are not"
        )

    def preview(self, image: Image.Image) -> Image.Image:
        """The image as it is."""
        return image

    def overlong(self, texts: Sequence[str]) -> list[str]:
        """None: captions are not read here."""
        return []


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0, or REFUSED with the reason as the last line on stderr."""
    options = _parser().parse_args(arguments)
    source = Source(options.benchmark, options.split, options.revision)
    name, revision, dim, scale = options.backbone
    backbone = EmbeddedBackbone(name, revision, int(dim), float(scale))
    try:
        record = measure(str(options.head), source, backbone, options.command)
    except (ValueError, MemoryError) as error:
        print(" ".join(str(error).split()) or "it needs too much memory", file=sys.stderr)
        return REFUSED
    options.output.write_text(to_json(record), encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m leaderboard.submissions.sandboxed", description=__doc__)
    parser.add_argument("head", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--backbone", nargs=4, required=True, metavar=("NAME", "REVISION", "DIM", "SCALE"))
    parser.add_argument("--benchmark", required=True)
    parser.add_argument("--split", required=True)
    parser.add_argument("--revision")
    parser.add_argument("--command", required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main())
