"""Values: which attribute values the captions of image regions name."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float, Int
from torch import Tensor

from heads.io.tensors import all_finite, load_tensors, read_metadata, save_tensors

TENSOR_NAMES = ("image", "text", "named")
FACTORS = "factors"
"""The word of a file's header that holds the factors, as JSON."""


@dataclass(frozen=True)
class Values:
    """Raw (not normalised) embeddings of n regions and of a caption of each, and what the captions name.

    `factors`: factor ("color") → its values. `named[i, f]` is the place of the value of factor f that caption i
    names, -1 where it names none. Raises ValueError when the shapes do not fit together, an embedding is not finite,
    or a place is outside its factor's values.
    """

    image: Float[Tensor, "n d"]
    text: Float[Tensor, "n d"]
    named: Int[Tensor, "n f"]
    factors: Mapping[str, Sequence[str]]

    def __post_init__(self) -> None:
        if not (len(self.image) == len(self.text) == len(self.named)):
            found = (len(self.image), len(self.text), len(self.named))
            raise ValueError(f"image, text, named: expected as many rows of each, got {found}")
        if self.image.shape[1] != self.text.shape[1]:
            found = (self.image.shape[1], self.text.shape[1])
            raise ValueError(f"image, text: expected one dimension, got {found}")
        if self.named.shape[1] != len(self.factors):
            raise ValueError(f"named: expected {len(self.factors)} columns, got {self.named.shape[1]}")
        for name in ("image", "text"):
            if not all_finite(getattr(self, name)):
                raise ValueError(f"{name}: expected finite numbers, got NaN or infinity")
        for column, (factor, values) in zip(self.named.T, self.factors.items(), strict=True):
            if len(column) and not (int(column.min()) >= -1 and int(column.max()) < len(values)):
                found = f"{int(column.min())} to {int(column.max())}"
                raise ValueError(f"named: {factor}: expected -1 to {len(values) - 1}, got {found}")

    def __len__(self) -> int:
        return len(self.image)

    @property
    def dim(self) -> int:
        """How many numbers an embedding has."""
        return self.image.shape[1]


def value_places(
    named: Sequence[Mapping[str, str]],
) -> tuple[Int[Tensor, "n f"], dict[str, list[str]]]:
    """`Values.named` and `Values.factors` of captions that name these values: factor → value, both in
    alphabetical order.
    """
    factors = {
        factor: sorted({one[factor] for one in named if factor in one})
        for factor in sorted({factor for one in named for factor in one})
    }
    places = {factor: {value: i for i, value in enumerate(values)} for factor, values in factors.items()}
    rows = [[places[factor][one[factor]] if factor in one else -1 for factor in factors] for one in named]
    return torch.tensor(rows, dtype=torch.int64).reshape(len(named), len(factors)), factors


def save_values(values: Values, path: str | Path, **metadata: str) -> Path:
    """The written file: safetensors, `metadata` and the factors in its header; written aside and renamed."""
    factors = json.dumps({name: list(names) for name, names in values.factors.items()})
    return save_tensors(
        {name: getattr(values, name) for name in TENSOR_NAMES}, path, {**metadata, FACTORS: factors}
    )


def load_values(path: str | Path) -> Values:
    """The values in the file `path`.

    Raises FileNotFoundError, or ValueError, naming the file, when it holds something else.
    """
    tensors = load_tensors(path, TENSOR_NAMES)
    try:
        factors = json.loads(read_metadata(path).get(FACTORS, "{}"))
        if not isinstance(factors, dict):
            raise ValueError(f"{FACTORS}: expected an object, got {type(factors).__name__}")
        return Values(**tensors, factors=factors)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
