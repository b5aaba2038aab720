"""What one epoch of training does: batches, their losses, and the optimizer's steps."""

from collections.abc import Iterator

import torch
from jaxtyping import Float, Int
from torch import Tensor

from heads.candidates import Candidates
from heads.head import Head
from heads.kinds.cosine import CosineHead
from heads.pairs import Pairs
from heads.scoring import gathered, score_rows
from heads.training.losses import BATCH_LOSSES, HARD_LOSSES, WARM_UP_LOSSES, distillation
from heads.training.recipe import Recipe, Stage

Step = tuple[Float[Tensor, ""], int]
"""The mean loss of a batch and how many items it holds."""


def train_epoch(head: Head, optimizer: torch.optim.Optimizer, steps: Iterator[Step]) -> float:
    """Mean loss over the items of one epoch, after a step of the optimizer for each batch."""
    head.train()
    total, items = 0.0, 0
    for loss, size in steps:
        if not torch.isfinite(loss):
            raise ValueError(f"loss: expected a finite number, got {loss.item()}; try a lower learning_rate")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total, items = total + loss.item() * size, items + size
    head.eval()
    return total / items


def caption_steps(head: Head, pairs: Pairs, recipe: Recipe, generator: torch.Generator) -> Iterator[Step]:
    """The warm-up's batches, every caption once, in an order drawn from `generator`."""
    for rows in torch.randperm(len(pairs), generator=generator).split(recipe.warm_up.batch_size):
        yield _caption_loss(head, pairs, rows, recipe.warm_up), len(rows)


def hard_steps(
    head: Head, hard: Candidates, pairs: Pairs | None, recipe: Recipe, generator: torch.Generator
) -> Iterator[Step]:
    """The second stage's batches, every region once, in an order drawn from `generator`.

    With `pairs` and a weight for what is kept of them, each comes with a batch of captions, drawn with
    replacement.
    """
    for rows in torch.randperm(len(hard), generator=generator).split(recipe.hard.batch_size):
        loss = _hard_loss(head, hard, rows, recipe.hard)
        if pairs is not None and (recipe.caption_weight or recipe.distillation):
            some = torch.randint(len(pairs), (recipe.warm_up.batch_size,), generator=generator)
            loss = loss + _kept_loss(head, pairs, some, recipe)
        yield loss, len(rows)


def _hard_loss(head: Head, hard: Candidates, rows: Int[Tensor, " b"], settings: Stage) -> Float[Tensor, ""]:
    """Mean loss of the regions `rows` against their own negatives or, by the loss, against each other's too."""
    if settings.loss in BATCH_LOSSES:
        of_batch, strength = BATCH_LOSSES[settings.loss]
        image, captions, place = gathered(hard, rows)
        scores = head.score_matrix(image, captions)
        return of_batch(scores, place, hard.mask[rows], getattr(settings, strength)) / len(rows)
    function, strength = HARD_LOSSES[settings.loss]
    return function(score_rows(head, hard, rows), hard.mask[rows], getattr(settings, strength)) / len(rows)


def _caption_loss(head: Head, pairs: Pairs, rows: Int[Tensor, " b"], settings: Stage) -> Float[Tensor, ""]:
    """Mean loss of the captions `rows` against each other's images."""
    image, text, image_of_text = _drawn(pairs, rows)
    return _warm_up_loss(head.score_matrix(image, text), image_of_text, settings)


def _kept_loss(head: Head, pairs: Pairs, rows: Int[Tensor, " b"], recipe: Recipe) -> Float[Tensor, ""]:
    """What the second stage keeps of coarse retrieval: the warm-up's loss and the cosine, each by its weight."""
    image, text, image_of_text = _drawn(pairs, rows)
    scores = head.score_matrix(image, text)
    loss = scores.new_zeros(())
    if recipe.caption_weight:
        loss = recipe.caption_weight * _warm_up_loss(scores, image_of_text, recipe.warm_up)
    if recipe.distillation:
        teacher = CosineHead().score_matrix(image, text)
        loss = loss + recipe.distillation * distillation(scores, teacher) / len(rows)
    return loss


def _drawn(
    pairs: Pairs, rows: Int[Tensor, " b"]
) -> tuple[Float[Tensor, "n d"], Float[Tensor, "b d"], Int[Tensor, " b"]]:
    """The images of the captions `rows`, those captions, and which is whose; an image that two of them share
    is there once.
    """
    images, image_of_text = pairs.image_of_text[rows].unique(return_inverse=True)
    return pairs.image[images], pairs.text[rows], image_of_text


def _warm_up_loss(
    scores: Float[Tensor, "n b"], image_of_text: Int[Tensor, " b"], settings: Stage
) -> Float[Tensor, ""]:
    function, strength = WARM_UP_LOSSES[settings.loss]
    return function(scores, image_of_text, getattr(settings, strength)) / len(image_of_text)
