"""FG-OVD's own annotation files, where they are: counted against what is known of them, and scored."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from leaderboard.__main__ import main
from leaderboard.benchmarks.annotation import annotation
from leaderboard.benchmarks.catalogue import SUBSETS
from leaderboard.benchmarks.lookup import find_benchmark
from leaderboard.benchmarks.readers.file_reader import FileReader
from leaderboard.benchmarks.samples import EQUAL, FEWER, MORE, PUNCTUATION, THIN, TRAIN2017
from leaderboard.benchmarks.split import load_benchmark, open_split
from leaderboard.records.files import load_results
from tests.support.author_files import FG_OVD, needs

pytestmark = [pytest.mark.slow, needs(FG_OVD)]

SIZES = {
    "hard": (3545, 1707, {2: 32, 4: 1, 7: 1, 8: 1, 9: 2, 10: 3508}),
    "medium": (2968, 1537, {10: 2968}),
    "easy": (1299, 853, {10: 1299}),
    "trivial": (3545, 1707, {2: 32, 4: 1, 7: 1, 8: 1, 9: 2, 10: 3508}),
    "pattern": (467, 321, {7: 320, 8: 137, 10: 10}),
    "transparency": (409, 230, {1: 1, 2: 377, 4: 19, 6: 5, 8: 7}),
}
"""Boxes, images, and boxes by their number of negatives."""

ODD = {
    "hard": {FEWER.format(10): 37, THIN: 1, PUNCTUATION: 25, TRAIN2017: 1470},
    "medium": {EQUAL: 4, FEWER.format(10): 4, THIN: 1, PUNCTUATION: 19, TRAIN2017: 1226},
    "easy": {TRAIN2017: 558},
    "trivial": {FEWER.format(10): 37, THIN: 1, PUNCTUATION: 25, TRAIN2017: 1470},
    "pattern": {MORE.format(7, 7): 147, TRAIN2017: 188},
    "transparency": {FEWER.format(2): 1, MORE.format(2, 2): 31, TRAIN2017: 186},
}


@pytest.fixture(autouse=True)
def real_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FG_DATA", str(FG_OVD.parent))
    monkeypatch.delenv("FG_IMAGES", raising=False)


def test_the_files_at_hand_are_found():
    assert set(open_split("fg-ovd").reader.configs()) == {SUBSETS[name].config for name in SIZES}


@pytest.mark.parametrize("subset", SIZES)
def test_the_counts_are_those_known(subset: str):
    boxes, images, negatives = SIZES[subset]
    rows = list(open_split("fg-ovd").reader.rows(SUBSETS[subset]))
    checked = [annotation(row, find_benchmark("fg-ovd").columns) for row in rows]
    assert len(checked) == boxes and len({row.image for row in checked}) == images
    assert Counter(len(row.negatives) for row in checked) == negatives
    assert open_split("fg-ovd").samples(subset).oddities == ODD[subset]
    samples = load_benchmark("fg-ovd", subset)
    assert len(samples) == boxes
    assert max(len(sample.negatives) for sample in samples) == SUBSETS[subset].negatives
    assert all(sample.positive not in sample.negatives for sample in samples)


def test_every_box_is_also_one_of_hards():
    hard = {(sample.image, sample.box) for sample in load_benchmark("fg-ovd", "hard")}
    assert len(hard) == 3545
    for subset in SIZES:
        assert {(sample.image, sample.box) for sample in load_benchmark("fg-ovd", subset)} <= hard
    assert len({sample.image for sample in load_benchmark("fg-ovd", "hard")}) == 1707


def test_they_are_scored_end_to_end_with_stand_in_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    data = first_rows(tmp_path / "data", 40)
    monkeypatch.setenv("FG_DATA", str(data))
    monkeypatch.setenv("FG_IMAGES", str(tmp_path))
    places = FileReader(find_benchmark("fg-ovd"), data / "fg-ovd", "test").places()
    for image_id, place in places.items():
        (tmp_path / place.file_name).parent.mkdir(exist_ok=True)
        assert place.size is not None
        color = tuple(int(image_id) // step % 256 for step in (1, 7, 91))
        Image.new("RGB", place.size, color).save(tmp_path / place.file_name)
    assert len(open_split("fg-ovd").images) == len(places)
    command = [
        "evaluate",
        "--head",
        "cosine",
        "--benchmark",
        "fg-ovd",
        "--results",
        str(tmp_path / "results"),
    ]
    assert main([*command, "--device", "cpu"]) == 0
    (record,), problems = load_results(tmp_path / "results")
    assert problems == [] and record.benchmark.name == "fg-ovd"
    assert {name: result.n for name, result in record.subsets.items()} == dict.fromkeys(SIZES, 40)
    for name, result in record.subsets.items():
        assert result.mean_rank is not None
        assert 1 <= result.mean_rank <= SUBSETS[name].negatives + 1


def first_rows(folder: Path, count: int) -> Path:
    """A copy of the files with that many boxes a subset."""
    for path in annotation_paths():
        copy = folder / path.relative_to(FG_OVD.parent)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".jsonl":
            copy.write_text("".join(path.read_text().splitlines(keepends=True)[:count]))
        else:
            content = json.loads(path.read_text())
            copy.write_text(json.dumps(content | {"annotations": content["annotations"][:count]}))
    return folder


def annotation_paths() -> Iterator[Path]:
    return (path for path in FG_OVD.rglob("*") if path.suffix in (".json", ".jsonl"))
