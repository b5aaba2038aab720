"""Embeddings on disk, found again by what was embedded: one folder for each frozen backbone and kind of
input.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from fg_demo.models.backbone import Encoder, text_tower_of
from heads.io.cache import cache_folder
from heads.io.device import resolve_precision
from leaderboard.embedding.shards import Shard, read_shards, remove_abandoned, write_shard
from leaderboard.embedding.sharing.claims import CLAIMS
from leaderboard.embedding.sharing.exchange import Exchange, Shards
from leaderboard.embedding.sharing.parts import REGIONS, TEXTS

FULL_ROWS = 4096
"""A shard of as many rows is never merged again."""

ROWS = {"image": REGIONS, "text": TEXTS}
"""By kind: rows of a shard that machines share, as many as a part of a run has."""

MANY_SHARDS = 64
"""When there are more smaller ones than this, they become one."""


@final
class EmbeddingStore:
    """Embeddings of dimension `dim` by key, a SHA-256 digest of the input; all of a folder's, in memory.

    What is added is on disk at once, in a shard of its own, and many small shards are merged into one.
    A damaged shard is removed with a warning, and what it held is missing here, to be embedded again.

    Any number of processes may fill one folder, and each may be killed at any moment. There is no lock: no
    file is ever changed, and one goes only when a newer file holds all of it. `about` stands in the header of
    each shard.

    With an `exchange` machines without a common disk share what they have: what others have put is taken when the store
    is opened, and what is added is put, part by part. Opening and adding then raise the exchange's errors too.
    """

    def __init__(
        self,
        folder: Path,
        dim: int,
        about: Mapping[str, str] = MappingProxyType({}),
        exchange: Exchange | None = None,
    ):
        self.folder, self.dim, self._about, self._exchange = folder, dim, about, exchange
        self._row_of: dict[bytes, int] = {}
        self._matrix = torch.empty(0, dim)
        self._small: dict[Path, list[bytes]] = {}
        self._read: set[Path] = set()
        remove_abandoned(folder)
        self.refresh()
        if exchange is not None:
            exchange.take(dim, self)
            self.refresh()

    def __contains__(self, key: object) -> bool:
        return key in self._row_of

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._row_of)

    def __len__(self) -> int:
        return len(self._row_of)

    def refresh(self) -> None:
        """Takes up what other processes have added since it was opened."""
        for path, shard in read_shards(self.folder, self.dim, self._read):
            self._remember(path, shard)
        self._merge()

    def rows(self, keys: Sequence[bytes]) -> Float[Tensor, "n d"]:
        """The embeddings of `keys`, in that order. Raises KeyError for one that is not there."""
        return self._matrix[torch.tensor([self._row_of[key] for key in keys], dtype=torch.long)]

    def add(self, keys: Sequence[bytes], embeddings: Float[Tensor, "n d"]) -> None:
        """Remember the embeddings, which are on disk when this returns.

        Raises ValueError when one is not finite or not of the store's dimension, OSError, naming the file,
        when it cannot be written; then nothing is remembered of these, and nothing lost of the others.
        """
        if embeddings.shape != (len(keys), self.dim):
            raise ValueError(
                f"embeddings: expected shape {(len(keys), self.dim)}, got {tuple(embeddings.shape)}"
            )
        if not torch.isfinite(embeddings).all():
            raise ValueError("embeddings: expected finite numbers from the backbone, got NaN or infinity")
        if keys:
            single = embeddings.float().cpu()
            path = write_shard(self.folder, keys, single, self._about)
            self._remember(path, Shard(list(keys), single))
            self._merge()
            if self._exchange is not None:
                self._exchange.offer(keys, self.rows, self._about)

    def share(self, keys: Iterable[bytes]) -> None:
        """These are then where other machines find them, if anything is shared; all are here, whoever has encoded them.

        Raises OSError when they cannot be put there; nothing is lost here.
        """
        if self._exchange is not None:
            self._exchange.settle(keys, self.rows, self._about)

    @property
    def claims(self) -> Path:
        """The folder that says which parts of a run are done: encoded, and shared where that is asked for."""
        return self.folder / CLAIMS if self._exchange is None else self._exchange.claims

    def _remember(self, path: Path, shard: Shard) -> None:
        self._read.add(path)
        places = [self._row_of.setdefault(key, len(self._row_of)) for key in shard.keys]
        self._reserve(len(self._row_of))
        self._matrix[torch.tensor(places, dtype=torch.long)] = shard.embeddings
        if len(shard.keys) < FULL_ROWS:
            self._small[path] = shard.keys

    def _reserve(self, rows: int) -> None:
        """Room for so many rows, at least twice as many as before: so a row is moved about once, however many come."""
        if rows > len(self._matrix):
            grown = torch.empty(max(rows, 2 * len(self._matrix)), self.dim)
            grown[: len(self._matrix)] = self._matrix
            self._matrix = grown

    def _merge(self) -> None:
        """The small shards as one, when they are many; they go only once it is there."""
        if len(self._small) <= MANY_SHARDS:
            return
        keys = list(dict.fromkeys(key for shard in self._small.values() for key in shard))
        merged = write_shard(self.folder, keys, self.rows(keys), self._about)
        self._read.add(merged)
        for path in self._small:
            path.unlink(missing_ok=True)
        self._small = {merged: keys} if len(keys) < FULL_ROWS else {}


def open_store(
    encoder: Encoder,
    kind: str,
    cache: Path | None,
    rules: Mapping[str, str],
    shards: Shards | None = None,
) -> EmbeddingStore:
    """The encoder's embeddings of one kind of input ("image", "text") in `cache`, by default the cache folder; `rules`
    are what they depend on beside it. Texts are those of the text tower: with an adapter of the image tower alone, the
    backbone's. With `shards` they are shared there, in a folder of the same name.
    """
    by = text_tower_of(encoder) if kind == "text" else (encoder.name, encoder.revision)
    identity = {
        "backbone": by[0],
        "backbone_revision": by[1],
        "precision": _precision(encoder),
        **rules,
    }
    name, *decides = identity.values()
    cache = cache or cache_folder()
    folder = store_folder(cache, name, kind, *decides)
    exchange = shards and shards.exchange(folder, folder.relative_to(cache).as_posix(), ROWS[kind])
    return EmbeddingStore(folder, encoder.dim, identity, exchange)


def _precision(encoder: Encoder) -> str:
    """That of the device, or another one on which device: embeddings of two are never mixed."""
    usual = encoder.precision == resolve_precision("auto", encoder.device)
    return encoder.precision if usual else f"{encoder.precision} on {encoder.device}"


def store_folder(cache: Path, name: str, kind: str, *identity: str) -> Path:
    """The folder for one kind of input to the backbone `name`; readable, and distinct for distinct arguments.

    `identity`: all that decides an embedding beside the input, the backbone's revision first.
    """
    distinct = hashlib.sha256("\0".join((name, *identity)).encode()).hexdigest()[:12]
    return cache / "embeddings" / f"{re.sub(r'[^A-Za-z0-9.-]+', '-', name)[-60:]}-{distinct}" / kind
