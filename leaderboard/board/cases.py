"""Single regions of a benchmark: where a head errs, and what it mends."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import pandas as pd
import torch
from PIL import Image

from fg_demo.models.backbone import Backbone
from fg_demo.models.registry import ModelRegistry
from fg_demo.page.taking.link import QuestionLink, to_query
from fg_demo.page.text import marked
from fg_demo.scores import compare, winners
from heads.head import Head
from heads.kinds.cosine import BASELINE
from leaderboard.benchmarks.at_hand import samples_at_hand
from leaderboard.benchmarks.image_links import image_name
from leaderboard.benchmarks.samples import Sample, items_digest
from leaderboard.board.board import Entry
from leaderboard.board.head_files import head_files
from leaderboard.embedding.alike import READ_ALIKE, read_alike
from leaderboard.records.figures import SubsetResult
from leaderboard.records.packing import unpack_ranks, unpack_runs

MOST = 6
KEPT = 16
"""Subsets whose samples are kept, the last that somebody looked at."""


@dataclass(frozen=True)
class Case:
    """One region: the sample, the ranks of its true caption, and the scores of `compare` where they can be had.

    `all_ranked`: whether the true caption was ranked among all of the sample's negatives for sure.
    """

    sample: Sample
    rank: int
    cosine_rank: int | None
    scores: pd.DataFrame | None = None
    link: str = ""
    all_ranked: bool = True

    @property
    def place(self) -> str:
        """The rank in words, with the number of captions that it is among."""
        among = len(self.sample.negatives) + 1
        return f"rank {self.rank} of {'' if self.all_ranked else 'at most '}{among}"

    def best(self, scorer: str) -> str | None:
        """The caption that the scorer puts first, of several that tie a wrong one; None without scores."""
        if self.scores is None:
            return None
        first = winners(self.scores)[scorer]
        return next((query for query in first if query != self.sample.positive), first[0])


def errors(result: SubsetResult, most: int = MOST) -> list[int]:
    """The numbers of the items with the worst ranks, one an image, worst first."""
    ranks = unpack_ranks(result.ranks or "")
    return _spread(
        sorted((n for n, rank in enumerate(ranks) if rank > 1), key=lambda n: -ranks[n]), result, most
    )


def fixes(result: SubsetResult, baseline: SubsetResult, most: int = MOST) -> list[int]:
    """The numbers of the items that the head ranks first and the baseline worst, one an image.

    None when the two were not ranked on the same items.
    """
    if result.items is None or result.items != baseline.items:
        return []
    ours, before = unpack_ranks(result.ranks or ""), unpack_ranks(baseline.ranks or "")
    fixed = [number for number, rank in enumerate(ours) if rank == 1 and before[number] > 1]
    return _spread(sorted(fixed, key=lambda number: -before[number]), result, most)


def load_samples(entry: Entry, subset: str) -> list[Sample]:
    """The very samples that the entry was ranked on.

    Raises ValueError when those at hand are others, NotHereError when there are none.
    """
    benchmark, result = entry.record.benchmark, entry.record.subsets.get(subset)
    if result is None or result.ranks is None or result.items is None:
        raise ValueError("This record does not say how each single region was ranked.")
    return ranked_samples(benchmark.name, subset, benchmark.split or "test", result.items)


@lru_cache(maxsize=KEPT)
def ranked_samples(name: str, subset: str, split: str, digest: str) -> list[Sample]:
    """Those with this digest, kept: no others have it. Raises as `load_samples`."""
    samples = samples_at_hand(name, subset, split)
    if items_digest(samples) != digest:
        raise ValueError(f"The {name} at hand is not the one that was measured on.")
    return samples


def case(entry: Entry, baseline: Entry | None, subset: str, number: int, sample: Sample) -> Case:
    """Item `number` of the subset."""
    rank = unpack_ranks((entry.record.subsets[subset].ranks or "")[number])[0]
    before = baseline.record.subsets.get(subset) if baseline else None
    same = before is not None and before.items == entry.record.subsets[subset].items and before.ranks
    return Case(
        sample,
        rank,
        unpack_ranks(same[number])[0] if same else None,
        link=compare_link(entry, sample),
        all_ranked=not any(READ_ALIKE in note for note in entry.record.notes),
    )


def scored(
    cases: Iterable[Case], entry: Entry, images: Mapping[str, Image.Image], registry: ModelRegistry | None
) -> list[Case]:
    """The cases with the scores of every caption; as they are when the head or its backbone is not at hand."""
    head, backbone = entry.record.head, entry.record.backbone
    if registry is None or not registry.is_at_hand(backbone.name):
        return list(cases)
    if head.name != BASELINE.name and head_files(entry.record) is None:
        return list(cases)
    loaded = registry.backbone(backbone.name)
    if loaded.revision != backbone.revision:
        return list(cases)
    heads = {} if head.name == BASELINE.name else {head.name: registry.head(head.name, loaded)}

    def with_scores(one: Case) -> Case:
        sample = as_ranked(one.sample, loaded)
        return replace(one, sample=sample, scores=_scores(sample, images, loaded, heads), all_ranked=True)

    return [with_scores(one) for one in cases]


def as_ranked(sample: Sample, backbone: Backbone) -> Sample:
    """The sample without the negatives that the backbone reads as its positive: no rank counts them."""
    captions = backbone.encode_texts([sample.positive, *sample.negatives])
    alike = read_alike(captions, torch.arange(len(captions))[None])[0, 1:].tolist()
    kept = (negative for negative, same in zip(sample.negatives, alike, strict=True) if not same)
    return replace(sample, negatives=tuple(kept))


def compare_link(entry: Entry, sample: Sample) -> str:
    """The address that opens the Compare tab with this region, its captions, the true one marked, the backbone and
    the head.
    """
    benchmark, box, head = entry.record.benchmark, sample.box, entry.record.head.name
    asked = QuestionLink(
        image=image_name(benchmark.name, benchmark.split, sample.image),
        box=(box.left, box.top, box.right, box.bottom),
        queries="\n".join((marked(sample.positive, sample.positive), *dict.fromkeys(sample.negatives))),
        backbone=entry.record.backbone.name,
        heads=("none" if head == BASELINE.name else head,),
    )
    return to_query(asked)


def _scores(
    sample: Sample, images: Mapping[str, Image.Image], backbone: Backbone, heads: Mapping[str, Head]
) -> pd.DataFrame:
    queries = list(dict.fromkeys((sample.positive, *sample.negatives)))
    return compare(images[sample.image], sample.box, queries, backbone, heads)


def _spread(numbers: Sequence[int], result: SubsetResult, most: int) -> list[int]:
    """The first `most` of the numbers, no two of one image where the record says which image each is of."""
    images = unpack_runs(result.images) if result.images else list(range(len(result.ranks or "")))
    seen: dict[int, int] = {}
    for number in numbers:
        seen.setdefault(images[number], number)
    return list(seen.values())[:most]
