"""Average precision: by hand, and beside torchmetrics' rule written out slowly."""

import numpy as np
import pytest
import torch

from fg_demo.boxes import Box
from fg_demo.models.detectors.suppression import overlaps, suppress
from leaderboard.evaluation.detection.average_precision import average_precisions, nms_average_precisions
from tests.leaderboard.evaluation.detection.cases import HERE, THERE, boxed, nothing, random_detections

RIGHT, WRONG = [0.9, 0.2, 0.1], [0.2, 0.9, 0.1]


def precision(regions, predictions, **options) -> list[float]:
    return average_precisions(regions, predictions, **options)[:, 0].tolist()


def test_a_vocabulary_without_a_box_has_none():
    assert precision([[HERE]], [nothing()]) == [0]
    assert precision([[HERE]], [boxed((THERE, RIGHT))]) == [0]


def test_exact_boxes_have_all():
    assert precision([[HERE, THERE]], [boxed((HERE, RIGHT), (THERE, RIGHT))]) == pytest.approx([1])


def test_a_wrong_caption_hurts_by_suppression_alone():
    """A box that scores it highest is no false positive, but takes the right one's place."""
    elsewhere = boxed((HERE, RIGHT), (THERE, WRONG))
    on_it = boxed((HERE, [0.8, 0.2, 0.1]), (HERE, WRONG))
    assert precision([[HERE], [HERE]], [elsewhere, on_it]) == pytest.approx([1, 0])
    assert precision([[HERE]], [on_it], suppression=None) == pytest.approx([1])


def test_equal_scores_go_to_the_wrong_caption():
    assert precision([[HERE]], [boxed((HERE, [0.9, 0.9, 0.1]))]) == [0]


def test_vocabularies_of_one_image_do_not_meet():
    """The same box may stand for both: each is judged for itself."""
    found = boxed((HERE, RIGHT))
    assert precision([[HERE], [HERE]], [found, found]) == pytest.approx([1, 1])


def test_what_was_not_asked_is_left_out_or_missed():
    regions, predictions = [[HERE], [THERE]], [boxed((HERE, RIGHT)), None]
    left_out = average_precisions(regions, predictions, skipped="left out")
    assert left_out[0].tolist() == pytest.approx([1, 1]) and left_out[1].isnan().all()
    assert precision(regions, predictions, skipped="missed") == pytest.approx([1, 0])


def test_predictions_and_regions_go_together():
    with pytest.raises(ValueError, match="predictions: expected 2, one a vocabulary, got 1"):
        average_precisions([[HERE], [THERE]], [nothing()])


def test_half_an_overlap_counts_at_half_alone():
    near = Box(10, 10, 50, 34)  # IoU 0.6: right for 0.50, 0.55 and 0.60
    both, at_half = average_precisions([[HERE]], [boxed((near, RIGHT))])[0].tolist()
    assert at_half == pytest.approx(1) and 0.2 <= both <= 0.3 + 1e-6


def test_nms_average_precision_lets_the_best_caption_of_a_true_box_alone():
    """A box gives every caption its chance: the wrong one on the right place ends it (OVDEval)."""
    right, wrong = boxed((HERE, RIGHT)), boxed((HERE, WRONG))
    assert nms_average_precisions([[HERE], [HERE]], [right, wrong])[:, 0].tolist() == pytest.approx([1, 0])
    tie = boxed((HERE, [0.9, 0.9, 0.1]))
    assert nms_average_precisions([[HERE]], [tie])[0, 0].item() == 0


def obvious(regions: list[Box], found) -> float:
    """COCO's rule, written out: over ten overlaps the mean precision at 101 recalls."""
    boxes, best = found.boxes.double().numpy(), found.best.double().numpy()
    rows = [row for row in suppress(boxes, best, 0.5) if found.scores[row].argmax() == 0]
    truth = np.array([[one.left, one.top, one.right, one.bottom] for one in regions], dtype=float)
    values = []
    for threshold in torch.linspace(0.5, 0.95, 10).tolist():
        free, hits = set(range(len(regions))), []
        for row in rows:
            near = overlaps(boxes[row][None], truth)[0]
            fitting = [number for number in free if near[number] >= threshold]
            chosen = max(fitting, key=lambda number: near[number], default=None)
            free.discard(chosen)  # pyright: ignore[reportArgumentType]
            hits.append(chosen is not None)
        right = np.cumsum(hits)
        recall, exact = right / len(regions), right / (np.arange(len(hits)) + 1)
        each = [max(exact[recall >= level], default=0.0) for level in torch.linspace(0, 1, 101).tolist()]
        values.append(np.mean(each))
    return float(np.mean(values))


@pytest.mark.parametrize("seed", range(20))
def test_average_precision_is_that_of_the_obvious_rule(seed):
    regions = [Box(20, 20, 50, 60), Box(5, 5, 30, 25)]
    found = random_detections(seed, 3, regions[seed % 2])
    assert precision([regions], [found])[0] == pytest.approx(obvious(regions, found), abs=1e-6)
