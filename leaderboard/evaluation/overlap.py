"""How much of what a head is tested on it may have met in training: captions nearly alike, and images shared."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix
from sklearn.feature_extraction.text import CountVectorizer

THRESHOLD = 0.8
"""Two captions are near-duplicates from this Jaccard similarity of their sets of three-character runs on, or when they
have the same words in any order. One attribute swapped in a short caption stays below it.
"""

ROWS_AT_ONCE = 256
RUN = 3
"""Characters of a run; texts that are all shorter have none, and only their words to be compared."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Of `captions` distinct captions tested on, how many stand word for word among those trained on (`exact`), and how
    many have a near-duplicate there, those included (`near`); of `images` tested on, how many are trained on (`shared`).
    """

    captions: int
    exact: int
    near: int
    images: int
    shared: int


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
