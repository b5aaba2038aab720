"""A split's rows and images brought onto this machine, each image once, and what was brought."""

from collections import ChainMap
from collections.abc import Mapping
from typing import Any

from PIL import Image

from fg_demo.models.backbone import Encoder
from leaderboard.benchmarks.readers.remote_images import PlacedImages
from leaderboard.benchmarks.split import BenchmarkSplit
from leaderboard.embedding.embed import Progress
from leaderboard.evaluation.measure import benchmark_entry

MOST_FAILURES = 100
"""Images that may fail before the rest is left alone: then it is the network that is gone, or the server."""


def fetch_split(
    split: BenchmarkSplit, encoder: Encoder, progress: Progress | None = None
) -> tuple[dict[str, Any], dict[str, str]]:
    """What the split is, by revisions and counts, and the images that could not be had with the reason.

    Rows that are wrong, or cannot be had, raise as `load_benchmark` does.
    """
    samples = split.samples_by_subset()
    captions = split.captions
    regions = {(sample.image, sample.box) for some in samples.values() for sample in some}
    texts = {
        text for some in samples.values() for sample in some for text in (sample.positive, *sample.negatives)
    }
    texts |= {text for of_image in captions.values() for text in of_image}
    images = list(dict.fromkeys([*(image for image, _ in sorted(regions, key=str)), *captions]))
    failed = fetch_images(split.images, images, progress)
    entry = benchmark_entry(split)
    receipt = {
        "backbone": encoder.name,
        "backbone_revision": encoder.revision,
        "benchmark": entry.name,
        "benchmark_revision": entry.revision,
        "split": entry.split,
        "images": len(images),
        "crops": len(regions) + len(captions),
        "captions": len(texts),
    }
    return receipt, failed


def fetch_images(
    images: Mapping[str, Image.Image], wanted: list[str], progress: Progress | None = None
) -> dict[str, str]:
    """Those of the wanted that could not be had, with the reason; an image that lies in rows is here with them."""
    failed: dict[str, str] = {}
    for number, image in enumerate(wanted, 1):
        try:
            _fetch(images, image)
        except (OSError, ValueError) as error:
            failed[image] = str(error)
            if len(failed) == MOST_FAILURES:
                break
        if progress:
            progress("images", number, len(wanted))
    return failed


def _fetch(images: Mapping[str, Image.Image], image: str) -> None:
    parts = images.maps if isinstance(images, ChainMap) else [images]
    holder = next((part for part in parts if image in part), None)
    if holder is None:
        raise ValueError("expected among the split's images, got a row that names another")
    if isinstance(holder, PlacedImages):
        holder.fetch(image)
