"""Shards that machines share through a store of objects: taken before a run, put part by part.

An object is a shard, byte for byte, named by the digest of its bytes; it is never changed, and nobody removes one. The
files on this disk are another matter: they are merged, and what merging writes is new by its name and old by its rows.
If files were put, every machine would put what it has merged of what others have put, and the store would grow without
end. So rows are put, not files: those that no object is known to hold, gathered into new objects. Merging makes no new
rows, thus nothing to put; a row is put again only by a process that encoded it itself, before it saw the other's.

What objects hold is remembered here, an empty or small file an object: its name and size, and the keys of its rows. From
that follows everything else:
- An object that is not remembered is taken, and one of whose rows some are no longer here: so a cache that was removed or
  damaged is filled again, and what was merged away is not taken twice.
- A damaged object is remembered with no rows: it is named once and never taken again. One that its maker puts anew, as
  after a put that broke off where a put is not one step, has another size, and is another object.
- A remembered object that the store no longer lists was removed by somebody. It is forgotten, and what is known to be
  done with it (`claims`): so the same command puts those rows again.
A kill between any two steps loses nothing: a file is there before it is remembered, and what is put but not remembered is
read once more and, since all its rows are here, not kept a second time.
"""

import hashlib
import logging
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import final

from jaxtyping import Float
from torch import Tensor

from heads.io.atomic import remove, replacing
from heads.io.object_store import ObjectStore
from leaderboard.embedding.prefetch import prefetch_map
from leaderboard.embedding.shards import (
    KEY_BYTES,
    SUFFIX,
    Shard,
    parse_shard,
    put_shard,
    remove_abandoned,
    shard_file,
)
from leaderboard.embedding.sharing.claims import CLAIMS

logger = logging.getLogger(__name__)

RowsOf = Callable[[Sequence[bytes]], Float[Tensor, "n d"]]
"""Embeddings by their keys, as `EmbeddingStore.rows` gives them."""

READERS = 4
"""Objects that are read at a time, and held: the largest have 140 MB."""

ATTEMPTS = 5
"""Times that an object is put before the run ends; about half a minute."""

KEYS = ".keys"
"""How the names end of what is remembered: the keys of an object's rows, one after the other."""

ABOUT = "about.txt"
WORDS = (
    "Embeddings that machines share, put here by `python -m leaderboard embed --shards`. Each file is named by the\n"
    "digest of its bytes and is never changed. What is removed is encoded and put again by who needs it.\n"
)
"""Beside the embeddings, and written at each start: so a store that cannot be written to is known before hours are spent,
without a right to remove anything.
"""


@dataclass(frozen=True)
class Moved:
    """How many shards were taken or put, and how many embeddings were in them."""

    shards: int = 0
    embeddings: int = 0

    def __add__(self, other: "Moved") -> "Moved":
        return Moved(self.shards + other.shards, self.embeddings + other.embeddings)

    def __str__(self) -> str:
        return f"{self.shards:,} shards, {self.embeddings:,} embeddings"


def _untold(what: str, done: int, of: int) -> None:
    """Nobody is told."""


@final
class Shards:
    """Where machines share shards, and why they are only taken from there, if they are. `report` is told "shards", how
    many are taken, and how many there are to take.
    """

    def __init__(
        self, objects: ObjectStore, refused: str = "", report: Callable[[str, int, int], None] = _untold
    ):
        self.objects, self.refused, self.report = objects, refused, report
        self._exchanges: list[Exchange] = []

    def exchange(self, folder: Path, name: str, rows: int) -> "Exchange":
        """What a local folder and that of the `name` here have of each other; an object has about so many `rows`."""
        self._exchanges.append(Exchange(self, folder, name, rows))
        return self._exchanges[-1]

    @property
    def taken(self) -> Moved:
        """What has come from here."""
        return sum((exchange.taken for exchange in self._exchanges), Moved())

    @property
    def put(self) -> Moved:
        """What has come here."""
        return sum((exchange.put for exchange in self._exchanges), Moved())


def open_shards(address: str, must_put: bool, report: Callable[[str, int, int], None] = _untold) -> Shards:
    """The store of that address, which was just written to; if not `must_put`, one that can be read is enough.

    Raises ValueError when it is neither, or the package that reads it is not installed.
    """
    objects = ObjectStore(address.rstrip("/"))
    try:
        objects.below("embeddings").write(ABOUT, WORDS.encode())
    except OSError as error:
        if must_put:
            raise ValueError(f"shards: expected a store that can be written to, got {error}") from error
        objects.check("shards")
        return Shards(objects, str(error), report)
    return Shards(objects, report=report)


