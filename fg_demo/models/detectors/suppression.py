"""Overlap of boxes and non-maximum suppression."""

import numpy as np
from jaxtyping import Float, Int

Boxes = Float[np.ndarray, "n 4"]


def overlaps(boxes: Boxes, others: Float[np.ndarray, "m 4"], border: float = 0.0) -> Float[np.ndarray, "n m"]:
    """IoU of each box with each other one; 0 for boxes without area.

    `border`: 1 where edges are the last pixels that belong to a box, as in FG-OVD's `calculate_iou`.
    """
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    both = (high - low + border).clip(min=0).prod(axis=2)
    areas = [(of[:, 2:] - of[:, :2] + border).prod(axis=1) for of in (boxes, others)]
    union = areas[0][:, None] + areas[1][None] - both
    return np.divide(both, union, out=np.zeros_like(both), where=union > 0)


def suppress(boxes: Boxes, scores: Float[np.ndarray, " n"], overlap: float) -> Int[np.ndarray, " m"]:
    """Rows that are kept, best score first: each that no kept one before it overlaps by more than `overlap`. Of equal
    scores the first row goes first.
    """
    order = np.argsort(-scores, kind="stable")
    near = overlaps(boxes[order], boxes[order]) > overlap
    free, kept = np.ones(len(order), dtype=bool), []
    for row in range(len(order)):
        if free[row]:
            kept.append(row)
            free &= ~near[row]
    return order[np.array(kept, dtype=int)]
