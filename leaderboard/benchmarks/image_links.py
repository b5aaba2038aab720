"""A benchmark's image as a file, so that a link can show it in the demo."""

import hashlib
import tempfile
from pathlib import Path

from heads.io.atomic import replacing
from leaderboard.benchmarks.at_hand import NotHereError, images_at_hand, is_at_hand
from leaderboard.benchmarks.catalogue import BENCHMARKS

FOLDER = tempfile.TemporaryDirectory(prefix="benchmark-images-")


def image_name(benchmark: str, split: str | None, image: str) -> str:
    """How a link names the image: benchmark/split/image."""
    return f"{benchmark}/{split or 'test'}/{image}"


def image_file(name: str) -> Path:
    """A file of the image that `image_name` named, the same for the same one; nothing is downloaded for it.

    Raises ValueError when it is of no benchmark listed here, the benchmark has no such image, or it is not on
    this machine.
    """
    benchmark, split, image = [*name.split("/", 2), "", ""][:3]
    if benchmark not in BENCHMARKS:
        raise ValueError(
            f"image: expected one of {', '.join(BENCHMARKS)}, then /split/image, got {name[:80]!r}"
        )
    images = images_at_hand(benchmark, split)
    if image not in images:
        raise ValueError(f"image: expected one of {benchmark} {split}, got {image[:80]!r}")
    if not is_at_hand(images, image):
        raise NotHereError(f"The image {image} of {benchmark} {split} is not on this machine.")
    path = Path(FOLDER.name) / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.png"
    if not path.is_file():
        with replacing(path) as aside:
            images[image].save(aside, "PNG")
    return path