@final
class Exchange:
    """A local folder of shards and that of the same name in a store of objects; made by `Shards.exchange`.

    `taken` and `put` count what has come here and what has gone there.
    """

    def __init__(self, shards: Shards, folder: Path, name: str, rows: int):
        self._objects, self._puts = shards.objects.below(name), not shards.refused
        self._folder, self.rows, self._report = folder, rows, shards.report
        self._record = folder / f"shared-{hashlib.sha256(str(self._objects).encode()).hexdigest()[:12]}"
        self.claims = self._record / CLAIMS
        self.taken, self.put = Moved(), Moved()
        self._there: set[bytes] = set()
        self._waiting: dict[bytes, None] = {}

    def take(self, dim: int, here: Container[bytes]) -> None:
        """What others have put is then in the local folder, save what is `here`, and what is damaged: it is named.

        Raises OSError when the store is not reached, or the disk is full; what was taken before stays.
        """
        remove_abandoned(self._record)
        remembered = self._remembered()  # before the list: what is remembered was there before
        listed = {
            _identity(name, size): name
            for name, size in sorted(self._objects.sizes().items())
            if name.endswith(SUFFIX)
        }
        self._forget(remembered.keys() - listed.keys())
        known = {one: keys for one, keys in remembered.items() if one in listed}
        self._there.update(key for keys in known.values() for key in keys)
        wanted = [one for one in listed if one not in known or any(key not in here for key in known[one])]

        def read(identity: str) -> tuple[str, bytes | None]:
            return identity, self._objects.read(listed[identity])

        for done, (identity, content) in enumerate(prefetch_map(read, wanted, READERS, READERS), 1):
            if content is not None:
                self._keep(identity, listed[identity], content, dim, here)
            self._report("shards", done, len(wanted))

    def offer(self, keys: Iterable[bytes], rows: RowsOf, about: Mapping[str, str]) -> None:
        """Puts what no object is known to hold of these keys, whose embeddings are `rows` of them, and of those offered
        before, once it is enough for two objects. Raises OSError when the store refuses it.
        """
        if self._puts:
            self._waiting |= dict.fromkeys(key for key in keys if key not in self._there)
            while len(self._waiting) >= 2 * self.rows:
                self._put([*islice(self._waiting, self.rows)], rows, about)

    def settle(self, keys: Iterable[bytes], rows: RowsOf, about: Mapping[str, str]) -> None:
        """Puts all that waits, and what no object is known to hold of these keys. Raises OSError as `offer` does."""
        self.offer(keys, rows, about)
        if self._waiting:
            self._put([*self._waiting], rows, about)

    def _put(self, keys: list[bytes], rows: RowsOf, about: Mapping[str, str]) -> None:
        name, content = shard_file(Shard(keys, rows(keys)), about)
        try:
            self._objects.write(name, content, ATTEMPTS)
        except OSError as error:
            raise OSError(
                f"shards: expected to put {len(keys):,} embeddings there, got {error}; they are kept in "
                f"{self._folder}, and the same command puts what is missing"
            ) from error
        self._remember(_identity(name, len(content)), keys)
        for key in keys:
            del self._waiting[key]
        self.put += Moved(1, len(keys))

    def _keep(self, identity: str, name: str, content: bytes, dim: int, here: Container[bytes]) -> None:
        try:
            keys = parse_shard(content, name, dim).keys
        except ValueError as error:
            logger.warning("%s/%s: not taken, and to be embedded again: %s", self._objects, name, error)
            keys = []
        if any(key not in here for key in keys):
            put_shard(self._folder, name, content)
            self.taken += Moved(1, len(keys))
        self._remember(identity, keys)

    def _remember(self, identity: str, keys: Sequence[bytes]) -> None:
        with replacing(self._record / f"{identity}{KEYS}") as aside:
            aside.write_bytes(b"".join(keys))
        self._there.update(keys)

    def _remembered(self) -> dict[str, list[bytes]]:
        """The keys of each remembered object, by what it is known by."""
        return {path.stem: _keys(path) for path in self._record.glob(f"*{KEYS}")}

    def _forget(self, identities: Iterable[str]) -> None:
        for identity in identities:
            remove(self._record / f"{identity}{KEYS}")
            for claim in self.claims.glob("*"):
                remove(claim)


def _identity(name: str, size: int) -> str:
    """What an object is known by."""
    return f"{name.removesuffix(SUFFIX)}-{size}"


def _keys(path: Path) -> list[bytes]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:  # another process has forgotten it
        return []
    return [content[start : start + KEY_BYTES] for start in range(0, len(content), KEY_BYTES)]
