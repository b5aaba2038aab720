"""Evaluation requests found on the Hub: open pull requests, the queue, and heads that carry the tag."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from huggingface_hub import HfApi

from heads.hub.client import HUB_ERRORS, reason
from heads.persistence.card import TAGS
from leaderboard.submissions.dataset import QUEUE, Copy, fetch_file, list_files
from leaderboard.submissions.requests import LARGEST_REQUEST, TITLE_PREFIX, load_submissions, read_submission

TAG = TAGS[0]
"""What a card carries that `python -m heads push` wrote."""

MOST_REQUESTS = 10
"""Of one pull request."""

_REQUEST_FILE = re.compile(rf"{QUEUE}/[\w.-]{{1,200}}\.json")


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """A head to measure: the repository at a commit. `pull_request` is the number of the one that asks for it,
    `queued` says that a file in the dataset's queue does.
    """

    repo: str
    revision: str
    pull_request: int | None = None
    queued: bool = False

    @property
    def head(self) -> tuple[str, str]:
        """Repository and commit: what a head is known by."""
        return self.repo, self.revision

    @property
    def asked(self) -> bool:
        """Whether somebody waits for an answer."""
        return self.queued or self.pull_request is not None


@dataclass(frozen=True, slots=True)
class InvalidRequest:
    """The number of a pull request that asks for no head, and why; `transient`: it could only not be read now."""

    pull_request: int
    reason: str
    transient: bool = False


def requested(api: HfApi, copy: Copy) -> Iterator[EvaluationRequest | InvalidRequest]:
    """The heads that open pull requests on the dataset ask for, oldest first; `copy` is its main branch.

    Nothing but the request files of their branches is read, and nothing is merged. A pull request that is
    called something else, or has no such file, is left alone.
    """
    every = api.get_repo_discussions(
        copy.dataset, repo_type="dataset", discussion_type="pull_request", discussion_status="open"
    )
    asking = [one for one in every if one.is_pull_request and one.title.startswith(TITLE_PREFIX)]
    for number in sorted(one.num for one in asking if one.status == "open"):
        try:
            contents = _request_files(api, copy, number)
        except HUB_ERRORS as error:
            yield InvalidRequest(number, reason(error), transient=True)
        else:
            yield from (_parsed(number, content) for content in contents)


def queued(copy: Copy) -> Iterator[EvaluationRequest]:
    """The heads whose requests were merged into the dataset."""
    submissions, _ = load_submissions(copy.folder)
    yield from (
        EvaluationRequest(submission.repo, submission.revision, queued=True) for submission in submissions
    )


def tagged(api: HfApi) -> Iterator[EvaluationRequest]:
    """The heads on the Hub that carry TAG, each at its newest commit."""
    for info in api.list_models(filter=TAG, full=True):
        if info.sha and not info.private and not info.disabled:
            yield EvaluationRequest(info.id, info.sha)


def _parsed(number: int, content: bytes) -> EvaluationRequest | InvalidRequest:
    try:
        submission = read_submission(content)
    except ValueError as error:
        return InvalidRequest(number, str(error))
    return EvaluationRequest(submission.repo, submission.revision, number)


def _request_files(api: HfApi, copy: Copy, number: int) -> list[bytes]:
    """The contents of the request files that the pull request adds, no more of them than can be requests."""
    branch = f"refs/pr/{number}"
    files = [entry for entry in list_files(api, copy.dataset, branch) if _REQUEST_FILE.fullmatch(entry.path)]
    new = [entry for entry in files if not (copy.folder / entry.path).exists()]
    asked = [entry for entry in new if entry.size <= LARGEST_REQUEST]
    with TemporaryDirectory() as folder:
        fetched = (
            fetch_file(api, copy.dataset, entry, branch, Path(folder)) for entry in asked[:MOST_REQUESTS]
        )
        return [path.read_bytes() for path in fetched]
