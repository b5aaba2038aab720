"""Submitting a head: a pull request on the results dataset, which asks for it to be measured and shows its vetting."""

from collections.abc import Callable
from dataclasses import dataclass

from huggingface_hub import CommitOperationAdd, HfApi

from heads.hub.client import hub_api
from heads.vetting.vet import Vetting, VettingCheck, vet
from leaderboard.submissions.requests import TITLE_PREFIX, Submission, submission_json


@dataclass(frozen=True, slots=True)
class Submitted:
    """A request for a head: where it can be followed, and whether it had been made before."""

    submission: Submission
    url: str
    before: bool = False


class NotSubmitted(ValueError):
    """The head does not pass the vetting, so there is nothing to ask for."""


def submit(
    dataset: str,
    repo: str,
    revision: str | None = None,
    *,
    token: str | None = None,
    report: Callable[[VettingCheck], None] | None = None,
) -> Submitted:
    """The request for the head in `repo`, at the commit that `revision` stands for now; made once.

    `report` is called with each check of the vetting. Raises NotSubmitted with the reason when the head is
    refused, and what `heads.hub.client.HUB_ERRORS` lists.
    """
    vetting = check_passed(vet(repo, revision, token=token, report=report))
    return open_request(dataset, vetting, token=token)


def check_passed(vetting: Vetting) -> Vetting:
    """The vetting. Raises NotSubmitted with the reason when it was not passed."""
    if not vetting.passed:
        raise NotSubmitted(f"{vetting.repo}: not submitted: {vetting.reason}")
    return vetting


def open_request(dataset: str, vetting: Vetting, *, token: str | None = None) -> Submitted:
    """The request for a head that passed its vetting; the one that is open already, when there is one."""
    api, submission = hub_api(token), submission_of(vetting)
    known = _find_request(api, dataset, title(submission))
    if known is not None:
        return Submitted(submission, known, before=True)
    made = api.create_commit(
        dataset,
        [CommitOperationAdd(submission.path, submission_json(submission))],
        commit_message=title(submission),
        commit_description=description(vetting),
        repo_type="dataset",
        create_pr=True,
    )
    return Submitted(submission, str(made.pr_url))


def submission_of(vetting: Vetting) -> Submission:
    """The request file for a head that was vetted on the Hub."""
    return Submission(1, vetting.repo, str(vetting.commit))


def title(submission: Submission) -> str:
    """Of the pull request; the same for the same head at the same commit."""
    return f"{TITLE_PREFIX}{submission.repo} at {submission.revision[:12]}"


def description(vetting: Vetting) -> str:
    """Of the pull request: the vetting, as text that is shown as it is."""
    fence = "```"
    lines = [line.replace("`", "'") for line in vetting.lines()]
    head = f"Please measure the head in `{vetting.repo}` at commit `{vetting.commit}`."
    after = "The next `python -m leaderboard refresh` measures it and answers here."
    return "\n".join([head, "", "Its vetting:", "", fence, *lines, fence, "", after])


def _find_request(api: HfApi, dataset: str, title: str) -> str | None:
    every = api.get_repo_discussions(
        dataset, repo_type="dataset", discussion_type="pull_request", discussion_status="open"
    )
    same = [one for one in every if one.is_pull_request and one.status == "open" and one.title == title]
    return same[0].url if same else None
