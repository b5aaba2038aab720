"""`python -m leaderboard balance`: a benchmark's blind-balanced view, its items' weights in one file."""

import argparse
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import torch
from pydantic import Field, TypeAdapter, ValidationError, with_config

from heads.atomic import replacing
from leaderboard.balanced import Balanced, balance
from leaderboard.benchmark import known_subsets, load_benchmark, use_folders
from leaderboard.compact import items_digest, rank_tensor
from leaderboard.measure import Source
from leaderboard.metrics import STRICT
from leaderboard.records import BenchmarkEntry, Produced, Record
from leaderboard.text_only_command import add_text_only_flags, text_only_records

Weight = Annotated[float, Field(gt=0, le=1_000_000)]


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class BalancedSubset:
    """A weight an item, mean 1, in the benchmark's order; `items` is the digest of what they weigh
    (`compact.items_digest`), `effective` how many equally weighted items would be as sure.
    """

    items: Annotated[str, Field(pattern="^[0-9a-f]{12}$")]
    effective: float
    weights: tuple[Weight, ...]


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class BalancedView:
    """The weights of a split at one revision; `fitted_on` is what the text-only model was fitted on that they
    bring to chance. `left_out`: why the other subsets have none, no weights bring the model to chance there.
    """

    benchmark: BenchmarkEntry
    fitted_on: str
    subsets: dict[str, BalancedSubset]
    produced: Produced
    left_out: dict[str, str] = field(default_factory=dict)


_VIEW = TypeAdapter(BalancedView)


def add_balance(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", folder: Path) -> None:
    """The command's flags."""
    command = commands.add_parser(
        "balance", help="weigh a benchmark's items so that captions alone are at chance"
    )
    add_text_only_flags(command)
    command.add_argument("--output", type=Path, default=folder, help="folder for the weights")
    command.set_defaults(run=balance_command)


def balance_command(options: argparse.Namespace) -> int:
    """Weigh the split's items, print how many are left in effect, write the weights."""
    use_folders(options.data, None)
    subsets = options.subsets.split(",") if options.subsets else None
    source = Source(options.benchmark, options.split, options.revision, subsets).pinned()
    command = shlex.join(["python", "-m", "leaderboard", *options.arguments])
    text_only, _ = text_only_records(source, command, options.fitted_on, options.seed)
    view = balanced_view(source, text_only)
    for name, subset in view.subsets.items():
        print(
            f"{known_subsets()[name].title:14}{len(subset.weights):>7,} items, {subset.effective:>9,.1f} in effect"
        )
    for name, reason in view.left_out.items():
        print(f"{known_subsets()[name].title:14}cannot be balanced: {reason}")
    print(f"written to {save_view(view, options.output)}")
    return 0


def balanced_view(source: Source, text_only: Record) -> BalancedView:
    """The weights that bring the text-only model of that record to chance on each of its subsets.

    Raises ValueError, naming the subset, when the record ranks other items than the source has.
    """
    subsets: dict[str, BalancedSubset] = {}
    left_out: dict[str, str] = {}
    for name, result in text_only.subsets.items():
        samples = load_benchmark(source.benchmark, name, source.split, source.revision)
        if result.ranks is None or result.items is None or result.items != items_digest(samples):
            raise ValueError(f"{name}: expected the ranks of the source's items, got those of {result.items}")
        candidates = torch.tensor([1 + len(sample.negatives) for sample in samples])
        try:
            subsets[name] = _subset(result.items, balance(rank_tensor(result.ranks), candidates))
        except ValueError as error:
            left_out[name] = str(error)
    assert text_only.produced and text_only.head.trained_on, "a fitted record states both"
    return BalancedView(text_only.benchmark, text_only.head.trained_on, subsets, text_only.produced, left_out)


def save_view(view: BalancedView, folder: Path) -> Path:
    """The written file, named after benchmark, split and revision; written aside and renamed."""
    entry = view.benchmark
    names = (entry.name, entry.split or "", entry.revision or "")
    path = folder / ("--".join(re.sub(r"[^\w.]+", "-", name)[-40:] for name in names if name) + ".json")
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as aside:
        aside.write_bytes(_VIEW.dump_json(view, exclude_none=True) + b"\n")
    return path


def load_view(path: Path) -> BalancedView:
    """The view in the file. Raises ValueError naming the field that is wrong."""
    try:
        return _VIEW.validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "file"
        raise ValueError(f"{path}: {where}: {first['msg']}") from error


def _subset(items: str, balanced: Balanced) -> BalancedSubset:
    weights = tuple(float(f"{weight:.5g}") for weight in balanced.weights.tolist())
    return BalancedSubset(items, round(balanced.effective, 1), weights)
