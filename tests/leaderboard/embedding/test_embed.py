"""Embedding: every distinct crop and caption once, found again on disk, and rebuilt when the disk lies."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from fg_demo.boxes import Box, crop
from fg_demo.models.backbone import Preprocessor
from fg_demo.models.clip import TransformersBackbone, load_backbone
from leaderboard.benchmarks.catalogue import SUBSETS
from leaderboard.benchmarks.samples import Sample
from leaderboard.benchmarks.split import load_benchmark, open_split
from leaderboard.embedding import batches, crops
from leaderboard.embedding.crops import PooledRegions
from leaderboard.embedding.embed import Embedder, embed
from leaderboard.embedding.shards import read_shards
from tests.support.forked import Forked
from tests.support.tiny_adapter import write_random_adapter, write_text_adapter
from tests.support.tiny_benchmark import CONFIGS, CountingBackbone, annotations, paint
from tests.support.tiny_clip import write_tiny_clip

LEFT, RIGHT = Box(10.0, 10.0, 40.0, 50.0), Box(50.0, 20.0, 80.0, 60.0)
SAMPLES = [
    Sample("0", LEFT, "a", ("b", "c")),
    Sample("0", RIGHT, "b", ("a",)),
    Sample("1", LEFT, "c", ("d", "a")),
    Sample("0", LEFT, "d", ("b",)),
]
IMAGES = {"0": paint(0), "1": paint(1)}


def test_rows_are_the_samples_crops_and_captions(tmp_path: Path):
    backbone = CountingBackbone()
    candidates = embed(SAMPLES, IMAGES, backbone, tmp_path)
    fresh = CountingBackbone()
    for row, sample in enumerate(SAMPLES):
        texts = [sample.positive, *sample.negatives]
        assert torch.equal(
            candidates.image[row], fresh.encode_images([crop(IMAGES[sample.image], sample.box)])[0]
        )
        assert torch.equal(candidates.text[row, : len(texts)], fresh.encode_texts(texts))
        assert candidates.mask[row].tolist() == [True] * len(texts) + [False] * (3 - len(texts))


def test_each_distinct_crop_and_caption_is_encoded_once(tmp_path: Path):
    backbone = CountingBackbone()
    embed(SAMPLES, IMAGES, backbone, tmp_path)
    assert len(backbone.images) == 3 and sorted(backbone.texts) == ["a", "b", "c", "d"]


def test_a_second_run_encodes_nothing_and_gives_the_same_bits(tmp_path: Path):
    first = embed(SAMPLES, IMAGES, CountingBackbone(), tmp_path)
    backbone = CountingBackbone()
    second = embed(SAMPLES, IMAGES, backbone, tmp_path)
    assert backbone.images == [] and backbone.texts == []
    assert torch.equal(first.image, second.image) and torch.equal(first.text, second.text)


def test_subsets_share_what_they_have_in_common(tiny_benchmark: Path, tmp_path: Path):
    backbone = CountingBackbone()
    split = open_split(str(tiny_benchmark))
    embedded = Embedder(backbone, tmp_path).candidates(split.samples_by_subset(), split.images)
    assert list(embedded) == list(SUBSETS)
    # Of the eight regions two pairs show the same pixels.
    assert len(backbone.images) == len(set(backbone.images)) == 6
    rows = [row for negatives in CONFIGS.values() for row in annotations(4, negatives)]
    captions = {text for row in rows for text in (row["caption"], *row["negatives"])}
    assert sorted(backbone.texts) == sorted(captions)


def test_all_subsets_at_once_are_each_subset_alone(tiny_benchmark: Path, tmp_path: Path):
    images = open_split(str(tiny_benchmark)).images
    subsets = {
        name: load_benchmark(str(tiny_benchmark), name) for name in ("hard", "pattern", "transparency")
    }
    together = Embedder(CountingBackbone(), tmp_path / "together").candidates(subsets, images)
    for name, samples in subsets.items():
        alone = embed(samples, images, CountingBackbone(), tmp_path / name)
        for field in ("image", "captions", "index", "mask"):
            assert torch.equal(getattr(together[name], field), getattr(alone, field))


@pytest.mark.usefixtures("without_type_checks")  # which look into the images themselves
def test_each_image_is_decoded_once_for_all_subsets(tmp_path: Path):
    asked = []

    class Watched(dict):
        def __getitem__(self, image_id):
            asked.append(image_id)
            return super().__getitem__(image_id)

    Embedder(CountingBackbone(), tmp_path).candidates({"one": SAMPLES, "two": SAMPLES[::-1]}, Watched(IMAGES))
    assert sorted(asked) == ["0", "1"]


@pytest.mark.parametrize("change", ["revision", "name", "device", "precision"])
def test_another_backbone_shares_nothing(tmp_path: Path, change: str):
    embed(SAMPLES, IMAGES, CountingBackbone(), tmp_path)
    other = CountingBackbone()
    setattr(other, change, {"device": "cuda", "precision": "bfloat16"}.get(change, "another"))
    embed(SAMPLES, IMAGES, other, tmp_path)
    assert len(other.images) == 3 and len(other.texts) == 4


@pytest.mark.parametrize("rule", ["PREPROCESSING", "CROP_RULE"])
def test_another_way_from_image_to_pixels_shares_no_crop(
    tmp_path: Path, rule: str, monkeypatch: pytest.MonkeyPatch
):
    embed(SAMPLES, IMAGES, CountingBackbone(), tmp_path)
    monkeypatch.setattr(crops, rule, "another")
    backbone = CountingBackbone()
    embed(SAMPLES, IMAGES, backbone, tmp_path)
    assert len(backbone.images) == 3 and backbone.texts == []


def test_a_changed_image_is_embedded_again(tmp_path: Path):
    embed(SAMPLES, IMAGES, CountingBackbone(), tmp_path)
    changed = paint(1)
    changed.putpixel((20, 20), (1, 2, 3))
    backbone = CountingBackbone()
    embed(SAMPLES, {**IMAGES, "1": changed}, backbone, tmp_path)
    assert len(backbone.images) == 1 and backbone.texts == []


def test_same_bytes_in_another_shape_are_another_crop(tmp_path: Path):
    tall, wide = Image.new("RGB", (10, 40), "red"), Image.new("RGB", (40, 10), "red")
    backbone = CountingBackbone()
    Embedder(backbone, tmp_path).pairs({"t": ["x"], "w": ["y"]}, {"t": tall, "w": wide})
    assert len(backbone.images) == 2


def test_texts_are_batched_by_length(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(batches, "BATCHES", {"cpu": batches.Batches(32, 2, 10_000)})
    backbone = CountingBackbone()
    texts = ["long" * 9, "b", "long" * 8, "a"]
    pairs = Embedder(backbone, tmp_path).pairs({"0": texts}, IMAGES)
    assert [len(text) for text in backbone.texts] == [1, 1, 32, 36]
    assert torch.equal(pairs.text, CountingBackbone().encode_texts(texts))


def test_pairs_keep_every_caption_of_whole_images(tiny_benchmark: Path, tmp_path: Path):
    captions, images = open_split(str(tiny_benchmark)).captions, open_split(str(tiny_benchmark)).images
    pairs = Embedder(CountingBackbone(), tmp_path).pairs(captions, images)
    assert pairs.image_of_text.tolist() == [i for i in range(4) for _ in range(5)]
    assert torch.equal(pairs.image, CountingBackbone().encode_images([paint(i) for i in range(4)]))
    assert torch.equal(pairs.text[7], CountingBackbone().encode_texts(["scene 1, view 2"])[0])


def test_images_without_a_caption_are_no_trouble(tmp_path: Path):
    pairs = Embedder(CountingBackbone(), tmp_path).pairs({"0": [], "1": ["one"]}, IMAGES)
    assert pairs.image_of_text.tolist() == [1] and len(pairs.image) == 2


def test_progress_counts_to_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(batches, "BATCHES", {"cpu": batches.Batches(32, 3, 10_000)})
    reports = []
    embed(SAMPLES, IMAGES, CountingBackbone(), tmp_path, lambda *report: reports.append(report))
    crops = [report for report in reports if report[0] == "crops"]
    assert crops == sorted(crops) and crops[-1] == ("crops", 3, 3)
    assert reports[len(crops) :] == [("captions", 3, 4), ("captions", 4, 4)]


def test_what_was_embedded_before_an_interruption_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(batches, "BATCHES", {"cpu": batches.Batches(32, 1, 10_000)})

    class Interrupted(CountingBackbone):
        def encode_texts(self, texts):
            if len(self.texts) == 2:
                raise KeyboardInterrupt
            return super().encode_texts(texts)

    with pytest.raises(KeyboardInterrupt):
        embed(SAMPLES, IMAGES, Interrupted(), tmp_path)
    backbone = CountingBackbone()
    embed(SAMPLES, IMAGES, backbone, tmp_path)
    assert backbone.images == [] and len(backbone.texts) == 2


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The second run encodes what the first had not told, but for the one batch it was killed in."""
    monkeypatch.setattr(batches, "BATCHES", {"cpu": batches.Batches(32, 2, 10_000)})
    texts = [f"text {number}" for number in range(3000)]

    def first_run(tell: Callable[[int], None]) -> None:
        class Telling(CountingBackbone):
            def encode_texts(self, texts):
                tell(len(self.texts))
                return super().encode_texts(texts)

        Embedder(Telling(), tmp_path).pairs({"0": texts}, IMAGES)

    process = Forked(first_run)
    begun = [*process.read(12), *process.kill()]
    assert len(begun) < 1500
    backbone = CountingBackbone()
    pairs = Embedder(backbone, tmp_path).pairs({"0": texts}, IMAGES)
    assert backbone.images == [] and len(backbone.texts) <= 3000 - begun[-1]
    assert torch.equal(pairs.text, CountingBackbone().encode_texts(texts))


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty", "foreign"])
def test_a_damaged_shard_is_removed_and_embedded_again(tmp_path: Path, damage: str, caplog):
    first = embed(SAMPLES, IMAGES, CountingBackbone(), tmp_path)
    (shard,) = tmp_path.rglob("text/*.safetensors")
    content = bytearray(shard.read_bytes())
    if damage == "flip":
        content[-3] ^= 1
    shard.write_bytes(
        {"truncate": content[:-9], "flip": content, "empty": b"", "foreign": b"not a shard"}[damage]
    )
    backbone = CountingBackbone()
    second = embed(SAMPLES, IMAGES, backbone, tmp_path)
    assert len(backbone.texts) == 4 and backbone.images == []
    assert torch.equal(first.text, second.text)
    assert "removed from the cache" in caplog.text


