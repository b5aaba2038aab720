"""How a head is trained, as data."""

import inspect
import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import torch

from heads.head import KINDS, Head
from heads.kinds.linear import LinearHead
from heads.training.losses import BATCH_LOSSES, HARD_LOSSES, WARM_UP_LOSSES

INITIAL = ("random", "identity")
SCHEDULES = ("constant", "cosine")
LARGEST = 2**63 - 1
"""What torch takes for a seed or a size."""


def _check_one_of(name: str, value: Any, allowed: Collection[str]) -> None:
    if value not in allowed:
        raise ValueError(f"{name}: expected one of {', '.join(allowed)}, got {value!r}")


def _check_at_most(name: str, value: Any, most: int) -> None:
    if not 0 < value <= most:
        raise ValueError(f"{name}: expected a number above 0, at most {most}, got {value!r}")


def _check_whole(name: str, value: Any, least: int) -> None:
    if type(value) is not int or value < least:
        raise ValueError(f"{name}: expected a whole number, at least {least}, got {value!r}")
    if value > LARGEST:
        raise ValueError(f"{name}: expected a whole number, at most {LARGEST}, got {value!r}")


@dataclass(frozen=True, slots=True)
class Stage:
    """One of the two stages: Adam, over the whole set in every epoch.

    `margin`, in cosine units, is what the triplet losses take; `scale`, which multiplies the cosine, is
    what the softmax losses take. `epochs` 0 leaves the stage out. The learning rate is the same in all of
    them by the schedule "constant", as in the paper; by "cosine" it is that of the first and falls along half
    a cosine towards 0 (arXiv 1608.03983, without restarts), epoch by epoch. Raises ValueError when a value is
    out of its range.
    """

    loss: str
    learning_rate: float
    margin: float = 0.2
    scale: float = 20.0
    batch_size: int = 256
    epochs: int = 10
    schedule: str = "constant"

    def __post_init__(self) -> None:
        _check_at_most("learning_rate", self.learning_rate, 1)
        _check_at_most("margin", self.margin, 2)
        _check_at_most("scale", self.scale, 1000)
        _check_whole("batch_size", self.batch_size, 1)
        _check_whole("epochs", self.epochs, 0)
        _check_one_of("schedule", self.schedule, SCHEDULES)

    def rate(self, epoch: int) -> float:
        """The learning rate of an epoch, 1 to `epochs`."""
        if self.schedule == "constant":
            return self.learning_rate
        return self.learning_rate * (1 + math.cos(math.pi * (epoch - 1) / self.epochs)) / 2


@dataclass(frozen=True, slots=True)
class Recipe:
    """Both stages and where they start from. Raises ValueError when a value is out of its range.

    The defaults are the paper's (arXiv 2404.03539; released code, `configs/train/triplet.yaml` and
    `fg-ovd.yaml`, seed in `train.py`), its margins restated in cosine units as `heads/training/losses.py` says. They
    are for embeddings of 512 numbers and some 100,000 items; smaller sets want higher learning rates.
    """

    warm_up: Stage = Stage(loss="triplet", learning_rate=5e-5, margin=0.8)
    hard: Stage = Stage(loss="triplet", learning_rate=1e-5, margin=0.2)
    initial: str = "random"
    """Where a new head starts: "random", as in the paper, or "identity", the cosine itself (linear heads
    only)."""
    caption_weight: float = 0.0
    """Weight of the warm-up's loss kept beside that of the hard negatives in the second stage; the paper's
    is 0."""
    distillation: float = 0.0
    """Weight, in the second stage, of keeping the scores of its images and captions in proportion to the
    cosines of their embeddings; the paper's is 0."""
    seed: int = 123

    def __post_init__(self) -> None:
        _check_one_of("warm-up loss", self.warm_up.loss, WARM_UP_LOSSES)
        _check_one_of("hard loss", self.hard.loss, (*HARD_LOSSES, *BATCH_LOSSES))
        _check_one_of("initial", self.initial, INITIAL)
        _check_whole("warm-up batch_size", self.warm_up.batch_size, 2)
        _check_whole("seed", self.seed, 0)
        for name in ("caption_weight", "distillation"):
            if not 0 <= getattr(self, name) <= 100:
                raise ValueError(f"{name}: expected a number from 0 to 100, got {getattr(self, name)!r}")


PAPER = Recipe()


def new_head(kind: str, dim: int, recipe: Recipe = PAPER, **options: Any) -> Head:
    """An untrained head, its weights drawn with the recipe's seed; torch's own random state is left as it
    was.

    Raises ValueError when the kind is unknown, does not take the options, or cannot start as the recipe says.
    """
    _check_one_of("kind", kind, KINDS)
    taken = inspect.signature(KINDS[kind]).parameters
    if not set(options) <= set(taken):
        raise ValueError(f"{kind}: expected options out of {', '.join(taken)}, got {', '.join(options)}")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        head = KINDS[kind](dim=dim, **options)
    if recipe.initial == "identity":
        if not isinstance(head, LinearHead):
            raise ValueError(f"initial: expected random for a head of kind {kind}, got identity")
        head.init_identity_()
    return head
