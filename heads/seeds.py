"""The same training with several seeds, and how far its outcomes lie apart."""

import json
import re
import statistics
import uuid
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from heads.config import CONFIG_NAME, read_config
from heads.train_run import Data, Plan, progress_path, train_head

SUMMARY_NAME = "summary.json"
_OURS = re.compile(r"seed-\d+(\.progress\.safetensors)?|summary\.json")


def train_seeds(plan: Plan, data: Data, output: Path, seeds: int) -> Path | None:
    """The written summary, beside a head folder `seed-N` for each of `seeds` seeds from the plan's upward.

    None when Ctrl-C stopped it. With the plan's `resume` the seeds that are done are left as they are, and
    the one that stopped goes on. Raises ValueError when `output` holds anything else, or a head that another
    training made.
    """
    check_seeds_folder(output)
    judged: dict[int, dict[str, float | None]] = {}
    for seed in range(plan.recipe.seed, plan.recipe.seed + seeds):
        print(f"seed {seed}", flush=True)
        folder, recipe = output / f"seed-{seed}", replace(plan.recipe, seed=seed)
        stopped = progress_path(folder).exists()
        if plan.resume and not stopped and (folder / CONFIG_NAME).exists():
            judged[seed] = _done(folder, plan, asdict(recipe), data)
            continue
        outcome = train_head(replace(plan, recipe=recipe, resume=plan.resume and stopped), data, folder)
        if outcome is None or outcome.interrupted:
            return None
        judged[seed] = outcome.validation
    summary = summarise(judged)
    for name, spread in summary["spread"].items():
        print(f"{name}: {spread['mean']:.4f} ± {spread['standard_deviation']:.4f} over {seeds} seeds")
    return _written(output / SUMMARY_NAME, summary)


def check_seeds_folder(output: Path) -> None:
    """Nothing, or ValueError when `output` holds anything but the heads of several seeds."""
    if not output.exists():
        return
    names = [output.name] if output.is_file() else [path.name for path in output.iterdir()]
    others = sorted(name for name in names if output.is_file() or not _OURS.fullmatch(name))
    if others:
        found = ", ".join(others[:8])
        raise ValueError(f"{output}: expected a new folder, or one of heads by seed, found {found}")


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


def _done(folder: Path, plan: Plan, recipe: dict[str, Any], data: Data) -> dict[str, float | None]:
    config = read_config(folder)
    said, ours = config.metadata, json.loads(json.dumps({"recipe": recipe, "data": data.about}))
    if config.kind != plan.kind or any(said.get(name) != value for name, value in ours.items()):
        raise ValueError(f"{folder}: expected a head of this training, found one made by another")
    return said["validation"]


def _written(path: Path, summary: dict[str, Any]) -> Path:
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.partial")
    try:
        aside.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
        return aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
