"""A detector on a benchmark: what it finds is kept, whatever ends the run, and nothing is found twice."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
import torch
from PIL import Image

from fg_demo.models.detectors.detector import Detections, DetectorSettings
from leaderboard.evaluation.detection import predictions
from leaderboard.evaluation.detection.items import Key
from leaderboard.evaluation.detection.predictions import (
    Predictions,
    Run,
    read_predictions,
    write_predictions,
)
from tests.leaderboard.evaluation.detection.cases import random_detections, region


def detect_all(detector, keys, images, path: Path, of, progress=None) -> Predictions:
    """What one detector finds."""
    return predictions.detect_all([Run(detector, path, of)], keys, images, progress)[0]


OF = {"detector": "counting", "revision": "1", "boxes": 100}
KEYS: list[Key] = [(str(image), ("a mug", f"a cup {number}")) for image in range(12) for number in range(2)]


class CountingDetector:
    """Finds boxes that depend on the captions alone; remembers what it was asked, and stops when told to."""

    name, revision, device = "counting", "1", "cpu"
    settings = DetectorSettings(100, 16, "all at once", set_aware=False)

    def __init__(self, stops_at: int | None = None):
        self.asked: list[tuple[str, ...]] = []
        self._stops_at = stops_at

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def detect(self, images: Sequence[Image.Image], vocabularies) -> list[list[Detections]]:
        if self._stops_at is not None and len(self.asked) >= self._stops_at:
            raise KeyboardInterrupt
        self.asked += [one for of_image in vocabularies for one in of_image]
        return [
            [random_detections(len(self.asked), len(one), region().box) for one in of_image]
            for of_image in vocabularies
        ]


class Pictures(Mapping[str, Image.Image]):
    """Twelve of them, some of which cannot be read."""

    def __init__(self, broken: Sequence[str] = ()):
        self._broken = broken

    def __getitem__(self, name: str) -> Image.Image:
        if name in self._broken:
            raise ValueError(f"{name}.jpg: expected an image, got 3 bytes")
        return Image.new("RGB", (100, 100))

    def __iter__(self) -> Iterator[str]:
        return iter(map(str, range(12)))

    def __len__(self) -> int:
        return 12


def same(one: Detections, other: Detections) -> bool:
    return torch.equal(one.boxes, other.boxes) and torch.equal(one.scores, other.scores)


def test_what_is_written_is_read_back(tmp_path):
    made = detect_all(CountingDetector(), KEYS, Pictures(), tmp_path / "found.parquet", OF)
    read = read_predictions(tmp_path / "found.parquet", OF)
    assert list(read.found) == KEYS == list(made.found) and dict(read.about) == OF
    assert all(same(read.found[key], made.found[key]) for key in KEYS)


def test_no_boxes_and_boxes_of_one_caption_each_are_read_back(tmp_path):
    nothing = Detections(torch.zeros(0, 4), torch.zeros(0, 2))
    apart = Detections(torch.ones(1, 4), torch.tensor([[0.5, 0.0]]), apart=True)
    found = {KEYS[0]: nothing, KEYS[1]: apart}
    read = read_predictions(write_predictions(Predictions(OF, found), tmp_path / "x.parquet")).found
    assert read[KEYS[0]].scores.shape == (0, 2) and read[KEYS[1]].apart and not read[KEYS[0]].apart


def test_nothing_is_found_twice(tmp_path):
    path, again = tmp_path / "found.parquet", CountingDetector()
    detect_all(CountingDetector(), KEYS[:10], Pictures(), path, OF)
    found = detect_all(again, KEYS, Pictures(), path, OF)
    assert len(again.asked) == len(KEYS) - 10 and list(found.found) == KEYS


def test_an_interrupted_run_keeps_what_was_found(tmp_path):
    path = tmp_path / "found.parquet"
    with pytest.raises(KeyboardInterrupt):
        detect_all(CountingDetector(stops_at=1), KEYS, Pictures(), path, OF)
    kept, again = len(read_predictions(path).found), CountingDetector()
    assert 0 < kept < len(KEYS)
    detect_all(again, KEYS, Pictures(), path, OF)
    assert len(again.asked) == len(KEYS) - kept


def test_a_broken_image_is_named_once_all_others_are_done(tmp_path):
    path = tmp_path / "found.parquet"
    with pytest.raises(
        ValueError, match=r"expected 12 that can be read, got 1 that cannot: 5: 5\.jpg: expected an image"
    ):
        detect_all(CountingDetector(), KEYS, Pictures(broken=["5"]), path, OF)
    kept = read_predictions(path).found
    assert {image for image, _ in kept} == {str(number) for number in range(12) if number != 5}


def test_progress_counts_images_those_done_before_too(tmp_path):
    path, seen = tmp_path / "found.parquet", []
    detect_all(CountingDetector(), KEYS[:10], Pictures(), path, OF)
    detect_all(CountingDetector(), KEYS, Pictures(), path, OF, lambda *what: seen.append(what))
    assert seen == [("images", 12, 12)]


def test_predictions_of_something_else_are_refused_and_stay(tmp_path):
    path = tmp_path / "found.parquet"
    detect_all(CountingDetector(), KEYS[:2], Pictures(), path, OF)
    with pytest.raises(ValueError, match="expected predictions of boxes 50, got 100"):
        detect_all(CountingDetector(), KEYS, Pictures(), path, OF | {"boxes": 50})
    assert len(read_predictions(path).found) == 2


def test_what_is_no_file_of_predictions_is_refused(tmp_path):
    (tmp_path / "text.parquet").write_text("boxes")
    parquet.write_table(pa.table({"a": [1]}), tmp_path / "other.parquet")
    with pytest.raises(ValueError, match="expected predictions as Parquet, got"):
        read_predictions(tmp_path / "text.parquet")
    with pytest.raises(ValueError, match="expected the columns"):
        read_predictions(tmp_path / "other.parquet")


def test_the_file_says_what_it_is_of(tmp_path: Path):
    path = write_predictions(Predictions(OF, {}), tmp_path / "x.parquet")
    assert dict(read_predictions(path).about) == OF and not read_predictions(path).found


def test_detectors_that_run_together_are_shown_the_same_images_and_each_goes_on_from_its_own_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    paths = [tmp_path / "one.parquet", tmp_path / "other.parquet"]
    detect_all(CountingDetector(), KEYS[:10], Pictures(), paths[0], OF)
    both = [CountingDetector(), CountingDetector()]
    shown: list[list[Image.Image]] = []
    for detector in both:
        plain = detector.detect
        monkeypatch.setattr(
            detector,
            "detect",
            lambda images, asked, plain=plain: shown.append(list(images)) or plain(images, asked),
        )
    runs = [Run(detector, path, OF) for detector, path in zip(both, paths, strict=True)]
    found = predictions.detect_all(runs, KEYS, Pictures())
    assert [len(one.asked) for one in both] == [len(KEYS) - 10, len(KEYS)]
    assert [list(one.found) for one in found] == [KEYS, KEYS]
    last, other = shown[-2:]
    assert all(one is two for one, two in zip(last, other, strict=True))