def test_a_backbone_that_returns_no_numbers_is_refused_and_not_remembered(tmp_path: Path):
    class Broken(CountingBackbone):
        def encode_texts(self, texts):
            return super().encode_texts(texts) * torch.nan

    with pytest.raises(ValueError, match="embeddings: expected finite numbers"):
        embed(SAMPLES, IMAGES, Broken(), tmp_path)
    assert not list(tmp_path.rglob("text/*.safetensors"))


def test_a_missing_image_is_named(tmp_path: Path):
    with pytest.raises(ValueError, match=r"images: expected all 2 .*1 missing: \['1'\]"):
        embed(SAMPLES, {"0": IMAGES["0"]}, CountingBackbone(), tmp_path)


@pytest.mark.usefixtures("without_type_checks")
def test_an_image_that_does_not_open_stops_the_run_with_its_own_words(tmp_path: Path):
    class Unreadable(dict):
        def __getitem__(self, image_id):
            raise OSError(f"{image_id}: truncated")

    with pytest.raises(OSError, match="0: truncated"):
        embed(SAMPLES, Unreadable(IMAGES), CountingBackbone(), tmp_path)


def test_nothing_to_embed_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="samples: expected at least one"):
        embed([], IMAGES, CountingBackbone(), tmp_path)
    with pytest.raises(ValueError, match="hard, easy: expected at least one sample, got none"):
        Embedder(CountingBackbone(), tmp_path).candidates({"hard": [], "color": SAMPLES, "easy": []}, IMAGES)
    with pytest.raises(ValueError, match="captions: expected those of at least one image"):
        Embedder(CountingBackbone(), tmp_path).pairs({}, IMAGES)


