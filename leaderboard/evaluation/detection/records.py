"""Four records of a benchmark on the same regions: a detector, and a head on true boxes, on found ones, as verifier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jaxtyping import Int
from torch import Tensor

from fg_demo.models.backbone import Backbone
from fg_demo.models.detectors.detector import Detector
from fg_demo.models.detectors.owl import PUBLISHED_PADDING
from heads.head import Head
from heads.ties import TOLERANCE
from leaderboard.benchmarks.protocol import Detection, Protocol, Ranking
from leaderboard.benchmarks.split import BenchmarkSplit
from leaderboard.embedding.embed import Embedder, Progress
from leaderboard.evaluation.detection.decomposition import head_ranks, verified_ranks
from leaderboard.evaluation.detection.items import (
    ATTRIBUTE_SETS,
    FEW,
    MANY,
    MOST_TOKENS,
    Items,
    TokenCounts,
    items,
)
from leaderboard.evaluation.detection.predictions import Run, about, detect_all
from leaderboard.evaluation.detection.ranking import FOUND, SUPPRESSION
from leaderboard.evaluation.detection.scored import (
    ScoredRegions,
    detector_ranks,
    ranked,
    scored,
    with_average_precision,
)
from leaderboard.evaluation.measure import benchmark_entry
from leaderboard.records.figures import SubsetResult
from leaderboard.records.overall import overall_intervals
from leaderboard.records.provenance import produced
from leaderboard.records.record import SCHEMA, BackboneEntry, DetectorEntry, HeadEntry, Produced, Record

ON_TRUE, ON_FOUND, TIMES = "on true boxes", "on found boxes", "× detector"
"""How the records of a head beside a detector are named after it, other than that of its own board."""

Ranks = Int[Tensor, " n"]


@dataclass(frozen=True)
class Tokens:
    """How captions are counted for an item set, and whose tokenizer that is."""

    counts: TokenCounts
    of: str


@dataclass(frozen=True)
class FoundRegions:
    """A detector's predictions for a split's items."""

    split: BenchmarkSplit
    items: Items
    protocol: Protocol
    detector: Detector
    scored: Mapping[str, ScoredRegions]


def find(
    detectors: Sequence[tuple[Detector, Path]],
    split: BenchmarkSplit,
    tokens: Tokens | None = None,
    progress: Progress | None = None,
) -> list[FoundRegions]:
    """What each detector finds on the split, kept in its file; `tokens` chooses the regions with short captions alone.

    Raises ValueError as `items` and `detect_all` do, and before anything is detected when a caption is too long.
    """
    split = split.pinned()
    chosen = items(split.samples_by_subset(), tokens and tokens.counts)
    runs = []
    for detector, path in detectors:
        check_lengths(detector, chosen)
        runs.append(Run(detector, path, about(detector, split.benchmark.name, split.split, split.revision)))
    made = []
    predictions = detect_all(runs, chosen.vocabularies(), split.images, progress)
    for run, one in zip(runs, predictions, strict=True):
        by_subset = {name: scored(samples, one.found) for name, samples in chosen.samples.items()}
        protocol = detection_protocol(run.detector.settings.set_aware, split, tokens)
        made.append(FoundRegions(split, chosen, protocol, run.detector, by_subset))
    return made


def check_lengths(detector: Detector, chosen: Items) -> None:
    """Raises ValueError when the detector would not read some caption whole, with how many there are."""
    texts = list(dict.fromkeys(text for _, captions in chosen.vocabularies() for text in captions))
    limit = detector.settings.token_limit
    long = [text for text, count in zip(texts, detector.token_counts(texts), strict=True) if count > limit]
    if long:
        raise ValueError(
            f"captions: expected at most {limit} tokens, all that {detector.name} reads, got {len(long):,} of "
            f"{len(texts):,} that are longer, such as {long[0]!r}; --items short leaves their regions out"
        )


def detection_protocol(set_aware: bool, split: BenchmarkSplit, tokens: Tokens | None = None) -> Protocol:
    """The protocol of all four records, whichever of the split's subsets are measured."""
    few = {name: FEW for name in split.known if name in ATTRIBUTE_SETS}
    return Protocol(
        ranking=Ranking(
            crop=None,
            negatives=MANY,
            negatives_of=few,
            items="complete",
            scores="set-aware" if set_aware else "pointwise",
            read_alike="kept",
        ),
        retrieval=None,
        ties="against",
        tolerance=TOLERANCE,
        pixels="transformers, Pillow",
        detection=Detection(
            overlap=FOUND,
            suppression=SUPPRESSION,
            most_tokens=MOST_TOKENS if tokens else None,
            tokens=tokens and tokens.of,
            skipped="left out",
        ),
    )


