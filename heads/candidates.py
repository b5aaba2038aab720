"""Candidates: one image embedding against its positive caption and hard negatives, and how they rank.

This is the meeting point of the project: left of it are pixels and words, right of it numbers.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Bool, Float, Int
from safetensors.torch import load_file, save_file
from torch import Tensor

TENSOR_NAMES = ("image", "captions", "index", "mask")


@dataclass(frozen=True)
class Candidates:
    """Raw (not normalised) float32 embeddings of n image regions and their candidate captions.

    Captions repeat across regions, so each distinct one is stored once, in `captions`, and `index` says which
    ones stand beside which region. Column 0 of `index` is the positive; `mask` is False on padding, because
    the number of negatives differs from region to region.

    Raises ValueError when the shapes do not fit together, an embedding is not finite, an index points outside
    `captions`, or a positive is masked.
    """

    image: Float[Tensor, "n d"]
    captions: Float[Tensor, "m d"]
    index: Int[Tensor, "n k"]
    mask: Bool[Tensor, "n k"]

    def __post_init__(self):
        _check_shapes(self)
        _check_values(self)

    def __len__(self) -> int:
        return len(self.image)

    @property
    def dim(self) -> int:
        return self.image.shape[1]

    @property
    def text(self) -> Float[Tensor, "n k d"]:
        """The candidates' embeddings spelled out: n*k*d floats, so ask for it on a batch, not on a training set."""
        return self.captions[self.index]

    def rows(self, which: Int[Tensor, " b"]) -> "Candidates":
        """The regions `which`, in that order, over the same captions."""
        return Candidates(self.image[which], self.captions, self.index[which], self.mask[which])


def ranks(scores: Float[Tensor, "n k"], mask: Bool[Tensor, "n k"]) -> Int[Tensor, " n"]:
    """Rank of each positive, 1 = best: how many candidates score at least as high, itself included.

    Ties count against the positive, as in the released evaluation code (`get_ranks`, lorebianchi98/FG-CLIP), so
    that a constant head ranks last, not first. Masked columns change nothing, whatever they hold.
    Raises ValueError when an unmasked score is not finite: NaN compares false with everything and would rank 0.
    """
    if not torch.isfinite(scores[mask]).all():
        bad = int((~torch.isfinite(scores) & mask).sum())
        raise ValueError(f"scores: expected finite numbers, got {bad} that are NaN or infinite")
    return ((scores >= scores[:, :1]) & mask).sum(dim=1)


def save_candidates(candidates: Candidates, path: str | Path, **metadata: str) -> Path:
    """The written file: safetensors, `metadata` (backbone, revision, benchmark, split …) in its header.

    Written aside and renamed, so that an interrupted write leaves nothing half-done.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {name: getattr(candidates, name).contiguous() for name in TENSOR_NAMES}
    aside = path.with_name(f".{path.name}.partial")
    save_file(tensors, aside, metadata=metadata)
    return aside.replace(path)


def load_candidates(path: str | Path) -> Candidates:
    """The candidates in the file `path`.

    Raises FileNotFoundError, or ValueError naming the tensors expected and found when the file holds others.
    """
    tensors = load_file(path)
    if set(tensors) != set(TENSOR_NAMES):
        raise ValueError(f"{path}: expected the tensors {sorted(TENSOR_NAMES)}, found {sorted(tensors)}")
    return Candidates(**tensors)


def _check_shapes(candidates: Candidates) -> None:
    n, dim = candidates.image.shape
    if candidates.captions.shape[1] != dim:
        raise ValueError(f"captions: expected dimension {dim}, that of image, got {candidates.captions.shape[1]}")
    if candidates.index.shape != candidates.mask.shape:
        raise ValueError(f"mask: expected shape {tuple(candidates.index.shape)}, that of index, got {tuple(candidates.mask.shape)}")
    if len(candidates.index) != n:
        raise ValueError(f"index: expected {n} rows, one an image, got {len(candidates.index)}")


def _check_values(candidates: Candidates) -> None:
    for name in ("image", "captions"):
        if not torch.isfinite(getattr(candidates, name)).all():
            raise ValueError(f"{name}: expected finite numbers, got NaN or infinity")
    index = candidates.index
    if index.numel() and not (0 <= int(index.min()) and int(index.max()) < len(candidates.captions)):
        raise ValueError(
            f"index: expected rows of captions, 0 to {len(candidates.captions) - 1}, got {int(index.min())} to {int(index.max())}"
        )
    if not candidates.mask[:, :1].all():
        raise ValueError("mask: expected True in column 0, the positive, got False")
