"""What training minimises: a triplet and a softmax loss for captions, and for hard negatives the same two and one of
both at once.

Scores are cosines, in [-1, 1], and margins are in their unit. The paper (arXiv 2404.03539, released code
`src/loss.py`) takes its triplets after a sigmoid, which maps a cosine into [0.27, 0.73] with a slope of
0.20 to 0.25: its margins 0.2 and 0.05 there ask for about as much as 0.8 and 0.2 do here. "triplet" is in
cosine units, which a reader can place; "sigmoid-triplet" is the paper's to the letter. `heads/training/margins.sh`
trains with either, and with the paper's figures taken for cosines, and says how far apart the heads come out.

Beside them stands a loss that holds the scores of whole scenes to what the frozen embeddings say of them.

Every loss is a sum over the batch, so that divided by its rows it is comparable across batches.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F


def caption_triplet(
    scores: Float[Tensor, "n m"], image_of_text: Int[Tensor, " m"], margin: float
) -> Float[Tensor, ""]:
    """Sum of how far wrong pairs come within `margin` of right ones, from images to captions and back.

    Caption j describes image `image_of_text[j]`. For each right pair every caption of another image and every
    other image is a negative, and all that violate the margin count, not the hardest alone (released code,
    `configs/train/triplet.yaml`). Unlike there, captions of one image are no negatives of each other.
    """
    right = scores.gather(0, image_of_text[None]).squeeze(0)
    other_caption = image_of_text[:, None] != image_of_text[None, :]
    to_captions = (margin + _of_captions(scores, image_of_text) - right[:, None])[other_caption]
    other_image = torch.arange(len(scores), device=scores.device)[:, None] != image_of_text[None, :]
    to_images = (margin + scores - right[None, :])[other_image]
    return to_captions.clamp(min=0).sum() + to_images.clamp(min=0).sum()


def caption_sigmoid_triplet(
    scores: Float[Tensor, "n m"], image_of_text: Int[Tensor, " m"], margin: float
) -> Float[Tensor, ""]:
    """`caption_triplet` of the scores' sigmoids, as in the released code (`src/loss.py`); margins below 0.46."""
    return caption_triplet(scores.sigmoid(), image_of_text, margin)


def infonce(
    scores: Float[Tensor, "n m"], image_of_text: Int[Tensor, " m"], scale: float
) -> Float[Tensor, ""]:
    """Cross-entropy of finding each caption's image among the images, and each caption among those of others.

    CLIP's own loss (arXiv 2103.00020, section 2.3) at a fixed `scale`, half the sum of both directions. Other
    captions of the same image are left out of a caption's competitors.
    """
    logits = scale * scores
    to_images = F.cross_entropy(logits.T, image_of_text, reduction="sum")
    rows = _of_captions(logits, image_of_text)
    itself = torch.eye(len(rows), dtype=torch.bool, device=rows.device)
    same_image = (image_of_text[:, None] == image_of_text[None, :]) & ~itself
    target = torch.arange(len(rows), device=rows.device)
    to_captions = F.cross_entropy(rows.masked_fill(same_image, -torch.inf), target, reduction="sum")
    return (to_images + to_captions) / 2


def _of_captions(scores: Float[Tensor, "n m"], image_of_text: Int[Tensor, " m"]) -> Float[Tensor, "m m"]:
    """For each caption the scores of its image; the backward pass of plain indexing would add in no fixed order."""
    return scores.index_select(0, image_of_text)


def distillation(scores: Float[Tensor, "n m"], teacher: Float[Tensor, "n m"]) -> Float[Tensor, ""]:
    """How unlike the teacher's the scores of n images and m captions are: m * (1 - Pearson's correlation).

    Taken over all n * m scores at once, and half the mean squared difference of the standardised scores, so
    that neither where the scores lie nor how far they spread counts. DIST (arXiv 2205.10536) matches
    teachers by correlation too, but row by row. Scores that do not vary correlate with nothing.
    """
    ours, theirs = (matrix - matrix.mean() for matrix in (scores, teacher))
    lengths = (ours.square().sum() * theirs.square().sum()).clamp_min(1e-24).sqrt()
    return scores.shape[1] * (1 - (ours * theirs).sum() / lengths)


def hard_negative_triplet(
    scores: Float[Tensor, "n k"], mask: Bool[Tensor, "n k"], margin: float
) -> Float[Tensor, ""]:
    """Sum of how far negatives come within `margin` of the positive, column 0; the image is the anchor.

    The second stage of the paper (released code, `configs/train/fg-ovd.yaml`). Masked columns change nothing.
    """
    return (margin + scores[:, 1:] - scores[:, :1])[mask[:, 1:]].clamp(min=0).sum()


def hard_negative_sigmoid_triplet(
    scores: Float[Tensor, "n k"], mask: Bool[Tensor, "n k"], margin: float
) -> Float[Tensor, ""]:
    """`hard_negative_triplet` of the scores' sigmoids, as in the released code (`src/loss.py`)."""
    return hard_negative_triplet(scores.masked_fill(~mask, 0.0).sigmoid(), mask, margin)


def hard_negative_cross_entropy(
    scores: Float[Tensor, "n k"], mask: Bool[Tensor, "n k"], scale: float
) -> Float[Tensor, ""]:
    """Cross-entropy of choosing the positive, column 0, among the candidates by a softmax over scale *
    scores.

    Masked columns change nothing.
    """
    logits = (scale * scores).masked_fill(~mask, -torch.inf)
    return (logits.logsumexp(dim=1) - logits[:, 0]).sum()


def hard_negative_contrastive(
    scores: Float[Tensor, "n c"], place: Int[Tensor, "n k"], mask: Bool[Tensor, "n k"], scale: float
) -> Float[Tensor, ""]:
    """Cross-entropy of finding each region's caption among all those of the batch, hard negatives included, and each
    caption's region among the regions.

    `scores` are of every region and every distinct caption of the batch, `place[i, 0]` the caption of region i and
    the rest of the row its negatives. The loss of NegCLIP (arXiv 2210.01936) and LABCLIP (arXiv 2502.03566) at a fixed
    `scale`, half the sum of both directions. Regions of one caption are no negatives of each other; masked places
    change nothing.
    """
    logits, own = scale * scores, place[:, 0]
    offered = torch.zeros(scores.shape[1], dtype=torch.bool, device=scores.device)
    offered[place[mask]] = True
    to_captions = F.cross_entropy(logits.masked_fill(~offered, -torch.inf), own, reduction="sum")
    of_captions = logits.index_select(1, own).T
    itself = torch.eye(len(own), dtype=torch.bool, device=own.device)
    same_caption = (own[:, None] == own[None, :]) & ~itself
    target = torch.arange(len(own), device=own.device)
    to_regions = F.cross_entropy(of_captions.masked_fill(same_caption, -torch.inf), target, reduction="sum")
    return (to_captions + to_regions) / 2


WARM_UP_LOSSES = {
    "triplet": (caption_triplet, "margin"),
    "sigmoid-triplet": (caption_sigmoid_triplet, "margin"),
    "infonce": (infonce, "scale"),
}
"""Name → the loss and the setting it takes."""

HARD_LOSSES = {
    "triplet": (hard_negative_triplet, "margin"),
    "sigmoid-triplet": (hard_negative_sigmoid_triplet, "margin"),
    "cross-entropy": (hard_negative_cross_entropy, "scale"),
}
"""Name → the loss and the setting it takes."""

BATCH_LOSSES = {"contrastive": (hard_negative_contrastive, "scale")}
"""The same for losses of hard negatives that take a whole batch's captions, not each region's own alone."""
