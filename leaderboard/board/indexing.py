"""What an index keeps of the records in a file, and those records whole."""

import hashlib
import json
import logging
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter

from leaderboard.benchmarks.protocol import Protocol
from leaderboard.board.naming import record_key
from leaderboard.records.files import date_of, file_name, read_records, read_slim, read_whole, to_json
from leaderboard.records.record import PRODUCED, Record
from leaderboard.records.shards import SHARD, SUFFIX, read_items
from leaderboard.records.slim import items_digest, slimmed, with_items

logger = logging.getLogger(__name__)

PROTOCOL = TypeAdapter(Protocol)

MANY, AS_LONG = 8000, 200
"""Files that several processes read, of which each takes seconds to begin; and how many JSON files take as long as one of
Parquet.
"""
PROCESSES = 4
"""At most: each takes a quarter of a gigabyte."""


class IndexedRecord(NamedTuple):
    """A record in the folder: where it is, and what decides which board it is on and whether it is shown.

    `benchmark` is name, split and revision; `sentence` what its protocol says, `protocol` None where that is all there
    is. `measurement` is the same for the same one repeated, `name` what its file would be called, `items` a digest of
    every item's rank, `digest` of that and of all that a table shows.
    """

    file: str
    place: int
    benchmark: str
    sentence: str
    protocol: Protocol | None
    measurement: str
    date: str
    own: bool
    name: str
    items: str
    digest: str

    @property
    def in_shard(self) -> bool:
        """Whether it is a row of a Parquet file."""
        return is_shard(self.file)


class FileRows(NamedTuple):
    """A file's records, each as the fields of `IndexedRecord`, with the slim record's JSON at the end; or why it holds
    none.
    """

    rows: list[tuple]
    problem: str = ""


def is_shard(name: str) -> bool:
    """Whether a file of this name holds records as Parquet."""
    return name.endswith(SUFFIX)


def first_files(names: Sequence[str], most: int | None) -> list[str]:
    """The first of these files, of about so many records together, or all; one at least."""
    if most is None:
        return [*names]
    chosen, held = [], 0
    for name in names:
        if held >= most:
            break
        chosen.append(name)
        held += SHARD if is_shard(name) else 1
    return chosen


def read_files(folder: Path, names: Sequence[str]) -> Iterator[FileRows]:
    """`read_file` of each, in their order; where they are many, read by a process a core."""
    read, done = partial(_read_in, folder), 0
    cores = min(os.cpu_count() or 1, PROCESSES)
    if cores > 1 and sum(AS_LONG if is_shard(name) else 1 for name in names) >= MANY:
        # Begun anew, since a fork of a process with threads may wait for ever.
        pool = ProcessPoolExecutor(cores, mp_context=get_context("spawn"))
        try:
            for found in pool.map(read, names, chunksize=min(100, -(-len(names) // (8 * cores)))):
                yield found
                done += 1
        except BrokenProcessPool as error:
            logger.warning("%s: the rest is read by one process: %s", folder, error)
        finally:
            pool.shutdown(cancel_futures=True)
    yield from map(read, names[done:])


def _read_in(folder: Path, name: str) -> FileRows:
    return read_file(folder / name)


def read_file(path: Path) -> FileRows:
    """What an index keeps of the file. Of a Parquet file what is of single items is not read."""
    try:
        if is_shard(path.name):
            return FileRows([_row(path.name, n, *found) for n, found in enumerate(read_slim(path))])
        records = read_records(path)
    except (OSError, ValueError) as error:
        return FileRows([], str(error))
    return FileRows(
        [_row(path.name, n, slimmed(record), items_digest(record)) for n, record in enumerate(records)]
    )


def read_record(path: Path, place: int, items: str, slim: str) -> Record:
    """The `place`-th record in the file, whose items have the digest `items`; `slim` is its JSON without them. Raises
    OSError, or ValueError when the file holds another by now.
    """
    if is_shard(path.name):
        return _checked(read_whole(path, place, slim), items)
    records = read_records(path)
    if place >= len(records):
        raise ValueError(f"expected more than {place} records, got {len(records)}")
    return _checked(records[place], items)


def read_ranks(path: Path, place: int, items: str, slim: Record) -> Record:
    """The slim record with every item's rank, and nothing else of single items. Raises as `read_record`."""
    if is_shard(path.name):
        return _checked(with_items(slim, read_items(path, place).encode(), 0), items)
    return _checked(with_items(slim, path.read_bytes(), place), items)


def _checked(record: Record, items: str) -> Record:
    if (found := items_digest(record)) != items:
        raise ValueError(f"expected items of the digest {items}, got {found}")
    return record


def _row(file: str, place: int, record: Record, items: str) -> tuple:
    """The fields of `IndexedRecord`, as the database has them, and the record, which is slim."""
    benchmark, protocol = record.benchmark, record.protocol
    identity = json.dumps([benchmark.name, benchmark.split, benchmark.revision])
    fields = PROTOCOL.dump_json(protocol).decode() if isinstance(protocol, Protocol) else ""
    measurement = digest(f"{identity} {protocol} {record_key(record)}")
    own, slim = record.provenance in PRODUCED, to_json(record)
    row = (file, place, identity, str(protocol), fields, measurement, date_of(record), own)
    return *row, file_name(record), items, digest(items + slim), slim


def digest(text: str) -> str:
    """Of so many hex digits that no two texts share one."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]
