"""Refreshing the leaderboard: every new head on the Hub is vetted, measured by us, and recorded."""

from collections.abc import Iterable, Iterator

from huggingface_hub import HfApi

from heads.hub.client import hub_api
from leaderboard.benchmarks.split import BenchmarkSplit
from leaderboard.evaluation.measure import benchmark_entry
from leaderboard.records.files import load_results
from leaderboard.records.folders import IN_DATASET
from leaderboard.records.provenance import code_version
from leaderboard.submissions.dataset import Copy, pull
from leaderboard.submissions.discover import EvaluationRequest, InvalidRequest, queued, requested, tagged
from leaderboard.submissions.examine import HeadEvaluator, KnownHeads, RefreshSettings, Report, Worker
from leaderboard.submissions.requests import load_refusals
from leaderboard.submissions.results import RefreshResult


def refresh(
    settings: RefreshSettings, evaluator: HeadEvaluator, report: Report = print
) -> list[RefreshResult]:
    """What became of every head that was found: those asked for first, then those that carry the tag.

    Each head is a commit of its own, so that what was done stays done whatever comes after; doing it again
    does only what is left. Raises what `heads.hub.client.HUB_ERRORS` lists when the dataset or the Hub's
    listing cannot be read, and NoRight when the dataset cannot be written.
    """
    copy = pull(settings.dataset, settings.token)
    known = known_heads(copy, evaluator.split)
    worker = Worker(settings, evaluator, known, report)
    requests = unique(_requests(hub_api(settings.token), copy))
    report(f"{len(requests)} heads found")
    results, new = [], 0
    for number, request in enumerate(requests, 1):
        if isinstance(request, InvalidRequest):
            result = worker.reject(request)
        elif request.head not in known and new == settings.limit:
            result = RefreshResult(*request.head, "left for later")
        else:
            result = worker.process(request)
            new += result.status != "known"
        results.append(result)
        report(f"[{number}/{len(requests)}] {result.line()}")
    return results


def known_heads(copy: Copy, split: BenchmarkSplit) -> KnownHeads:
    """The heads in a copy of the dataset that were measured on this benchmark, or refused by this version."""
    records, _ = load_results(copy.folder / IN_DATASET)
    refusals, _ = load_refusals(copy.folder)
    like_this, protocol = ("re-measured", benchmark_entry(split)), split.protocol
    measured = [
        record.head.source or ""
        for record in records
        # The sentence alone is what records hold from before protocols had fields.
        if (record.provenance, record.benchmark) == like_this and record.protocol in (protocol, str(protocol))
    ]
    parts = [where.rpartition("@") for where in measured]
    known = {(repo, commit): "measured before" for repo, _, commit in parts}
    for refused in refusals:
        if refused.code_version == code_version():
            known[refused.repo, refused.revision] = f"refused before: {refused.reason()}"
    return known


def unique(
    requests: Iterable[EvaluationRequest | InvalidRequest],
) -> list[EvaluationRequest | InvalidRequest]:
    """The requests, without tagged heads found before; one that somebody made always stays: it waits for an answer."""
    kept, seen = [], set()
    for one in requests:
        if isinstance(one, InvalidRequest) or one.asked or one.head not in seen:
            kept.append(one)
        if isinstance(one, EvaluationRequest):
            seen.add(one.head)
    return kept


def _requests(api: HfApi, copy: Copy) -> Iterator[EvaluationRequest | InvalidRequest]:
    yield from requested(api, copy)
    yield from queued(copy)
    yield from tagged(api)
