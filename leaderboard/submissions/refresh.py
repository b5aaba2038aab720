"""The leaderboard brought up to date: every new head on the Hub is vetted, measured by us, and recorded."""

from collections.abc import Iterable, Iterator

from huggingface_hub import HfApi

from heads.hub.client import hub_api
from leaderboard.benchmarks.source import Source
from leaderboard.evaluation.measure import benchmark_entry
from leaderboard.records.files import load_results
from leaderboard.records.provenance import code_version
from leaderboard.submissions.dataset import RESULTS, Copy, pull
from leaderboard.submissions.discover import EvaluationRequest, InvalidRequest, queued, requested, tagged
from leaderboard.submissions.examine import HeadEvaluator, KnownHeads, Report, Settings, Worker
from leaderboard.submissions.requests import load_refusals
from leaderboard.submissions.results import RefreshResult


def refresh(settings: Settings, evaluator: HeadEvaluator, report: Report = print) -> list[RefreshResult]:
    """What became of every head that was found: those asked for first, then those that carry the tag.

    Each head is a commit of its own, so that what was done stays done whatever comes after; doing it again
    does only what is left. Raises what `heads.hub.client.HUB_ERRORS` lists when the dataset or the Hub's
    listing cannot be read, and NoRight when the dataset cannot be written.
    """
    copy = pull(settings.dataset, settings.token)
    known = known_heads(copy, evaluator.source)
    examiner = Worker(settings, evaluator, known, report)
    found = each_once(_everything(hub_api(settings.token), copy))
    report(f"{len(found)} heads found")
    outcomes, new = [], 0
    for number, request in enumerate(found, 1):
        if isinstance(request, InvalidRequest):
            outcome = examiner.refuse(request)
        elif (request.repo, request.revision) not in known.words and new == settings.limit:
            outcome = RefreshResult(request.repo, request.revision, "left for later")
        else:
            outcome = examiner.process(request)
            new += outcome.result != "known"
        outcomes.append(outcome)
        report(f"[{number}/{len(found)}] {outcome.line()}")
    return outcomes


def known_heads(copy: Copy, source: Source) -> KnownHeads:
    """The heads in a copy of the dataset that were measured on this benchmark, or refused by this version."""
    records, _ = load_results(copy.folder / RESULTS)
    refusals, _ = load_refusals(copy.folder)
    like_this, protocol = ("re-measured", benchmark_entry(source)), source.protocol()
    measured = [
        record.head.source or ""
        for record in records
        # The sentence alone is what records hold from before protocols had fields.
        if (record.provenance, record.benchmark) == like_this and record.protocol in (protocol, str(protocol))
    ]
    parts = [where.rpartition("@") for where in measured]
    words = {(repo, commit): "measured before" for repo, _, commit in parts}
    for trace in refusals:
        if trace.code_version == code_version():
            words[trace.repo, trace.revision] = f"refused before: {trace.reason()}"
    return KnownHeads(words)


def each_once(
    found: Iterable[EvaluationRequest | InvalidRequest],
) -> list[EvaluationRequest | InvalidRequest]:
    """Without the heads found twice; a request always stays, because it waits for an answer."""
    kept, seen = [], set()
    for one in found:
        if isinstance(one, InvalidRequest) or one.asked or (one.repo, one.revision) not in seen:
            kept.append(one)
        if isinstance(one, EvaluationRequest):
            seen.add((one.repo, one.revision))
    return kept


def _everything(api: HfApi, copy: Copy) -> Iterator[EvaluationRequest | InvalidRequest]:
    yield from requested(api, copy)
    yield from queued(copy)
    yield from tagged(api)
