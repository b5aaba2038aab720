"""A benchmark's image as a file, so that a link can show it in the demo."""

import hashlib
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from PIL import Image

from heads.atomic import replacing
from leaderboard.benchmark import BENCHMARKS, load_images

FOLDER = tempfile.TemporaryDirectory(prefix="benchmark-images-")


def image_name(benchmark: str, split: str | None, image: str) -> str:
    """How a link names the image: benchmark/split/image."""
    return f"{benchmark}/{split or 'test'}/{image}"


def image_file(name: str) -> Path:
    """A file of the image that `image_name` named, the same for the same one.

    Raises ValueError when it is of no benchmark listed here (a visitor does not choose what is downloaded),
    or the benchmark has no such image.
    """
    benchmark, split, image = [*name.split("/", 2), "", ""][:3]
    if benchmark not in BENCHMARKS:
        raise ValueError(
            f"image: expected one of {', '.join(BENCHMARKS)}, then /split/image, got {name[:80]!r}"
        )
    images = _images(benchmark, split)
    if image not in images:
        raise ValueError(f"image: expected one of {benchmark} {split}, got {image[:80]!r}")
    path = Path(FOLDER.name) / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.png"
    if not path.is_file():
        with replacing(path) as aside:
            images[image].save(aside, "PNG")
    return path


@lru_cache(maxsize=4)
def _images(benchmark: str, split: str) -> Mapping[str, Image.Image]:
    return load_images(benchmark, split)
