"""From names to figures: a benchmark's embeddings, and a head's result record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from fg_demo.models.backbone import Encoder
from heads.candidates import Candidates
from heads.head import Head
from heads.pairs import Pairs
from heads.persistence.revision import head_revision
from heads.scoring import mean_rank
from leaderboard.benchmarks.captions import measured_captions
from leaderboard.benchmarks.own_csv import ENDING
from leaderboard.benchmarks.protocol import Protocol
from leaderboard.benchmarks.samples import Sample
from leaderboard.benchmarks.split import BenchmarkSplit
from leaderboard.embedding.alike import alike_oddities
from leaderboard.embedding.embed import Embedder
from leaderboard.evaluation.evaluate import evaluate
from leaderboard.evaluation.half_truths import half_truths, half_truths_result
from leaderboard.evaluation.open_head import JUDGED, open_head, open_seeds
from leaderboard.evaluation.retrieval import retrieval
from leaderboard.records.overall import overall_gain_interval, overall_intervals
from leaderboard.records.provenance import produced
from leaderboard.records.record import SCHEMA, BackboneEntry, BenchmarkEntry, HeadEntry, Record, SeedFigures


@dataclass(frozen=True)
class Embedded:
    """A benchmark as heads are measured on it: for each subset the samples and their embeddings, the pairs of
    coarse retrieval, what was odd about the rows, and the half-truths with their embeddings, None where no
    attribute can be read off.
    """

    entry: BenchmarkEntry
    protocol: Protocol
    samples: Mapping[str, Sequence[Sample]]
    subsets: Mapping[str, Candidates]
    pairs: Pairs | None
    notes: tuple[str, ...]
    half_truths: Sequence[Sample]
    half_truth_candidates: Candidates | None


ON_POOLED = "on RoI features"
"""How the record of a head is named after it where regions are no crops, so that `compare` tells the two apart."""
HALF_TRUTHS = "half-truths"
"""Under which they are embedded beside the subsets: no subset's name has a hyphen."""


def embed_split(split: BenchmarkSplit, embedder: Embedder) -> Embedded:
    """What any number of heads are measured on: all of a Hub repo at the one commit it is at now. Errors are
    those of `load_benchmark`.
    """
    split = split.pinned()
    protocol = embedder.regions.protocol(split.protocol)
    samples = split.samples_by_subset()
    truths = half_truths(chain.from_iterable(samples.values()))
    # In one go, since each image is decoded once a go.
    subsets = embedder.candidates(samples | ({HALF_TRUTHS: truths} if truths else {}), split.images)
    half_truth_candidates = subsets.pop(HALF_TRUTHS, None)
    captions = measured_captions(split.benchmark, split.captions) if protocol.retrieval else None
    return Embedded(
        entry=benchmark_entry(split),
        protocol=protocol,
        samples=samples,
        subsets=subsets,
        pairs=embedder.pairs(captions, split.images) if captions else None,
        notes=_oddity_notes(split, subsets),
        half_truths=truths,
        half_truth_candidates=half_truth_candidates,
    )


def measure(
    head_name: str, split: BenchmarkSplit, embedder: Embedder, command: str, seed_heads: Sequence[str] = ()
) -> Record:
    """The record of a head on a benchmark: all subsets it has, and coarse retrieval where it has captions.

    `command` is what would measure it again. `seed_heads` are folders of the same head trained from other
    seeds. Errors are those of `open_head`, `open_seeds` and `load_benchmark`.
    """
    if split.chosen is not None and split.benchmark.path.endswith(ENDING):
        raise ValueError(
            "subsets: expected none with a CSV file, since its board's means are over all of them"
        )
    encoder = embedder.encoder
    # Before embedding: a head that does not fit costs nothing.
    head, entry = open_head(head_name, encoder)
    seeds = open_seeds(head_name, entry, seed_heads, encoder) if seed_heads else {}
    data = embed_split(split, embedder)
    record = measure_head(head, entry, data, encoder, command)
    return replace(record, seeds=tuple(seed_figures(seed, one, data) for seed, one in seeds.items()))


def measure_head(head: Head, entry: HeadEntry, data: Embedded, encoder: Encoder, command: str) -> Record:
    """The record of an opened head on an embedded benchmark."""
    subsets = evaluate(head, data.subsets, data.samples)
    mean_rank_interval, top1_interval = overall_intervals(subsets)
    truths = data.half_truth_candidates
    return Record(
        schema=SCHEMA,
        head=replace(entry, name=f"{entry.name} {ON_POOLED}") if _is_pooled(data.protocol) else entry,
        backbone=BackboneEntry(encoder.name, encoder.revision, encoder.dim),
        benchmark=data.entry,
        protocol=data.protocol,
        provenance="measured",
        subsets=subsets,
        retrieval=retrieval(head, data.pairs) if data.pairs else None,
        mean_rank_interval=mean_rank_interval,
        top1_interval=top1_interval,
        gain_interval=overall_gain_interval(subsets),
        half_truths=half_truths_result(head, truths, data.half_truths) if truths else None,
        notes=(*data.notes, *_contamination(entry, data.entry)),
        produced=produced(command, encoder.device),
    )


def _is_pooled(protocol: Protocol) -> bool:
    return protocol.ranking is not None and protocol.ranking.pooling is not None


def seed_figures(seed: int, head: Head, data: Embedded) -> SeedFigures:
    """The figures of the head that the training with `seed` gave."""
    found = retrieval(head, data.pairs) if data.pairs else None
    return SeedFigures(
        seed,
        head_revision(head),
        {name: mean_rank(head, candidates) for name, candidates in data.subsets.items()},
        found and found.image_to_text.r10,
        found and found.text_to_image.r10,
    )


def _oddity_notes(split: BenchmarkSplit, subsets: Mapping[str, Candidates]) -> tuple[str, ...]:
    notes = []
    for name, candidates in subsets.items():
        samples, oddities = split.samples(name)
        odd = oddities | alike_oddities(samples, candidates)
        found = "; ".join(f"{count:,} {reason}" for reason, count in odd.items())
        notes += [f"{split.known[name].title}: {found}"] if found else []
    return tuple(notes)


def _contamination(head: HeadEntry, benchmark: BenchmarkEntry) -> list[str]:
    notes = []
    if (benchmark.name, benchmark.split) in [(data.benchmark, data.split) for data in head.training_data]:
        measured_on = f"{benchmark.name} {benchmark.split}"
        notes.append(f"The head was trained on {measured_on}, the very split that it is measured on.")
    if head.trained_on and head.trained_on.endswith(JUDGED):
        notes.append("The head's epochs were chosen by figures on the very data that it was trained on.")
    return notes


def benchmark_entry(split: BenchmarkSplit) -> BenchmarkEntry:
    """What a record says about the benchmark."""
    return BenchmarkEntry(split.benchmark.name, split.revision, split.split)
