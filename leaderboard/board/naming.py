"""Keys and titles of boards and entries: the keys stand in links, and stay as they are."""

import hashlib
import re
from collections.abc import Sequence

from leaderboard.benchmarks.protocol import Protocol, protocol_key
from leaderboard.records.record import Record

LONGEST = 70
"""Letters of a clause of the protocol in a title."""


def comparable(record: Record) -> tuple[str | None, ...]:
    """What records must agree in to stand in one table."""
    benchmark = record.benchmark
    return benchmark.name, benchmark.split, benchmark.revision, protocol_key(record.protocol)


def board_key(identity: tuple[str | None, ...]) -> str:
    """What names a board in links: its benchmark, and a digest of all that its records agree in."""
    return f"{_slug(identity[0] or '')}.{_digest(identity)}"


def benchmark_of(key: str) -> str:
    """The part of a board's key that is the benchmark's."""
    return key.rpartition(".")[0]


def record_key(record: Record) -> str:
    """What names the record on its board, in links: the same for the same head measured again."""
    head, backbone = record.head, record.backbone
    identity = (
        head.name,
        head.kind,
        head.revision,
        head.stage,
        backbone.name,
        backbone.revision,
        record.provenance,
        record.source,
    )
    return f"{_slug(head.name)}.{_digest(identity)}"


def board_title(first: Record, firsts: Sequence[Record]) -> str:
    """The benchmark and what tells this board from the others of the same benchmark."""
    rivals = [
        other for other in firsts if other.benchmark.name == first.benchmark.name and other is not first
    ]
    columns = zip(comparable(first)[1:3], *(comparable(other)[1:3] for other in rivals), strict=True)
    differing = [(values[0] or "not stated")[:24] for values in columns if len(set(values)) > 1]
    parts = [first.benchmark.name[:80], *differing]
    others = [other.protocol for other in rivals if other.protocol != first.protocol]
    if others:
        parts.append(_telling(first.protocol, others))
    return " · ".join(parts)


def _telling(protocol: Protocol | str, others: Sequence[Protocol | str]) -> str:
    """The protocol's first clause, and the first that others beginning alike do not have."""
    clauses = _clauses(protocol)
    alike = [other for other in map(_clauses, others) if other[0] == clauses[0]]
    own = [clause for clause in clauses[1:] if alike and all(clause not in other for other in alike)]
    return "; ".join(_cut(clause) for clause in [clauses[0], *own[:1]])


def _cut(clause: str) -> str:
    return clause if len(clause) <= LONGEST else clause[: LONGEST - 1] + "…"


def _clauses(protocol: Protocol | str) -> list[str]:
    if isinstance(protocol, Protocol):
        return protocol.clauses()
    return [clause.strip(" .") for clause in re.split(r"[.;:] ", protocol)]


def _digest(identity: object) -> str:
    return hashlib.sha256(repr(identity).encode()).hexdigest()[:8]


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:40]
