"""Where the true caption lands in the scores of the box that a detector found for a region.

FG-OVD's rule (lorebianchi98/FG-OVD, evaluation/ranks.py) but for one thing: scores tie that rounding alone can part
(`heads.ties`, of their log-odds, since detectors' scores lie near 0), as everywhere here, and not only equal ones.
"""

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from fg_demo.boxes import Box
from fg_demo.models.detectors.detector import Detections
from fg_demo.models.detectors.suppression import overlaps, suppress
from heads.ties import reaches

FOUND = 0.5
"""IoU from which on a box is that of the region."""

SUPPRESSION = 0.5
"""IoU above which the lower scored of two boxes of a vocabulary is dropped, whatever their captions."""

LEAST, MOST = 1e-300, 1 - 1e-12


def found_box(detections: Detections, region: Box) -> int | None:
    """The row of the best scored box, after suppression, that overlaps the region; None when there is none."""
    boxes = detections.boxes.double().numpy()
    kept = suppress(boxes, detections.best.double().numpy(), SUPPRESSION)
    near = overlaps(boxes[kept], edges(region)[None])[:, 0] > FOUND if len(kept) else np.zeros(0, bool)
    return int(kept[near.argmax()]) if near.any() else None


def region_scores(detections: Detections, region: Box) -> Float[Tensor, " k"] | None:
    """The score of each caption for the region: of the found box, or, of boxes that were found for one caption each,
    that of each caption's best box that overlaps the region, 0 without one. None when no box does.

    The latter is the authors' way with GroundingDINO, with their pixel rule for overlaps.
    """
    if not detections.apart:
        row = found_box(detections, region)
        return None if row is None else detections.scores[row]
    near = overlaps(detections.boxes.double().numpy(), edges(region)[None], border=1.0)[:, 0] >= FOUND
    return detections.scores[torch.from_numpy(near)].amax(dim=0) if near.any() else None


def rank(scores: Float[Tensor, " k"] | None, candidates: int) -> int:
    """The true caption's rank, column 0: how many score at least as high, itself included; all `candidates` when the
    region was not found.
    """
    if scores is None:
        return candidates
    odds = log_odds(scores)
    return int(reaches(odds, odds[:1]).sum())


def log_odds(scores: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    """log(s / (1 - s)), finite for 0 and 1 too."""
    return torch.logit(scores.double().clamp(LEAST, MOST))


def edges(box: Box) -> Float[np.ndarray, " 4"]:
    """Left, top, right, bottom."""
    return np.array([box.left, box.top, box.right, box.bottom], dtype=float)


Ranks = Int[Tensor, " n"]
