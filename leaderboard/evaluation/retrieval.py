"""Coarse retrieval: whole images against captions, both ways, through a head's `score_matrix`."""

from dataclasses import replace

import torch
from jaxtyping import Int
from torch import Tensor

from heads.head import Head
from heads.pairs import Pairs
from heads.scoring import SCORES_AT_ONCE, retrieval_ranks
from leaderboard.evaluation.metrics import recall
from leaderboard.records.bootstrap import intervals
from leaderboard.records.figures import Recall, RetrievalResult


def retrieval(head: Head, pairs: Pairs, at_once: int = SCORES_AT_ONCE) -> RetrievalResult:
    """Recall of a head over all pairs, exact, about `at_once` scores at a time.

    The right answer of a caption is its image; of an image, the best scored of its captions, as usual on
    COCO. Ties, which are those of `heads.ranks`, count against the right answer: every other candidate that
    scores as high stands before it.

    The intervals resample images, each with all of its captions.

    Raises ValueError when an image has no caption, there are no pairs, or a score is not finite.
    """
    if not len(pairs.text) or len(pairs.image_of_text.unique()) < len(pairs.image):
        raise ValueError("pairs: expected at least one caption for each image, got images without any")
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