def detector_record(found: FoundRegions, command: str) -> Record:
    """The record of the detector alone: ranks and average precision."""
    ranks = {name: detector_ranks(one) for name, one in found.scored.items()}
    results = {
        name: with_average_precision(result, found.scored[name])
        for name, result in _results(found, ranks).items()
    }
    entry = HeadEntry(_shown(found.detector), "detector", found.detector.revision)
    record = _record(found, entry, results, command)
    return replace(record, notes=(*record.notes, *_missed(found, results)))


def decomposition_records(
    found: FoundRegions, head: Head, entry: HeadEntry, backbone: Backbone, by: Embedder, command: str
) -> list[Record]:
    """The records of the head on the true boxes, on the found ones, and of detection × head."""
    images = found.split.images
    true = {name: head_ranks(head, one.samples, images, by) for name, one in found.scored.items()}
    both = {
        name: verified_ranks(head, one, images, by, backbone.logit_scale)
        for name, one in found.scored.items()
    }
    rows = [
        (f"{entry.name} {ON_TRUE}", None, true),
        (f"{entry.name} {ON_FOUND}", found.detector, {name: pair[0] for name, pair in both.items()}),
        (f"{entry.name} {TIMES}", found.detector, {name: pair[1] for name, pair in both.items()}),
    ]
    shown = BackboneEntry(backbone.name, backbone.revision, backbone.dim)
    records = []
    for name, detector, ranks in rows:
        record = _record(found, replace(entry, name=name), _results(found, ranks), command)
        records.append(replace(record, backbone=shown, detector=record.detector if detector else None))
    return records


def _results(found: FoundRegions, ranks: Mapping[str, Ranks]) -> dict[str, SubsetResult]:
    numbers: dict[str, int] = {}
    return {name: ranked(ranks[name], one, numbers) for name, one in found.scored.items()}


def _record(found: FoundRegions, entry: HeadEntry, results: dict[str, SubsetResult], command: str) -> Record:
    detector, split = found.detector, found.split
    of = about(detector, split.benchmark.name, split.split, split.revision)
    made = produced(command, detector.device)
    return replace(record_of(of, entry, split, found.protocol, results, made), notes=_left_out(found))


def record_of(
    of: Mapping[str, Any],
    entry: HeadEntry,
    split: BenchmarkSplit,
    protocol: Protocol,
    results: dict[str, SubsetResult],
    made: Produced,
) -> Record:
    """The record of these results of predictions that are `of` a detector, its settings and a benchmark (`about`)."""
    mean_rank_interval, top1_interval = overall_intervals(results)
    detector = DetectorEntry(
        *(of["detector"], of["revision"], of["boxes"], of["token_limit"], of["captions"], of["padding"])
    )
    return Record(
        schema=SCHEMA,
        head=entry,
        backbone=BackboneEntry(detector.name, detector.revision),
        benchmark=benchmark_entry(split),
        protocol=protocol,
        provenance="measured",
        subsets=results,
        mean_rank_interval=mean_rank_interval,
        top1_interval=top1_interval,
        detector=detector,
        produced=made,
    )


def _left_out(found: FoundRegions) -> tuple[str, ...]:
    """How many regions the item set leaves out of each subset."""
    notes = []
    for name, reasons in found.items.left_out.items():
        total = len(found.items.samples[name]) + sum(reasons.values())
        words = "; ".join(f"{count:,} {reason}" for reason, count in reasons.items())
        notes += (
            [f"{found.split.known[name].title}: of {total:,} regions left out: {words}"] if reasons else []
        )
    return tuple(notes)


def _missed(found: FoundRegions, results: Mapping[str, SubsetResult]) -> tuple[str, ...]:
    """What mAP is when true boxes whose captions are too long count as missed."""
    notes = []
    for name, result in results.items():
        long = found.items.too_long[name]
        kept = len(set(found.scored[name].keys))
        if long and result.average_precision is not None:
            missed = 100 * result.average_precision * kept / (kept + long)
            notes.append(
                f"{found.split.known[name].title}: mAP {missed:.1f} % when the {long:,} vocabularies left out for "
                "their length count as missed, as in NoctOWL's evaluator"
            )
    return tuple(notes)


def _shown(detector: Detector) -> str:
    """Its name, and what of its settings is not as usual."""
    padding = detector.settings.padding
    words = ["captions all at once"] if detector.settings.set_aware else []
    words += [f"padding {padding:g}"] if padding not in (None, PUBLISHED_PADDING) else []
    return f"{detector.name} ({', '.join(words)})" if words else detector.name
