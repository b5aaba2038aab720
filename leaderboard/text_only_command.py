"""`python -m leaderboard text-only`: what captions alone give away, as two records to read a head's beside."""

import argparse
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from jaxtyping import Int
from torch import Tensor

from leaderboard.benchmark import known_subsets, load_benchmark, use_folders
from leaderboard.bootstrap import intervals, rank_values
from leaderboard.compact import items_digest, pack_ranks, pack_runs
from leaderboard.measure import Source
from leaderboard.metrics import SubsetResult, summarise
from leaderboard.overall import overall_intervals
from leaderboard.produced import produced
from leaderboard.records import SCHEMA, BackboneEntry, HeadEntry, Record, save_record
from leaderboard.samples import Sample, candidate_table
from leaderboard.text_only import FOLDS, medoid_ranks, text_only_ranks

NO_BACKBONE = BackboneEntry("none")
SEES_NO_IMAGE = "Sees no image."
SET_AWARE = "Set-aware: it sees all candidates at once, which no head may."

Ranks = Mapping[str, Int[Tensor, " _"]]


def add_text_only(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", results: Path) -> None:
    """The command's flags."""
    command = commands.add_parser(
        "text-only", help="what the captions of a benchmark give away without images"
    )
    add_text_only_flags(command)
    command.add_argument("--results", type=Path, default=results, help="folder of records")
    command.set_defaults(run=text_only_command)


def add_text_only_flags(command: argparse.ArgumentParser) -> None:
    """The flags of what is ranked without images, and what that is fitted on."""
    command.add_argument("--benchmark", default="fg-rendered", help="a benchmark, a Hub dataset or a folder")
    command.add_argument(
        "--data", type=Path, help="folder with annotation files, e.g. fg-ovd/1_attributes.json"
    )
    command.add_argument("--split", default="test", help="test, validation or train")
    command.add_argument("--revision", help="commit of a Hub benchmark")
    command.add_argument("--subsets", help="comma-separated; default: all")
    own = "the split itself, in folds that share no image and no positive caption"
    command.add_argument("--fitted-on", metavar="SPLIT", help=f"split to fit on; default: {own}")
    command.add_argument("--seed", type=int, default=0, help="of the folds")


def text_only_command(options: argparse.Namespace) -> int:
    """Rank the split's positives without images, print the figures, write the two records."""
    use_folders(options.data, None)
    subsets = options.subsets.split(",") if options.subsets else None
    source = Source(options.benchmark, options.split, options.revision, subsets).pinned()
    command = shlex.join(["python", "-m", "leaderboard", *options.arguments])
    records = text_only_records(source, command, options.fitted_on, options.seed)
    print(figures(*records))
    for record in records:
        print(f"written to {save_record(record, options.results)}")
    return 0


def text_only_records(
    source: Source, command: str, fitted_on: str | None = None, seed: int = 0
) -> tuple[Record, Record]:
    """The records of the text-only model and of the medoid on the subsets of `source`.

    `fitted_on` names another split of the benchmark; None fits on the split itself, in disjoint folds that
    `seed` draws. Raises ValueError when that is the split itself, and what `load_benchmark` raises.
    """
    if fitted_on == source.split:
        raise ValueError(f"fitted-on: expected another split than the one measured, got {fitted_on!r}")
    samples = {name: _samples(source, name, source.split) for name in source.names()}
    fitted = {
        name: text_only_ranks(of_subset, _samples(source, name, fitted_on) if fitted_on else None, seed)
        for name, of_subset in samples.items()
    }
    medoid = {name: medoid_ranks(of_subset) for name, of_subset in samples.items()}
    entry = source.entry()
    where = f"{entry.name} {fitted_on or entry.split}, revision {entry.revision}"
    folds = "" if fitted_on else f", in {FOLDS} folds that share no image and no positive caption"
    text_only = HeadEntry("text only", "text-only", stage="fitted", trained_on=where + folds)
    made = produced(command, "cpu")
    return (
        _record(source, text_only, samples, fitted, (SEES_NO_IMAGE,), replace(made, seed=seed)),
        _record(source, HeadEntry("medoid", "text-only"), samples, medoid, (SEES_NO_IMAGE, SET_AWARE), made),
    )


def figures(text_only: Record, medoid: Record) -> str:
    """A line a subset: items, chance, mean rank with its 95 % and top-1 of the text-only model, and of the medoid."""
    header = (
        f"{'':14}{'items':>7}{'chance':>8}{'text only':>11} {'95 %':<13}{'top-1':>6}{'medoid':>8}{'top-1':>7}"
    )
    titles = {name: subset.title for name, subset in known_subsets().items()}
    lines = [_line(titles[name], result, medoid.subsets[name]) for name, result in text_only.subsets.items()]
    return "\n".join([f"{text_only.benchmark.name} {text_only.benchmark.split}", header, *lines])


def _line(title: str, fitted: SubsetResult, medoid: SubsetResult) -> str:
    ends = "–".join(f"{end:.2f}" for end in fitted.interval or ())
    numbers = f"{fitted.n:>7,}{fitted.chance:>8.2f}{fitted.mean_rank:>11.2f} {ends:<13}{fitted.top1:>6.1%}"
    return f"{title:14}{numbers}{medoid.mean_rank:>8.2f}{medoid.top1:>7.1%}"


def _samples(source: Source, name: str, split: str) -> list[Sample]:
    return load_benchmark(source.benchmark, name, split, source.revision)


def _record(source: Source, head: HeadEntry, samples, found: Ranks, notes: tuple[str, ...], made) -> Record:
    numbers: dict[str, int] = {}
    subsets = {name: _result(samples[name], found[name], numbers) for name in found}
    mean_rank_interval, top1_interval = overall_intervals(subsets)
    return Record(
        schema=SCHEMA,
        head=head,
        backbone=NO_BACKBONE,
        benchmark=source.entry(),
        protocol=source.protocol(),
        provenance="measured",
        subsets=subsets,
        mean_rank_interval=mean_rank_interval,
        top1_interval=top1_interval,
        notes=notes,
        produced=made,
    )


def _result(samples: Sequence[Sample], found: Int[Tensor, " n"], numbers: dict[str, int]) -> SubsetResult:
    """The subset's figures; `numbers` counts the images met so far."""
    images = [numbers.setdefault(sample.image, len(numbers)) for sample in samples]
    interval, top1_interval = intervals(rank_values(found), torch.tensor(images))
    return replace(
        summarise(found, candidate_table(samples)[1]),
        interval=interval,
        top1_interval=top1_interval,
        ranks=pack_ranks(found.tolist()),
        items=items_digest(samples),
        images=pack_runs(images),
    )
