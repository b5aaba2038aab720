"""Two questions that a rank does not answer: does a scorer prefer the truth to more words of which one is wrong, and what
would it say without the picture?
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from fg_demo.lookalikes.half_truth import shortened
from fg_demo.models.backbone import Backbone
from fg_demo.models.once import Once
from heads.candidates import Candidates
from heads.head import Head
from heads.scoring import candidate_ranks, mean_crop_ranks


@dataclass(frozen=True)
class HalfTruth:
    """A short true description, the same with one wrong attribute more, and which scorers, in their order, prefer the
    truth; a tie counts against it.
    """

    truth: str
    half: str
    kept: tuple[bool, ...]


@dataclass(frozen=True)
class Verdicts:
    """`half_truth` is None where no look-alike swaps exactly one adjective; `blind` is where each scorer ranks the true
    description, ties against it, with the mean of `crops` other crops in place of the region.
    """

    half_truth: HalfTruth | None
    blind: tuple[int, ...]
    crops: int


def beside(first: Verdicts, second: Verdicts) -> Verdicts:
    """The verdicts of both, of the same region and descriptions by the scorers of two backbones."""
    one, other = first.half_truth, second.half_truth
    half = one and other and replace(one, kept=(*one.kept, *other.kept))
    return Verdicts(half, (*first.blind, *second.blind), first.crops)


@final
class MeanCrop:
    """The mean embedding of some crops by each backbone, made when it is first asked for."""

    def __init__(self, crops: Callable[[], Sequence[Image.Image]]):
        self._crops = crops
        self._backbones: dict[str, Backbone] = {}
        self._means = Once(self._mean_by)

    def __call__(self, backbone: Backbone) -> tuple[Float[Tensor, " d"], int]:
        """The mean of the raw embeddings, and of how many crops it is."""
        key = f"{backbone.name} @ {backbone.revision}"
        self._backbones.setdefault(key, backbone)
        return self._means(key)

    def _mean_by(self, key: str) -> tuple[Float[Tensor, " d"], int]:
        embedded = self._backbones[key].encode_images(self._crops())
        return embedded.double().mean(dim=0).float(), len(embedded)


def half_truth(true: str, others: Sequence[str]) -> tuple[str, str] | None:
    """The true description without the attribute that the first of the others swaps, and that other; None where each
    of them differs in anything else than one attribute.
    """
    pairs = ((shortened(true, other), other) for other in others)
    return next(((truth, other) for truth, other in pairs if truth is not None), None)


def judge(
    region: Image.Image,
    true: str,
    queries: Sequence[str],
    backbone: Backbone,
    scorers: Mapping[str, Head],
    mean_crop: MeanCrop,
) -> Verdicts:
    """Both verdicts on the scorers about a region, `true` among the queries. Raises ValueError when a score is not
    finite.
    """
    others = [query for query in queries if query != true]
    pair = half_truth(true, others)
    mean, crops = mean_crop(backbone)
    image, texts = backbone.encode([region], [true, *others, *(pair or ())])
    everything = _candidates(image, texts[: len(queries)])
    blind = tuple(int(mean_crop_ranks(head, everything, mean)) for head in scorers.values())
    if pair is None:
        return Verdicts(None, blind, crops)
    both = _candidates(image, texts[len(queries) :])
    kept = tuple(int(candidate_ranks(head, both)) == 1 for head in scorers.values())
    return Verdicts(HalfTruth(*pair, kept), blind, crops)


def _candidates(image: Float[Tensor, "1 d"], texts: Float[Tensor, "k d"]) -> Candidates:
    """One region and its captions, the positive first."""
    index = torch.arange(len(texts))[None]
    return Candidates(image, texts, index, torch.ones_like(index, dtype=torch.bool))
