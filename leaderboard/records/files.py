"""Records on disk: one JSON file a result."""

import hashlib
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from heads.io.atomic import replacing
from heads.io.strict_json import validated
from heads.io.system_files import is_system_file
from leaderboard.benchmarks.protocol import protocol_key
from leaderboard.records.record import Record

LARGEST_FILE = 1_000_000
"""Bytes: a record with the ranks of 27,000 items, with and without looking, is about 150,000; a larger file is
something else."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A file among the results that is no record, and why."""

    file: str
    reason: str


_RECORD = TypeAdapter(Record)


_RECORDS = TypeAdapter(list[Record])


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
    """The records among the folder's JSON files, by file name, and the files that are none, with the reason.

    A file holds one record, or a list of them: a published table. One wrong row makes the file a problem. A
    folder that does not exist holds no records.
    """
    records: list[Record] = []
    problems: list[Problem] = []
    for path in sorted(Path(folder).glob("*.json")):
        if is_system_file(path.name):
            continue
        try:
            records += read_records(path)
        except (OSError, ValueError) as error:
            problems.append(Problem(path.name, str(error)))
    return records, problems


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
    """The records that a file holds: one, or a list of them. Raises OSError or ValueError when it holds none."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise ValueError("expected a file, found a folder, a pipe or a device")
    size = found.st_size
    if size > LARGEST_FILE:
        raise ValueError(f"size: expected at most {LARGEST_FILE} bytes, got {size}")
    content = path.read_bytes()
    return (
        validated(_RECORDS.validate_json, content)
        if content.lstrip().startswith(b"[")
        else [from_json(content)]
    )


def slug(name: str) -> str:
    """The name as it may stand in a file's name: at most 40 of its last characters, all others than letters, digits, dot
    and underscore as a hyphen.
    """
    return re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-.")[-40:] or "unnamed"
