"""The figures of a record: types that are checked when a record is read."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field, with_config

from heads.io.strict_json import STRICT
from heads.vetting.plain_text import check_visible
from leaderboard.records.packing import unpack_ranks, unpack_runs

Rank = Annotated[float, Field(ge=1, le=1_000_000)]


Share = Annotated[float, Field(ge=0, le=1)]


Count = Annotated[int, Field(ge=1)]


Natural = Annotated[int, Field(ge=0)]


Words = Annotated[str, Field(max_length=200), AfterValidator(check_visible)]


def _low_first(interval: tuple[float, float]) -> tuple[float, float]:
    if interval[0] > interval[1]:
        raise ValueError(f"expected the lower end first, got {interval}")
    return interval


RankInterval = Annotated[tuple[Rank, Rank], AfterValidator(_low_first)]


ShareInterval = Annotated[tuple[Share, Share], AfterValidator(_low_first)]
"""Both are 95 % intervals by a bootstrap that resamples images, lower end first."""


Gain = Annotated[float, Field(ge=-1_000_000, le=1_000_000)]


GainInterval = Annotated[tuple[Gain, Gain], AfterValidator(_low_first)]


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Confusion:
    """What was taken for what: in `count` of the `of` regions where a negative says `taken` in place of
    `true`, a negative that does so is the best scored candidate.

    `kind`: color, material, pattern, transparency, or other. A word that is only on one side leaves the other
    one empty.
    """

    kind: Words
    true: Words
    taken: Words
    count: Count
    of: Count


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class BlindControl:
    """A head's figures on a subset when it is not shown the right crop.

    `gain`: this mean rank less the one with the right crop, paired by item; above 0 where seeing helps. The
    intervals are of 95 %, by a bootstrap that resamples images; None when there is but one. `ranks`: each
    item's, as `packing.pack_ranks` writes them, None when one is too high for that.
    """

    mean_rank: Rank
    top1: Share
    gain: Gain
    interval: RankInterval | None = None
    top1_interval: ShareInterval | None = None
    gain_interval: GainInterval | None = None
    ranks: str | None = None


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class BlindControls:
    """The controls of a head on one subset: `mean_crop`, the mean of the split's crops in place of each;
    `other_crop`, the crop of an item of another image, None where one image has more than half of the items.
    """

    mean_crop: BlindControl
    other_crop: BlindControl | None = None


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class SubsetResult:
    """A head's figures on one subset; None = not measured (published tables rarely state all).

    `mean_rank` and `median_rank`: 1 is best, lower is better. `top1`: share in [0, 1] of regions whose
    positive ranks first. `n`: regions. `chance`: expected mean rank of a head that guesses, (N + 2) / 2 for N
    negatives each. `by_negatives`: mean rank among the positive and the first 1, 2, … negatives.
    `confusions`: the most frequent first. `average_precision`: share in [0, 1], of detectors, over IoU 0.50 to 0.95,
    with its interval, that at IoU 0.50 alone, and NMS-AP as OVDEval has it. `blind`: what the
    head gets without the right crop.

    So that heads can be compared later, item by item: `ranks` as `packing.pack_ranks` writes them, `images`
    as `packing.pack_runs` does, numbered alike in all subsets of a record, and `items`, the digest of what
    was ranked (`samples.items_digest`).

    Raises ValueError when `ranks`, `images` or the ranks of `blind` are not of `n` items.
    """

    mean_rank: Rank | None = None
    median_rank: Rank | None = None
    top1: Share | None = None
    n: Count | None = None
    chance: Rank | None = None
    interval: RankInterval | None = None
    top1_interval: ShareInterval | None = None
    by_negatives: tuple[Rank, ...] | None = None
    confusions: tuple[Confusion, ...] | None = None
    average_precision: Share | None = None
    average_precision_interval: ShareInterval | None = None
    average_precision_50: Share | None = None
    nms_average_precision: Share | None = None
    ranks: str | None = None
    items: Annotated[str, Field(pattern="^[0-9a-f]{12}$")] | None = None
    images: str | None = None
    blind: BlindControls | None = None

    def __post_init__(self) -> None:
        controls = (self.blind.mean_crop, self.blind.other_crop) if self.blind else ()
        for packed in (self.ranks, *(control.ranks for control in controls if control)):
            if packed is not None and len(unpack_ranks(packed)) != self.n:
                raise ValueError(f"ranks: expected {self.n} digits, one an item, got {len(packed)}")
        if self.images is not None and len(unpack_runs(self.images)) != self.n:
            raise ValueError(f"images: expected runs of {self.n} items, got {len(unpack_runs(self.images))}")


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class HalfTruths:
    """Of `n` short true descriptions, how many a head prefers to the same with one wrong attribute more: the share
    `preferred`, and its 95 % interval by a bootstrap that resamples images, None when there is but one.
    """

    preferred: Share
    n: Count
    interval: ShareInterval | None = None


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Overlap:
    """Of `captions` distinct captions tested on, how many stand word for word among those trained on (`exact`), and how
    many have a near-duplicate there, those included (`near`); of `images` tested on, how many are trained on (`shared`).

    Raises ValueError when a part is larger than its whole.
    """

    captions: Natural
    exact: Natural
    near: Natural
    images: Natural
    shared: Natural

    def __post_init__(self) -> None:
        if not (self.exact <= self.near <= self.captions and self.shared <= self.images):
            raise ValueError(f"overlap: expected exact <= near <= captions and shared <= images, got {self}")


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Recall:
    """Shares in [0, 1] of queries whose first right answer ranks 1, up to 5, up to 10; and that rank's
    median and mean.
    """

    r1: Share | None = None
    r5: Share | None = None
    r10: Share | None = None
    median_rank: Rank | None = None
    r1_interval: ShareInterval | None = None
    r5_interval: ShareInterval | None = None
    r10_interval: ShareInterval | None = None
    mean_rank: Rank | None = None
    mean_rank_interval: RankInterval | None = None


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class RetrievalResult:
    """A head's retrieval on `n_images` images, or events or clips in place of them, and `n_captions` captions."""

    image_to_text: Recall
    text_to_image: Recall
    n_images: Count | None = None
    n_captions: Count | None = None
