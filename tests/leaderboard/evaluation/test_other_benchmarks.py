"""Benchmarks beside the eight subsets are measured by the same call: whole images, and captions alone."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leaderboard.benchmarks.lookup import find_benchmark
from leaderboard.benchmarks.split import open_split
from leaderboard.benchmarks.usual_protocol import protocol
from leaderboard.embedding.embed import Embedder
from leaderboard.evaluation.measure import measure
from leaderboard.records.files import load_results, save_record
from leaderboard.records.folders import IN_DATASET
from leaderboard.records.record import Record
from leaderboard.submissions.dataset import Copy
from leaderboard.submissions.refresh import known_heads
from tests.support.annotation_samples import SIZE, write_karpathy, write_lines, write_sugarcrepe
from tests.support.tiny_benchmark import CountingBackbone, paint


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Annotation files of three benchmarks, and their images."""
    write_sugarcrepe(tmp_path / "data" / "sugarcrepe" / "swap_att.json")
    write_karpathy(tmp_path / "data" / "coco-karpathy" / "dataset_coco.json")
    write_lines(tmp_path / "data" / "fg-ovd" / "hard.jsonl")
    images = tmp_path / "images"
    images.mkdir()
    for number in (0, 1, 2, 42, 139, 285):
        paint(number, SIZE).save(images / f"{number:012d}.jpg")
    monkeypatch.setenv("FG_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("FG_IMAGES", str(images))
    monkeypatch.setenv("FG_CACHE", str(tmp_path / "cache"))
    return tmp_path


def measured(benchmark: str, folder: Path) -> Record:
    """The record of cosine, by way of the disk."""
    record = measure("cosine", open_split(benchmark), Embedder(CountingBackbone()), "the command")
    save_record(record, folder)
    (read,), problems = load_results(folder)
    assert problems == [] and read == record
    return record


def test_sugarcrepe_has_its_own_subsets(data: Path):
    record = measured("sugarcrepe", data / "results")
    assert set(record.subsets) == {"swap_att"} and record.retrieval is None
    found = record.subsets["swap_att"]
    assert (found.n, found.chance) == (3, 1.5)


def test_captions_alone_are_measured_by_retrieval(data: Path):
    record = measured("coco-karpathy", data / "results")
    assert record.subsets == {} and record.retrieval is not None
    assert (record.retrieval.n_images, record.retrieval.n_captions) == (2, 10)


def test_fg_ovd_is_measured_on_its_regions_and_cocos_captions(data: Path):
    record = measured("fg-ovd", data / "results")
    assert set(record.subsets) == {"hard"} and record.subsets["hard"].n == 3
    assert record.retrieval is not None and record.retrieval.n_images == 2
    assert any("1 boxes thinner than a pixel" in note for note in record.notes)


@pytest.mark.parametrize("benchmark", ["fg-ovd", "sugarcrepe", "coco-karpathy"])
def test_a_head_measured_on_any_benchmark_is_not_measured_again(data: Path, benchmark: str):
    record = measured(benchmark, data / "first")
    head = replace(record.head, source=f"alice/head@{'a' * 40}")
    save_record(replace(record, provenance="re-measured", head=head), data / "copy" / IN_DATASET)
    copy = Copy("lab/results", "b" * 40, data / "copy", datetime.now(UTC))
    assert known_heads(copy, open_split(benchmark)) == {("alice/head", "a" * 40): "measured before"}
    assert known_heads(copy, open_split("fg-rendered")) == {}


ALIKE = "fewer where fewer are given; a negative that the backbone reads as the true caption is left out)."
ENDING = (
    " Ties count against the head; scores tie that are no further apart than 0.00001 times the larger of 1 and their "
    "size. Pixels: by the backbone's own processor in transformers, with Pillow; its centre crop rounds down where the "
    "paper's torchvision rounds half to even."
)
PROTOCOLS = {
    "fg-rendered": "Crop of the given box, context 1.0; rank among N hard negatives (10; pattern 7; transparency 2; "
    f"{ALIKE} Retrieval: whole images, the first caption of each, images whose first "
    "caption is unique in the split, at most 1,000 images.",
    "fg-ovd": "Crop of the given box, context 1.0; rank among N hard negatives (10; "
    f"{ALIKE} Retrieval: whole images, the first 5 captions of each, of which any will do.",
    "sugarcrepe": "Whole image; rank among N hard negatives (1; " + ALIKE,
    "coco-karpathy": "Retrieval: whole images, the first 5 captions of each, of which any will do.",
}


@pytest.mark.parametrize("benchmark", PROTOCOLS)
@pytest.mark.usefixtures("data")
def test_the_protocol_says_what_is_done(benchmark: str):
    assert str(open_split(benchmark).protocol) == PROTOCOLS[benchmark] + ENDING
    row = find_benchmark(benchmark)
    first = list(row.subsets)[:1]
    assert str(open_split(benchmark, subsets=first).protocol) == PROTOCOLS[benchmark] + ENDING


def test_the_protocol_of_all_of_fg_ovd_names_the_subsets_with_fewer_negatives():
    row = find_benchmark("fg-ovd")
    assert "(10; pattern 7; transparency 2; fewer" in str(protocol(row, list(row.subsets.values())))
