"""One head of a refresh, from discovery to answer: vetted, measured by us, recorded, its request answered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, final, runtime_checkable

from huggingface_hub import EvalResultEntry, HfApi

from heads import read_config
from heads.hub_client import HUB_ERRORS, hub_api, reason, status_of
from heads.vetting import Vetting, vet
from leaderboard.discover import BadRequest, Wanted
from leaderboard.measure import Source
from leaderboard.outcomes import Outcome
from leaderboard.records import Record, file_name, to_json
from leaderboard.remeasure import HeadRefused
from leaderboard.results_dataset import RESULTS
from leaderboard.results_writing import add_once
from leaderboard.self_reported import self_reported, stated_by_author
from leaderboard.submissions import Reason, Submission, refusal, refusal_json
from leaderboard.table import mean_rank_over_subsets

Report = Callable[[str], None]
"""Called with a line for whoever watches."""


@runtime_checkable
class Measures(Protocol):
    """What heads are measured with; see `leaderboard.remeasure.Laboratory`."""

    source: Source

    def backbones(self) -> dict[str, str]: ...

    def remeasure(self, folder: Path, repo: str, commit: str) -> Record: ...


class NoRight(PermissionError):
    """The token may not write to the results dataset, so no head could be recorded."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to refresh: into which dataset, at most how many new heads, whether only to look."""

    dataset: str
    limit: int | None = None
    dry_run: bool = False
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """Heads, as (repository, commit), that need no second look, each with what to say of it."""

    words: dict[tuple[str, str], str] = field(default_factory=dict)


@final
class Examiner:
    """Takes one head after the other; what is wrong with one, or with the network meanwhile, stays with it."""

    def __init__(self, settings: Settings, laboratory: Measures, known: Known, report: Report):
        self._settings, self._laboratory, self._known, self._report = settings, laboratory, known, report
        self._api: HfApi = hub_api(settings.token)

    def consider(self, wanted: Wanted) -> Outcome:
        """What became of the head. Raises NoRight when the dataset cannot be written."""
        head = wanted.repo, wanted.revision
        try:
            outcome = self._outcome(wanted)
            self._known.words.setdefault(head, f"{outcome.result} just now")
            self._answer(wanted.request, outcome.line())
        except NoRight:
            raise
        except (*HUB_ERRORS, RuntimeError) as error:
            return Outcome(*head, "failed", reason(error))
        return outcome

    def turn_down(self, bad: BadRequest) -> Outcome:
        """What became of a pull request that asks for no head: it is told so, and closed."""
        asked = f"pull request {bad.request}"
        if bad.passing:
            return Outcome(asked, "", "failed", bad.reason)
        try:
            self._answer(bad.request, f"This is no request that can be read: {bad.reason}")
        except HUB_ERRORS as error:
            return Outcome(asked, "", "failed", reason(error))
        return Outcome(asked, "", "refused", bad.reason)

    def _outcome(self, wanted: Wanted) -> Outcome:
        head = wanted.repo, wanted.revision
        if head in self._known.words:
            self._write(wanted, {}, "")
            return Outcome(*head, "known", self._known.words[head])
        self._report(f"{wanted.repo}@{wanted.revision[:8]}: vetting")
        vetting = self._vet(wanted)
        checks = [Reason(check.name[:1000], check.passed, check.reason[:1000]) for check in vetting.checks]
        if (
            vetting.commit is None and not wanted.asked
        ):  # gone since it was listed: nobody waits for an answer
            return Outcome(*head, "left for later", vetting.reason)
        if vetting.folder is None:
            return self._refuse(wanted, checks)
        if self._settings.dry_run:
            return Outcome(*head, "left for later", "passes the vetting; a dry run measures nothing")
        self._report(f"{wanted.repo}@{wanted.revision[:8]}: measuring")
        try:
            record = self._laboratory.remeasure(vetting.folder, *head)
        except HeadRefused as error:
            return self._refuse(wanted, [*checks, Reason("scoring", False, str(error)[:1000])])
        stated = self_reported(*head, read_config(vetting.folder), self._stated(wanted))
        files = {f"{RESULTS}/{file_name(one)}": to_json(one).encode() for one in (record, *stated)}
        self._write(wanted, files, f"Record {wanted.repo}")
        return Outcome(*head, "measured", _figures(record))

    def _vet(self, wanted: Wanted) -> Vetting:
        allowed = self._laboratory.backbones()
        vetting = vet(wanted.repo, wanted.revision, token=self._settings.token, backbones=allowed)
        if vetting.commit not in (None, wanted.revision):
            raise RuntimeError(f"revision: expected {wanted.revision}, got {vetting.commit}")
        return vetting

    def _refuse(self, wanted: Wanted, checks: list[Reason]) -> Outcome:
        trace = refusal(wanted.repo, wanted.revision, checks)
        self._write(wanted, {trace.path: refusal_json(trace)}, f"Refuse {wanted.repo}")
        return Outcome(wanted.repo, wanted.revision, "refused", trace.reason())

    def _stated(self, wanted: Wanted) -> list[EvalResultEntry]:
        """What the author states; nothing when it cannot be read, because it is no part of the measurement."""
        try:
            return stated_by_author(self._api, wanted.repo, wanted.revision)
        except HUB_ERRORS as error:
            self._report(f"{wanted.repo}: what its author states could not be read: {reason(error)}")
            return []

    def _write(self, wanted: Wanted, files: dict[str, bytes], message: str) -> None:
        """The files and the end of the request in the queue, in one commit."""
        if self._settings.dry_run:
            return
        done = [Submission(1, wanted.repo, wanted.revision).path] if wanted.queued else []
        if not files and not done:
            return
        try:
            add_once(
                self._settings.dataset,
                files,
                message or f"Answer the request for {wanted.repo}",
                remove=done,
                token=self._settings.token,
            )
        except HUB_ERRORS as error:
            if status_of(error) in (401, 403):
                raise NoRight(
                    f"{self._settings.dataset}: expected to write there, got: {reason(error)}"
                ) from error
            raise

    def _answer(self, request: int | None, words: str) -> None:
        if request is not None and not self._settings.dry_run:
            where = {"repo_type": "dataset", "token": self._settings.token}
            self._api.change_discussion_status(
                self._settings.dataset, request, "closed", comment=words, **where
            )


def _figures(record: Record) -> str:
    mean = mean_rank_over_subsets(record)
    return "recorded" if mean is None else f"mean rank {mean:.2f}"
