"""Records on disk: one JSON file a result, or Parquet files of many."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from heads.io.atomic import replacing
from heads.io.strict_json import validated
from heads.io.system_files import is_system_file
from leaderboard.benchmarks.protocol import protocol_key
from leaderboard.records.record import Record
from leaderboard.records.shards import LARGEST_SHARD, SUFFIX, check_file, read_items, read_rows
from leaderboard.records.slim import is_slim, items_digest, joined

LARGEST_FILE = 1_000_000
"""Bytes: a record with the ranks of 27,000 items, with and without looking, is about 150,000; a larger file is
something else."""

LARGEST = {".json": LARGEST_FILE, SUFFIX: LARGEST_SHARD}
"""Of the files that hold records, by their suffix."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A file among the results that is no record, and why."""

    file: str
    reason: str


_RECORD = TypeAdapter(Record)


_RECORDS = TypeAdapter(list[Record])


_DIGEST = re.compile("[0-9a-f]{24}")


def to_json(record: Record) -> str:
    """The record as indented JSON; what is None or empty is left out, so that a file holds what was measured
    or stated and no more.
    """
    return _RECORD.dump_json(record, indent=2, exclude_defaults=True).decode() + "\n"


def from_json(text: str | bytes) -> Record:
    """The record in `text`. Raises ValueError naming each field that is wrong, what it expects and what it
    got.
    """
    return validated(_RECORD.validate_json, text)


def from_own_json(text: str) -> Record:
    """The record in what `to_json` wrote and nobody else could change: what readers differ about is not looked for."""
    return _RECORD.validate_json(text)


def save_record(record: Record, folder: str | Path) -> Path:
    """The written file, named after what the record is of: the same measurement again replaces it.

    Written aside and renamed. Raises ValueError when the record would not be read back.
    """
    text = to_json(record)
    from_json(text)
    path = Path(folder) / file_name(record)
    with replacing(path) as aside:
        aside.write_text(text, encoding="utf-8")
    return path


def load_results(folder: str | Path) -> tuple[list[Record], list[Problem]]:
    """The records in the folder's files, by file name, and the files that hold none, with the reason.

    A JSON file holds one record, or a list of them: a published table. One wrong row makes the file a problem. What
    stands in Parquet files comes after what stands in JSON files; where both have the same measurement, it is that which
    was measured last, or else the JSON file's. A folder that does not exist holds no records.
    """
    records: list[Record] = []
    problems: list[Problem] = []
    places: dict[str, int] = {}
    for path in record_files(Path(folder)):
        try:
            found = read_either(path)
        except (OSError, ValueError) as error:
            problems.append(Problem(path.name, str(error)))
            continue
        if path.suffix != SUFFIX:
            records += found
            continue
        places = places or {file_name(record): number for number, record in enumerate(records)}
        for record in found:
            place = places.get(file_name(record))
            if place is None:
                records.append(record)
            elif date_of(record) > date_of(records[place]):
                records[place] = record
    return records, problems


def record_files(folder: Path) -> list[Path]:
    """The files of the folder that may hold records, by name, those in JSON first."""
    found = (path for path in folder.glob("*") if path.suffix in LARGEST and not is_system_file(path.name))
    return sorted(found, key=lambda path: (path.suffix, path.name))


def date_of(record: Record) -> str:
    """When it was measured; empty of what is quoted."""
    return record.produced.date if record.produced else ""


def file_name(record: Record) -> str:
    """Readable, the same for the same measurement, and distinct for distinct ones."""
    head, backbone, benchmark = record.head, record.backbone, record.benchmark
    names = (benchmark.name, benchmark.split, backbone.name, head.name, head.stage)
    which = (head.name, head.kind, head.revision, head.stage)
    protocol = protocol_key(record.protocol)
    identity = repr((which, backbone, benchmark, protocol, record.provenance, record.source))
    distinct = hashlib.sha256(identity.encode()).hexdigest()[:8]
    return "--".join([*(slug(name) for name in names if name), distinct]) + ".json"


def read_records(path: Path) -> list[Record]:
    """The records that a JSON file holds: one, or a list of them. Raises OSError or ValueError when it holds none."""
    check_file(path, LARGEST_FILE)
    content = path.read_bytes()
    return (
        validated(_RECORDS.validate_json, content)
        if content.lstrip().startswith(b"[")
        else [from_json(content)]
    )


def read_either(path: Path) -> list[Record]:
    """The records that a JSON or a Parquet file holds, whole. Raises as `read_records` and `read_shard`."""
    return list(read_shard(path)) if path.suffix == SUFFIX else read_records(path)


def read_slim(path: Path) -> Iterator[tuple[Record, str]]:
    """The records that a Parquet file holds, without what is of single items, and the digest of each one's ranks. Raises
    OSError, or ValueError naming the row and the field that is wrong.
    """
    for number, row in enumerate(read_rows(path)):
        try:
            record = from_json(row.record)
        except ValueError as error:
            raise ValueError(f"row {number}: record: {error}") from error
        if not is_slim(record):
            raise ValueError(f"row {number}: record: expected nothing of single items, got some")
        if not _DIGEST.fullmatch(row.digest):
            raise ValueError(f"row {number}: items_digest: expected 24 hex digits, got {row.digest!r:.80}")
        yield record, row.digest


def read_whole(path: Path, row: int, slim: str) -> Record:
    """The record in a row of a Parquet file, what is of single items included; `slim` is its JSON without. Raises
    OSError, or ValueError naming what is wrong.
    """
    try:
        return from_json(joined(slim, read_items(path, row)))
    except ValueError as error:
        raise ValueError(f"row {row}: {error}") from error


def read_shard(path: Path) -> Iterator[Record]:
    """The records that a Parquet file holds, whole. Raises OSError, or ValueError naming what is wrong."""
    for number, (slim, digest) in enumerate(read_slim(path)):
        record = read_whole(path, number, to_json(slim))
        if (found := items_digest(record)) != digest:
            raise ValueError(f"row {number}: items_digest: expected {found} of its items, got {digest}")
        yield record


def slug(name: str) -> str:
    """The name as it may stand in a file's name: at most 40 of its last characters, all others than letters, digits, dot
    and underscore as a hyphen.
    """
    return re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-.")[-40:] or "unnamed"
