"""What is told about one head: where its figures come from, and its configuration, card and training."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leaderboard.benchmarks.catalogue import BENCHMARKS
from leaderboard.benchmarks.protocol import is_of_clips
from leaderboard.board.board import Entry
from leaderboard.page.templates import render
from leaderboard.records.figures import RetrievalResult
from leaderboard.records.overall import mean_ranks_of_seeds
from leaderboard.records.provenance import PROVENANCE
from leaderboard.records.record import Record
from leaderboard.tables.known import half_truth_words, overlap_words
from leaderboard.tables.retrieval_columns import RECALLS, WAYS

LONGEST = 4000
LINK = re.compile(r"https://[^\s<>\"']+")
ARXIV = re.compile(r"arXiv[: ](\d{4}\.\d{4,5})(v\d+)?")


def facts(record: Record) -> dict[str, str]:
    """Where the record's figures come from and how to measure them again; what is not known is left out."""
    head, backbone, benchmark, produced = record.head, record.backbone, record.benchmark, record.produced
    listed = BENCHMARKS.get(benchmark.name)
    told = {
        "Head": _with_revision(head.name, head.revision),
        "Kind": head.kind,
        "Stage": head.stage,
        "Parameters": None if head.parameters is None else f"{head.parameters:,}",
        "Trained on": head.trained_on,
        "Where the head is": head.source,
        "Backbone": _with_revision(backbone.name, backbone.revision),
        "Detector": _detector(record),
        "Benchmark": _with_revision(benchmark.name, benchmark.revision),
        "Split": benchmark.split,
        "Benchmark citation": listed.citation if listed else None,
        "Benchmark licence": listed.licence if listed else None,
        "Protocol": str(record.protocol),
        "Provenance": f"{PROVENANCE[record.provenance][1]}: {PROVENANCE[record.provenance][2]}",
        "Source": record.source,
        "Measured on": produced and f"{produced.date}, {produced.device}",
        "Code": produced and _with_revision(f"version {produced.code_version}", produced.commit),
        "Command": produced and produced.command,
        "Half-truths": half_truth_words(record),
        "Seen in training": overlap_words(record),
        "Seeds": _seeds(record),
        "Retrieval": _retrieval(record.retrieval, "events" if is_of_clips(record.protocol) else "images"),
        "Clip retrieval": _retrieval(record.clip_retrieval, "clips"),
        "Notes": " ".join(record.notes),
    }
    return {term: str(value) for term, value in told.items() if value}


def _detector(record: Record) -> str | None:
    """Whose boxes these are, and the settings that they depend on."""
    found = record.detector
    if found is None:
        return None
    padding = "" if found.padding is None else f", padding {found.padding:g}"
    settings = (
        f"{found.boxes:,} boxes a vocabulary, {found.token_limit} tokens, captions {found.captions}{padding}"
    )
    return f"{_with_revision(found.name, found.revision)}: {settings}"


@dataclass(frozen=True)
class TextPart:
    """A piece of a text, and the address that it leads to, if any."""

    text: str
    address: str = ""


@dataclass(frozen=True)
class Fact:
    """A term and what it is."""

    term: str
    text: str

    @property
    def is_command(self) -> bool:
        """Whether it is to be copied into a terminal."""
        return self.term == "Command"

    @property
    def parts(self) -> list[TextPart]:
        """The text, with its addresses apart."""
        return linked(self.text)


def facts_html(terms: Mapping[str, Any]) -> str:
    """The terms and what they are as a list; everything is escaped, and only addresses of the web are links."""
    return render("facts", facts=[Fact(term, _cut(str(value))) for term, value in terms.items()])


def head_title(entry: Entry) -> str:
    """The heading of the panel of one head."""
    place = f"place {entry.place} · " if entry.place else ""
    return f"## {_plain(entry.title)}\n{place}on {_plain(entry.record.backbone.name)}"


def linked(text: str) -> list[TextPart]:
    """The text in parts, of which https addresses and arXiv numbers lead there."""
    parts, end = [], 0
    for found in re.finditer(f"{LINK.pattern}|{ARXIV.pattern}", text):
        address = found[0] if found[0].startswith("https://") else f"https://arxiv.org/abs/{found[1]}"
        parts += [TextPart(text[end : found.start()]), TextPart(found[0], address)]
        end = found.end()
    return [*parts, TextPart(text[end:])]


def _cut(value: str) -> str:
    return value if len(value) <= LONGEST else value[:LONGEST] + "…"


def _with_revision(name: str, revision: str | None) -> str:
    return f"{name} @ {revision}" if revision and revision != "-" else name


def _seeds(record: Record) -> str | None:
    means = mean_ranks_of_seeds(record)
    listed = ", ".join(f"{seed.seed}: {mean:.3f}" for seed, mean in zip(record.seeds, means, strict=False))
    return f"mean rank by seed: {listed}" if means else None


def _retrieval(found: RetrievalResult | None, what: str) -> str | None:
    if found is None:
        return None
    told = []
    for way, sign in WAYS.items():
        recall = getattr(found, way)
        shares = [
            f"{title} {100 * getattr(recall, name):.1f} %"
            for name, title in RECALLS.items()
            if getattr(recall, name) is not None
        ]
        told.append(f"{sign.replace('I', what[:-1])} {', '.join(shares)}")
    on = (
        f" on {found.n_images:,} {what} and {found.n_captions:,} captions"
        if found.n_images and found.n_captions
        else ""
    )
    return "; ".join(told) + on


def _plain(text: str) -> str:
    """The text without what Markdown or HTML would make something of."""
    return re.sub(r"([\\`*_{}\[\]()#+!|<>~&-])", lambda sign: f"&#{ord(sign[0])};", text[:120])
