"""Regions, boxes and scores made by hand or at random, for the tests of detection."""

import numpy as np
import torch

from fg_demo.boxes import Box
from fg_demo.models.detectors.detector import Detections, best_boxes
from leaderboard.benchmarks.samples import Sample

HERE = Box(10, 10, 50, 50)
THERE = Box(60, 60, 90, 90)


def boxed(*rows: tuple[Box, list[float]], apart: bool = False) -> Detections:
    """Detections of boxes and the scores of each, best first."""
    places = torch.tensor(
        [[one.left, one.top, one.right, one.bottom] for one, _ in rows], dtype=torch.float32
    )
    scores = torch.tensor([scores for _, scores in rows])
    return best_boxes(places.reshape(-1, 4), scores.reshape(len(rows), -1), 1000, apart)


def nothing(captions: int = 3) -> Detections:
    """No box at all."""
    return Detections(torch.zeros(0, 4), torch.zeros(0, captions))


def region(image: str = "1", box: Box = HERE, positive: str = "a red mug", negatives: int = 2) -> Sample:
    """A region with that many negatives."""
    return Sample(image, box, positive, tuple(f"{positive} {number}" for number in range(negatives)))


def random_detections(seed: int, captions: int, around: Box, count: int = 30) -> Detections:
    """Boxes around a region and elsewhere, all scores different."""
    chance = np.random.default_rng(seed)
    centre = np.array([around.left, around.top, around.right, around.bottom], dtype=float)
    near = centre + chance.normal(0, 5, (count // 2, 4))
    corner = chance.uniform(0, 60, (count - count // 2, 2))
    far = np.concatenate([corner, corner + chance.uniform(10, 40, corner.shape)], axis=1)
    boxes = np.concatenate([near, far])
    boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2] + 1)
    scores = (chance.permutation(count * captions) + 1.0).reshape(count, captions) / (count * captions + 1)
    return best_boxes(torch.from_numpy(boxes).float(), torch.from_numpy(scores).float(), 1000)
