"""The rank of a region: by hand, and beside a slow and obvious reading of FG-OVD's rule."""

import numpy as np
import pytest
import torch

from fg_demo.boxes import Box
from fg_demo.models.detectors.detector import Detections
from fg_demo.models.detectors.suppression import overlaps, suppress
from heads.ties import TOLERANCE
from leaderboard.evaluation.detection.ranking import found_box, rank, region_scores
from tests.leaderboard.evaluation.detection.cases import HERE, THERE, boxed, nothing, random_detections


def the_rank(detections: Detections, region: Box = HERE) -> int:
    return rank(region_scores(detections, region), detections.scores.shape[1])


def test_a_region_without_a_box_ranks_last():
    assert the_rank(nothing(6)) == 6
    assert the_rank(boxed((THERE, [0.9, 0.1, 0.2]))) == 3


def test_the_best_scored_box_on_the_region_counts_whatever_its_caption():
    wrong, right = [0.2, 0.8, 0.1], [0.7, 0.1, 0.1]
    assert the_rank(boxed((HERE, wrong), (HERE, right))) == 2
    assert the_rank(boxed((THERE, wrong), (HERE, right))) == 1


def test_every_box_may_be_on_the_region():
    assert the_rank(boxed(*[(HERE, [0.1 * number, 0.05, 0.6]) for number in range(1, 6)])) == 2


def test_equal_scores_count_against_the_detector():
    assert the_rank(boxed((HERE, [0.5, 0.5, 0.5]))) == 3
    assert the_rank(boxed((HERE, [0.0, 0.0, 0.0]))) == 3
    assert the_rank(boxed((HERE, [1.0, 1.0, 0.2]))) == 2


def test_scores_that_rounding_can_part_are_equal_however_small_they_are():
    """Of their log-odds: a detector's scores lie near 0, where the rule for cosines would call all equal."""
    low = 1e-6
    assert the_rank(boxed((HERE, [low, 0.99 * low, 0.5 * low]))) == 1
    assert the_rank(boxed((HERE, [low, low * (1 + TOLERANCE), 0.5 * low]))) == 2


def test_overlap_has_to_be_more_than_half():
    half = Box(10, 10, 50, 30)
    assert the_rank(boxed((half, [0.9, 0.1, 0.2]))) == 3
    assert the_rank(boxed((Box(10, 10, 50, 30.1), [0.9, 0.1, 0.2]))) == 1


def test_boxes_found_for_one_caption_each_give_each_caption_its_best_on_the_region():
    found = boxed(
        (HERE, [0.3, 0, 0]), (HERE, [0, 0.2, 0]), (THERE, [0, 0, 0.9]), (HERE, [0.1, 0, 0]), apart=True
    )
    assert region_scores(found, HERE).tolist() == pytest.approx([0.3, 0.2, 0])  # pyright: ignore[reportOptionalMemberAccess]
    assert the_rank(found) == 1 and the_rank(found, THERE) == 3


def obvious_rank(detections: Detections, region: Box) -> int:
    """Suppress greedily, then let the region, with a score above all, suppress: the first that it suppresses is its."""
    boxes, scores = detections.boxes.double(), detections.scores
    order = sorted(range(len(boxes)), key=lambda row: -float(scores[row].max()))
    kept: list[int] = []
    for row in order:
        if all(iou(boxes[row], boxes[other]) <= 0.5 for other in kept):
            kept.append(row)
    edges = torch.tensor([region.left, region.top, region.right, region.bottom]).double()
    for row in kept:
        if iou(boxes[row], edges) > 0.5:
            return int((scores[row] >= scores[row][0]).sum())
    return scores.shape[1]


def iou(one, other) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    both = float(max(width, 0) * max(height, 0))
    return both / (
        float((one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1])) - both
    )


@pytest.mark.parametrize("seed", range(40))
def test_ranks_are_those_of_the_obvious_rule(seed):
    region = Box(20, 20, 50, 60)
    found = random_detections(seed, 4, region)
    assert the_rank(found, region) == obvious_rank(found, region)


def test_suppression_keeps_the_first_of_equal_scores():
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 10], [20, 20, 30, 30]], dtype=float)
    assert suppress(boxes, np.array([0.5, 0.5, 0.9]), 0.5).tolist() == [2, 0]
    assert suppress(np.zeros((0, 4)), np.zeros(0), 0.5).tolist() == []


def test_boxes_without_area_overlap_nothing():
    point = np.array([[5.0, 5, 5, 5]])
    assert overlaps(point, point).item() == 0 and overlaps(point, point, border=1.0).item() == 1


def test_the_found_box_is_named_by_its_row():
    assert found_box(boxed((THERE, [0.9, 0, 0]), (HERE, [0.3, 0.1, 0.1])), HERE) == 1
    assert found_box(nothing(), HERE) is None
