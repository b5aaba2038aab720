"""Coarse retrieval: whole images against captions, both ways, through a head's `score_matrix`."""

from collections.abc import Iterator
from dataclasses import replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from heads.head import Head
from heads.io.tensors import all_finite
from heads.pairs import Pairs
from heads.ties import least_equal, reaches
from leaderboard.evaluation.evaluate import scoring
from leaderboard.evaluation.metrics import recall
from leaderboard.records.bootstrap import intervals
from leaderboard.records.figures import Recall, RetrievalResult

SCORES_AT_ONCE = 2**26
"""256 MiB: with a quarter of it again for comparisons, all that is held beside embeddings and projections.

What a million captions and a hundred thousand images of 512 numbers take: 2.05 + 0.20 GB the embeddings, 0.27 +
0.07 GB a strip of scores and its comparison, at most 0.41 GB the images' projections and their unit vectors, which
are made anew for a strip, and 0.05 GB ranks and resamples: about 3.1 GB, whatever the head projects to 512.
"""


def retrieval(head: Head, pairs: Pairs, at_once: int = SCORES_AT_ONCE) -> RetrievalResult:
    """Recall of a head over all pairs, exact, about `at_once` scores at a time.

    The right answer of a caption is its image; of an image, the best scored of its captions, as usual on
    COCO. Ties, which are those of `heads.ranks`, count against the right answer: every other candidate that
    scores as high stands before it.

    The intervals resample images, each with all of its captions.

    Raises ValueError when an image has no caption, there are no pairs, or a score is not finite.
    """
    image_to_text, text_to_image = retrieval_ranks(head, pairs, at_once)
    return RetrievalResult(
        with_intervals(recall(image_to_text), image_to_text, torch.arange(len(pairs.image))),
        with_intervals(recall(text_to_image), text_to_image, pairs.image_of_text),
        len(pairs.image),
        len(pairs.text),
    )


def with_intervals(found: Recall, ranks: Int[Tensor, " q"], image: Int[Tensor, " q"]) -> Recall:
    """The recall of q queries with its intervals; query i is about image `image[i]`."""
    within = torch.stack([(ranks <= k).float() for k in (1, 5, 10)], dim=1)
    r1, r5, r10 = intervals(within, image)
    return replace(found, r1_interval=r1, r5_interval=r5, r10_interval=r10)


def retrieval_ranks(
    head: Head, pairs: Pairs, at_once: int = SCORES_AT_ONCE
) -> tuple[Int[Tensor, " n"], Int[Tensor, " m"]]:
    """Rank of each image's best caption among it and the captions of other images, and of each caption's
    image among all images. Errors as in `retrieval`.

    Two passes over the same strips of captions, each against all images: an image can be ranked only when the
    best of its captions is known, which may stand anywhere.
    """
    owners = pairs.image_of_text
    if not len(pairs.text) or len(owners.unique()) < len(pairs.image):
        raise ValueError("pairs: expected at least one caption for each image, got images without any")
    text_to_image = torch.empty(len(pairs.text), dtype=torch.int64)
    best = torch.full((len(pairs.image),), -torch.inf)
    before = torch.zeros(len(pairs.image), dtype=torch.int64)
    with scoring(head):
        for captions, scores, own in _strips(head, pairs, at_once):
            text_to_image[captions] = reaches(scores, own).sum(dim=0)
            best.scatter_reduce_(0, owners[captions], own, "amax")
        enough = least_equal(best)
        for captions, scores, own in _strips(head, pairs, at_once):
            before += (scores >= enough[:, None]).sum(dim=1)
            # An image's own captions do not stand before its best.
            before.index_add_(0, owners[captions], (own >= enough[owners[captions]]).long(), alpha=-1)
    return before + 1, text_to_image


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
