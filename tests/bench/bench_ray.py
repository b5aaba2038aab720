"""Crops embedded by workers of Ray beside our own loop, on this machine and with the same threads."""

import statistics
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from fg_demo.models.clip import load_backbone
from leaderboard.benchmarks.samples import Sample
from leaderboard.benchmarks.split import load_benchmark, open_split
from leaderboard.embedding.embed import Embedder
from leaderboard.embedding.ray_cluster import ray_encoder
from tests.bench.bench_demo import write_vit_b16
from tests.bench.bench_embed import word_tokenizer
from tests.bench.bench_row import Row, in_turn

REGIONS = {"ViT-B/16": 192, "mini-clip": 2000}
"""Distinct ones, so many that beginning and end do not count."""


def measure_ray(repetitions: int = 3) -> list[Row]:
    """A row for each backbone. Ray and its workers have begun before the time does, as the backbone of our own loop has
    been loaded.
    """
    samples = load_benchmark("fg-rendered", "hard") + load_benchmark("fg-rendered", "trivial")
    images = open_split("fg-rendered").images
    with tempfile.TemporaryDirectory(prefix="bench-ray-") as folder:
        tokenizer = word_tokenizer(sample.positive for sample in samples)
        source = write_vit_b16(Path(folder) / "vit-b-16", tokenizer)
        names = {"ViT-B/16": str(source), "mini-clip": "mini-clip"}
        return [
            ray_row(what, name, _alone(samples, REGIONS[what]), images, Path(folder), repetitions)
            for what, name in names.items()
        ]


def ray_row(
    what: str,
    backbone: str,
    samples: list[Sample],
    images: Mapping[str, Image.Image],
    folder: Path,
    repetitions: int,
) -> Row:
    """A crop from an image file to its embedding on disk."""

    def embed(encoder: Any) -> None:
        with tempfile.TemporaryDirectory(dir=folder) as cache:
            Embedder(encoder, Path(cache)).candidates({"all": samples}, images)

    own = load_backbone(backbone, device="cpu")
    with ray_encoder(backbone, "cpu") as by_ray:
        seconds = in_turn({"ray": lambda: embed(by_ray), "own": lambda: embed(own)}, repetitions)
    each = {name: tuple(1000 * spent / len(samples) for spent in runs) for name, runs in seconds.items()}
    rate = 1000 / statistics.median(each["ray"])
    return Row(
        f"embed: a crop of {len(samples)}, by workers of Ray, {what} ({rate:,.0f}/s)",
        "ms",
        each["ray"],
        "our own loop",
        each["own"],
        "≥ 0.9 ×",
    )


def _alone(samples: list[Sample], most: int) -> list[Sample]:
    """The regions, each once, with hardly any text beside them."""
    regions = dict.fromkeys((sample.image, sample.box) for sample in samples)
    return [Sample(image, box, "a", ("b",)) for image, box in list(regions)[:most]]
