"""A benchmark's blind-balanced view on disk: its items' weights, one JSON file a split and revision."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated

import torch
from pydantic import Field, TypeAdapter, with_config

from heads.io.atomic import replacing
from heads.io.strict_json import STRICT, validated
from heads.io.system_files import is_system_file
from leaderboard.records.figures import Rank
from leaderboard.records.files import Problem
from leaderboard.records.record import BenchmarkEntry, Produced
from leaderboard.records.weights import ItemWeights

Weight = Annotated[float, Field(gt=0, le=1_000_000)]


@with_config(STRICT)
@dataclass(frozen=True)
class BalancedSubset:
    """A weight an item, mean 1, in the benchmark's order; `items` is the digest of what they weigh
    (`samples.items_digest`), `effective` how many equally weighted items would be as sure, `chance` the mean rank of
    guessing under the weights.
    """

    items: Annotated[str, Field(pattern="^[0-9a-f]{12}$")]
    effective: Annotated[float, Field(ge=1)]
    chance: Rank
    weights: tuple[Weight, ...]

    @cached_property
    def item_weights(self) -> ItemWeights:
        """The weights as they are computed with."""
        return ItemWeights(torch.tensor(self.weights, dtype=torch.double))


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


def load_views(folder: Path) -> tuple[list[BalancedView], list[Problem]]:
    """The views among the folder's JSON files, by file name, and the files that are none, with the reason. A folder
    that does not exist holds none.
    """
    views: list[BalancedView] = []
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.json")):
        if is_system_file(path.name):
            continue
        try:
            views.append(load_view(path))
        except (OSError, ValueError) as error:
            problems.append(Problem(path.name, str(error)))
    return views, problems
