"""Self-reported scores: what an author claims in `.eval_results/*.yaml`, shown apart and never mixed in."""

from collections.abc import Iterable, Mapping

from huggingface_hub import EvalResultEntry, HfApi

from heads.persistence.config import HeadConfig
from heads.vetting.plain_text import plain
from leaderboard.benchmarks.catalogue import SUBSETS
from leaderboard.records.figures import SubsetResult
from leaderboard.records.record import SCHEMA, BackboneEntry, BenchmarkEntry, HeadEntry, Record

PROTOCOL = "As the head's author states it; not checked."
MOST_BENCHMARKS = 8
"""Of one head."""


def author_claims(api: HfApi, repo: str, commit: str) -> list[EvalResultEntry]:
    """The figures in the repository at a commit, as the Hub reads them. Raises as every call of the Hub's."""
    info = api.model_info(repo, revision=commit, expand=["evalResults"])
    return list(info.eval_results or [])


def self_reported(
    repo: str, commit: str, config: HeadConfig, entries: Iterable[EvalResultEntry]
) -> list[Record]:
    """One record a benchmark, of the entries that are top-1 shares in [0, 1] of one of the eight subsets.

    Other entries are left out: they are somebody else's benchmark, or no share.
    """
    found: dict[tuple[str, str | None], dict[str, float]] = {}
    for entry in entries:
        if entry.task_id in SUBSETS and _is_share(entry.value):
            benchmark = (
                plain(str(entry.dataset_id)) or "not stated",
                plain(str(entry.dataset_revision or ""), 80) or None,
            )
            found.setdefault(benchmark, {})[entry.task_id] = float(entry.value)
    return [
        _record(repo, commit, config, benchmark, shares)
        for benchmark, shares in list(found.items())[:MOST_BENCHMARKS]
    ]


def _record(
    repo: str,
    commit: str,
    config: HeadConfig,
    benchmark: tuple[str, str | None],
    shares: Mapping[str, float],
) -> Record:
    return Record(
        schema=SCHEMA,
        head=HeadEntry(repo, config.kind, source=f"{repo}@{commit}"),
        backbone=BackboneEntry(config.backbone or "not stated", config.backbone_revision, config.dim),
        benchmark=BenchmarkEntry(*benchmark),
        protocol=PROTOCOL,
        provenance="self-reported",
        subsets={name: SubsetResult(top1=share) for name, share in shares.items()},
        source=f"{repo}@{commit}, .eval_results",
    )


def _is_share(value: object) -> bool:
    return type(value) in (int, float) and 0 <= value <= 1  # pyright: ignore[reportOperatorIssue]
