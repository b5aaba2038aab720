"""What a page reads of a benchmark without asking the network: no link makes this machine fetch anything."""

from collections import ChainMap
from collections.abc import Mapping

from PIL import Image

from fg_demo.models.once import Once
from leaderboard.benchmarks.catalogue import BENCHMARKS
from leaderboard.benchmarks.remote_images import PlacedImages
from leaderboard.benchmarks.samples import Sample
from leaderboard.benchmarks.source import load_benchmark, load_images, reader_at_hand

_fetched_samples: dict[tuple[str, str, str], list[Sample]] = {}
_fetched_images: dict[tuple[str, str], Mapping[str, Image.Image]] = {}


class NotHereError(ValueError):
    """What was asked for would have to be downloaded."""


def fetch(name: str, subset: str, split: str) -> None:
    """Get samples and images from where they are, for a visitor who asked for them.

    Raises ValueError for a benchmark that is not listed (a visitor does not choose what is downloaded), and as
    `load_benchmark` does.
    """
    if name not in BENCHMARKS:
        raise ValueError(f"benchmark: expected one of {', '.join(BENCHMARKS)}, got {name[:80]!r}")
    _fetched_samples[name, subset, split] = load_benchmark(name, subset, split)
    if (name, split) not in _fetched_images:
        _fetched_images[name, split] = load_images(name, split)


def samples_at_hand(name: str, subset: str, split: str) -> list[Sample]:
    """As `load_benchmark`; NotHereError where it would have to ask the network."""
    fetched = _fetched_samples.get((name, subset, split))
    if fetched is not None:
        return fetched
    if reader_at_hand(name, split) is None:
        raise NotHereError(f"The rows of {name} {split} are not on this machine.")
    return load_benchmark(name, subset, split)


def images_at_hand(name: str, split: str) -> Mapping[str, Image.Image]:
    """As `load_images`, of what is on this machine; ask `is_at_hand` before an image is asked for.

    Raises NotHereError where it would have to ask the network, ValueError when there is no such split.
    """
    fetched = _fetched_images.get((name, split))
    return fetched if fetched is not None else _images(f"{name}/{split}")


def is_at_hand(images: Mapping[str, Image.Image], image: str) -> bool:
    """Whether the image is there and needs no download."""
    if isinstance(images, ChainMap):
        return any(is_at_hand(part, image) for part in images.maps)
    return image in images and not (isinstance(images, PlacedImages) and images.local_file(image) is None)


def _open(place: str) -> Mapping[str, Image.Image]:
    name, _, split = place.rpartition("/")
    reader = reader_at_hand(name, split)
    if reader is None:
        raise NotHereError(f"The images of {name} {split} are not on this machine.")
    return reader.images()


_images = Once(_open)
