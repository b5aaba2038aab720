"""The four losses of an adaptation (arXiv 2401.07669): events and whole clips, of frames and of the contextualiser.

With f the frames' embeddings of an event, t its caption's, e and v what the contextualiser says of event and clip, and
L the symmetric contrastive loss: L(mean f, t) + L(e, t) + 0.25 (L(mean of all f, mean t) + L(v, mean t)). Made
negatives stand in the denominator of the first two alone; other events of the clip are in the batch already.

Ours, since it is not published: frames and captions are normalised before they are averaged, and a caption that equals
the right one is no negative.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F


class Texts(NamedTuple):
    """Captions of the events of b clips, p events each: embeddings, made negatives with the mask of those there are,
    and numbers that equal captions share.
    """

    caption: Float[Tensor, "b p d"]
    negatives: Float[Tensor, "b p k d"]
    mask: Bool[Tensor, "b p k"]
    number: Int[Tensor, "b p"]


class Losses(NamedTuple):
    """CE, VCE, CV and VCV of the paper; the last three are 0 where there are no clips or no contextualiser."""

    event: Float[Tensor, ""]
    contextual_event: Float[Tensor, ""]
    clip: Float[Tensor, ""]
    contextual_clip: Float[Tensor, ""]

    def total(self, clip_weight: float) -> Float[Tensor, ""]:
        """What is minimised."""
        return self.event + self.contextual_event + clip_weight * (self.clip + self.contextual_clip)


def adaptation_losses(
    frames: Float[Tensor, "b p t d"],
    contextual: tuple[Float[Tensor, "b d"], Float[Tensor, "b p d"]] | None,
    texts: Texts,
    there: Bool[Tensor, "b p"],
    scale: float,
) -> Losses:
    """The losses of b clips whose events are `there`; `contextual` is what the contextualiser says of clips and events.

    `scale` is what cosines are multiplied by. With one event a clip there is nothing to tell a clip from an event, and
    the losses of clips are 0.
    """
    event = _mean(F.normalize(frames, dim=-1), torch.ones_like(frames[..., 0], dtype=torch.bool))
    zero = frames.new_zeros(())
    of_event = _event_loss(event, texts, there, scale)
    of_contextual = zero if contextual is None else _event_loss(contextual[1], texts, there, scale)
    if there.shape[1] == 1:
        return Losses(of_event, of_contextual, zero, zero)
    number = torch.arange(len(there), device=there.device)
    clip_text = _mean(F.normalize(texts.caption, dim=-1), there)
    of_clip = contrastive_loss(_mean(event, there), clip_text, number, scale)
    of_video = zero if contextual is None else contrastive_loss(contextual[0], clip_text, number, scale)
    return Losses(of_event, of_contextual, of_clip, of_video)


def contrastive_loss(
    image: Float[Tensor, "n d"],
    text: Float[Tensor, "n d"],
    number: Int[Tensor, " n"],
    scale: float,
    negatives: Float[Tensor, "n k d"] | None = None,
    mask: Bool[Tensor, "n k"] | None = None,
) -> Float[Tensor, ""]:
    """Mean over both directions of the cross-entropy of each row with its own counterpart; row i's `negatives`, where
    its `mask` says that they are there, stand beside the captions that image i is told from.

    Rows of the same `number` have equal captions and are no negatives of each other.
    """
    image, text = F.normalize(image, dim=-1), F.normalize(text, dim=-1)
    rows = torch.arange(len(number), device=number.device)
    equal = (number[:, None] == number) & (rows[:, None] != rows)
    logits = (scale * image @ text.T).masked_fill(equal, -torch.inf)
    beside = [logits]
    if negatives is not None and mask is not None:
        made = scale * torch.einsum("nd,nkd->nk", image, F.normalize(negatives, dim=-1))
        beside.append(made.masked_fill(~mask, -torch.inf))
    return (F.cross_entropy(torch.cat(beside, dim=1), rows) + F.cross_entropy(logits.T, rows)) / 2


def _event_loss(
    event: Float[Tensor, "b p d"], texts: Texts, there: Bool[Tensor, "b p"], scale: float
) -> Float[Tensor, ""]:
    """The contrastive loss of all events that are there."""
    return contrastive_loss(
        event[there],
        texts.caption[there],
        texts.number[there],
        scale,
        texts.negatives[there],
        texts.mask[there],
    )


def _mean(vectors: Float[Tensor, "*n m d"], there: Bool[Tensor, "*n m"]) -> Float[Tensor, "*n d"]:
    """The mean of those that are there."""
    weights = there.to(vectors.dtype)[..., None]
    return (vectors * weights).sum(dim=-2) / weights.sum(dim=-2)
