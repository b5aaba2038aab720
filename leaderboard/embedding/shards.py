"""Shards: embeddings and what they are of, in one safetensors file named by the digest of its own bytes."""

import hashlib
import logging
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from heads.io.atomic import PARTIAL, is_left, remove, replacing

logger = logging.getLogger(__name__)

KEY_BYTES = 32
SUFFIX = ".safetensors"


class Shard(NamedTuple):
    """Embeddings of one dimension, and the key of each: a SHA-256 digest of what was embedded."""

    keys: list[bytes]
    embeddings: Float[Tensor, "n d"]


def write_shard(
    folder: Path, keys: Sequence[bytes], embeddings: Float[Tensor, "n d"], about: Mapping[str, str]
) -> Path:
    """The new file in `folder`, `about` in its header. Raises OSError as `put_shard` does."""
    return put_shard(folder, *shard_file(Shard(list(keys), embeddings), about))


def shard_file(shard: Shard, about: Mapping[str, str]) -> tuple[str, bytes]:
    """The name and content of a new file, `about` in its header.

    No two calls give files of one name, not even for the same embeddings: see `EmbeddingStore`.
    """
    keys, embeddings = shard
    digests = torch.frombuffer(bytearray(b"".join(keys)), dtype=torch.uint8).reshape(len(keys), KEY_BYTES)
    tensors = {"keys": digests, "embeddings": embeddings.contiguous()}
    content = save(tensors, {**about, "written": uuid.uuid4().hex})
    return f"{_digest(content)}{SUFFIX}", content


def put_shard(folder: Path, name: str, content: bytes) -> Path:
    """The file in `folder`, written aside and renamed, so it is never half there. Raises OSError, naming the file, when
    it cannot be written; then nothing is left of it.
    """
    path = folder / name
    try:
        with replacing(path) as aside:
            aside.write_bytes(content)
    except OSError as error:
        raise OSError(f"{path}: expected to write it there, got: {error}") from error
    return path


def read_shards(folder: Path, dim: int, known: Collection[Path] = ()) -> Iterator[tuple[Path, Shard]]:
    """Every shard of `folder` but those that are known, one at a time, and what it holds. A damaged one is removed with
    a warning.

    Another process may merge shards meanwhile: one that is gone is in a newer file, so the folder is listed
    again until it shows nothing new.
    """
    seen = set(known)
    while new := sorted(set(folder.glob(f"*{SUFFIX}")) - seen):
        seen.update(new)
        for path in new:
            shard = _read_shard(path, dim)
            if shard is not None:
                yield path, shard


def remove_abandoned(folder: Path) -> None:
    """Remove what killed processes left half-written."""
    for aside in folder.glob(f"*{PARTIAL}"):
        if is_left(aside):
            remove(aside)


def _read_shard(path: Path, dim: int) -> Shard | None:
    """What the file holds; None when it is gone, or was damaged and is gone now."""
    try:
        return parse_shard(path.read_bytes(), path.name, dim)
    except FileNotFoundError:
        return None
    except ValueError as error:
        logger.warning("%s: removed from the cache and to be embedded again: %s", path, error)
        path.unlink(missing_ok=True)
        return None


def parse_shard(content: bytes, name: str, dim: int) -> Shard:
    """What a file of that name and content holds. Raises ValueError when it is damaged, or of another dimension."""
    if f"{_digest(content)}{SUFFIX}" != name:
        raise ValueError("its content is not what was written")
    try:
        tensors = load(content)
        keys, embeddings = tensors["keys"], tensors["embeddings"]
    except (KeyError, SafetensorError) as error:
        raise ValueError(f"it is no shard: {error}") from error
    if embeddings.shape != (len(keys), dim):
        raise ValueError(f"expected embeddings of shape {(len(keys), dim)}, found {tuple(embeddings.shape)}")
    return Shard([key.tobytes() for key in keys.numpy()], embeddings)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:24]
