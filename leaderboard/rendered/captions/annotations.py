"""The eight subsets' annotations: for each drawn object a caption and its hard negatives, in FG-OVD's manner."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard.rendered.captions.hard_negatives import (
    Description,
    describe,
    hard_negatives,
    hard_negatives_of_kind,
)
from leaderboard.rendered.captions.replacements import KINDS, Replacements
from leaderboard.rendered.drawing.objects import ObjectSpec

NEGATIVES = 10
REPLACED = {"1_attributes": 1, "2_attributes": 2, "3_attributes": 3}
OF_KIND = {"color": NEGATIVES, "material": NEGATIVES, "pattern": 7, "transparency": 2}
TRIVIAL = "shuffle_negatives"
SUBSET_NAMES = (*REPLACED, TRIVIAL, *OF_KIND)
DRAWN_FOR_TRIVIAL = 60
"""Enough that NEGATIVES of them are of other categories."""


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
    replacements = Replacements(item.attributes for item in described)
    for row, item in enumerate(described):
        for subset, negatives in _negatives(item, described, replacements, rng).items():
            if negatives:
                subsets[subset].append(RenderedAnnotation(row, item.text(), tuple(negatives)))
    return subsets


def _negatives(
    item: Description,
    all_items: Sequence[Description],
    replacements: Replacements,
    rng: random.Random,
) -> dict[str, list[str]]:
    of_levels = {
        subset: hard_negatives(item, replaced, rng, NEGATIVES, replacements)
        for subset, replaced in REPLACED.items()
    }
    of_kinds = {kind: hard_negatives_of_kind(item, kind, rng, OF_KIND[kind], replacements) for kind in KINDS}
    return {**of_levels, TRIVIAL: _of_other_categories(item, all_items, rng), **of_kinds}


def _of_other_categories(
    item: Description, all_items: Sequence[Description], rng: random.Random
) -> list[str]:
    """Captions of `NEGATIVES` objects of other categories, without repeats; of any length, as positives are.

    FG-OVD takes captions of fewer than 13 words alone (captions_generation/), so that any longer one is a positive.
    """
    drawn = rng.sample(all_items, min(len(all_items), DRAWN_FOR_TRIVIAL))
    others = dict.fromkeys(other.text() for other in drawn if other.category != item.category)
    return list(others)[:NEGATIVES]
