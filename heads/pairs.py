"""Pairs: images and the captions that describe them, for the caption warm-up and for coarse retrieval."""

from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float, Int
from torch import Tensor

from heads.io.tensors import all_finite, load_tensors, save_tensors

TENSOR_NAMES = ("image", "text", "image_of_text")


@dataclass(frozen=True)
class Pairs:
    """Raw (not normalised) embeddings of n images and m captions; caption j describes image
    `image_of_text[j]`.

    Several captions may describe one image. Raises ValueError when the shapes or types do not fit together,
    an embedding is not finite, or a caption names an image that is not there.
    """

    image: Float[Tensor, "n d"]
    text: Float[Tensor, "m d"]
    image_of_text: Int[Tensor, " m"]

    def __post_init__(self) -> None:
        _check_embeddings(self)
        _check_image_of_text(self)

    def __len__(self) -> int:
        return len(self.text)

    @property
    def dim(self) -> int:
        """How many numbers an embedding has."""
        return self.image.shape[1]

    def to(self, device: str) -> "Pairs":
        """The same pairs on `device`."""
        return Pairs(*(getattr(self, name).to(device) for name in TENSOR_NAMES))


def save_pairs(pairs: Pairs, path: str | Path, **metadata: str) -> Path:
    """The written file: safetensors, `metadata` in its header; written aside and renamed."""
    return save_tensors({name: getattr(pairs, name) for name in TENSOR_NAMES}, path, metadata)


def load_pairs(path: str | Path) -> Pairs:
    """The pairs in the file `path`.

    Raises FileNotFoundError, or ValueError, naming the file, when it holds something else.
    """
    tensors = load_tensors(path, TENSOR_NAMES)
    try:
        return Pairs(**tensors)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _check_embeddings(pairs: Pairs) -> None:
    for name in ("image", "text"):
        tensor = getattr(pairs, name)
        if tensor.ndim != 2 or not tensor.is_floating_point():
            raise ValueError(
                f"{name}: expected rows of floating point numbers, "
                f"got {tensor.dtype} of shape {tuple(tensor.shape)}"
            )
        if not all_finite(tensor):
            raise ValueError(f"{name}: expected finite numbers, got NaN or infinity")
    if pairs.image.shape[1] != pairs.text.shape[1]:
        raise ValueError(
            f"text: expected dimension {pairs.image.shape[1]}, that of image, got {pairs.text.shape[1]}"
        )


def _check_image_of_text(pairs: Pairs) -> None:
    images, n = pairs.image_of_text, len(pairs.image)
    if images.ndim != 1 or images.dtype not in (torch.int64, torch.int32):
        raise ValueError(
            f"image_of_text: expected one int64 or int32 a caption, "
            f"got {images.dtype} of shape {tuple(images.shape)}"
        )
    if len(images) != len(pairs.text):
        raise ValueError(f"image_of_text: expected {len(pairs.text)} rows, one a caption, got {len(images)}")
    if not ((images >= 0) & (images < n)).all():
        found = f"{int(images.min())} to {int(images.max())}"
        raise ValueError(f"image_of_text: expected rows of image, 0 to {n - 1}, got {found}")
