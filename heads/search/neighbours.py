"""For each query the best rows of a pool: exact, in strips, under any head; and how much of that another search finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from heads.head import Head
from heads.io.tensors import all_finite
from heads.pairs import Pairs
from heads.scoring import SCORES_AT_ONCE, scoring
from heads.ties import reaches

Find = Literal["captions", "images"]
"""What is found: captions of images, or images of captions."""
FINDS: tuple[Find, ...] = ("captions", "images")

AT_ONCE = 8192
"""Queries that are scored at a time, with as many rows of the pool as SCORES_AT_ONCE then leaves."""


@dataclass(frozen=True)
class Neighbours:
    """Rows of a pool for each query, best first, and their scores; -1 and minus infinity where none was found."""

    rows: Int[Tensor, "n k"]
    scores: Float[Tensor, "n k"]

    def of(self, queries: Int[Tensor, " q"]) -> "Neighbours":
        """Those of some queries."""
        return Neighbours(self.rows[queries], self.scores[queries])

    def best(self, count: int) -> "Neighbours":
        """The `count` best by score; of equal scores, those that stood first."""
        order = self.scores.argsort(dim=1, descending=True, stable=True)[:, :count]
        return Neighbours(self.rows.gather(1, order), self.scores.gather(1, order))


def query_and_pool(pairs: Pairs, find: Find) -> tuple[Float[Tensor, "n d"], Float[Tensor, "m d"]]:
    """Raw embeddings of what is asked with, and of what is found."""
    return (pairs.image, pairs.text) if find == "captions" else (pairs.text, pairs.image)


def check_best(best: int, pool: int) -> None:
    """Nothing, or ValueError when a pool of so many rows has no `best` to give."""
    if not 1 <= best <= pool:
        raise ValueError(
            f"best: expected a whole number from 1 to {pool:,}, the rows of the pool, got {best}"
        )


def exact_neighbours(
    head: Head,
    pairs: Pairs,
    find: Find,
    best: int,
    queries: Int[Tensor, " q"] | None = None,
    at_once: int = SCORES_AT_ONCE,
) -> Neighbours:
    """The `best` rows for each of `queries`, by default all: every pair is scored, about `at_once` scores at a time.

    Which of several rows of equal score are among the last is left open. Raises ValueError when the pool has fewer
    rows, or a score is not finite.
    """
    asked, pool = query_and_pool(pairs, find)
    check_best(best, len(pool))
    chosen = asked if queries is None else asked[queries]
    with scoring(head):
        parts = [_exact(head, part, pool, find, best, at_once) for part in chosen.split(AT_ONCE)]
    return joined(parts)


def joined(parts: Sequence[Neighbours]) -> Neighbours:
    """Those of one query after the other, of at least one part."""
    return Neighbours(torch.cat([part.rows for part in parts]), torch.cat([part.scores for part in parts]))


def _exact(
    head: Head, asked: Float[Tensor, "n d"], pool: Float[Tensor, "m d"], find: Find, best: int, at_once: int
) -> Neighbours:
    """The best so far, and those of each strip of the pool, of which the best remain."""
    found = Neighbours(torch.empty(len(asked), 0, dtype=torch.long), torch.empty(len(asked), 0))
    width = max(1, at_once // max(1, len(asked)))
    for start in range(0, len(pool), width):
        strip = pool[start : start + width]
        scores = head.score_matrix(asked, strip) if find == "captions" else head.score_matrix(strip, asked).T
        if not all_finite(scores):
            raise ValueError("scores: expected finite numbers from the head, got NaN or infinity")
        top = scores.topk(min(best, scores.shape[1]), dim=1)
        found = Neighbours(
            torch.cat([found.rows, top.indices + start], dim=1),
            torch.cat([found.scores, top.values], dim=1),
        ).best(best)
    return found


def share_found(found: Neighbours, exact: Neighbours) -> float:
    """Share of the exact best that was found, in [0, 1], mean over queries: recall of an approximate search.

    A row that scores as high as the last of the exact is one of them: captions are often written twice. What counts
    as equal is the rule of `heads.ties`.
    """
    return float(reaches(found.scores, exact.scores[:, -1:]).double().mean())


def share_with_own(found: Neighbours, pairs: Pairs, find: Find) -> float:
    """Share in [0, 1] of all queries that have their own, a caption of the image or the image of the caption, among
    what was found for them.
    """
    if find == "captions":
        own: Bool[Tensor, "n k"] = pairs.image_of_text[found.rows] == torch.arange(len(pairs.image))[:, None]
    else:
        own = found.rows == pairs.image_of_text[:, None]
    return float((own & (found.rows >= 0)).any(dim=1).double().mean())
