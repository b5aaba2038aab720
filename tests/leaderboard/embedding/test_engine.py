"""Who encodes decides nothing, and an image that does not open keeps no other from being embedded."""

from collections import defaultdict
from collections.abc import Generator, Iterable, Mapping, Sequence
from pathlib import Path
from threading import Event
from typing import Any, final

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fg_demo.boxes import Box
from fg_demo.models.backbone import ModelInputs, Preprocessor, TokenizedTexts
from fg_demo.models.clip import load_backbone
from heads.io.download import DownloadError
from leaderboard.benchmarks.samples import Sample
from leaderboard.benchmarks.split import open_split
from leaderboard.embedding.crops import Crops
from leaderboard.embedding.embed import Embedder
from leaderboard.embedding.engine import TOKENIZED, Encoded, Here, UnreadableImages
from leaderboard.embedding.shards import read_shards
from tests.support.tiny_benchmark import CountingBackbone, paint, truncate_image, write_benchmark
from tests.support.tiny_families import WRITERS

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


@pytest.fixture(scope="module", params=list(WRITERS))
def of_family(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = WRITERS[request.param](tmp_path_factory.mktemp("models") / request.param)
    return load_backbone(str(folder), device="cpu")


TEXTS = st.lists(st.text("Aa mug红", min_size=1, max_size=60), min_size=1, max_size=6)


@settings(max_examples=15, deadline=None)
@given(st.lists(TEXTS, max_size=6))
def test_texts_that_are_tokenized_ahead_get_the_same_embeddings_to_the_last_bit(
    of_family: Any, batches: list[list[str]]
):
    """Of every family, and where several texts of a batch are read alike."""
    keyed = [{f"{place} {text}".encode(): text for place, text in enumerate(batch)} for batch in batches]
    found = list(Here(of_family, Crops(of_family)).embed_texts(keyed))
    assert [keys for keys, _ in found] == [list(batch) for batch in keyed]
    for (_, rows), batch in zip(found, batches, strict=True):
        assert torch.equal(rows, of_family.encode_texts(batch))


class Tokenizing(CountingBackbone):
    """Encodes a batch only once the next one is tokenized, or there is none."""

    compiled = False

    def __init__(self, batches: int):
        super().__init__()
        self.batches, self.encoded, self.tokenized = batches, 0, 0
        self._is_tokenized: defaultdict[int, Event] = defaultdict(Event)

    def preprocess(self, image: Image.Image) -> ModelInputs:
        return {}

    def encode_inputs(self, inputs: Sequence[ModelInputs]) -> torch.Tensor:
        return torch.zeros(len(inputs), self.dim)

    def tokenize(self, texts: Sequence[str]) -> TokenizedTexts:
        assert self.tokenized - self.encoded <= TOKENIZED, "no more ahead than that"
        self._is_tokenized[self.tokenized].set()
        self.tokenized += 1
        return TokenizedTexts({}, [int(text) for text in texts])

    def encode_tokens(self, tokens: TokenizedTexts) -> torch.Tensor:
        if self.encoded + 1 < self.batches:
            assert self._is_tokenized[self.encoded + 1].wait(600), "the next one is tokenized meanwhile"
        self.encoded += 1
        return torch.tensor(tokens.rows).float()[:, None].expand(-1, self.dim)


def test_the_next_texts_are_tokenized_while_some_are_encoded():
    encoder = Tokenizing(8)
    assert isinstance(encoder, Preprocessor)
    batches = ({str(number).encode(): str(number)} for number in range(8))
    found = list(Here(encoder, Crops(encoder)).embed_texts(batches))
    assert [(keys, rows[0, 0].item()) for keys, rows in found] == [([b"%d" % n], n) for n in range(8)]


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
