"""How much of what a head is tested on it may have met in training: captions nearly alike, and images shared."""

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix
from sklearn.feature_extraction.text import CountVectorizer

from leaderboard.benchmarks.catalogue import BENCHMARKS
from leaderboard.benchmarks.lookup import find_benchmark
from leaderboard.benchmarks.split import BenchmarkSplit
from leaderboard.records.figures import Overlap
from leaderboard.records.record import CAPTIONS, Record, TrainingData

logger = logging.getLogger(__name__)

THRESHOLD = 0.8
"""Two captions are near-duplicates from this Jaccard similarity of their sets of three-character runs on, or when they
have the same words in any order. One attribute swapped in a short caption stays below it.
"""

ROWS_AT_ONCE = 256
RUN = 3
"""Characters of a run; texts that are all shorter have none, and only their words to be compared."""


class SplitContents(NamedTuple):
    """What somebody is shown of a split: true captions, and the images' ids."""

    captions: set[str]
    images: set[str]


def with_overlap(record: Record, tested: BenchmarkSplit) -> Record:
    """The record of a head measured on `tested`, with how much of that it was trained on; as it is where one of the
    splits that it names is not on this machine, or is another than it was. Nothing is fetched.
    """
    trained = [_shown_in_training(data, tested) for data in record.head.training_data]
    known = [shown for shown in trained if shown]
    if not known or len(known) < len(trained):
        return record
    seen = _shown(tested, record.subsets, record.retrieval is not None)
    captions, images = (set().union(*parts) for parts in zip(*known, strict=True))
    return replace(record, overlap=overlap(captions, seen.captions, images, seen.images))


def _shown_in_training(data: TrainingData, tested: BenchmarkSplit) -> SplitContents | None:
    """What the head was shown of the data; None, and a log line, where that cannot be told."""
    split = _training_split(data, tested)
    if split is None:
        return None
    try:
        if not split.is_here or data.revision not in (None, split.revision):
            return None
        shown = _shown(split, *_parts(data, split))
    except (OSError, ValueError) as error:  # of no such split, or of damaged rows
        logger.warning("%s: shared captions and images are not counted: %s", data, error)
        return None
    return shown if _share_ids(split, tested) else SplitContents(shown.captions, set())


def _training_split(data: TrainingData, tested: BenchmarkSplit) -> BenchmarkSplit | None:
    """The split, of the benchmark that is tested on or of a listed one, since a head may name anything."""
    if data.benchmark == tested.benchmark.name:
        return tested.sibling(data.split)
    if data.benchmark not in BENCHMARKS:
        return None
    return BenchmarkSplit(
        data.benchmark, find_benchmark(data.benchmark), data.split, data.revision, tested.folders
    )


def _parts(data: TrainingData, split: BenchmarkSplit) -> tuple[list[str], bool]:
    """The subsets that were trained on, and whether captions were: all there is where the data names none.

    Raises ValueError when one of them is not there.
    """
    with_captions = split.captions_are_here and bool(split.captions)
    if not data.subsets:
        return list(split.known), with_captions
    missing = set(data.subsets) - split.known.keys() - ({CAPTIONS} if with_captions else set())
    if missing:
        raise ValueError(f"expected {', '.join(sorted(missing))} on this machine, got none")
    return [name for name in data.subsets if name != CAPTIONS], CAPTIONS in data.subsets


def _shown(split: BenchmarkSplit, subsets: Iterable[str], with_captions: bool) -> SplitContents:
    samples = [sample for name in subsets for sample in split.samples(name).samples]
    captions = split.captions if with_captions else {}
    texts = {text for of_image in captions.values() for text in of_image}
    return SplitContents(
        {sample.positive for sample in samples} | texts, {sample.image for sample in samples} | {*captions}
    )


def _share_ids(one: BenchmarkSplit, other: BenchmarkSplit) -> bool:
    """Whether equal ids are the same image: those of one benchmark, or of one and of whose captions it borrows."""
    names = ({split.benchmark.name, split.benchmark.captions} - {None} for split in (one, other))
    return bool(set.intersection(*names))


def overlap(
    trained_captions: Iterable[str],
    tested_captions: Iterable[str],
    trained_images: Iterable[str],
    tested_images: Iterable[str],
) -> Overlap:
    """The overlap of two splits: captions without regard to case and punctuation, images by their ids."""
    trained = sorted({normalised(text) for text in trained_captions})
    tested = sorted({normalised(text) for text in tested_captions})
    images = set(tested_images)
    return Overlap(
        captions=len(tested),
        exact=len({*tested} & {*trained}),
        near=sum(near_duplicates(trained, tested)),
        images=len(images),
        shared=len(images & set(trained_images)),
    )


def normalised(caption: str) -> str:
    """The caption's words in lower case, one space between them."""
    return " ".join(re.findall(r"[^\W_]+", caption.lower()))


def near_duplicates(
    trained: Sequence[str], tested: Sequence[str], threshold: float = THRESHOLD
) -> list[bool]:
    """For each normalised caption of `tested`, whether `trained` has a near-duplicate of it."""
    known = {frozenset(text.split()) for text in trained}
    alike = np.array([frozenset(text.split()) in known for text in tested], dtype=bool)
    if not trained or max(map(len, [*trained, *tested]), default=0) < RUN:
        return alike.tolist()
    vectorizer = CountVectorizer(analyzer="char", ngram_range=(RUN, RUN), binary=True, lowercase=False)
    vectorizer.fit([*trained, *tested])
    own, others = (csr_matrix(vectorizer.transform(texts), dtype=np.float32) for texts in (tested, trained))
    own_size, others_size = (np.asarray(runs.sum(axis=1))[:, 0] for runs in (own, others))
    for start in range(0, len(tested), ROWS_AT_ONCE):
        shared = coo_matrix(own[start : start + ROWS_AT_ONCE] @ others.T)
        rows = shared.row + start
        in_either = own_size[rows] + others_size[shared.col] - shared.data
        alike[rows[shared.data >= threshold * in_either]] = True
    return alike.tolist()
