"""The leaderboard brought up to date: every new head on the Hub is vetted, measured by us, and recorded."""

from collections.abc import Iterable, Iterator

from huggingface_hub import HfApi

from heads.hub_client import hub_api
from leaderboard.consider import Examiner, Known, Measures, Report, Settings
from leaderboard.discover import BadRequest, Wanted, queued, requested, tagged
from leaderboard.measure import Source, code_version
from leaderboard.outcomes import Outcome
from leaderboard.records import load_results
from leaderboard.results_dataset import RESULTS, Copy, pull
from leaderboard.submissions import load_refusals


def refresh(settings: Settings, laboratory: Measures, report: Report = print) -> list[Outcome]:
    """What became of every head that was found: those asked for first, then those that carry the tag.

    Each head is a commit of its own, so that what was done stays done whatever comes after; doing it again
    does only what is left. Raises what `heads.hub_client.HUB_ERRORS` lists when the dataset or the Hub's
    listing cannot be read, and NoRight when the dataset cannot be written.
    """
    copy = pull(settings.dataset, settings.token)
    known = known_heads(copy, laboratory.source)
    examiner = Examiner(settings, laboratory, known, report)
    found = each_once(_everything(hub_api(settings.token), copy))
    report(f"{len(found)} heads found")
    outcomes, new = [], 0
    for number, wanted in enumerate(found, 1):
        if isinstance(wanted, BadRequest):
            outcome = examiner.turn_down(wanted)
        elif (wanted.repo, wanted.revision) not in known.words and new == settings.limit:
            outcome = Outcome(wanted.repo, wanted.revision, "left for later")
        else:
            outcome = examiner.consider(wanted)
            new += outcome.result != "known"
        outcomes.append(outcome)
        report(f"[{number}/{len(found)}] {outcome.line()}")
    return outcomes


def known_heads(copy: Copy, source: Source) -> Known:
    """The heads in a copy of the dataset that were measured on this benchmark, or refused by this version."""
    records, _ = load_results(copy.folder / RESULTS)
    refusals, _ = load_refusals(copy.folder)
    like_this = "re-measured", source.entry(), source.protocol()
    measured = [r.head.source or "" for r in records if (r.provenance, r.benchmark, r.protocol) == like_this]
    parts = [where.rpartition("@") for where in measured]
    words = {(repo, commit): "measured before" for repo, _, commit in parts}
    for trace in refusals:
        if trace.code_version == code_version():
            words[trace.repo, trace.revision] = f"refused before: {trace.reason()}"
    return Known(words)


def each_once(found: Iterable[Wanted | BadRequest]) -> list[Wanted | BadRequest]:
    """Without the heads found twice; a request always stays, because it waits for an answer."""
    kept, seen = [], set()
    for one in found:
        if isinstance(one, BadRequest) or one.asked or (one.repo, one.revision) not in seen:
            kept.append(one)
        if isinstance(one, Wanted):
            seen.add((one.repo, one.revision))
    return kept


def _everything(api: HfApi, copy: Copy) -> Iterator[Wanted | BadRequest]:
    yield from requested(api, copy)
    yield from queued(copy)
    yield from tagged(api)
