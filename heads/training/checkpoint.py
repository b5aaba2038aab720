"""The checkpoint of a training between two epochs, and the file that lets it go on from there to the bit."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import UInt8
from torch import Tensor

from heads.head import Head
from heads.io.tensors import load_tensors, read_metadata, save_tensors

ADAM = ("step", "exp_avg", "exp_avg_sq")
"""What Adam keeps for every parameter."""


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


@dataclass(frozen=True, slots=True)
class Progress:
    """All that the next epoch depends on beside the head's kind, the recipe and the data."""

    history: list[Epoch]
    best: float
    """How good the best epoch of the current stage was, higher is better."""
    best_weights: dict[str, Tensor]
    weights: dict[str, Tensor]
    moments: dict[int, dict[str, Tensor]]
    """Adam's, for each parameter in turn."""
    random: UInt8[Tensor, " s"]
    """State of the generator that draws the batches."""


def save_progress(progress: Progress, path: str | Path, about: dict[str, Any]) -> Path:
    """The written file, one safetensors; `about`, JSON-able, says what is trained, how and on what."""
    tensors = {"random": progress.random}
    tensors |= {f"weights.{name}": tensor for name, tensor in progress.weights.items()}
    tensors |= {f"best.{name}": tensor for name, tensor in progress.best_weights.items()}
    tensors |= moment_tensors(progress.moments)
    words = {"best": progress.best, "history": [asdict(epoch) for epoch in progress.history], "about": about}
    return save_tensors(tensors, path, {name: json.dumps(value) for name, value in words.items()})


def load_progress(path: str | Path, head: Head, about: dict[str, Any]) -> Progress:
    """What `save_progress` wrote there for a head such as `head`, which is left as it is.

    Raises FileNotFoundError when there is no such file, and ValueError when it holds something else, or
    names another `about`: the message lists what differs.
    """
    words = read_metadata(path)
    if set(words) != {"best", "history", "about"}:
        raise ValueError(f"{path}: expected the progress of a training, found {sorted(words)}")
    best, history, theirs = (json.loads(words[name]) for name in ("best", "history", "about"))
    if theirs != json.loads(json.dumps(about)):
        changed = "; ".join(_differences(theirs, about))
        raise ValueError(f"{path}: expected to go on with what the training began with: {changed}")
    names, parameters = head.state_dict(), len(list(head.parameters()))
    expected = ["random", *(f"{which}.{name}" for which in ("weights", "best") for name in names)]
    tensors = load_tensors(path, [*expected, *moment_names(range(parameters))])
    return Progress(
        history=[Epoch(**epoch) for epoch in history],
        best=best,
        best_weights={name: tensors[f"best.{name}"] for name in names},
        weights={name: tensors[f"weights.{name}"] for name in names},
        moments=moments_in(tensors),
        random=tensors["random"],
    )


def moment_names(numbers: Iterable[int]) -> list[str]:
    """What the tensors of these parameters' moments are called in a file."""
    return [f"adam.{number}.{name}" for number in numbers for name in ADAM]


def moment_tensors(moments: Mapping[int, Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """The moments, as `optimizer_state` gives them, by what they are called in a file."""
    kept = [of[name] for of in moments.values() for name in ADAM]
    return dict(zip(moment_names(moments), kept, strict=True))


def moments_in(tensors: Mapping[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    """The moments among a file's tensors."""
    numbers = sorted({int(name.split(".")[1]) for name in tensors if name.startswith("adam.")})
    return {number: {name: tensors[f"adam.{number}.{name}"] for name in ADAM} for number in numbers}


def copied(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same numbers in memory of their own."""
    return {name: tensor.detach().clone() for name, tensor in weights.items()}


def optimizer_state(optimizer: torch.optim.Optimizer) -> dict[int, dict[str, Tensor]]:
    """A copy of what Adam keeps for each of its parameters in turn."""
    state = optimizer.state_dict()["state"]
    return {number: copied(moments) for number, moments in state.items()}


def load_optimizer_state(optimizer: torch.optim.Optimizer, moments: dict[int, dict[str, Tensor]]) -> None:
    """Lets `optimizer` go on from a copy of `moments`."""
    state = {number: copied(kept) for number, kept in moments.items()}
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})


def _differences(theirs: Any, ours: Any, name: str = "") -> list[str]:
    """`field: expected, got` for every leaf in which two JSON values differ."""
    if not (isinstance(theirs, dict) and isinstance(ours, dict)):
        return [] if theirs == ours else [f"{name}: expected {theirs!r}, got {ours!r}"]
    found = []
    for key in {**theirs, **ours}:
        found += _differences(theirs.get(key), ours.get(key), f"{name}.{key}" if name else key)
    return found
