"""Scores of whole sets of embeddings, and what they amount to while a head is trained."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from heads.candidates import Candidates, ranks
from heads.head import SIMILARITIES, Head, ProjectionHead, check_dim
from heads.pairs import Pairs
from heads.ties import reaches


def score_rows(head: Head, candidates: Candidates, rows: Int[Tensor, " b"]) -> Float[Tensor, "b k"]:
    """`head.score` of the regions `rows`, with gradients; each distinct caption among theirs is projected
    once."""
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
    batches = torch.arange(len(candidates)).split(batch_size)
    return torch.cat([score_rows(head, candidates, rows) for rows in batches])


def mean_rank(head: Head, candidates: Candidates) -> float:
    """Mean rank of the positives, 1 = best. Raises ValueError when there are none, or a score is not
    finite."""
    if len(candidates) == 0:
        raise ValueError("candidates: expected at least one region, got none")
    return ranks(score_candidates(head, candidates), candidates.mask).double().mean().item()


@torch.no_grad()
def recall(head: Head, pairs: Pairs, k: int = 10, batch_size: int = 1024) -> float:
    """Share of captions whose image is among its k best, averaged with that of images; 0 to 1.

    An image is found by any of its captions, and images without one are left out. Ties count against, as in
    `ranks`.
    Raises ValueError when there are no pairs.
    """
    if len(pairs) == 0:
        raise ValueError("pairs: expected at least one caption, got none")
    captions, images = torch.arange(len(pairs.text)), pairs.image_of_text.unique()
    to_image = torch.cat([_image_ranks(head, pairs, rows) for rows in captions.split(batch_size)])
    to_text = torch.cat([_caption_ranks(head, pairs, rows) for rows in images.split(batch_size)])
    return ((to_image <= k).double().mean() + (to_text <= k).double().mean()).item() / 2


def _image_ranks(head: Head, pairs: Pairs, rows: Int[Tensor, " b"]) -> Int[Tensor, " b"]:
    scores = head.score_matrix(pairs.image, pairs.text[rows])
    own = scores.gather(0, pairs.image_of_text[rows][None])
    return reaches(scores, own).sum(dim=0)


def _caption_ranks(head: Head, pairs: Pairs, images: Int[Tensor, " b"]) -> Int[Tensor, " b"]:
    scores = head.score_matrix(pairs.image[images], pairs.text)
    own = pairs.image_of_text[None, :] == images[:, None]
    best = scores.masked_fill(~own, -torch.inf).amax(dim=1, keepdim=True)
    return 1 + (reaches(scores, best) & ~own).sum(dim=1)
