"""Scores of a result record, for a head's card: the few fields that it shows, because heads know no benchmark."""

from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml
from pydantic import ConfigDict, TypeAdapter, with_config
from yaml import safe_dump

from heads.io.strict_json import validated
from heads.persistence.config import HeadConfig

MAX_RECORD_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class SubsetScore:
    """Ranks on one subset; `interval` of the mean rank, `top1_interval` of the share, both 95 %."""

    mean_rank: float
    top1: float
    n: int
    chance: float
    interval: tuple[float, float] | None = None
    top1_interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class RecallScore:
    """Share found among the first ten, and first."""

    r10: float
    r1: float | None = None


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Recall of coarse retrieval, each way."""

    image_to_text: RecallScore | None = None
    text_to_image: RecallScore | None = None


@dataclass(frozen=True, slots=True)
class ScoredHead:
    """Which head was measured: its kind, and the hash of its weights."""

    kind: str
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """A backbone or a benchmark, by name and, where they are stated, revision and split."""

    name: str
    revision: str | None = None
    split: str | None = None


@dataclass(frozen=True, slots=True)
class ProtocolSentence:
    """How it was measured, in English."""

    sentence: str


@dataclass(frozen=True, slots=True)
class ProducedBy:
    """By which command, when, and by which version and commit of this project."""

    command: str
    date: str
    code_version: str
    commit: str | None = None


@with_config(ConfigDict(strict=True, allow_inf_nan=False))
@dataclass(frozen=True, slots=True)
class Scores:
    """What a card says of a measured record. Its other fields are for the leaderboard alone."""

    provenance: str
    head: ScoredHead
    backbone: Named
    benchmark: Named
    protocol: str | ProtocolSentence
    produced: ProducedBy
    subsets: dict[str, SubsetScore]
    retrieval: Retrieval | None = None


_SCORES = TypeAdapter(Scores)


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
        scores = validated(_SCORES.validate_json, path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path}: expected a result record, got something else: {error}") from error
    try:
        _check_same(scores, config, revision)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return scores


def eval_results(scores: Scores) -> str:
    """The text of `.eval_results/*.yaml`: the share of rank 1 on each subset, because there higher is better
    (https://huggingface.co/docs/hub/eval-results).
    """
    entries = [
        EvalResultEntry(
            dataset_id=scores.benchmark.name,
            task_id=name,
            value=round(subset.top1, 6),
            dataset_revision=scores.benchmark.revision,
            date=scores.produced.date,
            notes=f"share of rank 1 among hard negatives; mean rank {subset.mean_rank:.4f}; {scores.produced.command}",
        )
        for name, subset in scores.subsets.items()
    ]
    return safe_dump(eval_result_entries_to_yaml(entries), sort_keys=False, allow_unicode=True)


def _check_same(scores: Scores, config: HeadConfig, revision: str) -> None:
    if scores.provenance not in ("measured", "re-measured"):
        raise ValueError(f"provenance: expected measured figures, got {scores.provenance}")
    head = scores.head
    if (head.kind, head.revision) != (config.kind, revision):
        raise ValueError(
            f"head: expected {config.kind} {revision}, the head pushed, got {head.kind} {head.revision}"
        )
    if config.backbone not in (None, scores.backbone.name):
        raise ValueError(f"backbone: expected {config.backbone}, the head's, got {scores.backbone.name}")
