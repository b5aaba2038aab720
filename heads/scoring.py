"""Scores of whole sets of embeddings, the ranks that follow, and mean rank and recall: in training and on boards."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from jaxtyping import Float, Int
from torch import Tensor

from heads.candidates import Candidates, ranks
from heads.head import SIMILARITIES, Head, ProjectionHead, check_dim
from heads.io.tensors import all_finite
from heads.pairs import Pairs
from heads.ties import least_equal, reaches

SCORES_AT_ONCE = 2**26
"""256 MiB: with a quarter of it again for comparisons, all that is held beside embeddings and projections.

What a million captions and a hundred thousand images of 512 numbers take: 2.05 + 0.20 GB the embeddings, 0.27 +
0.07 GB a strip of scores and its comparison, at most 0.41 GB the images' projections and their unit vectors, which
are made anew for a strip, and 0.05 GB ranks and resamples: about 3.1 GB, whatever the head projects to 512.
"""

CAPTIONS_AT_ONCE = 8192


def score_rows(head: Head, candidates: Candidates, rows: Int[Tensor, " b"]) -> Float[Tensor, "b k"]:
    """`head.score` of the regions `rows`, with gradients; each distinct caption among theirs is projected
    once.
    """
    check_dim(head, image=candidates.image, captions=candidates.captions)
    image, captions, place = gathered(candidates, rows)
    if not isinstance(head, ProjectionHead):
        return head.score(image, captions[place])
    projected = head.project_text(captions.float())
    # Plain indexing would do, but its backward pass on the CPU is slow and adds in no fixed order.
    text = projected.index_select(0, place.flatten()).unflatten(0, place.shape)
    return SIMILARITIES[head.similarity](head.project_image(image.float())[:, None], text)


def gathered(
    candidates: Candidates, rows: Int[Tensor, " b"]
) -> tuple[Float[Tensor, "b d"], Float[Tensor, "c d"], Int[Tensor, "b k"]]:
    """The embeddings of the regions `rows`, each distinct caption among theirs once, and where each stands."""
    distinct, place = candidates.index[rows].unique(return_inverse=True)
    return candidates.image[rows], candidates.captions[distinct], place


@torch.no_grad()
def score_candidates(head: Head, candidates: Candidates, batch_size: int = 1024) -> Float[Tensor, "n k"]:
    """`head.score` of every region, batch by batch, so that memory stays bounded; padding is scored too."""
    if not len(candidates):
        return torch.empty(candidates.index.shape)
    batches = torch.arange(len(candidates)).split(batch_size)
    return torch.cat([score_rows(head, candidates, rows) for rows in batches])


@contextmanager
def scoring(head: Head) -> Iterator[None]:
    """The head for a while in evaluation mode (no dropout) and without gradients."""
    training = head.training
    head.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        head.train(training)


def candidate_ranks(head: Head, candidates: Candidates, batch_size: int = 1024) -> Int[Tensor, " n"]:
    """The rank of each region's positive under the head, 1 = best, ties against it. Raises ValueError when a score is
    not finite.
    """
    with scoring(head):
        return ranks(score_candidates(head, candidates, batch_size), candidates.mask)


def mean_crop_ranks(head: Head, candidates: Candidates, mean: Float[Tensor, " d"]) -> Int[Tensor, " n"]:
    """The rank of each positive when every item is shown `mean`: all then share the captions' scores, so that
    each distinct caption is scored once (see `Head.score`).
    """
    with scoring(head):
        parts = candidates.captions.split(CAPTIONS_AT_ONCE)
        scores = torch.cat([head.score(mean[None], part[None])[0] for part in parts])
    return ranks(scores[candidates.index], candidates.mask)


def mean_rank(head: Head, candidates: Candidates) -> float:
    """Mean rank of the positives, 1 = best. Raises ValueError when there are none, or a score is not
    finite.
    """
    if len(candidates) == 0:
        raise ValueError("candidates: expected at least one region, got none")
    return mean(candidate_ranks(head, candidates))


def recall(head: Head, pairs: Pairs, k: int = 10, at_once: int = SCORES_AT_ONCE) -> float:
    """Share of captions whose image is among its k best, averaged with that of images; 0 to 1.

    An image is found by any of its captions, and images without one are left out. Ties count against, as in
    `ranks`.
    Raises ValueError when there are no pairs, or a score is not finite.
    """
    return sum(share_within(found, k) for found in retrieval_ranks(head, pairs, at_once)) / 2


def mean(found: Int[Tensor, " n"]) -> float:
    """The arithmetic mean of ranks."""
    return float(found.double().mean())


def share_within(found: Int[Tensor, " n"], k: int) -> float:
    """Share in [0, 1] of ranks of at most k: recall@k when each query has one first answer."""
    return float((found <= k).double().mean())


def retrieval_ranks(
    head: Head, pairs: Pairs, at_once: int = SCORES_AT_ONCE
) -> tuple[Int[Tensor, " n"], Int[Tensor, " m"]]:
    """For each image that has captions, the rank of its best one among it and the captions of other images, and for each
    caption that of its image among all images; about `at_once` scores are held at a time. Ties count against, as in
    `ranks`.

    Two passes over the same strips of captions, each against all images: an image can be ranked only when the
    best of its captions is known, which may stand anywhere.

    Raises ValueError when there are no pairs, or a score is not finite.
    """
    if len(pairs) == 0:
        raise ValueError("pairs: expected at least one caption, got none")
    owners = pairs.image_of_text
    text_to_image = torch.empty_like(owners)
    best = torch.full((len(pairs.image),), -torch.inf, device=owners.device)
    before = owners.new_zeros(len(pairs.image))
    with scoring(head):
        for captions, scores, own in _strips(head, pairs, at_once):
            text_to_image[captions] = reaches(scores, own).sum(dim=0)
            best.scatter_reduce_(0, owners[captions], own, "amax")
        enough = least_equal(best)
        for captions, scores, own in _strips(head, pairs, at_once):
            before += (scores >= enough[:, None]).sum(dim=1)
            # An image's own captions do not stand before its best.
            before.index_add_(0, owners[captions], (own >= enough[owners[captions]]).long(), alpha=-1)
    return before[owners.unique()] + 1, text_to_image


def _strips(
    head: Head, pairs: Pairs, at_once: int
) -> Iterator[tuple[slice, Float[Tensor, "n b"], Float[Tensor, " b"]]]:
    """Some captions at a time: which, their scores for all images, and those for their own."""
    width = max(1, at_once // len(pairs.image))
    for start in range(0, len(pairs.text), width):
        captions = slice(start, start + width)
        scores = head.score_matrix(pairs.image, pairs.text[captions])
        if not all_finite(scores):
            raise ValueError("scores: expected finite numbers from the head, got NaN or infinity")
        yield captions, scores, scores.gather(0, pairs.image_of_text[None, captions])[0]
