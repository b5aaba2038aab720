"""The worker of a refresh: takes one request from vetting to answer, its head measured by us and recorded."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, final, runtime_checkable

from huggingface_hub import EvalResultEntry, HfApi

from heads.hub.client import HUB_ERRORS, hub_api, reason, status_of
from heads.persistence.config import read_config
from heads.vetting.vet import Vetting, vet
from leaderboard.benchmarks.split import BenchmarkSplit
from leaderboard.records.files import file_name, to_json
from leaderboard.records.folders import IN_DATASET
from leaderboard.records.overall import mean_rank_over_subsets
from leaderboard.records.record import Record
from leaderboard.submissions.commit import add_once
from leaderboard.submissions.discover import EvaluationRequest, InvalidRequest
from leaderboard.submissions.remeasure import HeadRefused
from leaderboard.submissions.requests import CheckResult, Submission, refusal, refusal_json
from leaderboard.submissions.results import RefreshResult
from leaderboard.submissions.self_reported import author_claims, self_reported

Report = Callable[[str], None]
"""Called with a line for whoever watches."""


@runtime_checkable
class HeadEvaluator(Protocol):
    """What heads are measured with; see `leaderboard.submissions.remeasure.LimitedEvaluator`."""

    split: BenchmarkSplit

    def backbones(self) -> dict[str, str]:
        """Name → revision of the backbones that heads may be made for."""
        ...

    def remeasure(self, folder: Path, repo: str, commit: str) -> Record:
        """The record of the head in the folder, as it came from `repo` at `commit`."""
        ...


class NoRight(PermissionError):
    """The token may not write to the results dataset, so no head could be recorded."""


@dataclass(frozen=True, slots=True)
class RefreshSettings:
    """How to refresh: into which dataset, at most how many new heads, whether only to look."""

    dataset: str
    limit: int | None = None
    dry_run: bool = False
    token: str | None = None


KnownHeads = dict[tuple[str, str], str]
"""Heads, as (repository, commit), that need no second look, each with what to say of it."""


@final
class Worker:
    """Processes one request after the other; what is wrong with a head, or with the network meanwhile, stays with it.

    A fault of ours does not: it ends the refresh.
    """

    def __init__(
        self, settings: RefreshSettings, evaluator: HeadEvaluator, known: KnownHeads, report: Report
    ):
        self._settings, self._evaluator, self._known, self._report = settings, evaluator, known, report
        self._api: HfApi = hub_api(settings.token)

    def process(self, request: EvaluationRequest) -> RefreshResult:
        """What became of the head. Raises NoRight when the dataset cannot be written."""
        try:
            result = self._result(request)
            self._known.setdefault(request.head, f"{result.status} just now")
            self._close(request.pull_request, result.line())
        except NoRight:
            raise
        except (*HUB_ERRORS, RuntimeError) as error:
            return RefreshResult(*request.head, "failed", reason(error))
        return result

    def reject(self, request: InvalidRequest) -> RefreshResult:
        """What became of a pull request that asks for no head: it is told so, and closed."""
        name = f"pull request {request.pull_request}"
        if request.transient:
            return RefreshResult(name, "", "failed", request.reason)
        try:
            self._close(request.pull_request, f"This is no request that can be read: {request.reason}")
        except HUB_ERRORS as error:
            return RefreshResult(name, "", "failed", reason(error))
        return RefreshResult(name, "", "refused", request.reason)

    def _result(self, request: EvaluationRequest) -> RefreshResult:
        head = request.head
        if head in self._known:
            self._write(request, {}, "")
            return RefreshResult(*head, "known", self._known[head])
        self._report(f"{request.repo}@{request.revision[:8]}: vetting")
        vetting = self._vet(request)
        checks = [
            CheckResult(check.name[:1000], check.passed, check.reason[:1000]) for check in vetting.checks
        ]
        if (
            vetting.commit is None and not request.asked
        ):  # gone since it was listed: nobody waits for an answer
            return RefreshResult(*head, "left for later", vetting.reason)
        if vetting.folder is None:
            return self._refuse(request, checks)
        if self._settings.dry_run:
            return RefreshResult(*head, "left for later", "passes the vetting; a dry run measures nothing")
        self._report(f"{request.repo}@{request.revision[:8]}: measuring")
        try:
            record = self._evaluator.remeasure(vetting.folder, *head)
        except HeadRefused as error:
            return self._refuse(request, [*checks, CheckResult("scoring", False, str(error)[:1000])])
        claims = self_reported(*head, read_config(vetting.folder), self._claims(request))
        files = {f"{IN_DATASET}/{file_name(one)}": to_json(one).encode() for one in (record, *claims)}
        self._write(request, files, f"Record {request.repo}")
        return RefreshResult(*head, "measured", _figures(record))

    def _vet(self, request: EvaluationRequest) -> Vetting:
        allowed = self._evaluator.backbones()
        vetting = vet(request.repo, request.revision, token=self._settings.token, backbones=allowed)
        if vetting.commit not in (None, request.revision):
            raise RuntimeError(f"revision: expected {request.revision}, got {vetting.commit}")
        return vetting

    def _refuse(self, request: EvaluationRequest, checks: list[CheckResult]) -> RefreshResult:
        refused = refusal(*request.head, checks)
        self._write(request, {refused.path: refusal_json(refused)}, f"Refuse {request.repo}")
        return RefreshResult(*request.head, "refused", refused.reason())

    def _claims(self, request: EvaluationRequest) -> list[EvalResultEntry]:
        """What the author states; nothing when it cannot be read, because it is no part of the measurement."""
        try:
            return author_claims(self._api, request.repo, request.revision)
        except HUB_ERRORS as error:
            self._report(f"{request.repo}: what its author states could not be read: {reason(error)}")
            return []

    def _write(self, request: EvaluationRequest, files: dict[str, bytes], message: str) -> None:
        """The files and the end of the request in the queue, in one commit."""
        if self._settings.dry_run:
            return
        done = [Submission(1, *request.head).path] if request.queued else []
        if not files and not done:
            return
        try:
            add_once(
                self._settings.dataset,
                files,
                message or f"Answer the request for {request.repo}",
                remove=done,
                token=self._settings.token,
            )
        except HUB_ERRORS as error:
            if status_of(error) in (401, 403):
                raise NoRight(
                    f"{self._settings.dataset}: expected to write there, got: {reason(error)}"
                ) from error
            raise

    def _close(self, pull_request: int | None, comment: str) -> None:
        if pull_request is not None and not self._settings.dry_run:
            where = {"repo_type": "dataset", "token": self._settings.token}
            self._api.change_discussion_status(
                self._settings.dataset, pull_request, "closed", comment=comment, **where
            )


def _figures(record: Record) -> str:
    mean = mean_rank_over_subsets(record)
    return "recorded" if mean is None else f"mean rank {mean:.2f}"
