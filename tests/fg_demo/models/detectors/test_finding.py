"""What a page proposes of what a detector finds."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from PIL import Image

from fg_demo.boxes import Box
from fg_demo.images import using
from fg_demo.models.detectors.detector import Detections, DetectorSettings
from fg_demo.models.detectors.finding import LEAST, MOST, find_boxes
from fg_demo.models.detectors.load import load_detector
from fg_demo.models.detectors.suppression import overlaps
from fg_demo.page.samples import load_samples

IMAGE = Image.new("RGB", (100, 80))


class SayingDetector:
    """Finds the boxes that it is told to."""

    name, revision, device = "saying", "1", "cpu"
    settings = DetectorSettings(100, 16, "all at once", set_aware=False)

    def __init__(self, boxes: Sequence[Sequence[float]], scores: Sequence[float]):
        self._found = Detections(torch.tensor(boxes).reshape(-1, 4).float(), torch.tensor(scores)[:, None])
        self.asked: list[str] = []

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def detect(self, images: Sequence[Image.Image], vocabularies) -> list[list[Detections]]:
        self.asked += vocabularies[0][0]
        return [[self._found]]


def test_boxes_come_best_first_in_whole_pixels_within_the_image():
    detector = SayingDetector([[-5.2, 3.4, 30.6, 40.0], [50.0, 10.0, 130.0, 90.0]], [0.4, 0.6])
    found = find_boxes(detector, IMAGE, " a  mug ")
    assert [one.box for one in found] == [Box(50, 10, 100, 80), Box(0, 3, 31, 40)]
    assert [round(one.score, 3) for one in found] == [0.6, 0.4] and detector.asked == ["a mug"]


def test_what_is_faint_doubled_or_outside_is_left_out():
    boxes = [[0, 0, 40, 40], [2, 2, 42, 42], [50, 50, 90, 70], [60, 0, 90, 20], [200, 0, 300, 20]]
    found = find_boxes(SayingDetector(boxes, [0.8, 0.7, 0.5, 0.3, 0.9]), IMAGE, "mug")
    assert [one.box for one in found] == [Box(0, 0, 40, 40), Box(50, 50, 90, 70)]
    assert find_boxes(SayingDetector([[0, 0, 40, 40]], [LEAST / 2]), IMAGE, "mug") == []
    assert find_boxes(SayingDetector([], []), IMAGE, "mug") == []


def test_no_more_are_proposed_than_can_be_looked_at():
    boxes = [[10.0 * number, 0.0, 10.0 * number + 8, 8.0] for number in range(9)]
    assert len(find_boxes(SayingDetector(boxes, [0.5] * 9), IMAGE, "mug")) == MOST


def test_nothing_named_is_said():
    with pytest.raises(ValueError, match="what to find: expected a thing, such as mug, got nothing"):
        find_boxes(SayingDetector([], []), IMAGE, "  ")


def test_too_many_words_are_said_by_the_name_of_the_field_and_in_short():
    named = "a mug with a cap " * 5
    with pytest.raises(
        ValueError, match=r"^what to find: expected at most 16 tokens.*got 25: 'a mug.{20,40}' …$"
    ):
        find_boxes(SayingDetector([], []), IMAGE, named)


def test_mini_owl_finds_the_thing_of_each_sample_and_no_dog():
    detector = load_detector("mini-owl", device="cpu")
    for sample in load_samples():
        with using(sample.path) as image:
            best = find_boxes(detector, image, sample.description)[0].box
            assert overlaps(edges(best), edges(sample.box)).item() > 0.4
            assert find_boxes(detector, image, "a photo of a dog") == []


def edges(box: Box) -> np.ndarray:
    return np.array([[box.left, box.top, box.right, box.bottom]], dtype=float)
