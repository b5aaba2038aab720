"""`python -m leaderboard balance`: a benchmark's blind-balanced view, its items' weights in one file."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import torch
from pydantic import Field, TypeAdapter, with_config

from heads.io.atomic import replacing
from heads.io.strict_json import STRICT, validated
from leaderboard.benchmarks.samples import items_digest
from leaderboard.benchmarks.split import BenchmarkSplit
from leaderboard.evaluation.balanced import Balanced, balance
from leaderboard.records.packing import rank_tensor
from leaderboard.records.record import BenchmarkEntry, Produced, Record

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


def balanced_view(split: BenchmarkSplit, text_only: Record) -> BalancedView:
    """The weights that bring the text-only model of that record to chance on each of its subsets.

    Raises ValueError, naming the subset, when the record ranks other items than the split has.
    """
    subsets: dict[str, BalancedSubset] = {}
    left_out: dict[str, str] = {}
    for name, result in text_only.subsets.items():
        samples = split.samples(name).samples
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
        return validated(_VIEW.validate_json, path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _subset(items: str, balanced: Balanced) -> BalancedSubset:
    weights = tuple(float(f"{weight:.5g}") for weight in balanced.weights.tolist())
    return BalancedSubset(items, round(balanced.effective, 1), weights)
