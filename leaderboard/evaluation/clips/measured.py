"""From names to the record of a head on clips."""

import hashlib
from dataclasses import replace
from pathlib import Path

from fg_demo.adaptation.contextualiser import load_contextualiser
from heads.ties import TOLERANCE
from leaderboard.benchmarks.protocol import Protocol
from leaderboard.embedding.embed import Embedder
from leaderboard.evaluation.clips.encoded import encode_clips
from leaderboard.evaluation.clips.figures import clip_retrieval, event_retrieval, subset_results
from leaderboard.evaluation.clips.items import ClipItems
from leaderboard.evaluation.open_head import open_head
from leaderboard.records.overall import overall_gain_interval, overall_intervals
from leaderboard.records.provenance import produced
from leaderboard.records.record import SCHEMA, BackboneEntry, BenchmarkEntry, Record


def measure_clips(
    head_name: str, items: ClipItems, embedder: Embedder, command: str, contextualiser: Path | None = None
) -> Record:
    """The record of a head on clips; `contextualiser` is the file of one that then speaks for events and clips in place
    of their means. It never sees a single frame, so that the verb of one frame is the backbone's alone.

    `command` is what would measure it again. Errors are those of `open_head`, `load_contextualiser` and `encode_clips`.
    """
    encoder = embedder.encoder
    head, entry = open_head(head_name, encoder)
    context = load_contextualiser(contextualiser, encoder.dim) if contextualiser else None
    encoded = encode_clips(items, embedder, context)
    subsets = subset_results(head, items, encoded)
    mean_rank_interval, top1_interval = overall_intervals(subsets)
    return Record(
        schema=SCHEMA,
        head=entry,
        backbone=_backbone(embedder, contextualiser),
        benchmark=benchmark_entry(items),
        protocol=clip_protocol(items),
        provenance="measured",
        subsets=subsets,
        retrieval=event_retrieval(head, items, encoded),
        clip_retrieval=clip_retrieval(head, encoded),
        mean_rank_interval=mean_rank_interval,
        top1_interval=top1_interval,
        gain_interval=overall_gain_interval(subsets),
        notes=notes(items),
        produced=produced(command, encoder.device),
    )


def benchmark_entry(items: ClipItems) -> BenchmarkEntry:
    """What a record says of the clips."""
    return BenchmarkEntry(items.name, items.revision, items.split)


def clip_protocol(items: ClipItems) -> Protocol:
    """How heads are measured on them."""
    return Protocol(None, None, "against", TOLERANCE, "transformers, Pillow", clips=items.protocol)


def notes(items: ClipItems) -> tuple[str, ...]:
    """What was left out of them, counted."""
    return tuple(f"Left out: {count:,} {reason}." for reason, count in items.left_out.items())


def _backbone(embedder: Embedder, contextualiser: Path | None) -> BackboneEntry:
    encoder = embedder.encoder
    entry = BackboneEntry(encoder.name, encoder.revision, encoder.dim)
    if contextualiser is None:
        return entry
    digest = hashlib.sha256(contextualiser.read_bytes()).hexdigest()[:12]
    return replace(entry, name=f"{entry.name}, contextualiser used", revision=f"{entry.revision}+{digest}")
