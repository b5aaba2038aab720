"""Candidates: one image embedding against its positive caption and hard negatives, and how they rank.

This is the meeting point of the project: left of it are pixels and words, right of it numbers.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from heads.io.tensors import all_finite, load_tensors, save_tensors
from heads.ties import reaches

TENSOR_NAMES = ("image", "captions", "index", "mask")


@dataclass(frozen=True)
class Candidates:
    """Raw (not normalised) embeddings of n image regions and their candidate captions.

    Captions repeat across regions, so each distinct one is stored once, in `captions`, and `index` says which
    ones stand beside which region. Column 0 of `index` is the positive; `mask` is False on padding, because
    the number of negatives differs from region to region.

    Raises ValueError when the shapes or types do not fit together, an embedding is not finite, an index
    points outside `captions`, or a positive is masked.
    """

    image: Float[Tensor, "n d"]
    captions: Float[Tensor, "m d"]
    index: Int[Tensor, "n k"]
    mask: Bool[Tensor, "n k"]

    def __post_init__(self) -> None:
        _check_types(self)
        _check_shapes(self)
        _check_values(self)

    def __len__(self) -> int:
        return len(self.image)

    @property
    def dim(self) -> int:
        """How many numbers an embedding has."""
        return self.image.shape[1]

    @property
    def text(self) -> Float[Tensor, "n k d"]:
        """The candidates' embeddings spelled out: n*k*d floats, so ask for it on a batch, not on a training
        set.
        """
        return self.captions[self.index]

    def to(self, device: str) -> "Candidates":
        """The same candidates on `device`."""
        return Candidates(*(getattr(self, name).to(device) for name in TENSOR_NAMES))

    def rows(self, which: Int[Tensor, " b"]) -> "Candidates":
        """The regions `which`, in that order, over the same captions."""
        return Candidates(self.image[which], self.captions, self.index[which], self.mask[which])


def ranks(scores: Float[Tensor, "n k"], mask: Bool[Tensor, "n k"]) -> Int[Tensor, " n"]:
    """Rank of each positive, 1 = best: how many candidates score at least as high, itself included.

    Ties count against the positive, as in the released evaluation code (`get_ranks`,
    lorebianchi98/FG-CLIP), so that a constant head ranks last, not first. Scores tie that rounding alone can
    part: those within `heads.ties.TOLERANCE`. Masked columns change nothing, whatever they hold. Raises
    ValueError when an unmasked score is not finite: NaN compares false with everything and would rank 0.
    """
    if not torch.isfinite(scores[mask]).all():
        bad = int((~torch.isfinite(scores) & mask).sum())
        raise ValueError(f"scores: expected finite numbers, got {bad} that are NaN or infinite")
    return (reaches(scores, scores[:, :1]) & mask).sum(dim=1)


def save_candidates(candidates: Candidates, path: str | Path, **metadata: str) -> Path:
    """The written file: safetensors, `metadata` (backbone, revision, benchmark, split …) in its header.

    Written aside and renamed, so that an interrupted write leaves nothing half-done.
    """
    return save_tensors({name: getattr(candidates, name) for name in TENSOR_NAMES}, path, metadata)


def load_candidates(path: str | Path) -> Candidates:
    """The candidates in the file `path`.

    Raises FileNotFoundError, or ValueError, naming the file, when it holds something else.
    """
    tensors = load_tensors(path, TENSOR_NAMES)
    try:
        return Candidates(**tensors)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _check_types(candidates: Candidates) -> None:
    for name in ("image", "captions"):
        tensor = getattr(candidates, name)
        if tensor.ndim != 2 or not tensor.is_floating_point():
            raise ValueError(f"{name}: expected rows of floating point numbers, got {_words(tensor)}")
    index, mask = candidates.index, candidates.mask
    if index.ndim != 2 or index.dtype not in (torch.int64, torch.int32):
        raise ValueError(f"index: expected rows of int64 or int32, got {_words(index)}")
    if mask.dtype != torch.bool:
        raise ValueError(f"mask: expected booleans, got {_words(mask)}")


def _check_shapes(candidates: Candidates) -> None:
    n, dim = candidates.image.shape
    if candidates.captions.shape[1] != dim:
        raise ValueError(
            f"captions: expected dimension {dim}, that of image, got {candidates.captions.shape[1]}"
        )
    if candidates.index.shape != candidates.mask.shape:
        raise ValueError(
            f"mask: expected shape {tuple(candidates.index.shape)}, that of index, "
            f"got {tuple(candidates.mask.shape)}"
        )
    if len(candidates.index) != n:
        raise ValueError(f"index: expected {n} rows, one an image, got {len(candidates.index)}")
    if candidates.index.shape[1] == 0:
        raise ValueError("index: expected at least one column, the positive, got none")


def _check_values(candidates: Candidates) -> None:
    for name in ("image", "captions"):
        if not all_finite(getattr(candidates, name)):
            raise ValueError(f"{name}: expected finite numbers, got NaN or infinity")
    index, m = candidates.index, len(candidates.captions)
    if not ((index >= 0) & (index < m)).all():
        found = f"{int(index.min())} to {int(index.max())}"
        raise ValueError(f"index: expected rows of captions, 0 to {m - 1}, got {found}")
    if not candidates.mask[:, :1].all():
        raise ValueError("mask: expected True in column 0, the positive, got False")


def _words(tensor: Tensor) -> str:
    return f"{tensor.dtype} of shape {tuple(tensor.shape)}"
