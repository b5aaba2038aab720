"""All of a folder's files to a repository on the Hub in one commit, or nothing."""

from collections.abc import Callable, Iterator, Mapping
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
from heads.hub.repo_name import check_repo

Report = Callable[[str], None]
AGAIN = "Nothing was published; the same command again goes on from here."
UNKNOWN = "Whether it was published is not known; the same command again makes sure of it."
"""When the commit was sent and no whole answer came back."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What came of a push: `commit` holds it; `changed` is False when it was there already."""

    repo: str
    commit: str
    url: str
    changed: bool
    pull_request: str | None


Fetch = Callable[[str], Path]
"""Fetches a file of the repository as it stands there."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What goes up, content by path. `kind` and `title` are what it is, and what its commit is called.

    Of the paths that are there, `left` are those that an earlier push may have left and this one may lack, and `other`
    says in words what they hold that a push would spoil; None when nothing.
    """

    files: Mapping[str, bytes]
    kind: str
    title: str
    left: Callable[[set[str]], set[str]]
    other: Callable[[set[str], Fetch], str | None]


def push_files_to(
    repo: str,
    upload: Upload,
    *,
    private: bool = False,
    branch: str | None = None,
    create_pr: bool = False,
    token: str | None = None,
    report: Report = print,
) -> Pushed:
    """What came of it: all of the upload in one commit of `repo` (owner/name), or an error.

    A repository that does not exist is created, private if asked. `branch` takes another branch than main and makes it
    if need be; `create_pr` opens a pull request, or goes on with the one opened before. Without a token the one saved
    on this machine is used. The same again changes nothing.

    Raises ValueError when the repository is not what it should be, PermissionError without a token, and OSError, in one
    line, when the Hub refuses or cannot be reached: then nothing was published.
    """
    check_repo(repo)
    if branch is not None and create_pr:
        raise ValueError("branch: expected none with create_pr, which has a branch of its own")
    token = clean_token(token) or clean_token(get_token())
    if not token:
        raise PermissionError("token: expected one that may write, got none; `hf auth login` or set HF_TOKEN")
    api = hub_api(token)
    report(f"{repo}: looking what is there")
    info = _there(api, repo, private, report)
    ref, parent, as_request = _target(api, repo, info, upload.title, branch, create_pr)
    _check_replaceable(repo, parent, upload, token)
    total = sum(map(len, upload.files.values()))
    report(f"{repo}: pushing {len(upload.files)} files, {total:,} bytes, in one commit")
    commit, request = _commit(api, repo, upload, ref, parent, as_request)
    report(f"{repo}: {f'published as {commit}' if commit != parent.sha else 'unchanged, nothing to push'}")
    return Pushed(repo, commit, f"{api.endpoint}/{repo}", commit != parent.sha, request)


def listed(files: Mapping[str, bytes], repo: str) -> str:
    """A line for each file that would go up, with its size, and one for all of them."""
    lines = [f"{len(data):>12,} bytes  {path}" for path, data in sorted(files.items())]
    return "\n".join([*lines, f"{sum(map(len, files.values())):>12,} bytes  in one commit to {repo}"])


def _commit(
    api: HfApi, repo: str, upload: Upload, ref: str, parent: ModelInfo, as_request: bool
) -> tuple[str, str | None]:
    """The commit that holds the files, `parent` when it does already; and the address of its pull request."""
    stale = sorted(upload.left(_paths(parent)) - set(upload.files))
    with _step(repo, "pushing", sends=True):
        done = api.create_commit(
            repo,
            [
                *(CommitOperationAdd(path, data) for path, data in upload.files.items()),
                *(CommitOperationDelete(path) for path in stale),
            ],
            commit_message=upload.title,
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
    api: HfApi, repo: str, main: ModelInfo, title: str, branch: str | None, create_pr: bool
) -> tuple[str, ModelInfo, bool]:
    """Where the commit goes, what is there now, and whether that opens a pull request."""
    if create_pr:
        with _step(repo, "looking for a pull request"):
            ref = _open_request(api, repo, title)
            return (ref, api.model_info(repo, revision=ref), False) if ref else ("main", main, True)
    if branch is None:
        return "main", main, False
    with _step(repo, f"making the branch {branch}"):
        try:
            return branch, api.model_info(repo, revision=branch), False
        except RevisionNotFoundError:
            api.create_branch(repo, branch=branch, exist_ok=True)
            return branch, api.model_info(repo, revision=branch), False


def _open_request(api: HfApi, repo: str, title: str) -> str | None:
    """The branch of the pull request that an earlier push opened and nobody has closed."""
    with client_errors():
        me = api.whoami()["name"]
    every = api.get_repo_discussions(repo, author=me, discussion_type="pull_request")
    opened = [
        one.num
        for one in every
        if one.is_pull_request and one.status in ("open", "draft") and (one.author, one.title) == (me, title)
    ]
    return f"refs/pr/{max(opened)}" if opened else None


def _check_replaceable(repo: str, info: ModelInfo, upload: Upload, token: str) -> None:
    """Nothing, or ValueError when the repository holds something that pushing would spoil."""

    def fetch(name: str) -> Path:
        with _step(repo, "reading what is there"):
            return fetch_intact(repo, name, str(info.sha), token)

    found = upload.other(_paths(info), fetch)
    if found is not None:
        raise ValueError(f"repo: expected a new repository or {upload.kind}'s, {repo} holds {found}")


def _paths(info: ModelInfo) -> set[str]:
    return {one.rfilename for one in info.siblings or []}


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
