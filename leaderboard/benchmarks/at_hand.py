"""What a page reads of a benchmark without asking the network: no link makes this machine fetch anything."""

from collections import ChainMap
from collections.abc import Mapping

from PIL import Image

from fg_demo.models.once import Once
from leaderboard.benchmarks.catalogue import BENCHMARKS
from leaderboard.benchmarks.readers.remote_images import PlacedImages
from leaderboard.benchmarks.samples import Sample
from leaderboard.benchmarks.split import BenchmarkSplit, open_split

_fetched: dict[tuple[str, str], BenchmarkSplit] = {}
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
    opened = _fetched.get((name, split)) or open_split(name, split)
    opened.samples(subset)
    _fetched_images[name, split] = opened.images
    _fetched[name, split] = opened


def samples_at_hand(name: str, subset: str, split: str) -> list[Sample]:
    """As `load_benchmark`; NotHereError where it would have to ask the network."""
    return _at_hand(name, split, "rows").samples(subset).samples


def images_at_hand(name: str, split: str) -> Mapping[str, Image.Image]:
    """The split's images by id that are on this machine; ask `is_at_hand` before an image is asked for.

    Raises NotHereError where it would have to ask the network, ValueError when there is no such split.
    """
    fetched = _fetched_images.get((name, split))
    return fetched if fetched is not None else _images(f"{name}/{split}")


def is_at_hand(images: Mapping[str, Image.Image], image: str) -> bool:
    """Whether the image is there and needs no download."""
    if isinstance(images, ChainMap):
        return any(is_at_hand(part, image) for part in images.maps)
    return image in images and not (isinstance(images, PlacedImages) and images.local_file(image) is None)


def _at_hand(name: str, split: str, what: str) -> BenchmarkSplit:
    fetched = _fetched.get((name, split))
    if fetched is not None:
        return fetched
    opened = open_split(name, split)
    if not opened.is_here:
        raise NotHereError(f"The {what} of {name} {split} are not on this machine.")
    return opened


def _open_images(place: str) -> Mapping[str, Image.Image]:
    name, _, split = place.rpartition("/")
    return _at_hand(name, split, "images").reader.images()


_images = Once(_open_images)
