"""Crops and captions made ready by threads for the encoder, beside each part of the work alone."""

import io
import statistics
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from PIL import Image

from fg_demo.boxes import Box, crop
from leaderboard.benchmarks.samples import Sample
from leaderboard.embedding.batches import IMAGE_BATCH, TEXT_BATCH
from leaderboard.embedding.embed import Embedder
from leaderboard.embedding.engine import DECODERS
from tests.bench.bench_row import Row, in_turn


def fed_row(
    images: Mapping[str, Image.Image],
    regions: Sequence[tuple[str, Box]],
    what: str,
    backbone: Any,
    folder: Path,
    repetitions: int,
) -> Row:
    """A crop from a JPEG in memory to its embedding on disk, by threads that feed the encoder, beside the slower of
    preprocessing alone and encoding alone. With fewer cores than both need they share, and the ratio says so.
    """
    files = {image: _as_jpeg(pixels) for image, pixels in images.items()}
    opened = _Files(files)
    samples = {"all": [Sample(image, box, "a", ("b",)) for image, box in regions]}
    ready = [backbone.preprocess(crop(opened[image], box)) for image, box in regions]
    batches = [ready[start : start + IMAGE_BATCH] for start in range(0, len(ready), IMAGE_BATCH)]

    def preprocess() -> None:
        with ThreadPoolExecutor(DECODERS) as pool:
            list(pool.map(lambda region: backbone.preprocess(crop(opened[region[0]], region[1])), regions))

    def together() -> None:
        with tempfile.TemporaryDirectory(dir=folder) as cache:
            Embedder(backbone, Path(cache)).candidates(samples, opened)

    seconds = in_turn(
        {
            "preprocessing": preprocess,
            "encoding": lambda: [backbone.encode_inputs(batch) for batch in batches],
            "both": together,
        },
        repetitions,
    )
    return beside_slower(f"a crop, fed by threads, {what}", seconds, len(regions))


def tokenized_row(captions: Sequence[str], what: str, backbone: Any, folder: Path, repetitions: int) -> Row:
    """A caption to its embedding on disk, tokenized by a thread, beside the slower of tokenizing and encoding alone."""
    batches = [captions[start : start + TEXT_BATCH] for start in range(0, len(captions), TEXT_BATCH)]
    ready = [backbone.tokenize(batch) for batch in batches]

    def together() -> None:
        with tempfile.TemporaryDirectory(dir=folder) as cache:
            Embedder(backbone, Path(cache)).texts(captions)

    seconds = in_turn(
        {
            "tokenizing": lambda: [backbone.tokenize(batch) for batch in batches],
            "encoding": lambda: [backbone.encode_tokens(tokens) for tokens in ready],
            "both": together,
        },
        repetitions,
    )
    return beside_slower(f"a caption, tokenized by a thread, {what}", seconds, len(captions))


def beside_slower(what: str, seconds: Mapping[str, tuple[float, ...]], many: int) -> Row:
    """Both parts of so many inputs at once beside the slower of the two alone, and how many of each a second are done."""
    each = {name: tuple(1000 * spent / many for spent in runs) for name, runs in seconds.items()}
    apart = [name for name in each if name != "both"]
    slower = max(apart, key=lambda name: statistics.median(each[name]))
    rates = ", ".join(f"{name} alone {1000 / statistics.median(each[name]):,.0f}/s" for name in apart)
    return Row(f"embed: {what} ({rates})", "ms", each["both"], f"{slower} alone", each[slower], "≥ 0.9 ×")


class _Files(Mapping[str, Image.Image]):
    """Images decoded when they are asked for, as those of a benchmark are."""

    def __init__(self, files: Mapping[str, bytes]):
        self._files = files

    def __getitem__(self, image: str) -> Image.Image:
        return Image.open(io.BytesIO(self._files[image])).convert("RGB")

    def __contains__(self, image: object) -> bool:
        return image in self._files

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def _as_jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG")
    return buffer.getvalue()
