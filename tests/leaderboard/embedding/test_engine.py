"""Who encodes decides nothing, and an image that does not open keeps no other from being embedded."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, final

import pytest
import torch

from fg_demo.boxes import Box
from heads.io.download import DownloadError
from leaderboard.benchmarks.samples import Sample
from leaderboard.benchmarks.split import open_split
from leaderboard.embedding.crops import Crops
from leaderboard.embedding.embed import Embedder
from leaderboard.embedding.engine import Encoded, Here, UnreadableImages
from leaderboard.embedding.shards import read_shards
from tests.support.tiny_benchmark import CountingBackbone, paint, truncate_image, write_benchmark

IMAGES = {str(number): paint(number) for number in range(6)}
SAMPLES = [
    Sample(image, Box(left, 2, left + 30, 60), f"a {image}", ("another",))
    for image in IMAGES
    for left in (0.0, 20.0)
]


@final
class Elsewhere:
    """A backbone and an engine that begins every batch before it gives one back, the last one first."""

    def __init__(self, backbone: CountingBackbone):
        self.name, self.revision, self.dim = backbone.name, backbone.revision, backbone.dim
        self.device, self.precision = backbone.device, backbone.precision
        self.encode_images, self.encode_texts = backbone.encode_images, backbone.encode_texts
        self._here = Here(backbone, Crops(backbone))

    def cut(self, tasks: Sequence, images: Mapping, known: Any) -> Generator:
        return self._here.cut(tasks, images, frozenset(known))

    def embed_regions(self, batches: Iterable) -> Generator[Encoded, None, None]:
        yield from reversed(list(self._here.embed_regions(batches)))

    def embed_texts(self, batches: Iterable) -> Generator[Encoded, None, None]:
        yield from reversed(list(self._here.embed_texts(batches)))


def shards(cache: Path) -> list[tuple[list[bytes], list]]:
    folders = sorted(cache.glob("embeddings/*/*"))
    found = [shard for folder in folders for _, shard in read_shards(folder, CountingBackbone.dim)]
    return sorted((keys, rows.tolist()) for keys, rows in found)


def test_an_encoder_elsewhere_gives_the_same_shards(tmp_path: Path):
    here, elsewhere = CountingBackbone(), CountingBackbone()
    expected = Embedder(here, tmp_path / "here", batch_size=3).candidates({"all": SAMPLES}, IMAGES)["all"]
    reports: list[tuple[str, int, int]] = []
    embedder = Embedder(
        Elsewhere(elsewhere), tmp_path / "there", lambda *report: reports.append(report), batch_size=3
    )
    found = embedder.candidates({"all": SAMPLES}, IMAGES)["all"]
    assert torch.equal(found.image, expected.image) and torch.equal(found.captions, expected.captions)
    assert sorted(elsewhere.images) == sorted(here.images)
    assert len(shards(tmp_path / "there")) == 5 and shards(tmp_path / "there") == shards(tmp_path / "here")
    assert ("crops", 12, 12) in reports and reports[-1] == ("captions", 7, 7)


class WithBad(dict):
    """Images of which two do not open."""

    error: type[OSError] = OSError

    def __getitem__(self, image_id: str) -> Any:
        if image_id in ("1", "4"):
            raise self.error("truncated")
        return super().__getitem__(image_id)


@pytest.mark.usefixtures("without_type_checks")  # which look into the images themselves
def test_images_that_do_not_open_are_counted_and_named_once_all_others_are_embedded(tmp_path: Path):
    embedder = Embedder(CountingBackbone(), tmp_path)
    words = r"expected all to open, 2 did not, .*: 1 \(truncated\); 4 \(truncated\)"
    with pytest.raises(UnreadableImages, match=words) as stopped:
        embedder.candidates({"all": SAMPLES}, WithBad(IMAGES))
    assert stopped.value.reasons == {"1": "truncated", "4": "truncated"}
    backbone = CountingBackbone()
    rest = [sample for sample in SAMPLES if sample.image not in stopped.value.reasons]
    with pytest.raises(UnreadableImages, match=words):
        Embedder(backbone, tmp_path).fill({"all": SAMPLES}, {}, WithBad(IMAGES))
    found = Embedder(backbone, tmp_path).candidates({"all": rest}, WithBad(IMAGES))["all"]
    assert backbone.images == [] and len(found) == 8


def test_a_broken_image_of_a_benchmark_is_named(tmp_path: Path):
    """And none is decoded only to see whether it is there."""
    folder = write_benchmark(tmp_path / "benchmark", 5, ("test",))
    truncate_image(folder, 3)
    opened = open_split(str(folder))
    with pytest.raises(UnreadableImages, match=r"expected all to open, 1 did not, .*: 3 \(image: "):
        Embedder(CountingBackbone(), tmp_path).candidates(opened.samples_by_subset(), opened.images)


@pytest.mark.usefixtures("without_type_checks")
def test_an_image_that_cannot_be_downloaded_stops_the_run(tmp_path: Path):
    """It is no fault of the image, and the next one cannot be had either."""

    class Unreachable(WithBad):
        error = DownloadError

    with pytest.raises(DownloadError, match="truncated"):
        Embedder(CountingBackbone(), tmp_path).candidates({"all": SAMPLES}, Unreachable(IMAGES))
