"""The protocol that a benchmark is measured by unless another is asked for."""

from collections import Counter
from collections.abc import Sequence

from heads.ties import TOLERANCE
from leaderboard.benchmarks.annotation import OURS, OURS_WHOLE
from leaderboard.benchmarks.catalogue import CAPTIONS_AN_IMAGE, RETRIEVAL_LIMIT, Benchmark, Subset
from leaderboard.benchmarks.protocol import CoarseRetrieval, Crop, Protocol, Ranking


def protocol(row: Benchmark, subsets: Sequence[Subset]) -> Protocol:
    """The protocol of a benchmark that has these of its subsets."""
    return Protocol(
        ranking=_ranking(row, subsets) if subsets else None,
        retrieval=_retrieval(row) if _has_captions(row) else None,
        ties="against",
        tolerance=TOLERANCE,
        pixels="transformers, Pillow",
    )


def takes_first_captions(row: Benchmark) -> bool:
    """Whether retrieval is measured on the first caption of each image, and on images that it tells apart.

    COCO's images are told apart by their captions, so all count, as is usual there; where captions come with
    the regions they are short descriptions that several images share.
    """
    return bool(row.subsets) and row.captions is None


def _ranking(row: Benchmark, subsets: Sequence[Subset]) -> Ranking:
    usual = Counter(subset.negatives for subset in subsets).most_common(1)[0][0]
    return Ranking(
        crop=Crop(context=1.0, rule="outward") if row.columns[0].box else None,
        negatives=usual,
        negatives_of={subset.name: subset.negatives for subset in subsets if subset.negatives != usual},
        items="all",
        scores="pointwise",
        read_alike="left out",
    )


def _retrieval(row: Benchmark) -> CoarseRetrieval:
    if takes_first_captions(row):
        return CoarseRetrieval(captions=1, images="unique", most=RETRIEVAL_LIMIT)
    return CoarseRetrieval(captions=CAPTIONS_AN_IMAGE, images="all", most=None)


def _has_captions(row: Benchmark) -> bool:
    # Files with columns of their own describe regions or pairs only; ours may have captions of whole images beside.
    return not row.subsets or row.captions is not None or row.columns[0] in (OURS, OURS_WHOLE)
