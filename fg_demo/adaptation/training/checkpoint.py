"""The state of an adaptation between two epochs, and the file that lets it go on from there to the bit."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from fg_demo.adaptation.history import AdaptationEpoch
from heads.io.tensors import load_tensors, read_metadata, save_tensors
from heads.training.checkpoint import moment_names, moment_tensors, moments_in


@dataclass(frozen=True, slots=True)
class AdaptationProgress:
    """All that the next epoch depends on beside settings, backbone and data."""

    history: list[AdaptationEpoch]
    best_weights: dict[str, Tensor]
    weights: dict[str, Tensor]
    moments: dict[int, dict[str, Tensor]]
    """Adam's, for each parameter in turn."""


def save_progress(progress: AdaptationProgress, path: Path, about: Mapping[str, Any]) -> None:
    """Writes one safetensors file; `about`, JSON-able, says what is trained, how and on what."""
    tensors = {f"weights.{name}": one for name, one in progress.weights.items()}
    tensors |= {f"best.{name}": one for name, one in progress.best_weights.items()}
    tensors |= moment_tensors(progress.moments)
    words = {"history": [asdict(epoch) for epoch in progress.history], "about": about}
    save_tensors(tensors, path, {name: json.dumps(value) for name, value in words.items()})


def load_progress(
    path: Path, weights: Mapping[str, Tensor], parameters: int, about: Mapping[str, Any]
) -> AdaptationProgress:
    """What `save_progress` wrote for a training of such weights and so many parameters.

    Raises ValueError when the file holds something else, or the progress of another training: the message names what
    differs.
    """
    words = read_metadata(path)
    if set(words) != {"history", "about"}:
        raise ValueError(f"{path}: expected the progress of an adaptation, found {sorted(words)}")
    history, theirs = (json.loads(words[name]) for name in ("history", "about"))
    ours = json.loads(json.dumps(about))
    different = [name for name in {**theirs, **ours} if theirs.get(name) != ours.get(name)]
    if different:
        name = different[0]
        raise ValueError(
            f"{path}: expected to go on with what the training began with: "
            f"{name}: expected {theirs.get(name)!r}, got {ours.get(name)!r}"
        )
    expected = [f"{which}.{name}" for which in ("weights", "best") for name in weights]
    tensors = load_tensors(path, [*expected, *moment_names(range(parameters))])
    return AdaptationProgress(
        [AdaptationEpoch(**epoch) for epoch in history],
        {name: tensors[f"best.{name}"] for name in weights},
        {name: tensors[f"weights.{name}"] for name in weights},
        moments_in(tensors),
    )
