"""A subset's items beside a detector's predictions: ranks, found boxes and average precision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from fg_demo.boxes import Box
from fg_demo.models.detectors.detector import Detections
from leaderboard.benchmarks.samples import Sample
from leaderboard.evaluation.detection.average_precision import average_precisions, nms_average_precisions
from leaderboard.evaluation.detection.items import Key, keys_of
from leaderboard.evaluation.detection.ranking import rank, region_scores
from leaderboard.evaluation.evaluate import with_items
from leaderboard.evaluation.metrics import summarise
from leaderboard.records.bootstrap import intervals
from leaderboard.records.figures import SubsetResult
from leaderboard.records.packing import pack_ranks


@dataclass(frozen=True)
class ScoredRegions:
    """The regions of a subset, each with its vocabulary, and what was found for these."""

    samples: Sequence[Sample]
    keys: Sequence[Key]
    found: Mapping[Key, Detections]

    @property
    def candidates(self) -> int:
        """Captions of a vocabulary."""
        return len(self.keys[0][1])


def scored(samples: Sequence[Sample], found: Mapping[Key, Detections]) -> ScoredRegions:
    """The items beside their predictions. Raises ValueError when some have none."""
    keys = keys_of(samples)
    missing = sorted({image for image, captions in keys if (image, captions) not in found})
    if missing:
        raise ValueError(
            f"predictions: expected some for every vocabulary, got none for those of {missing[:3]}"
        )
    return ScoredRegions(samples, keys, found)


def detector_ranks(items: ScoredRegions) -> Int[Tensor, " n"]:
    """The true caption's rank in each region by the detector's own scores."""
    pairs = zip(items.samples, items.keys, strict=True)
    return torch.tensor(
        [rank(region_scores(items.found[key], one.box), items.candidates) for one, key in pairs]
    )


def with_average_precision(result: SubsetResult, items: ScoredRegions) -> SubsetResult:
    """The result with mAP, its interval, AP at IoU 0.50 and NMS-AP."""
    regions = _regions(items)
    predictions = [items.found[key] for key in regions]
    values = average_precisions(list(regions.values()), predictions)
    apart = any(one.apart for one in predictions)
    nms = None if apart else float(nms_average_precisions(list(regions.values()), predictions)[:, 0].mean())
    numbers = {image: number for number, image in enumerate(dict.fromkeys(image for image, _ in regions))}
    interval = intervals(values[:, :1], torch.tensor([numbers[image] for image, _ in regions]))[0]
    return replace(
        result,
        average_precision=float(values[:, 0].mean()),
        average_precision_interval=interval,
        average_precision_50=float(values[:, 1].mean()),
        nms_average_precision=nms,
    )


def ranked(found: Int[Tensor, " n"], items: ScoredRegions, numbers: dict[str, int]) -> SubsetResult:
    """The figures of the regions' ranks; `numbers` counts the images met so far."""
    mask = torch.ones(len(found), items.candidates, dtype=torch.bool)
    result = with_items(summarise(found, mask), found, items.samples, numbers)
    return replace(result, ranks=pack_ranks(found.tolist()))


def _regions(items: ScoredRegions) -> dict[Key, list[Box]]:
    """The true boxes of each vocabulary."""
    regions: dict[Key, list[Box]] = {}
    for one, key in zip(items.samples, items.keys, strict=True):
        regions.setdefault(key, []).append(one.box)
    return regions


Values = Float[Tensor, "n k"]
