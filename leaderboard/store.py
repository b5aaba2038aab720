"""Embeddings on disk, found again by what was embedded: one folder for each frozen backbone and kind of
input.
"""

import hashlib
import logging
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import final

import torch
from jaxtyping import Float
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

logger = logging.getLogger(__name__)

SHARD_ROWS = 2048
KEY_BYTES = 32


@final
class EmbeddingStore:
    """Embeddings of dimension `dim` by key, a SHA-256 digest of the input.

    A shard is a safetensors file of at most a few thousand rows, named by the hash of its own bytes, so that
    a damaged one is noticed: it is removed with a warning and what it held is embedded again. Shards are
    written aside and renamed, so several processes may fill one folder.
    """

    def __init__(self, folder: Path, dim: int):
        self.folder, self.dim = folder, dim
        self._rows: dict[bytes, Tensor] = {}
        self._unsaved: list[bytes] = []
        for path in sorted(folder.glob("*.safetensors")):
            self._rows.update(_read_shard(path, dim))

    def __contains__(self, key: bytes) -> bool:
        return key in self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self, keys: Sequence[bytes]) -> Float[Tensor, "n d"]:
        """The embeddings of `keys`, in that order. Raises KeyError for one that is not there."""
        if not keys:
            return torch.empty(0, self.dim)
        return torch.stack([self._rows[key] for key in keys])

    def add(self, keys: Sequence[bytes], embeddings: Float[Tensor, "n d"]) -> None:
        """Remember the embeddings; they are on disk after `save`, or once a shard is full.

        Raises ValueError when one is not finite or not of the store's dimension.
        """
        if embeddings.shape != (len(keys), self.dim):
            raise ValueError(
                f"embeddings: expected shape {(len(keys), self.dim)}, got {tuple(embeddings.shape)}"
            )
        if not torch.isfinite(embeddings).all():
            raise ValueError("embeddings: expected finite numbers from the backbone, got NaN or infinity")
        self._rows.update(zip(keys, embeddings.float().cpu(), strict=True))
        self._unsaved += keys
        if len(self._unsaved) >= SHARD_ROWS:
            self.save()

    def save(self) -> None:
        """Write what is not on disk yet."""
        if self._unsaved:
            _write_shard(self.folder, self._unsaved, self.rows(self._unsaved))
            self._unsaved = []


def store_folder(cache: Path, name: str, revision: str, precision: str, kind: str) -> Path:
    """The folder for one backbone and kind of input; readable, and distinct for distinct arguments."""
    distinct = hashlib.sha256("\0".join((name, revision, precision)).encode()).hexdigest()[:12]
    return cache / "embeddings" / f"{re.sub(r'[^A-Za-z0-9.-]+', '-', name)[-60:]}-{distinct}" / kind


def _write_shard(folder: Path, keys: Sequence[bytes], embeddings: Float[Tensor, "n d"]) -> Path:
    digests = torch.frombuffer(bytearray(b"".join(keys)), dtype=torch.uint8).reshape(len(keys), KEY_BYTES)
    content = save({"keys": digests, "embeddings": embeddings.contiguous()})
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{_shard_name(content)}.safetensors"
    aside = folder / f".{path.name}.{os.getpid()}.partial"
    aside.write_bytes(content)
    return aside.replace(path)


def _read_shard(path: Path, dim: int) -> dict[bytes, Tensor]:
    content = path.read_bytes()
    try:
        if _shard_name(content) != path.stem:
            raise ValueError("its content is not what was written")
        tensors = load(content)
        keys, embeddings = tensors["keys"].numpy(), tensors["embeddings"]
        if embeddings.shape != (len(keys), dim):
            raise ValueError(
                f"expected embeddings of shape {(len(keys), dim)}, found {tuple(embeddings.shape)}"
            )
    except (ValueError, KeyError, SafetensorError) as error:
        logger.warning("%s: removed from the cache and to be embedded again: %s", path, error)
        path.unlink(missing_ok=True)
        return {}
    return {key.tobytes(): row for key, row in zip(keys, embeddings, strict=True)}


def _shard_name(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:24]
