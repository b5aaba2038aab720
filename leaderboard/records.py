"""Result records: one self-describing JSON file for each head, backbone and benchmark; a published table is a
list of them.
"""

import hashlib
import re
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, with_config

from heads.atomic import replacing
from heads.plain_text import check_visible
from heads.strict_json import read_json
from heads.system_files import is_system_file
from leaderboard.benchmark import known_subsets
from leaderboard.metrics import (
    STRICT,
    Count,
    Rank,
    RankInterval,
    RetrievalResult,
    Share,
    ShareInterval,
    SubsetResult,
)
from leaderboard.own_csv import OWN

SCHEMA: Literal[2] = 2
LARGEST_FILE = 1_000_000
"""Bytes: a record with the ranks of 27,000 items is about 100,000; a larger file is something else."""

Text = Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(check_visible)]
Provenance = Literal["measured", "re-measured", "self-reported", "published", "read off a chart"]
PRODUCED = ("measured", "re-measured")
"""Figures that this project's own code came to; the others are quoted, so they state their source."""


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class HeadEntry:
    """The head: `revision` is the hash of its weights, "-" if it has none; `stage` the training it went
    through; `trained_on` the data; `source` where the head is, a Hub repo@commit or a folder.

    A field that is None, here and below, was not stated by the source.
    """

    name: Text
    kind: Text
    revision: Text | None = None
    stage: Text | None = None
    parameters: Annotated[int, Field(ge=0)] | None = None
    trained_on: Text | None = None
    source: Text | None = None


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
@dataclass(frozen=True, slots=True)
class SeedFigures:
    """The figures of the same training with one seed: mean rank a subset, recall@10 of coarse retrieval.

    `revision` is the hash of that head's weights.
    """

    seed: int
    revision: Text
    mean_ranks: dict[str, Rank] = field(default_factory=dict)
    image_to_text_r10: Share | None = None
    text_to_image_r10: Share | None = None

    def __post_init__(self):
        _check_subsets("mean_ranks", self.mean_ranks)


@with_config(STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One head on one backbone and benchmark. What was not measured is absent.

    `mean_rank` is for a source that states the mean over the eight subsets without the eight; otherwise it
    follows from `subsets`. The two intervals are of the means over all eight. `seeds` holds every seed's
    figures, the head's own among them; `notes` what a reader should know: rows dropped or repaired, counted,
    or training data that the benchmark shares.

    Raises ValueError when a subset is unknown, or when a measured record lacks `produced` or a quoted one its
    `source`.
    """

    schema: Literal[2]
    head: HeadEntry
    backbone: BackboneEntry
    benchmark: BenchmarkEntry
    protocol: Text
    provenance: Provenance
    subsets: dict[str, SubsetResult] = field(default_factory=dict)
    retrieval: RetrievalResult | None = None
    mean_rank: Rank | None = None
    mean_rank_interval: RankInterval | None = None
    top1_interval: ShareInterval | None = None
    seeds: tuple[SeedFigures, ...] = ()
    notes: tuple[Text, ...] = ()
    produced: Produced | None = None
    source: Text | None = None

    def __post_init__(self):
        _check_subsets("subsets", self.subsets)
        own = self.provenance in PRODUCED
        if own and (self.produced is None or self.mean_rank is not None):
            raise ValueError(
                f"provenance: a {self.provenance} record states how it was produced, and no mean_rank of its own"
            )
        if not own and self.source is None:
            raise ValueError(f"source: expected where a {self.provenance} figure comes from, got nothing")


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
    return _validated(_RECORD.validate_json, text)


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
            records += _read(path)
        except (OSError, ValueError) as error:
            problems.append(Problem(path.name, str(error)))
    return records, problems


def file_name(record: Record) -> str:
    """Readable, the same for the same measurement, and distinct for distinct ones."""
    head, backbone, benchmark = record.head, record.backbone, record.benchmark
    names = (benchmark.name, benchmark.split, backbone.name, head.name, head.stage)
    which = (head.name, head.kind, head.revision, head.stage)
    identity = repr((which, backbone, benchmark, record.protocol, record.provenance, record.source))
    distinct = hashlib.sha256(identity.encode()).hexdigest()[:8]
    return "--".join([*(_slug(name) for name in names if name), distinct]) + ".json"


def _check_subsets(name: str, given: Iterable[str]) -> None:
    known = known_subsets()
    unknown = sorted(name for name in set(given) - set(known) if not OWN.fullmatch(name))
    if unknown:
        raise ValueError(f"{name}: expected some of {list(known)}, got {unknown}")


def _read(path: Path) -> list[Record]:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise ValueError("expected a file, found a folder, a pipe or a device")
    size = found.st_size
    if size > LARGEST_FILE:
        raise ValueError(f"size: expected at most {LARGEST_FILE} bytes, got {size}")
    content = path.read_bytes()
    return (
        _validated(_RECORDS.validate_json, content)
        if content.lstrip().startswith(b"[")
        else [from_json(content)]
    )


def _validated(read: Callable[[str | bytes], Any], text: str | bytes) -> Any:
    try:
        found = read(text)
    except ValidationError as error:
        raise ValueError("; ".join(_complaint(detail) for detail in error.errors()[:5])) from error
    read_json(text)  # a field twice, or a number without end, which the schema's reader lets pass
    return found


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-.")[-40:] or "unnamed"


def _complaint(detail: Any) -> str:
    where = ".".join(str(part) for part in detail["loc"]) or "file"
    got = repr(detail["input"])
    return f"{where}: {detail['msg']}, got {got if len(got) <= 80 else got[:77] + '...'}"