def test_the_default_cache_is_the_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FG_CACHE", str(tmp_path / "named"))
    embed(SAMPLES, IMAGES, CountingBackbone())
    assert list((tmp_path / "named").rglob("*.safetensors"))


class WithoutThreads:
    """An encoder of which nothing is known but that it encodes images: they are made ready one after the other."""

    def __init__(self, encoder: Any):
        self.name, self.revision, self.dim = encoder.name, encoder.revision, encoder.dim
        self.device, self.precision = encoder.device, encoder.precision
        self.encode_images, self.encode_texts = encoder.encode_images, encoder.encode_texts


def test_threads_that_make_crops_ready_change_no_bit(tmp_path: Path):
    encoder = load_backbone(str(write_tiny_clip(tmp_path / "clip")), device="cpu")
    images = {str(number): paint(number).resize((40 + 9 * number, 300)) for number in range(4)}
    samples = [
        Sample(image, Box(left, 2, left + 20, 250), f"a {image}", ("another",))
        for image in images
        for left in (0.0, 3.5, 9.0)
    ]
    assert isinstance(encoder, Preprocessor) and not isinstance(WithoutThreads(encoder), Preprocessor)
    made = [
        Embedder(one, tmp_path / name).candidates({"all": samples}, images)["all"]
        for name, one in (("threads", encoder), ("one", WithoutThreads(encoder)))
    ]
    assert torch.equal(made[0].image, made[1].image) and torch.equal(made[0].captions, made[1].captions)
    shards = [
        [(shard.keys, shard.embeddings.tolist()) for _, shard in read_shards(folder, encoder.dim)]
        for folder in sorted(tmp_path.glob("*/embeddings/*/image"))
    ]
    assert len(shards) == 2 and shards[0] == shards[1]


