"""Which patch of an image answers for which object, and what its box and its classes cost."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from leaderboard.rendered.mini_owl.scenes import NOBODY

ANSWERING = 4
"""Patches that answer for an object; several boxes of one object are parted by non-maximum suppression later."""

FAR = 1e4


def assign(
    boxes: Float[Tensor, "b k 4"], categories: Int[Tensor, "b k"], side: int
) -> tuple[Int[Tensor, "b p"], Bool[Tensor, "b p"]]:
    """For each patch of a `side` × `side` grid the object it answers for, and whether it answers for any.

    The patches nearest to an object's centre, in its own width and height, of those that lie in its box; the nearest
    of all where none does. A patch that two ask for answers for the nearer. Centre sampling is Tian et al.'s (FCOS,
    arXiv 1904.01355).
    """
    line = (torch.arange(side) + 0.5) / side
    centres = torch.stack(torch.meshgrid(line, line, indexing="xy"), dim=-1).view(-1, 2)
    away = (centres - boxes[:, :, None, :2]).abs() / (boxes[:, :, None, 2:] / 2).clamp(min=1e-4)
    distance = away.amax(dim=-1).masked_fill((categories == NOBODY)[..., None], FAR)
    order = distance.argsort(dim=-1).argsort(dim=-1)
    asked = ((order < ANSWERING) & (distance <= 1) | (order == 0)) & (distance < FAR)
    nearest, whose = distance.masked_fill(~asked, FAR).min(dim=1)
    return whose, nearest < FAR


def detection_loss(
    logits: Float[Tensor, "b p c"],
    predicted: Float[Tensor, "b p 4"],
    boxes: Float[Tensor, "b k 4"],
    categories: Int[Tensor, "b k"],
) -> Float[Tensor, ""]:
    """Quality focal loss of the classes, whose aim is the overlap that the box has reached (Li et al., arXiv
    2006.04388), plus L1 and generalised IoU of the answering patches' boxes, weighted as in DETR (arXiv 2005.12872).
    """
    whose, answers = assign(boxes, categories, round(logits.shape[1] ** 0.5))
    aim = boxes.gather(1, whose[..., None].expand(-1, -1, 4))[answers]
    given = predicted[answers]
    overlap, generalised = overlaps(given, aim)
    wanted = torch.zeros_like(logits)
    image, patch = answers.nonzero(as_tuple=True)
    wanted[image, patch, categories.gather(1, whose)[answers]] = overlap.detach().clamp(min=0.1)
    weight = (logits.sigmoid() - wanted).square().detach()
    of_classes = (F.binary_cross_entropy_with_logits(logits, wanted, reduction="none") * weight).sum()
    of_boxes = 5 * (given - aim).abs().sum() + 2 * (1 - generalised).sum()
    return (2 * of_classes + of_boxes) / max(1, len(aim))


def overlaps(
    given: Float[Tensor, "n 4"], aim: Float[Tensor, "n 4"]
) -> tuple[Float[Tensor, " n"], Float[Tensor, " n"]]:
    """IoU and generalised IoU (Rezatofighi et al., arXiv 1902.09630) of boxes given by centre and size, pairwise."""
    low, high = given[:, :2] - given[:, 2:] / 2, given[:, :2] + given[:, 2:] / 2
    aim_low, aim_high = aim[:, :2] - aim[:, 2:] / 2, aim[:, :2] + aim[:, 2:] / 2
    both = (torch.minimum(high, aim_high) - torch.maximum(low, aim_low)).clamp(min=0).prod(dim=1)
    union = given[:, 2:].prod(dim=1) + aim[:, 2:].prod(dim=1) - both
    hull = (torch.maximum(high, aim_high) - torch.minimum(low, aim_low)).prod(dim=1).clamp(min=1e-6)
    overlap = both / union.clamp(min=1e-6)
    return overlap, overlap - (hull - union) / hull
