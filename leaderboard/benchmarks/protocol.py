"""How heads are measured on a benchmark, in the words that its records carry and boards are told apart by."""

from collections import Counter
from collections.abc import Sequence

from heads.ties import TOLERANCE
from leaderboard.benchmarks.annotation import OURS
from leaderboard.benchmarks.catalogue import CAPTIONS_AN_IMAGE, RETRIEVAL_LIMIT, Benchmark, Subset

TIES = (
    f"Ties count against the head; scores tie that are no further apart than {TOLERANCE:.5f} times the larger of 1 "
    "and their size."
)
ALIKE = "a negative that the backbone reads as the true caption is left out"

PIXELS = (
    "Pixels: by the backbone's own processor in transformers, with Pillow; its centre crop rounds down where "
    "the paper's torchvision rounds half to even."
)
"""One pixel beside the paper's for 22 of a hundred crops of FG-OVD."""


def protocol(row: Benchmark, subsets: Sequence[Subset]) -> str:
    """The protocol of a benchmark that has these of its subsets."""
    parts = [_ranking(row, subsets)] if subsets else []
    if _has_captions(row):
        parts.append(f"Retrieval: whole images, {_captions(row)}")
    return " ".join([*parts, TIES, PIXELS])


def takes_first_captions(row: Benchmark) -> bool:
    """Whether retrieval is measured on the first caption of each image, and on images that it tells apart.

    COCO's images are told apart by their captions, so all count, as is usual there; where captions come with
    the regions they are short descriptions that several images share.
    """
    return bool(row.subsets) and row.captions is None


def _ranking(row: Benchmark, subsets: Sequence[Subset]) -> str:
    what = "Crop of the given box, context 1.0" if row.columns[0].box else "Whole image"
    return f"{what}; rank among N hard negatives ({_numbers(subsets)}; fewer where fewer are given; {ALIKE})."


def _numbers(subsets: Sequence[Subset]) -> str:
    """Number of negatives of most subsets, then of each that has another."""
    usual = Counter(subset.negatives for subset in subsets).most_common(1)[0][0]
    others = [f"{subset.name} {subset.negatives}" for subset in subsets if subset.negatives != usual]
    return "; ".join([str(usual), *others])


def _has_captions(row: Benchmark) -> bool:
    # Files with columns of their own describe regions or pairs only; ours may have captions of whole images beside.
    return not row.subsets or row.captions is not None or row.columns[0] == OURS


def _captions(row: Benchmark) -> str:
    if takes_first_captions(row):
        return (
            "the first caption of each, images whose first caption is unique in the split, at most "
            f"{RETRIEVAL_LIMIT:,} images."
        )
    return f"the first {CAPTIONS_AN_IMAGE} captions of each, of which any will do."
