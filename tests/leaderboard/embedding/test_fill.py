"""Several processes that fill one cache: each crop and caption encoded once, the same bits as by one, kills or not."""

import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor

from fg_demo.boxes import Box
from heads.candidates import Candidates
from heads.io.object_store import ObjectStore
from heads.pairs import Pairs
from leaderboard.benchmarks.samples import Sample
from leaderboard.embedding import batches, store
from leaderboard.embedding.embed import Embedder
from leaderboard.embedding.sharing import parts
from leaderboard.embedding.sharing.exchange import Moved, Shards
from leaderboard.embedding.sharing.parts import MachineShare
from tests.support.forked import Forked
from tests.support.tiny_benchmark import CountingBackbone, paint

IMAGES: Mapping[str, Image.Image] = {str(number): paint(number) for number in range(12)}
SUBSETS = {
    "all": [
        Sample(
            image,
            Box(10.0, 10.0, 40.0 + step, 50.0),
            f"{image} {step}",
            (f"no {step}", f"{image} {'no' * step}"),
        )
        for image in IMAGES
        for step in range(5)
    ]
}
CAPTIONS = {image: [f"all of {image}", f"no {number}"] for number, image in enumerate(IMAGES)}


class Sensitive(CountingBackbone):
    """Rounds by what is encoded at the same time, as a matrix product does: other batches, other bits."""

    def encode_images(self, images: Sequence[Image.Image]) -> Tensor:
        return self._rounded(super().encode_images(images))

    def encode_texts(self, texts: Sequence[str]) -> Tensor:
        return self._rounded(super().encode_texts(texts))

    def _rounded(self, embeddings: Tensor) -> Tensor:
        return embeddings * (1 + 1e-4 * torch.arange(len(embeddings))[:, None]) + 1e-3 * len(embeddings)


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parts, "REGIONS", 7)
    monkeypatch.setattr(parts, "TEXTS", 11)
    monkeypatch.setattr(batches, "BATCHES", {"cpu": batches.Batches(3, 4, 10_000)})


def embedded(cache: Path, backbone: CountingBackbone) -> tuple[Candidates, Pairs]:
    embedder = Embedder(backbone, cache)
    return embedder.candidates(SUBSETS, IMAGES)["all"], embedder.pairs(CAPTIONS, IMAGES)


def check_same(one: tuple[Candidates, Pairs], other: tuple[Candidates, Pairs]) -> None:
    for field in ("image", "captions", "index", "mask"):
        assert torch.equal(getattr(one[0], field), getattr(other[0], field)), field
    for field in ("image", "text", "image_of_text"):
        assert torch.equal(getattr(one[1], field), getattr(other[1], field)), field


def fill(cache: Path, backbone: CountingBackbone) -> None:
    Embedder(backbone, cache).fill(SUBSETS, CAPTIONS, IMAGES)


def test_one_process_fills_what_embedding_then_finds(tmp_path: Path):
    alone = embedded(tmp_path / "alone", Sensitive())
    fill(tmp_path / "filled", Sensitive())
    backbone = Sensitive()
    check_same(embedded(tmp_path / "filled", backbone), alone)
    assert backbone.images == [] and backbone.texts == []


def test_several_processes_encode_each_once_and_give_the_bits_of_one(tmp_path: Path):
    first = Sensitive()
    alone = embedded(tmp_path / "alone", first)

    def work(tell: Callable[[int], None]) -> None:
        backbone = Sensitive()
        fill(tmp_path / "shared", backbone)
        tell(len(backbone.images))
        tell(len(backbone.texts))

    ended = [process.rest() for process in [Forked(work) for _ in range(3)]]
    assert [status for _, status in ended] == [0] * 3
    counts = [sum(of_each) for of_each in zip(*(told for told, _ in ended), strict=True)]
    assert counts == [len(first.images), len(first.texts)]
    backbone = Sensitive()
    check_same(embedded(tmp_path / "shared", backbone), alone)
    assert backbone.images == [] and backbone.texts == []


@pytest.mark.parametrize("batch", [1, 5, 25, 35])
def test_what_a_killed_process_began_is_finished_by_another(tmp_path: Path, batch: int):
    """It is killed when it has begun so many batches; another that runs meanwhile ends with all of it."""
    alone = embedded(tmp_path / "alone", Sensitive())

    def stops(tell: Callable[[int], None]) -> None:
        class Stopping(Sensitive):
            def _rounded(self, embeddings: Tensor) -> Tensor:
                self.begun = getattr(self, "begun", 0) + 1
                if self.begun == batch:
                    tell(batch)
                    signal.pause()
                return super()._rounded(embeddings)

        fill(tmp_path / "shared", Stopping())

    killed = Forked(stops)
    assert killed.read(1) == [batch]
    other = Forked(lambda tell: fill(tmp_path / "shared", Sensitive()))
    killed.kill()
    assert other.rest() == ([], 0)
    backbone = Sensitive()
    check_same(embedded(tmp_path / "shared", backbone), alone)
    assert backbone.images == [] and backbone.texts == []


@pytest.mark.parametrize("machines", [1, 3, 40])
def test_machines_that_share_nothing_but_a_store_encode_each_once_and_give_the_bits_of_one(
    tmp_path: Path, machines: int
):
    first = Sensitive()
    alone = embedded(tmp_path / "alone", first)
    counts = [0, 0]
    for place in range(1, machines + 1):
        backbone = Sensitive()
        # A cache a machine, and what others have put is not taken: all might run at the same time.
        shards = Shards(ObjectStore(str(tmp_path / "objects" / str(place))))
        share = MachineShare(place, machines)
        Embedder(backbone, tmp_path / str(place), shards=shards).fill(SUBSETS, CAPTIONS, IMAGES, share)
        counts = [counts[0] + len(backbone.images), counts[1] + len(backbone.texts)]
    assert counts == [len(first.images), len(first.texts)]
    last, backbone = tmp_path / "last", Sensitive()
    for place in range(1, machines + 1):
        Embedder(backbone, last, shards=Shards(ObjectStore(str(tmp_path / "objects" / str(place))))).open()
    check_same(embedded(last, backbone), alone)
    assert backbone.images == [] and backbone.texts == []


def test_what_a_machine_embeds_at_once_is_put_in_objects_of_a_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(store.ROWS, "text", 5)
    objects = ObjectStore(f"{tmp_path}/objects")
    one = Embedder(Sensitive(), tmp_path / "one", shards=Shards(objects))
    one.texts([f"text {number}" for number in range(23)])
    shards = Shards(objects)
    Embedder(backbone := Sensitive(), tmp_path / "other", shards=shards).open()
    assert shards.taken == Moved(4, 23) and backbone.texts == []


def test_a_subset_without_samples_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="hard: expected at least one sample, got none"):
        Embedder(CountingBackbone(), tmp_path).fill({"hard": []}, CAPTIONS, IMAGES)


def test_no_captions_are_none_to_fill(tmp_path: Path):
    Embedder(CountingBackbone(), tmp_path).fill(SUBSETS, {}, IMAGES)
    backbone = CountingBackbone()
    Embedder(backbone, tmp_path).candidates(SUBSETS, IMAGES)
    assert backbone.images == [] and backbone.texts == []
