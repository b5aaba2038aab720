"""Coarse retrieval: whole images against captions, both ways, through a head's `score_matrix`."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from heads import Head, Pairs
from leaderboard.evaluate import scoring
from leaderboard.metrics import RetrievalResult, recall


def retrieval(head: Head, pairs: Pairs, batch: int = 256) -> RetrievalResult:
    """Recall of a head over all pairs, exact, a strip of `batch` queries at a time.

    The right answer of a caption is its image; of an image, the best scored of its captions, as usual on
    COCO. Ties count against the right answer: every other candidate that scores as high stands before it.

    Raises ValueError when an image has no caption, there are no pairs, or a score is not finite.
    """
    if not len(pairs.text) or len(pairs.image_of_text.unique()) < len(pairs.image):
        raise ValueError("pairs: expected at least one caption for each image, got images without any")
    with scoring(head):
        image_to_text, text_to_image = (
            image_to_text_ranks(head, pairs, batch),
            text_to_image_ranks(head, pairs, batch),
        )
    return RetrievalResult(recall(image_to_text), recall(text_to_image), len(pairs.image), len(pairs.text))


def image_to_text_ranks(head: Head, pairs: Pairs, batch: int = 256) -> Int[Tensor, " n"]:
    """Rank of each image's best caption: 1 + the captions of other images that score at least as high."""
    ranks = []
    for rows in torch.arange(len(pairs.image)).split(batch):
        scores = _finite(head.score_matrix(pairs.image[rows], pairs.text))
        own = pairs.image_of_text == rows[:, None]
        best = scores.masked_fill(~own, -torch.inf).amax(dim=1, keepdim=True)
        ranks.append(((scores >= best) & ~own).sum(dim=1) + 1)
    return torch.cat(ranks)


def text_to_image_ranks(head: Head, pairs: Pairs, batch: int = 256) -> Int[Tensor, " m"]:
    """Rank of each caption's image among all images, itself included."""
    ranks = []
    for rows in torch.arange(len(pairs.text)).split(batch):
        scores = _finite(head.score_matrix(pairs.image, pairs.text[rows]))
        own = scores.gather(0, pairs.image_of_text[rows][None])
        ranks.append((scores >= own).sum(dim=0))
    return torch.cat(ranks)


def _finite(scores: Float[Tensor, "n m"]) -> Float[Tensor, "n m"]:
    if not torch.isfinite(scores).all():
        raise ValueError("scores: expected finite numbers from the head, got NaN or infinity")
    return scores
