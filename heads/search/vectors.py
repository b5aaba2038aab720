"""Projections as vectors of length 1, ordered by their cosines as a head orders by its scores: what an index keeps.

Under a cosine these are the unit vectors. Under a dot product a row's length counts too: all rows of the pool are
divided by the longest, and one number more brings each to length 1; a query has 0 there (Bachrach et al., *Speeding Up
the Xbox Recommender System Using a Euclidean Transformation for Inner-Product Spaces*, RecSys 2014).
"""

import torch
from jaxtyping import Float
from torch import Tensor

from heads.head import KINDS, Head, ProjectionHead, unit
from heads.scoring import CAPTIONS_AT_ONCE, scoring
from heads.search.neighbours import Find


def check_searchable(head: Head) -> ProjectionHead:
    """The head, when its score is that of two vectors which can be kept. Raises ValueError, which names the kinds that
    have them, when it is another.
    """
    if isinstance(head, ProjectionHead):
        return head
    kinds = ", ".join(sorted(kind for kind, of in KINDS.items() if issubclass(of, ProjectionHead)))
    raise ValueError(
        f"head: expected one that compares two vectors, which an index can keep ({kinds}), got {head.kind}, of which "
        f"a pair costs {head.pair_cost}: it can be searched without an index"
    )


def query_vectors(head: ProjectionHead, find: Find, asked: Float[Tensor, "n d"]) -> Float[Tensor, "n p"]:
    """Of what is asked with: images where captions are found, captions where images are."""
    vectors = unit(_projected(head, "images" if find == "captions" else "captions", asked))
    return vectors if head.similarity == "cosine" else _with_last(vectors, torch.zeros(len(vectors)))


def pool_vectors(
    head: ProjectionHead, find: Find, rows: Float[Tensor, "n d"], longest: float
) -> Float[Tensor, "n p"]:
    """Of what is found; `longest` is that of the whole pool."""
    vectors = _projected(head, find, rows)
    if head.similarity == "cosine":
        return unit(vectors)
    shorter = vectors / max(longest, torch.finfo(vectors.dtype).tiny)
    return _with_last(shorter, (1 - shorter.square().sum(dim=1)).clamp(min=0).sqrt())


def longest_of(head: ProjectionHead, find: Find, pool: Float[Tensor, "m d"]) -> float:
    """The length of the longest projection of a pool, which has at least one row."""
    parts = pool.split(CAPTIONS_AT_ONCE)
    return max(float(_projected(head, find, part).norm(dim=1).max()) for part in parts)


def _projected(head: ProjectionHead, side: Find, rows: Float[Tensor, "n d"]) -> Float[Tensor, "n p"]:
    with scoring(head):
        return head.project_text(rows.float()) if side == "captions" else head.project_image(rows.float())


def _with_last(vectors: Float[Tensor, "n p"], last: Float[Tensor, " n"]) -> Float[Tensor, "n q"]:
    return torch.cat([vectors, last[:, None]], dim=1)
