"""From names to figures: a benchmark's embeddings, and a head's result record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fg_demo.models.backbone import Backbone
from heads.candidates import Candidates
from heads.head import Head
from heads.pairs import Pairs
from heads.persistence.revision import head_revision
from heads.scoring import mean_rank
from leaderboard.benchmarks.catalogue import find_benchmark, subset_titles
from leaderboard.benchmarks.own_csv import ENDING
from leaderboard.benchmarks.protocol import Protocol, takes_first_captions
from leaderboard.benchmarks.samples import Sample
from leaderboard.benchmarks.source import (
    Source,
    benchmark_revision,
    load_benchmark,
    load_captions,
    load_images,
    oddities,
    retrieval_captions,
    usual_captions,
)
from leaderboard.embedding.alike import alike_oddities
from leaderboard.embedding.embed import Progress, embed_all, embed_pairs
from leaderboard.evaluation.evaluate import evaluate
from leaderboard.evaluation.open_head import JUDGED, open_head, open_seeds
from leaderboard.evaluation.retrieval import retrieval
from leaderboard.records.overall import overall_intervals
from leaderboard.records.provenance import produced
from leaderboard.records.record import SCHEMA, BackboneEntry, BenchmarkEntry, HeadEntry, Record, SeedFigures


@dataclass(frozen=True)
class Embedded:
    """A benchmark as heads are measured on it: for each subset the samples and their embeddings, the pairs of
    coarse retrieval, and what was odd about the rows.
    """

    entry: BenchmarkEntry
    protocol: Protocol
    samples: Mapping[str, Sequence[Sample]]
    subsets: Mapping[str, Candidates]
    pairs: Pairs | None
    notes: tuple[str, ...]


def embed_subsets(
    source: Source, backbone: Backbone, cache: Path | None = None, progress: Progress | None = None
) -> dict[str, Candidates]:
    """The candidates of each subset of the source, by the subset's name."""
    where = (source.split, source.revision)
    subsets = {name: load_benchmark(source.benchmark, name, *where) for name in source.names()}
    return embed_all(subsets, load_images(source.benchmark, *where), backbone, cache, progress)


def embed_captions(
    source: Source,
    backbone: Backbone,
    cache: Path | None = None,
    progress: Progress | None = None,
    for_retrieval: bool = False,
) -> Pairs | None:
    """All images and captions of the source, or those retrieval is measured on; None without captions."""
    where = (source.benchmark, source.split, source.revision)
    captions = {image: texts for image, texts in load_captions(*where).items() if texts}
    if for_retrieval:
        few = takes_first_captions(find_benchmark(source.benchmark))
        captions = (retrieval_captions if few else usual_captions)(captions)
    return embed_pairs(captions, load_images(*where), backbone, cache, progress) if captions else None


def embed_source(
    source: Source, backbone: Backbone, cache: Path | None = None, progress: Progress | None = None
) -> Embedded:
    """What any number of heads are measured on: all of a Hub repo at the one commit it is at now. Errors are
    those of `load_benchmark`.
    """
    source = source.pinned()
    where = (source.split, source.revision)
    samples = {name: load_benchmark(source.benchmark, name, *where) for name in source.names()}
    subsets = embed_all(samples, load_images(source.benchmark, *where), backbone, cache, progress)
    return Embedded(
        entry=benchmark_entry(source),
        protocol=source.protocol(),
        samples=samples,
        subsets=subsets,
        pairs=embed_captions(source, backbone, cache, progress, for_retrieval=True),
        notes=_oddity_notes(source, samples, subsets),
    )


def measure(
    head_name: str,
    source: Source,
    backbone: Backbone,
    command: str,
    cache: Path | None = None,
    progress: Progress | None = None,
    seed_heads: Sequence[str] = (),
) -> Record:
    """The record of a head on a benchmark: all subsets it has, and coarse retrieval where it has captions.

    `command` is what would measure it again. `seed_heads` are folders of the same head trained from other
    seeds. Errors are those of `open_head`, `open_seeds` and `load_benchmark`.
    """
    if source.subsets is not None and source.benchmark.endswith(ENDING):
        raise ValueError(
            "subsets: expected none with a CSV file, since its board's means are over all of them"
        )
    # Before embedding: a head that does not fit costs nothing.
    head, entry = open_head(head_name, backbone)
    seeds = open_seeds(head_name, entry, seed_heads, backbone) if seed_heads else {}
    data = embed_source(source, backbone, cache, progress)
    record = measure_head(head, entry, data, backbone, command)
    return replace(record, seeds=tuple(seed_figures(seed, one, data) for seed, one in seeds.items()))


def measure_head(head: Head, entry: HeadEntry, data: Embedded, backbone: Backbone, command: str) -> Record:
    """The record of an opened head on an embedded benchmark."""
    subsets = evaluate(head, data.subsets, data.samples)
    mean_rank_interval, top1_interval = overall_intervals(subsets)
    return Record(
        schema=SCHEMA,
        head=entry,
        backbone=BackboneEntry(backbone.name, backbone.revision, backbone.dim),
        benchmark=data.entry,
        protocol=data.protocol,
        provenance="measured",
        subsets=subsets,
        retrieval=retrieval(head, data.pairs) if data.pairs else None,
        mean_rank_interval=mean_rank_interval,
        top1_interval=top1_interval,
        notes=(*data.notes, *_contamination(entry, data.entry)),
        produced=produced(command, backbone.device),
    )


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


def _oddity_notes(
    source: Source, samples: Mapping[str, Sequence[Sample]], subsets: Mapping[str, Candidates]
) -> tuple[str, ...]:
    notes = []
    for name in source.names():
        odd = oddities(source.benchmark, name, source.split, source.revision)
        odd |= alike_oddities(samples[name], subsets[name])
        found = "; ".join(f"{count:,} {reason}" for reason, count in odd.items())
        notes += [f"{subset_titles([name])[name]}: {found}"] if found else []
    return tuple(notes)


def _contamination(head: HeadEntry, benchmark: BenchmarkEntry) -> list[str]:
    notes = []
    if (benchmark.name, benchmark.split) in [(data.benchmark, data.split) for data in head.training_data]:
        measured_on = f"{benchmark.name} {benchmark.split}"
        notes.append(f"The head was trained on {measured_on}, the very split that it is measured on.")
    if head.trained_on and head.trained_on.endswith(JUDGED):
        notes.append("The head's epochs were chosen by figures on the very data that it was trained on.")
    return notes


def benchmark_entry(source: Source) -> BenchmarkEntry:
    """What a record says about the benchmark."""
    name = find_benchmark(source.benchmark).name
    return BenchmarkEntry(
        name, benchmark_revision(source.benchmark, source.split, source.revision), source.split
    )
