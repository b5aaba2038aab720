"""The eight subsets' annotations: for each drawn object a caption and its hard negatives, in FG-OVD's manner."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard.rendered.captions.hard_negatives import (
    KINDS,
    Description,
    describe,
    hard_negatives,
    hard_negatives_of_kind,
)
from leaderboard.rendered.drawing.objects import ObjectSpec

NEGATIVES = 10
REPLACED = {"1_attributes": 1, "2_attributes": 2, "3_attributes": 3}
OF_KIND = {"color": NEGATIVES, "material": NEGATIVES, "pattern": 7, "transparency": 2}
TRIVIAL = "shuffle_negatives"
SUBSET_NAMES = (*REPLACED, TRIVIAL, *OF_KIND)
LONGEST_TRIVIAL = 12
"""FG-OVD's trivial negatives are captions of other classes with fewer than 13 words (captions_generation/)."""


@dataclass(frozen=True)
class RenderedAnnotation:
    """`row` is the object's; its `caption` is the same in every subset."""

    row: int
    caption: str
    negatives: tuple[str, ...]


def annotate(specs: Sequence[ObjectSpec], seed: int) -> dict[str, list[RenderedAnnotation]]:
    """Subset → annotations. Every object is in Hard and Trivial; in the others where its caption says enough."""
    rng = random.Random(seed)
    described = [describe(spec, rng) for spec in specs]
    subsets: dict[str, list[RenderedAnnotation]] = {name: [] for name in SUBSET_NAMES}
    short = [
        (item.category, item.text()) for item in described if len(item.text().split()) <= LONGEST_TRIVIAL
    ]
    for row, item in enumerate(described):
        for subset, negatives in _negatives(item, short, rng).items():
            if negatives:
                subsets[subset].append(RenderedAnnotation(row, item.text(), tuple(negatives)))
    return subsets


def _negatives(
    item: Description, short: Sequence[tuple[str, str]], rng: random.Random
) -> dict[str, list[str]]:
    of_levels = {
        subset: hard_negatives(item, replaced, rng, NEGATIVES) for subset, replaced in REPLACED.items()
    }
    of_kinds = {kind: hard_negatives_of_kind(item, kind, rng, OF_KIND[kind]) for kind in KINDS}
    return {**of_levels, TRIVIAL: _of_other_categories(item, short, rng), **of_kinds}


def _of_other_categories(
    item: Description, short: Sequence[tuple[str, str]], rng: random.Random
) -> list[str]:
    """Captions of `NEGATIVES` objects of other categories, without repeats."""
    found: dict[str, None] = {}
    others = [
        caption for category, caption in rng.sample(short, min(len(short), 60)) if category != item.category
    ]
    for caption in others[:NEGATIVES]:
        found[caption] = None
    return list(found)
