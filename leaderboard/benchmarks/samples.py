"""From a benchmark's rows to the samples that are scored; what is odd about rows is counted, never silent."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from fg_demo.boxes import Box
from leaderboard.benchmarks.annotation import Annotation
from leaderboard.benchmarks.catalogue import Subset

EQUAL = "negatives equal to their positive, dropped"
REPEATED = "negatives that repeat another of their list, dropped"
NONE_LEFT = "samples without a negative, dropped"
FEWER = "samples with fewer than {} negatives, ranked among those they have"
MORE = "samples with more than {} negatives, cut to the first {}"
THIN = "boxes thinner than a pixel, cropped to one pixel"
PUNCTUATION = "captions ending in '. .', kept as they are"
TRAIN2017 = "boxes on COCO train2017, images that a head warmed up on COCO captions has seen"


@dataclass(frozen=True, slots=True)
class Sample:
    """A region (pixels of the upright image), the caption that describes it, and captions that nearly do."""

    image: str
    box: Box
    positive: str
    negatives: tuple[str, ...]


def to_samples(annotations: Iterable[Annotation], subset: Subset) -> tuple[list[Sample], dict[str, int]]:
    """The samples in their order, each with at most the subset's number of negatives, and what was odd:
    reason to count.

    A negative that equals its positive or an earlier negative is dropped before the list is cut; a sample
    left without negatives is dropped whole. One with fewer negatives than the subset asks for is kept: the
    evaluation code of arXiv 2404.03539 leaves such rows out (eval_util.py), the one of FG-CLIP counts them.
    """
    samples, odd = [], Counter()
    for row in annotations:
        negatives = tuple(text for text in dict.fromkeys(row.negatives) if text != row.caption)
        odd.update(_oddities(row, negatives, subset))
        if negatives:
            samples.append(Sample(row.image, row.box, row.caption, negatives[: subset.negatives]))
    return samples, {reason: count for reason, count in odd.items() if count}


def candidate_table(samples: Sequence[Sample]) -> tuple[Int[Tensor, "n k"], Bool[Tensor, "n k"], list[str]]:
    """Rows of the distinct captions beside each sample, where there is one, and the distinct captions."""
    lists = [(sample.positive, *sample.negatives) for sample in samples]
    distinct = list(dict.fromkeys(text for texts in lists for text in texts))
    row_of = {caption: row for row, caption in enumerate(distinct)}
    width = max(map(len, lists))
    index = torch.tensor([[row_of[text] for text in texts] + [0] * (width - len(texts)) for texts in lists])
    lengths = torch.tensor([len(texts) for texts in lists])
    return index, torch.arange(width) < lengths[:, None], distinct


def _oddities(row: Annotation, negatives: tuple[str, ...], subset: Subset) -> dict[str, int]:
    equal = row.negatives.count(row.caption)
    odd = {EQUAL: equal, REPEATED: len(row.negatives) - equal - len(negatives)}
    if not negatives:
        return odd | {NONE_LEFT: 1}
    return odd | {
        FEWER.format(subset.negatives): int(len(negatives) < subset.negatives),
        MORE.format(subset.negatives, subset.negatives): int(len(negatives) > subset.negatives),
        THIN: int(row.xywh is not None and min(row.xywh[2:]) < 1),
        PUNCTUATION: int(row.caption.endswith(". .")),
        TRAIN2017: int(row.file_name.startswith("train2017/")),
    }


def items_digest(samples: Iterable[Sample]) -> str:
    """The first 12 hex digits of the SHA-256 of the samples in their order: image, box, positive, negatives."""
    digest = hashlib.sha256()
    for sample in samples:
        box = (sample.box.left, sample.box.top, sample.box.right, sample.box.bottom)
        item = (sample.image, box, sample.positive, sample.negatives)
        digest.update(repr(item).encode())
    return digest.hexdigest()[:12]
