"""What a result record says of a head, for its card: read as data, because heads know no benchmark."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml
from yaml import safe_dump

from heads.io.strict_json import read_json
from heads.persistence.config import HeadConfig

MAX_RECORD_BYTES = 1_000_000
RECALLS = {"image_to_text": "image → text", "text_to_image": "text → image"}


@dataclass(frozen=True, slots=True)
class SubsetScore:
    """Ranks on one subset; `interval` of the mean rank, `top1_interval` of the share, both 95 %."""

    subset: str
    mean_rank: float
    top1: float
    n: int
    chance: float
    interval: tuple[float, float] | None
    top1_interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Scores:
    """A measured record: what was measured, on what, how, and by which command."""

    benchmark: str
    benchmark_revision: str | None
    split: str | None
    protocol: str
    command: str
    date: str
    code: str
    """Version of this project, and its commit where that is known."""
    subsets: tuple[SubsetScore, ...]
    recalls: Mapping[str, float]
    """Title of a direction → share found among the first ten."""


def read_scores(path: str | Path, config: HeadConfig, revision: str) -> Scores:
    """The figures in a record that `python -m leaderboard evaluate` wrote, of the head that has this config
    and `head_revision`.

    Raises FileNotFoundError, or ValueError when the file is no record, not a measured one, or of another
    head.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: expected a record, found {'a folder' if path.is_dir() else 'none'}")
    if path.stat().st_size > MAX_RECORD_BYTES:
        raise ValueError(f"{path}: expected at most {MAX_RECORD_BYTES} bytes, got {path.stat().st_size}")
    try:
        record = read_json(path.read_bytes())
        _check_same(record, config, revision)
        return _scores(record)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: expected a result record, got something else: {error!r:.200}") from error
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def eval_results(scores: Scores) -> str:
    """The text of `.eval_results/*.yaml`: the share of rank 1 on each subset, because there higher is better
    (https://huggingface.co/docs/hub/eval-results).
    """
    entries = [
        EvalResultEntry(
            dataset_id=scores.benchmark,
            task_id=subset.subset,
            value=round(subset.top1, 6),
            dataset_revision=scores.benchmark_revision,
            date=scores.date,
            notes=f"share of rank 1 among hard negatives; mean rank {subset.mean_rank:.4f}; {scores.command}",
        )
        for subset in scores.subsets
    ]
    return safe_dump(eval_result_entries_to_yaml(entries), sort_keys=False, allow_unicode=True)


def _check_same(record: dict[str, Any], config: HeadConfig, revision: str) -> None:
    if record["provenance"] not in ("measured", "re-measured"):
        raise ValueError(f"provenance: expected measured figures, got {record['provenance']}")
    head, backbone = record["head"], record["backbone"]
    if (head["kind"], head["revision"]) != (config.kind, revision):
        raise ValueError(
            f"head: expected {config.kind} {revision}, the head pushed, got {head['kind']} {head['revision']}"
        )
    if config.backbone not in (None, backbone["name"]):
        raise ValueError(f"backbone: expected {config.backbone}, the head's, got {backbone['name']}")


def _scores(record: dict[str, Any]) -> Scores:
    benchmark, produced = record["benchmark"], record["produced"]
    retrieval = record.get("retrieval") or {}
    recalls = {
        title: float(retrieval[direction]["r10"])
        for direction, title in RECALLS.items()
        if retrieval.get(direction)
    }
    commit = str(produced.get("commit") or "")[:12]
    return Scores(
        benchmark["name"],
        benchmark.get("revision"),
        benchmark.get("split"),
        record["protocol"] if isinstance(record["protocol"], str) else record["protocol"]["sentence"],
        produced["command"],
        produced["date"],
        f"{produced['code_version']} {commit}".strip(),
        tuple(_subset(name, figures) for name, figures in record["subsets"].items()),
        recalls,
    )


def _subset(name: str, figures: dict[str, Any]) -> SubsetScore:
    numbers = (
        float(figures["mean_rank"]),
        float(figures["top1"]),
        int(figures["n"]),
        float(figures["chance"]),
    )
    return SubsetScore(name, *numbers, *(_interval(figures.get(n)) for n in ("interval", "top1_interval")))


def _interval(value: Any) -> tuple[float, float] | None:
    return None if value is None else (float(value[0]), float(value[1]))
