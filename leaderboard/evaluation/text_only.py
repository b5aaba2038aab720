"""What captions alone give away: two scorers that see no image, against which a head's rank is to be read.

`text_only_ranks`: a bag of word n-grams, fitted to tell positives from negatives on other images and other captions.
`medoid_ranks`: nothing fitted, the caption that has most words in common with its rivals; it sees all candidates at
once, which no head may (`Head.score`).
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import log_softmax
from sklearn.feature_extraction.text import CountVectorizer
from torch import Tensor

from heads.candidates import ranks
from leaderboard.benchmarks.samples import Sample, candidate_table

NGRAMS = (1, 3)
"""Fewest and most words in an n-gram."""

WORD = r"[^\W_]+"
L2 = 3e-3
"""Weight of half the squared norm beside the mean cross-entropy of an item."""

FOLDS = 5
MOST_STEPS = 200


@dataclass(frozen=True)
class TextOnly:
    """A weight an n-gram; a caption's score is the sum of those it contains, each counted once. N-grams that
    were not met when it was fitted weigh nothing.
    """

    ngrams: CountVectorizer
    weights: Float[np.ndarray, " f"]

    def score(self, captions: Sequence[str]) -> Float[Tensor, " m"]:
        """The score of each caption; the higher, the likelier a positive."""
        return torch.from_numpy(self.ngrams.transform(captions) @ self.weights)


def fit_text_only(samples: Sequence[Sample], l2: float = L2) -> TextOnly:
    """The n-gram weights that make the positives likeliest among their candidates: least mean cross-entropy
    of a softmax over each sample's candidates, plus `l2` / 2 times the squared norm, by L-BFGS from zero.

    The same for the same samples. Raises ValueError when there is none.
    """
    if not samples:
        raise ValueError("samples: expected at least one, got none")
    table, mask, distinct = candidate_table(samples)
    vectorizer = CountVectorizer(ngram_range=NGRAMS, binary=True, token_pattern=WORD)
    contains = csr_matrix(vectorizer.fit_transform(distinct), dtype=np.float64)
    contained_in, index, candidate = csr_matrix(contains.T), table.numpy(), mask.numpy()

    def loss(weights: Float[np.ndarray, " f"]) -> tuple[float, Float[np.ndarray, " f"]]:
        likelihood = log_softmax(np.where(candidate, (contains @ weights)[index], -np.inf), axis=1)
        surplus = np.exp(likelihood)
        surplus[:, 0] -= 1
        of_captions = np.bincount(index.ravel(), surplus.ravel(), len(distinct)) / len(index)
        value = l2 / 2 * weights @ weights - likelihood[:, 0].mean()
        return value, contained_in @ of_captions + l2 * weights

    start = np.zeros(len(vectorizer.vocabulary_))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": MOST_STEPS})
    return TextOnly(vectorizer, found.x)


def text_only_ranks(
    samples: Sequence[Sample], fitted_on: Sequence[Sample] | None = None, seed: int = 0
) -> Int[Tensor, " n"]:
    """The rank of each positive under a model that was fitted on `fitted_on`, samples of another split, or
    else on those of the same samples that share neither an image nor a positive caption with it (FOLDS folds,
    drawn with `seed`).
    """
    if fitted_on is not None:
        return _ranked(fit_text_only(fitted_on), samples)
    fold = disjoint_folds(samples, FOLDS, seed)
    found = torch.zeros(len(samples), dtype=torch.long)
    for number in fold.unique().tolist():
        inside = fold == number
        model = fit_text_only(_chosen(samples, ~inside))
        found[inside] = _ranked(model, _chosen(samples, inside))
    return found


def disjoint_folds(samples: Sequence[Sample], folds: int, seed: int) -> Int[Tensor, " n"]:
    """The fold of each sample, 0 to folds - 1: samples of one image or of one positive caption, and those
    linked by others, are in one. The largest groups go first, each into the smallest fold; `seed` settles the
    order of equals.

    Raises ValueError when all samples are linked: then nothing can be held out.
    """
    groups = _linked(samples)
    if len(groups) < 2:
        raise ValueError("samples: expected some that share no image and no caption, got all of them linked")
    order = torch.randperm(len(groups), generator=torch.Generator().manual_seed(seed)).tolist()
    sizes = [0] * folds
    fold = torch.zeros(len(samples), dtype=torch.long)
    for group in sorted((groups[number] for number in order), key=len, reverse=True):
        smallest = sizes.index(min(sizes))
        fold[group] = smallest
        sizes[smallest] += len(group)
    return fold


def medoid_ranks(samples: Sequence[Sample]) -> Int[Tensor, " n"]:
    """The rank of each positive when a caption's score is how many words it shares with the sample's other
    candidates: the mean of words in both over words in either, repeated words counted as often as they stand.
    """
    mask = candidate_table(samples)[1]
    scores = torch.zeros(mask.shape, dtype=torch.float64)
    for row, sample in enumerate(samples):
        bags = [_bag(text) for text in (sample.positive, *sample.negatives)]
        for one, two in combinations(range(len(bags)), 2):
            shared = (bags[one] & bags[two]).total() / max(1, (bags[one] | bags[two]).total())
            scores[row, one] += shared
            scores[row, two] += shared
    # Rounded, because sums that are equal on paper, added in another order, differ in the last bit.
    return ranks(scores.round(decimals=9), mask)


@lru_cache(maxsize=1 << 17)
def _bag(caption: str) -> Counter[str]:
    return Counter(re.findall(WORD, caption.lower()))


def _ranked(model: TextOnly, samples: Sequence[Sample]) -> Int[Tensor, " n"]:
    index, mask, distinct = candidate_table(samples)
    return ranks(model.score(distinct)[index], mask)


def _chosen(samples: Sequence[Sample], which: Bool[Tensor, " n"]) -> list[Sample]:
    return [samples[row] for row in which.nonzero()[:, 0].tolist()]


def _linked(samples: Sequence[Sample]) -> list[list[int]]:
    """The samples' numbers in groups that share neither an image nor a positive caption with one another."""
    parent: dict[tuple[str, str], tuple[str, str]] = {}

    def root(node: tuple[str, str]) -> tuple[str, str]:
        while parent.setdefault(node, node) != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for sample in samples:
        parent[root(("image", sample.image))] = root(("caption", sample.positive))
    groups: dict[tuple[str, str], list[int]] = {}
    for number, sample in enumerate(samples):
        groups.setdefault(root(("image", sample.image)), []).append(number)
    return list(groups.values())
