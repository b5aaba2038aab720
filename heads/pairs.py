"""Pairs: images and the captions that describe them, for the caption warm-up and for coarse retrieval."""

from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float, Int
from safetensors.torch import load_file, save_file
from torch import Tensor

TENSOR_NAMES = ("image", "text", "image_of_text")


@dataclass(frozen=True)
class Pairs:
    """Raw float32 embeddings of n images and m captions; caption j describes image `image_of_text[j]`.

    Several captions may describe one image. Raises ValueError when the shapes do not fit together, an embedding is
    not finite, or a caption names an image that is not there.
    """

    image: Float[Tensor, "n d"]
    text: Float[Tensor, "m d"]
    image_of_text: Int[Tensor, " m"]

    def __post_init__(self):
        if self.image.shape[1] != self.text.shape[1]:
            raise ValueError(f"text: expected dimension {self.image.shape[1]}, that of image, got {self.text.shape[1]}")
        if len(self.image_of_text) != len(self.text):
            raise ValueError(f"image_of_text: expected {len(self.text)} rows, one a caption, got {len(self.image_of_text)}")
        for name in ("image", "text"):
            if not torch.isfinite(getattr(self, name)).all():
                raise ValueError(f"{name}: expected finite numbers, got NaN or infinity")
        if len(self.text) and not (0 <= int(self.image_of_text.min()) and int(self.image_of_text.max()) < len(self.image)):
            raise ValueError(f"image_of_text: expected rows of image, 0 to {len(self.image) - 1}")

    @property
    def dim(self) -> int:
        return self.image.shape[1]


def save_pairs(pairs: Pairs, path: str | Path, **metadata: str) -> Path:
    """The written file: safetensors, `metadata` in its header; written aside and renamed."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {name: getattr(pairs, name).contiguous() for name in TENSOR_NAMES}
    aside = path.with_name(f".{path.name}.partial")
    save_file(tensors, aside, metadata=metadata)
    return aside.replace(path)


def load_pairs(path: str | Path) -> Pairs:
    """The pairs in the file `path`.

    Raises FileNotFoundError, or ValueError naming the tensors expected and found when the file holds others.
    """
    tensors = load_file(path)
    if set(tensors) != set(TENSOR_NAMES):
        raise ValueError(f"{path}: expected the tensors {sorted(TENSOR_NAMES)}, found {sorted(tensors)}")
    return Pairs(**tensors)
