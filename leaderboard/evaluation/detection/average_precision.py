"""Mean average precision as FG-OVD has it: one vocabulary at a time, a box counts for the caption it scores highest.

Each vocabulary has a class of its own, its true caption, and is of one image, so that mAP is the mean over
vocabularies (lorebianchi98/FG-OVD, evaluation/evaluate_map.py, where torchmetrics takes the mean over classes). A box
that scores a wrong caption highest is no false positive of any class: it hurts by suppressing the right one. Where
captions tie for a box, the wrong one has it; there the authors' `max` gives it to the one listed first.
Thresholds are those of torchmetrics, which rounds them to single precision: a recall of 1/5 is below 0.2.
"""

from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from typing import Any, Literal

import numpy as np
import torch
from faster_coco_eval import COCO, COCOeval_faster
from jaxtyping import Float
from torch import Tensor

from fg_demo.boxes import Box
from fg_demo.models.detectors.detector import Detections
from fg_demo.models.detectors.suppression import overlaps, suppress
from heads.ties import reaches
from leaderboard.evaluation.detection.ranking import SUPPRESSION, edges, log_odds

AT_ONCE = 64
"""Vocabularies that are evaluated together."""

Answers = Sequence[tuple[list[float], float]]
"""Edges and score of the boxes that stand for a vocabulary's true caption."""

Skipped = Literal["left out", "missed"]
"""What becomes of true boxes whose vocabulary has no predictions: FG-OVD's evaluator leaves them out, NoctOWL's copy of
it counts them as missed."""


def average_precisions(
    regions: Sequence[Sequence[Box]],
    predictions: Sequence[Detections | None],
    skipped: Skipped = "left out",
    suppression: float | None = SUPPRESSION,
) -> Float[Tensor, "v 2"]:
    """AP of each vocabulary over IoU 0.50 to 0.95, and at IoU 0.50, in [0, 1], by COCO's evaluation: the true boxes
    beside what was predicted for them, None where nothing was asked; NaN where such a one is left out.

    Class-agnostic suppression comes first, None for none. Raises ValueError when the numbers differ.
    """
    if len(regions) != len(predictions):
        raise ValueError(f"predictions: expected {len(regions)}, one a vocabulary, got {len(predictions)}")
    answers = [[] if found is None else right_boxes(found, suppression) for found in predictions]
    values = _evaluated(regions, answers)
    if skipped == "left out":
        values[[found is None for found in predictions]] = torch.nan
    return values


def right_boxes(detections: Detections, suppression: float | None) -> list[tuple[list[float], float]]:
    """Edges and score of the boxes that stand for the true caption, after suppression."""
    boxes, best = detections.boxes.double().numpy(), detections.best.double().numpy()
    rows = np.arange(len(boxes)) if suppression is None else suppress(boxes, best, suppression)
    if not len(rows):
        return []
    odds = log_odds(detections.scores[torch.from_numpy(rows)])
    right = ~reaches(odds[:, 1:], odds[:, :1]).any(dim=1)
    return [(boxes[row].tolist(), float(best[row])) for row in rows[right.numpy()]]


def nms_answers(
    detections: Detections, regions: Sequence[Box], overlap: float = SUPPRESSION
) -> list[tuple[list[float], float]]:
    """What OVDEval's NMS-AP (arXiv 2308.13177) keeps of a vocabulary for its true caption: every caption's boxes stand
    by themselves, and of those on a true box the best scored alone is left, whatever it says.
    """
    count, captions = detections.scores.shape
    boxes = detections.boxes.double().numpy().repeat(captions, axis=0)
    scores = detections.scores.double().numpy().reshape(-1)
    true = np.tile(np.arange(captions) == 0, count)
    keep = np.ones(len(boxes), bool)
    for region in regions:
        near = np.flatnonzero(overlaps(boxes, edges(region)[None])[:, 0] > overlap)
        if len(near):
            # At a tie the wrong caption is taken for the best.
            best = near[np.lexsort((true[near], -scores[near]))[0]]
            keep[near] = False
            keep[best] = True
    return [(boxes[row].tolist(), float(scores[row])) for row in np.flatnonzero(keep & true)]


def nms_average_precisions(
    regions: Sequence[Sequence[Box]], predictions: Sequence[Detections]
) -> Float[Tensor, "v 2"]:
    """NMS-AP of each vocabulary, over IoU 0.50 to 0.95 and at 0.50."""
    answers = [nms_answers(found, boxes) for found, boxes in zip(predictions, regions, strict=True)]
    return _evaluated(regions, answers)


def _evaluated(regions: Sequence[Sequence[Box]], answers: Sequence[Answers]) -> Float[Tensor, "v 2"]:
    """AP of each vocabulary, some at a time: COCO's evaluation goes through every pair of image and class."""
    parts = [
        _by_coco(regions[start : start + AT_ONCE], answers[start : start + AT_ONCE])
        for start in range(0, len(regions), AT_ONCE)
    ]
    return torch.cat(parts) if parts else torch.zeros(0, 2)


def _by_coco(regions: Sequence[Sequence[Box]], answers: Sequence[Answers]) -> Float[Tensor, "v 2"]:
    numbers = range(1, len(regions) + 1)
    truths = [
        {"image_id": number, "category_id": number, "bbox": _xywh(edges(box).tolist()), "iscrowd": 0}
        for number, boxes in zip(numbers, regions, strict=True)
        for box in boxes
    ]
    for identity, truth in enumerate(truths, start=1):
        truth |= {"id": identity, "area": truth["bbox"][2] * truth["bbox"][3]}
    found = [
        {"image_id": number, "category_id": number, "bbox": _xywh(box), "score": score}
        for number, of_one in zip(numbers, answers, strict=True)
        for box, score in of_one
    ]
    if not found:
        return torch.zeros(len(regions), 2)
    ids = [{"id": number} for number in numbers]
    with redirect_stdout(StringIO()):  # it reports each of its steps
        truth = COCO({"images": ids, "annotations": truths, "categories": ids})
        evaluation: Any = COCOeval_faster(truth, truth.loadRes(found), "bbox", print_function=lambda *_: None)
        evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
        evaluation.params.iouThrs = np.array(torch.linspace(0.5, 0.95, 10).tolist())
        evaluation.params.recThrs = np.array(torch.linspace(0, 1, 101).tolist())
        evaluation.evaluate()
        evaluation.accumulate()
    precision = torch.from_numpy(np.asarray(evaluation.eval["precision"]))[..., 0, -1].float()
    by_overlap = precision.clamp(min=0).mean(dim=1)  # overlaps × vocabularies, over recalls
    return torch.stack([by_overlap.mean(dim=0), by_overlap[0]], dim=1)


def _xywh(box: list[float]) -> list[float]:
    left, top, right, bottom = box
    return [left, top, right - left, bottom - top]
