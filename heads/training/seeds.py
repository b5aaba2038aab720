"""The same training with several seeds, and how far its outcomes lie apart."""

import json
import re
import statistics
from dataclasses import replace
from pathlib import Path
from typing import Any

from heads.io.atomic import is_partial, replacing
from heads.io.system_files import is_system_file
from heads.training.data import Data
from heads.training.run import Plan, check_stages, train_head

SUMMARY_NAME = "summary.json"
_OURS = re.compile(r"seed-\d+(\.progress\.safetensors)?|summary\.json")


def train_seeds(
    plan: Plan, data: Data, output: Path, seeds: int, warm_up_output: Path | None = None
) -> Path | None:
    """The written summary, beside a head folder `seed-N` for each of `seeds` seeds from the plan's upward.

    So many more stand in `warm_up_output`, when it is given: the heads as the second stage finds them. None
    when Ctrl-C stopped it. With the plan's `resume` the seeds that are done are left as they are, and the one
    that stopped goes on. Raises ValueError when a folder holds anything else, or a head that another training
    made.
    """
    check_seeds_outputs(plan, output, warm_up_output)
    judged: dict[int, dict[str, float | None]] = {}
    for seed in range(plan.recipe.seed, plan.recipe.seed + seeds):
        print(f"seed {seed}", flush=True)
        seeded = replace(plan, recipe=replace(plan.recipe, seed=seed))
        found = _train_seed(seeded, data, output, warm_up_output)
        if found is None:
            return None
        judged[seed] = found
    summary = summarise(judged)
    for name, spread in summary["spread"].items():
        print(f"{name}: {spread['mean']:.4f} ± {spread['standard_deviation']:.4f} over {seeds} seeds")
    with replacing(output / SUMMARY_NAME, beside=output) as aside:
        aside.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    return output / SUMMARY_NAME


def check_seeds_outputs(plan: Plan, output: Path, warm_up_output: Path | None) -> None:
    """Nothing, or ValueError when what `plan` makes with several seeds cannot be written there without a
    loss.
    """
    check_seeds_folder(output)
    if warm_up_output is not None:
        check_stages(plan, output, warm_up_output)
        check_seeds_folder(warm_up_output)


def check_seeds_folder(output: Path) -> None:
    """Nothing, or ValueError when `output` holds anything but the heads of several seeds."""
    if not output.exists():
        return
    names = [output.name] if output.is_file() else [path.name for path in output.iterdir()]
    others = sorted(name for name in names if output.is_file() or not _is_ours(name))
    if others:
        found = ", ".join(others[:8])
        raise ValueError(f"{output}: expected a new folder, or one of heads by seed, found {found}")


def _is_ours(name: str) -> bool:
    return bool(_OURS.fullmatch(name)) or is_partial(name) or is_system_file(name)


def summarise(judged: dict[int, dict[str, float | None]]) -> dict[str, Any]:
    """What every seed reached, and for each measure its mean, sample standard deviation and extremes."""
    first = next(iter(judged.values()))
    columns = {name: [values[name] for values in judged.values()] for name in first}
    measured = {
        name: [value for value in column if value is not None]
        for name, column in columns.items()
        if not name.endswith("_cosine")
    }
    return {
        "seeds": {str(seed): values for seed, values in judged.items()},
        "spread": {name: _spread(values) for name, values in measured.items() if values},
    }


def _spread(values: list[float]) -> dict[str, float]:
    return {
        "mean": statistics.fmean(values),
        "standard_deviation": statistics.stdev(values),
        "lowest": min(values),
        "highest": max(values),
    }


def _train_seed(
    plan: Plan, data: Data, output: Path, warm_up_output: Path | None
) -> dict[str, float | None] | None:
    """What the head of the plan's seed reached, trained now unless it is done; None after Ctrl-C."""
    name = f"seed-{plan.recipe.seed}"
    outcome = train_head(plan, data, output / name, warm_up_output and warm_up_output / name)
    return None if outcome is None or outcome.interrupted else outcome.validation
