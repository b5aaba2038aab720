"""Pushing a head to the Hub: all of its files in one commit, or nothing."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, get_token
from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError
from huggingface_hub.hf_api import ModelInfo

from heads.hub.client import (
    HUB_ERRORS,
    clean_token,
    client_errors,
    hub_api,
    reason,
    redacted,
    status_of,
)
from heads.hub.download import fetch_intact
from heads.hub.push_files import RESULTS_FOLDER, push_files
from heads.hub.push_target import other_model
from heads.hub.repo_name import is_repo
from heads.persistence.card import CARD_NAME, is_signed
from heads.persistence.config import CONFIG_NAME, read_config
from heads.persistence.folder import CURVE_NAME, CURVE_PICTURE_NAME, HISTORY_NAME

Report = Callable[[str], None]
AGAIN = "Nothing was published; the same command again goes on from here."
UNKNOWN = "Whether it was published is not known; the same command again makes sure of it."
"""When the commit was sent and no whole answer came back."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What came of a push: `commit` holds the head; `changed` is False when it was there already."""

    repo: str
    commit: str
    url: str
    changed: bool
    pull_request: str | None


def push_head(
    folder: str | Path,
    repo: str,
    *,
    private: bool = False,
    branch: str | None = None,
    create_pr: bool = False,
    record: str | Path | None = None,
    own_card: str | Path | None = None,
    token: str | None = None,
    report: Report = print,
) -> Pushed:
    """The head in `folder`, published as `repo` (owner/name) in one commit.

    A repository that does not exist is created, private if asked. `branch` takes another branch than main
    and makes it if need be; `create_pr` opens a pull request, or goes on with the one opened before. `record`
    is a result record for the card. Without a token the one saved on this machine is used.

    Pushing the same again changes nothing. A repository that holds another model, or a card that somebody wrote
    (without an `own_card` to take its place), is left alone.

    Raises ValueError or FileNotFoundError when the folder, the record or the repository is not what it should be,
    PermissionError without a token, and OSError, in one line, when the Hub refuses or cannot be reached: then nothing
    was published.
    """
    if not is_repo(repo):
        raise ValueError(f"repo: expected owner/name, got {repo!r:.100}")
    if branch is not None and create_pr:
        raise ValueError("branch: expected none with create_pr, which has a branch of its own")
    files = push_files(folder, repo, record, own_card)
    token = clean_token(token) or clean_token(get_token())
    if not token:
        raise PermissionError("token: expected one that may write, got none; `hf auth login` or set HF_TOKEN")
    api = hub_api(token)
    report(f"{repo}: looking what is there")
    info = _there(api, repo, private, report)
    ref, parent, as_request = _target(api, repo, info, branch, create_pr)
    _check_replaceable(repo, parent, token, keeps_card=own_card is None)
    total = sum(map(len, files.values()))
    report(f"{repo}: pushing {len(files)} files, {total:,} bytes, in one commit")
    commit, request = _commit(api, repo, files, ref, parent, as_request)
    report(f"{repo}: {f'published as {commit}' if commit != parent.sha else 'unchanged, nothing to push'}")
    return Pushed(repo, commit, f"{api.endpoint}/{repo}", commit != parent.sha, request)


def _commit(
    api: HfApi, repo: str, files: dict[str, bytes], ref: str, parent: ModelInfo, as_request: bool
) -> tuple[str, str | None]:
    """The commit that holds the files, `parent` when it does already; and the address of its pull request."""
    stale = sorted(_ours(parent) - set(files))
    with _step(repo, "pushing", sends=True):
        done = api.create_commit(
            repo,
            [
                *(CommitOperationAdd(path, data) for path, data in files.items()),
                *(CommitOperationDelete(path) for path in stale),
            ],
            commit_message=_title(repo),
            revision=ref,
            create_pr=as_request,
            parent_commit=parent.sha,
        )
    number = ref.removeprefix("refs/pr/")
    return done.oid, done.pr_url or (f"{api.endpoint}/{repo}/discussions/{number}" if number != ref else None)


def _there(api: HfApi, repo: str, private: bool, report: Report) -> ModelInfo:
    """What the Hub tells of the repository, made if there is none."""
    with _step(repo, "asking for it"):
        try:
            info = api.model_info(repo)
        except RepositoryNotFoundError:
            info = None
    if info is None:
        report(f"{repo}: creating it{', private' if private else ''}")
        with _step(repo, "creating it"):
            api.create_repo(repo, private=private or None, exist_ok=True)  # None: the owner's default
            info = api.model_info(repo)
    if private and not info.private:
        raise ValueError(f"private: expected a private repository, {repo} is there and public")
    return info


