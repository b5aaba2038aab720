"""Benchmarks beside the eight subsets are measured by the same call: whole images, and captions alone."""

from pathlib import Path

import pytest
from annotation_samples import SIZE, write_karpathy, write_lines, write_sugarcrepe
from tiny_benchmark import CountingBackbone, paint

from leaderboard.measure import Source, measure
from leaderboard.records import Record, load_results, save_record


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
    record = measure("cosine", Source(benchmark), CountingBackbone(), "the command")
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
