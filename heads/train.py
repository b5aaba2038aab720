"""Training a head on cached embeddings, in the two stages of arXiv 2404.03539.

A warm-up on images and their captions, then the attributes: one image against its caption and hard negatives.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from heads.candidates import Candidates
from heads.head import Head
from heads.pairs import Pairs
from heads.recipe import PAPER, Recipe, Stage
from heads.scoring import mean_rank, recall
from heads.steps import Step, caption_steps, descend, hard_steps

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
            lambda: caption_steps(head, pairs, recipe, generator),
            judge,
            ended,
        )
    if hard is not None and recipe.hard.epochs:
        _run(
            head,
            FINE_GRAINED,
            recipe.hard,
            lambda: hard_steps(head, hard, pairs, recipe, generator),
            judge,
            ended,
        )
    return epochs


def _run(
    head: Head,
    stage: str,
    settings: Stage,
    steps: Callable[[], Iterator[Step]],
    judge: Callable[[], tuple[float, float | None]],
    ended: Callable[[Epoch], None],
) -> None:
    optimizer = torch.optim.Adam(head.parameters(), lr=settings.learning_rate, fused=True)
    best, best_weights = -float("inf"), _weights(head)
    try:
        for number in range(1, settings.epochs + 1):
            loss = descend(head, optimizer, steps())
            rank, found = judge()
            goodness = -rank if stage == FINE_GRAINED else (number if found is None else found)
            if goodness > best:
                best, best_weights = goodness, _weights(head)
            ended(Epoch(stage, number, loss, rank, found, settings.learning_rate))
    finally:
        head.load_state_dict(best_weights)


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