def _target(
    api: HfApi, repo: str, main: ModelInfo, branch: str | None, create_pr: bool
) -> tuple[str, ModelInfo, bool]:
    """Where the commit goes, what is there now, and whether that opens a pull request."""
    if create_pr:
        with _step(repo, "looking for a pull request"):
            ref = _open_request(api, repo)
            return (ref, api.model_info(repo, revision=ref), False) if ref else ("main", main, True)
    if branch is None:
        return "main", main, False
    with _step(repo, f"making the branch {branch}"):
        try:
            return branch, api.model_info(repo, revision=branch), False
        except RevisionNotFoundError:
            api.create_branch(repo, branch=branch, exist_ok=True)
            return branch, api.model_info(repo, revision=branch), False


def _open_request(api: HfApi, repo: str) -> str | None:
    """The branch of the pull request that an earlier push opened and nobody has closed."""
    with client_errors():
        me = api.whoami()["name"]
    every = api.get_repo_discussions(repo, author=me, discussion_type="pull_request")
    opened = [
        one.num
        for one in every
        if one.is_pull_request
        and one.status in ("open", "draft")
        and (one.author, one.title) == (me, _title(repo))
    ]
    return f"refs/pr/{max(opened)}" if opened else None


def _title(repo: str) -> str:
    return f"Push the head {repo.split('/')[1]}"


def _ours(info: ModelInfo) -> set[str]:
    """What an earlier push may have left there, and this one may lack."""
    there = {one.rfilename for one in info.siblings or []}
    results = {path for path in there if path.startswith(f"{RESULTS_FOLDER}/")}
    return there & ({HISTORY_NAME, CURVE_NAME, CURVE_PICTURE_NAME} | results)


def _check_replaceable(repo: str, info: ModelInfo, token: str, keeps_card: bool) -> None:
    """Nothing, or ValueError when the repository holds something that pushing would spoil: another model, or, if
    it is to be kept, a card that somebody wrote or changed.
    """
    there = {one.rfilename for one in info.siblings or []}
    if (found := other_model(there)) is not None:
        raise _holds(repo, f"another model: {found}")

    def fetch(name: str) -> Path:
        with _step(repo, "reading what is there"):
            return fetch_intact(repo, name, str(info.sha), token)

    if CONFIG_NAME in there:
        folder = fetch(CONFIG_NAME).parent
        try:
            read_config(folder)
        except ValueError as error:
            found = str(error).removeprefix(f"{folder}{os.sep}")
            raise _holds(repo, f"another model ({found:.200})") from error
    if keeps_card and CARD_NAME in there and not is_signed(fetch(CARD_NAME).read_bytes()):
        words = (
            "download it and push it along, by --card, so that its words are kept and the rest is filled in"
        )
        raise _holds(repo, f"a card that somebody wrote or changed ({CARD_NAME}): {words}")


def _holds(repo: str, what: str) -> ValueError:
    return ValueError(f"repo: expected a new repository or a head's, {repo} holds {what}")


@contextmanager
def _step(repo: str, doing: str, sends: bool = False) -> Iterator[None]:
    """Errors of the Hub and the network become one line that names the step, without a token in it.

    `sends`: the commit is sent in this step, so an error without an answer leaves open what came of it.
    """
    try:
        yield
    except (*HUB_ERRORS, RuntimeError) as error:
        # An upload's own error comes wrapped in a RuntimeError.
        cause = error.__cause__ if isinstance(error, RuntimeError) else error
        words = reason(cause) if isinstance(cause, Exception) else redacted(str(error))
        upload = isinstance(error, RuntimeError)  # comes before the commit
        unsure = sends and not upload and isinstance(cause, Exception) and _may_have_arrived(cause)
        raise OSError(f"{repo}: {doing}: {words}. {UNKNOWN if unsure else AGAIN}") from (
            None if _has_token(error) else error
        )


def _may_have_arrived(error: Exception) -> bool:
    status = status_of(error)
    return status is None or status >= 500


def _has_token(error: BaseException | None) -> bool:
    """Whether a traceback would show a token: a server may repeat it in what it says."""
    if error is None:
        return False
    said = str(error)
    return redacted(said) != said or _has_token(error.__cause__ or error.__context__)
