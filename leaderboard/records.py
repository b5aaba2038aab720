"""Result records: one self-describing JSON file for each head, backbone and benchmark."""

import hashlib
import os
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError, with_config

from leaderboard.benchmark import SUBSETS
from leaderboard.metrics import STRICT, Count, Rank, RetrievalResult, SubsetResult

SCHEMA: Literal[1] = 1
LARGEST_FILE = 1_000_000
"""Bytes: a record is a few thousand; a larger file is something else."""

Text = Annotated[str, Field(min_length=1, max_length=4000)]
Provenance = Literal["measured", "published", "read off a chart"]


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class HeadEntry:
    """The head: `revision` is the hash of its weights, "-" if it has none; `stage` the training it went
    through.

    A field that is None, here and below, was not stated by the source.
    """

    name: Text
    kind: Text
    revision: Text | None = None
    stage: Text | None = None


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class BackboneEntry:
    """The frozen backbone; `dim` is the length of its embeddings."""

    name: Text
    revision: Text | None = None
    dim: Count | None = None


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class BenchmarkEntry:
    """What was measured on: `revision` is a Hub commit or the hash of a folder's data."""

    name: Text
    revision: Text | None = None
    split: Text | None = None


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Produced:
    """How to get the same figures again; `date` is ISO 8601."""

    code_version: Text
    command: Text
    date: Text
    device: Text
    commit: Text | None = None
    seed: int | None = None

    def __post_init__(self):
        datetime.fromisoformat(self.date)


@with_config(STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One head on one backbone and benchmark. What was not measured is absent.

    `mean_rank` is for a source that states the mean over the eight subsets without the eight; otherwise it
    follows from `subsets`. Raises ValueError when a subset is unknown, or when a measured record lacks
    `produced` or a published one its `source`.
    """

    schema: Literal[1]
    head: HeadEntry
    backbone: BackboneEntry
    benchmark: BenchmarkEntry
    protocol: Text
    provenance: Provenance
    subsets: dict[str, SubsetResult] = field(default_factory=dict)
    retrieval: RetrievalResult | None = None
    mean_rank: Rank | None = None
    produced: Produced | None = None
    source: Text | None = None

    def __post_init__(self):
        unknown = sorted(set(self.subsets) - set(SUBSETS))
        if unknown:
            raise ValueError(f"subsets: expected some of {list(SUBSETS)}, got {unknown}")
        if self.provenance == "measured" and (self.produced is None or self.mean_rank is not None):
            raise ValueError(
                "provenance: a measured record states how it was produced, and no mean_rank of its own"
            )
        if self.provenance != "measured" and self.source is None:
            raise ValueError(f"source: expected where a {self.provenance} figure comes from, got nothing")


@dataclass(frozen=True, slots=True)
class Problem:
    """A file among the results that is no record, and why."""

    file: str
    reason: str


_RECORD = TypeAdapter(Record)


def to_json(record: Record) -> str:
    """The record as indented JSON; None is left out, so a file holds only what was measured or stated."""
    return _RECORD.dump_json(record, indent=2, exclude_none=True).decode() + "\n"


def from_json(text: str | bytes) -> Record:
    """The record in `text`. Raises ValueError naming each field that is wrong, what it expects and what it
    got.
    """
    try:
        return _RECORD.validate_json(text)
    except ValidationError as error:
        raise ValueError("; ".join(_complaint(detail) for detail in error.errors()[:5])) from error


def save_record(record: Record, folder: str | Path) -> Path:
    """The written file, named after what the record is of: the same measurement again replaces it.

    Written aside and renamed. Raises ValueError when the record would not be read back.
    """
    text = to_json(record)
    from_json(text)
    path = Path(folder) / file_name(record)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    aside.write_text(text, encoding="utf-8")
    return aside.replace(path)


def load_results(folder: str | Path) -> tuple[list[Record], list[Problem]]:
    """The records among the folder's JSON files, by file name, and the files that are none, with the reason.

    A folder that does not exist holds no records.
    """
    records, problems = [], []
    for path in sorted(Path(folder).glob("*.json")):
        try:
            records.append(_read(path))
        except (OSError, ValueError) as error:
            problems.append(Problem(path.name, str(error)))
    return records, problems


def file_name(record: Record) -> str:
    """Readable, the same for the same measurement, and distinct for distinct ones."""
    head, backbone, benchmark = record.head, record.backbone, record.benchmark
    names = (benchmark.name, benchmark.split, backbone.name, head.name, head.stage)
    identity = repr((head, backbone, benchmark, record.protocol, record.provenance, record.source))
    distinct = hashlib.sha256(identity.encode()).hexdigest()[:8]
    return "--".join([*(_slug(name) for name in names if name), distinct]) + ".json"


def _read(path: Path) -> Record:
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise ValueError(f"size: expected at most {LARGEST_FILE} bytes, got {size}")
    return from_json(path.read_bytes())


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-.")[-40:] or "unnamed"


def _complaint(detail: Any) -> str:
    where = ".".join(str(part) for part in detail["loc"]) or "file"
    got = repr(detail["input"])
    return f"{where}: {detail['msg']}, got {got if len(got) <= 80 else got[:77] + '...'}"