def test_texts_are_encoded_by_how_much_they_are_together():
    budget = batches.Batches(images=32, texts=3, characters=100)
    assert list(batches.text_batches([10, 10, 10, 10, 40, 50, 60, 200], budget)) == [3, 2, 1, 1, 1]
    assert list(batches.text_batches([], budget)) == []


class WithRegions(CountingBackbone):
    """Embeds a region by its four edges, and counts the images that it is shown whole."""

    def __init__(self):
        super().__init__()
        self.wholes: list[Image.Image] = []

    def preprocess_whole(self, image: Image.Image) -> dict[str, torch.Tensor]:
        self.wholes.append(image)
        return {"pixel_values": torch.zeros(1)}

    def encode_regions(self, inputs: dict[str, torch.Tensor], boxes: torch.Tensor) -> torch.Tensor:
        return boxes.repeat(1, self.dim // 4)


def test_pooled_regions_look_at_each_image_once_and_are_found_again(tmp_path: Path):
    backbone, again = WithRegions(), WithRegions()
    for one in (backbone, again):
        found = Embedder(one, tmp_path, regions=PooledRegions(one)).candidates({"all": SAMPLES}, IMAGES)[
            "all"
        ]
    assert len(backbone.wholes) == 2 and again.wholes == [] and backbone.images == [], "two images, no crop"
    shares = torch.tensor(
        [
            [
                side / length
                for side, length in zip(
                    (box.left, box.top, box.right, box.bottom), 2 * IMAGES[image].size, strict=True
                )
            ]
            for image, box in ((one.image, one.box) for one in SAMPLES)
        ]
    )
    assert torch.allclose(found.image[:, :4], shares)


def test_crops_and_pooled_regions_share_no_embedding(tmp_path: Path):
    embed(SAMPLES, IMAGES, CountingBackbone(), tmp_path)
    backbone = WithRegions()
    Embedder(backbone, tmp_path, regions=PooledRegions(backbone)).candidates({"all": SAMPLES}, IMAGES)
    assert len(backbone.wholes) == 2 and backbone.texts == []


def test_a_backbone_without_patch_features_is_refused():
    with pytest.raises(ValueError, match="backbone: expected one with patch features, got counting"):
        PooledRegions(CountingBackbone())


def test_captions_are_kept_by_the_text_tower_that_an_adapter_of_images_leaves_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = write_tiny_clip(tmp_path / "tiny-clip")
    of_images = write_random_adapter(load_backbone(str(folder), device="cpu"), tmp_path / "of-images")
    of_texts = write_text_adapter(load_backbone(str(folder), device="cpu"), tmp_path / "of-texts")
    base = load_backbone(str(folder), device="cpu")
    found = embed(SAMPLES, IMAGES, base, tmp_path / "cache")
    encoded: list[str] = []
    tokenize = TransformersBackbone.tokenize
    monkeypatch.setattr(
        TransformersBackbone, "tokenize", lambda self, texts: encoded.extend(texts) or tokenize(self, texts)
    )
    adapted = embed(SAMPLES, IMAGES, load_backbone(str(folder), str(of_images), "cpu"), tmp_path / "cache")
    assert not encoded and torch.equal(adapted.captions, found.captions)
    assert not torch.allclose(adapted.image, found.image)
    other = embed(SAMPLES, IMAGES, load_backbone(str(folder), str(of_texts), "cpu"), tmp_path / "cache")
    assert sorted(encoded) == ["a", "b", "c", "d"] and not torch.allclose(other.captions, found.captions)
