"""The two records of what captions alone give away, to read a head's beside."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from jaxtyping import Int
from torch import Tensor

from leaderboard.benchmarks.samples import Sample, candidate_table
from leaderboard.benchmarks.split import BenchmarkSplit
from leaderboard.evaluation.evaluate import with_items
from leaderboard.evaluation.measure import benchmark_entry
from leaderboard.evaluation.metrics import summarise
from leaderboard.evaluation.text_only import FOLDS, medoid_ranks, text_only_ranks
from leaderboard.records.figures import SubsetResult
from leaderboard.records.overall import overall_intervals
from leaderboard.records.packing import WORST, pack_ranks
from leaderboard.records.provenance import produced
from leaderboard.records.record import SCHEMA, BackboneEntry, HeadEntry, Produced, Record, TrainingData

NO_BACKBONE = BackboneEntry("none")


SEES_NO_IMAGE = "Sees no image."


SET_AWARE = "Set-aware: it sees all candidates at once, which no head may."


Ranks = Mapping[str, Int[Tensor, " _"]]


def text_only_records(
    split: BenchmarkSplit, command: str, fitted_on: str | None = None, seed: int = 0
) -> tuple[Record, Record]:
    """The records of the text-only model and of the medoid on the subsets of `split`.

    `fitted_on` names another split of the benchmark; None fits on the split itself, in disjoint folds that
    `seed` draws. Raises ValueError when that is the split itself, and what `load_benchmark` raises.
    """
    if fitted_on == split.split:
        raise ValueError(f"fitted-on: expected another split than the one measured, got {fitted_on!r}")
    samples = split.samples_by_subset()
    others = split.sibling(fitted_on) if fitted_on else None
    fitted = {
        name: text_only_ranks(of_subset, others.samples(name).samples if others else None, seed)
        for name, of_subset in samples.items()
    }
    medoid = {name: medoid_ranks(of_subset) for name, of_subset in samples.items()}
    entry = benchmark_entry(split)
    data = TrainingData(entry.name, fitted_on or split.split, entry.revision)
    folds = "" if fitted_on else f", in {FOLDS} folds that share no image and no positive caption"
    text_only = fitted_entry(data, folds)
    of_rivals = HeadEntry("medoid", "text-only", sees_image=False, set_aware=True)
    made = produced(command, "cpu")
    return (
        _record(split, text_only, samples, fitted, (SEES_NO_IMAGE,), replace(made, seed=seed)),
        _record(split, of_rivals, samples, medoid, (SEES_NO_IMAGE, SET_AWARE), made),
    )


def fitted_entry(data: TrainingData, folds: str = "") -> HeadEntry:
    """What a record says of the model of words that was fitted on the data, and in which `folds` of it."""
    return HeadEntry(
        "text only",
        "text-only",
        stage="fitted",
        trained_on=f"{data}{folds}",
        training_data=(data,),
        sees_image=False,
    )


def _record(
    split: BenchmarkSplit,
    head: HeadEntry,
    samples: Mapping[str, Sequence[Sample]],
    found: Ranks,
    notes: tuple[str, ...],
    made: Produced,
) -> Record:
    numbers: dict[str, int] = {}
    subsets = {name: ranks_result(samples[name], found[name], numbers) for name in found}
    mean_rank_interval, top1_interval = overall_intervals(subsets)
    return Record(
        schema=SCHEMA,
        head=head,
        backbone=NO_BACKBONE,
        benchmark=benchmark_entry(split),
        protocol=split.protocol,
        provenance="measured",
        subsets=subsets,
        mean_rank_interval=mean_rank_interval,
        top1_interval=top1_interval,
        notes=notes,
        produced=made,
    )


def ranks_result(
    samples: Sequence[Sample], found: Int[Tensor, " n"], numbers: dict[str, int]
) -> SubsetResult:
    """The subset's figures; `numbers` counts the images met so far."""
    result = summarise(found, candidate_table(samples)[1])
    packed = (
        pack_ranks(found.tolist()) if int(found.max()) <= WORST else None
    )  # None: one is too high for that
    return replace(with_items(result, found, samples, numbers), ranks=packed)
