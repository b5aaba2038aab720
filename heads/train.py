"""Training a head on cached embeddings, in the two stages of arXiv 2404.03539.

A warm-up on images and their captions, then the attributes: one image against its caption and hard negatives.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from heads.candidates import Candidates
from heads.head import Head
from heads.losses import HARD_LOSSES, WARM_UP_LOSSES
from heads.pairs import Pairs
from heads.recipe import PAPER, Recipe, Stage
from heads.scoring import mean_rank, recall, score_rows

WARM_UP, FINE_GRAINED = "warm-up", "fine-grained"


@dataclass(frozen=True, slots=True)
class Epoch:
    """How one pass over the training set went."""

    stage: str
    """"warm-up" or "fine-grained"."""
    epoch: int
    """Number of the pass in its stage, from 1."""
    loss: float
    """Mean over the items of the training set, in the stage's own loss."""
    mean_rank: float
    """Of the validation candidates, 1 = best."""
    recall: float | None
    """Coarse recall@10 of the validation pairs, 0 to 1; None without them."""
    learning_rate: float


def fit(
    head: Head,
    hard: Candidates | None,
    validation: Candidates,
    recipe: Recipe = PAPER,
    pairs: Pairs | None = None,
    validation_pairs: Pairs | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
) -> list[Epoch]:
    """One entry for every epoch of both stages; `head` is trained in place and ends as it was at its best.

    Best is the highest recall of `validation_pairs` in the warm-up (without them, the last epoch) and the
    lowest mean rank of `validation` in the second stage, which goes on from there. `on_epoch` is called as
    each epoch ends. Ctrl-C, or an exception from `on_epoch`, leaves the head at its best so far. The same
    seed gives the same bits on the same machine, and torch's own random state is neither used nor changed.

    Raises ValueError before training when the recipe asks for `pairs` or `hard` and they are missing, empty
    or of another dimension, and during it when the loss or a score stops being finite.
    """
    _check(head, hard, validation, recipe, pairs, validation_pairs)
    generator = torch.Generator().manual_seed(recipe.seed)
    epochs: list[Epoch] = []

    def ended(epoch: Epoch) -> None:
        epochs.append(epoch)
        if on_epoch is not None:
            on_epoch(epoch)

    def judge() -> tuple[float, float | None]:
        return mean_rank(head, validation), recall(head, validation_pairs) if validation_pairs else None

    if pairs is not None and recipe.warm_up.epochs:
        _run(
            head,
            WARM_UP,
            recipe.warm_up,
            lambda: _caption_steps(head, pairs, recipe, generator),
            judge,
            ended,
        )
    if hard is not None and recipe.hard.epochs:
        _run(
            head,
            FINE_GRAINED,
            recipe.hard,
            lambda: _hard_steps(head, hard, pairs, recipe, generator),
            judge,
            ended,
        )
    return epochs


Step = tuple[Float[Tensor, ""], int]
"""The mean loss of a batch and how many items it holds."""


def _run(
    head: Head,
    stage: str,
    settings: Stage,
    steps: Callable[[], Iterator[Step]],
    judge: Callable[[], tuple[float, float | None]],
    ended: Callable[[Epoch], None],
) -> None:
    optimizer = torch.optim.Adam(head.parameters(), lr=settings.learning_rate)
    best, best_weights = -float("inf"), _weights(head)
    try:
        for number in range(1, settings.epochs + 1):
            loss = _descend(head, optimizer, steps())
            rank, found = judge()
            goodness = -rank if stage == FINE_GRAINED else (number if found is None else found)
            if goodness > best:
                best, best_weights = goodness, _weights(head)
            ended(Epoch(stage, number, loss, rank, found, settings.learning_rate))
    finally:
        head.load_state_dict(best_weights)


def _descend(head: Head, optimizer: torch.optim.Optimizer, steps: Iterator[Step]) -> float:
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


def _caption_steps(head: Head, pairs: Pairs, recipe: Recipe, generator: torch.Generator) -> Iterator[Step]:
    for rows in torch.randperm(len(pairs), generator=generator).split(recipe.warm_up.batch_size):
        yield _caption_loss(head, pairs, rows, recipe.warm_up), len(rows)


def _hard_steps(
    head: Head, hard: Candidates, pairs: Pairs | None, recipe: Recipe, generator: torch.Generator
) -> Iterator[Step]:
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


def _weights(head: Head) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in head.state_dict().items()}


def _check(
    head: Head,
    hard: Candidates | None,
    validation: Candidates,
    recipe: Recipe,
    pairs: Pairs | None,
    validation_pairs: Pairs | None,
) -> None:
    if not any(parameter.requires_grad for parameter in head.parameters()):
        raise ValueError(f"head: expected one with weights to train, got {head.kind}")
    if recipe.warm_up.epochs == recipe.hard.epochs == 0:
        raise ValueError("epochs: expected at least one in the warm-up or the hard stage, got 0 in both")
    needs_pairs = recipe.warm_up.epochs or recipe.caption_weight
    needed = {"validation": True, "hard": recipe.hard.epochs, "pairs": needs_pairs}
    given = {"validation": validation, "hard": hard, "pairs": pairs, "validation_pairs": validation_pairs}
    for name, data in given.items():
        if data is None and needed.get(name):
            raise ValueError(f"{name}: expected a set of them, because the recipe trains on it, got none")
        if data is not None and len(data) == 0:
            raise ValueError(f"{name}: expected at least one item, got none")
        if data is not None and data.dim != (head.dim or validation.dim):
            raise ValueError(f"{name}: expected dimension {head.dim or validation.dim}, got {data.dim}")
