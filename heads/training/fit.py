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
from heads.scoring import mean_rank, recall
from heads.training.checkpoint import Epoch, Progress, copied, load_optimizer_state, optimizer_state
from heads.training.recipe import PAPER, Recipe, Stage
from heads.training.steps import Step, caption_steps, hard_steps, train_epoch

WARM_UP, FINE_GRAINED = "warm-up", "fine-grained"
Moments = dict[int, dict[str, Tensor]]


@dataclass(frozen=True, slots=True)
class _Stage:
    """One stage, ready to run."""

    name: str
    settings: Stage
    steps: Callable[[], Iterator[Step]]


def fit(
    head: Head,
    hard: Candidates | None,
    validation: Candidates,
    recipe: Recipe = PAPER,
    pairs: Pairs | None = None,
    validation_pairs: Pairs | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
    *,
    start: Progress | None = None,
    on_progress: Callable[[Progress], object] | None = None,
    on_stage: Callable[[str], object] | None = None,
) -> list[Epoch]:
    """One entry for every epoch of both stages; `head` is trained in place and ends as it was at its best.

    Best is the highest recall of `validation_pairs` in the warm-up (without them, the last epoch) and the
    lowest mean rank of `validation` in the second stage, which goes on from there. `on_epoch` is called as
    each epoch ends. Ctrl-C, or an exception from `on_epoch`, leaves the head at its best so far. The same
    seed gives the same bits on the same machine's CPU with the same versions of Python and torch and as many
    threads, and nowhere else is promised to; torch's own random state is neither used nor changed. The head
    and all embeddings must be on one device.

    `on_progress` is called with what it takes to go on from each epoch; given as `start`, with the same
    head, data and recipe, the outcome is to the bit that of a training that never stopped. `on_stage` is
    called with a stage's name when it ends, the head being at its best of that stage.

    Raises ValueError before training when the recipe asks for `pairs` or `hard` and they are missing, empty
    or of another dimension, and during it when the loss or a score stops being finite.
    """
    _check(head, hard, validation, recipe, pairs, validation_pairs)
    generator = torch.Generator().manual_seed(recipe.seed)
    history: list[Epoch] = []
    if start is not None:
        generator.set_state(start.random)
        history += start.history

    def judge() -> tuple[float, float | None]:
        return mean_rank(head, validation), recall(head, validation_pairs) if validation_pairs else None

    def ended(epoch: Epoch, best: float, best_weights: dict[str, Tensor], moments: Moments) -> None:
        history.append(epoch)
        if on_progress is not None:
            weights, random = copied(head.state_dict()), generator.get_state()
            on_progress(Progress(list(history), best, best_weights, weights, moments, random))
        if on_epoch is not None:
            on_epoch(epoch)

    for stage in _stages(head, hard, recipe, pairs, generator):
        begun = start is not None and start.history[-1].stage == stage.name
        if begun or not any(epoch.stage == stage.name for epoch in history):
            _run(head, stage, start if begun else None, judge, ended)
            if on_stage is not None:
                on_stage(stage.name)
    return history


def _stages(
    head: Head, hard: Candidates | None, recipe: Recipe, pairs: Pairs | None, generator: torch.Generator
) -> Iterator[_Stage]:
    if pairs is not None and recipe.warm_up.epochs:
        yield _Stage(WARM_UP, recipe.warm_up, lambda: caption_steps(head, pairs, recipe, generator))
    if hard is not None and recipe.hard.epochs:
        yield _Stage(FINE_GRAINED, recipe.hard, lambda: hard_steps(head, hard, pairs, recipe, generator))


def _run(
    head: Head,
    stage: _Stage,
    start: Progress | None,
    judge: Callable[[], tuple[float, float | None]],
    ended: Callable[[Epoch, float, dict[str, Tensor], Moments], None],
) -> None:
    """Trains `head` through the rest of the stage and leaves it at the stage's best epoch."""
    settings = stage.settings
    optimizer = torch.optim.Adam(head.parameters(), lr=settings.learning_rate, fused=True)
    done, best, best_weights = 0, -float("inf"), copied(head.state_dict())
    if start is not None:
        done, best, best_weights = start.history[-1].epoch, start.best, start.best_weights
        head.load_state_dict(start.weights)
        load_optimizer_state(optimizer, start.moments)
    try:
        for number in range(done + 1, settings.epochs + 1):
            rate = settings.rate(number)
            for group in optimizer.param_groups:
                group["lr"] = rate
            loss = train_epoch(head, optimizer, stage.steps())
            rank, found = judge()
            goodness = -rank if stage.name == FINE_GRAINED else (number if found is None else found)
            if goodness > best:
                best, best_weights = float(goodness), copied(head.state_dict())
            epoch = Epoch(stage.name, number, loss, rank, found, rate)
            ended(epoch, best, best_weights, optimizer_state(optimizer))
    finally:
        head.load_state_dict(best_weights)


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
    needs_pairs = recipe.warm_up.epochs or recipe.caption_weight or recipe.distillation
    needed = {"validation": True, "hard": recipe.hard.epochs, "pairs": needs_pairs}
    given = {"validation": validation, "hard": hard, "pairs": pairs, "validation_pairs": validation_pairs}
    for name, data in given.items():
        if data is None and needed.get(name):
            raise ValueError(f"{name}: expected a set of them, because the recipe trains on it, got none")
        if data is not None and len(data) == 0:
            raise ValueError(f"{name}: expected at least one item, got none")
        if data is not None and data.dim != (head.dim or validation.dim):
            raise ValueError(f"{name}: expected dimension {head.dim or validation.dim}, got {data.dim}")
