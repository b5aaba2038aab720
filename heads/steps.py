"""What one epoch of training does: batches, their losses, and the optimizer's steps."""

from collections.abc import Iterator

import torch
from jaxtyping import Float, Int
from torch import Tensor

from heads.candidates import Candidates
from heads.head import Head
from heads.losses import HARD_LOSSES, WARM_UP_LOSSES
from heads.pairs import Pairs
from heads.recipe import Recipe, Stage
from heads.scoring import score_rows

Step = tuple[Float[Tensor, ""], int]
"""The mean loss of a batch and how many items it holds."""


def descend(head: Head, optimizer: torch.optim.Optimizer, steps: Iterator[Step]) -> float:
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

    With `pairs` and a caption weight, each comes with a batch of captions, drawn with replacement.
    """
    function, strength = HARD_LOSSES[recipe.hard.loss]
    for rows in torch.randperm(len(hard), generator=generator).split(recipe.hard.batch_size):
        scores = score_rows(head, hard, rows)
        loss = function(scores, hard.mask[rows], getattr(recipe.hard, strength)) / len(rows)
        if pairs is not None and recipe.caption_weight:
            some = torch.randint(len(pairs), (recipe.warm_up.batch_size,), generator=generator)
            loss = loss + recipe.caption_weight * _caption_loss(head, pairs, some, recipe.warm_up)
        yield loss, len(rows)


def _caption_loss(head: Head, pairs: Pairs, rows: Int[Tensor, " b"], settings: Stage) -> Float[Tensor, ""]:
    """Mean loss of the captions `rows` against each other's images; an image two of them share counts
    once."""
    function, strength = WARM_UP_LOSSES[settings.loss]
    images, image_of_text = pairs.image_of_text[rows].unique(return_inverse=True)
    scores = head.score_matrix(pairs.image[images], pairs.text[rows])
    return function(scores, image_of_text, getattr(settings, strength)) / len(rows)
