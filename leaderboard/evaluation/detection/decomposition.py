"""Is it CLIP, or finding the box? A head on the true boxes, on the boxes that a detector found, and as its verifier.

Bianchi et al. (arXiv 2404.03539) asked it first, of the true boxes alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from jaxtyping import Float, Int
from PIL import Image
from torch import Tensor

from fg_demo.boxes import Box
from heads.candidates import ranks
from heads.head import Head
from heads.ties import reaches
from leaderboard.benchmarks.samples import Sample
from leaderboard.embedding.embed import Embedder
from leaderboard.evaluation.detection.ranking import LEAST, found_box, region_scores
from leaderboard.evaluation.detection.scored import ScoredRegions
from leaderboard.evaluation.evaluate import subset_scores

Ranks = Int[Tensor, " n"]

THIN = 1.0
"""px that a crop is wide and high at least."""


def head_ranks(
    head: Head, samples: Sequence[Sample], images: Mapping[str, Image.Image], by: Embedder
) -> Ranks:
    """The true caption's rank in each region by the head's score of the true crop."""
    scores = head_scores(head, samples, images, by)
    return ranks(scores, torch.ones_like(scores, dtype=torch.bool))


def head_scores(
    head: Head, samples: Sequence[Sample], images: Mapping[str, Image.Image], by: Embedder
) -> Float[Tensor, "n k"]:
    """The head's score of every caption; all count, those too that the backbone reads alike."""
    return subset_scores(head, by.candidates({"items": samples}, images)["items"])


def verified_ranks(
    head: Head, items: ScoredRegions, images: Mapping[str, Image.Image], by: Embedder, scale: float
) -> tuple[Ranks, Ranks]:
    """Ranks on the found boxes: by the head's score of their crop, and by detection × head.

    The latter's score is s · exp(scale · (h - 1)), s the detector's and h the head's, `scale` what the backbone
    multiplies cosines by: each caption's depends on it alone. A region that was not found ranks last in both. Of boxes
    found for one caption each, the best scored that overlaps the region is cropped.
    """
    rows = [found_box(items.found[key], one.box) for one, key in zip(items.samples, items.keys, strict=True)]
    there = [number for number, row in enumerate(rows) if row is not None]
    alone = torch.full((len(rows),), items.candidates)
    product = alone.clone()
    if not there:
        return alone, product
    names = dict.fromkeys(items.samples[number].image for number in there)
    sizes = {name: images[name].size for name in names}
    crops = [_on_found_box(items, number, rows[number] or 0, sizes) for number in there]
    scores = head_scores(head, crops, images, by)
    alone[there] = ranks(scores, torch.ones_like(scores, dtype=torch.bool))
    for number, of_head in zip(there, scores, strict=True):
        of_detector = region_scores(items.found[items.keys[number]], items.samples[number].box)
        if of_detector is not None:
            together = of_detector.double().clamp(LEAST).log() + scale * (of_head.double() - 1)
            product[number] = int(reaches(together, together[:1]).sum())
    return alone, product


def _on_found_box(
    items: ScoredRegions, number: int, row: int, sizes: Mapping[str, tuple[int, int]]
) -> Sample:
    sample, key = items.samples[number], items.keys[number]
    edges = items.found[key].boxes[row].tolist()
    return replace(sample, box=_inside(edges, *sizes[sample.image]))


def _inside(edges: Sequence[float], width: int, height: int) -> Box:
    """The part of a box that the image shows, a pixel at least."""
    left, top, right, bottom = edges
    left, top = min(max(left, 0.0), width - THIN), min(max(top, 0.0), height - THIN)
    return Box(
        left, top, max(min(right, float(width)), left + THIN), max(min(bottom, float(height)), top + THIN)
    )
