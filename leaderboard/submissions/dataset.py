"""The results dataset on the Hub: records of everybody's heads, requests, refusals; and its last good copy here."""

import json
import os
import re
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import tqdm as hub_tqdm

from heads.hub.client import hub_api
from heads.hub.repo_name import is_repo
from heads.io.atomic import is_left, is_partial, replacing
from heads.io.cache import cache_folder
from heads.io.digests import has_digest
from leaderboard.records.files import LARGEST, Problem
from leaderboard.records.folders import IN_DATASET

NO_DATASET = (
    "results dataset: expected one, owner/name, by --results-dataset or the variable FG_RESULTS, got none"
)


DEFAULT: str | None = None
"""The dataset `owner/name` that holds this leaderboard's results. None: only the records that ship with it.

A copy of the project names its own, here or by the variable FG_RESULTS.
"""

QUEUE, REFUSED = "queue", "refused"
"""The dataset's folders beside that of records: heads asked for, heads turned down and why."""

_NAME = r"[\w.-]{1,200}"
_OURS = re.compile(rf"({IN_DATASET}|{QUEUE}|{REFUSED})/{_NAME}\.json|{IN_DATASET}/{_NAME}\.parquet")
_NOTE = "copy.json"
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Copy:
    """The dataset's files as they were at `commit`, in `folder`; seen to be the newest at `read_at`."""

    dataset: str
    commit: str
    folder: Path
    read_at: datetime
    left_out: tuple[Problem, ...] = ()


def results_dataset() -> str | None:
    """The dataset, from FG_RESULTS or else DEFAULT; None when there is none.

    Raises ValueError when what is named there is no `owner/name`.
    """
    named = os.environ.get("FG_RESULTS", DEFAULT or "").strip()
    return _checked("FG_RESULTS", named) if named else None


def named_dataset(name: str | None) -> str:
    """`name`, or else the results dataset of FG_RESULTS.

    Raises ValueError when none is named, or what is named is no `owner/name`.
    """
    dataset = _checked("--results-dataset", name) if name else results_dataset()
    if dataset is None:
        raise ValueError(NO_DATASET)
    return dataset


def _checked(where: str, named: str) -> str:
    if not is_repo(named):
        raise ValueError(f"{where}: expected a dataset on the Hub, owner/name, got {named!r:.80}")
    return named


def last_copy(dataset: str, cache: Path | None = None) -> Copy | None:
    """The last good copy on this machine; None when there is none, or it can no longer be read."""
    home = _home(dataset, cache)
    try:
        note = json.loads((home / _NOTE).read_text(encoding="utf-8"))
        commit, read_at = note["commit"], datetime.fromisoformat(note["read_at"])
        left_out = tuple(Problem(*problem) for problem in note["left_out"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    folder = home / commit
    return Copy(dataset, commit, folder, read_at, left_out) if folder.is_dir() else None


def pull(dataset: str, token: str | None = None, cache: Path | None = None) -> Copy:
    """The dataset as it is now. What changed is downloaded, checked against git's own names, and only then
    put in the place of the copy before.

    Raises what `heads.hub.client.HUB_ERRORS` lists, and the copy before stays.
    """
    api, before = hub_api(token), last_copy(dataset, cache)
    commit = str(api.dataset_info(dataset).sha)
    if before is None or before.commit != commit:
        files, left_out = _choose(list_files(api, dataset, commit))
        folder = _home(dataset, cache) / commit
        _download(api, dataset, commit, files, folder, before.folder if before else None)
        now = Copy(dataset, commit, folder, datetime.now(UTC), tuple(left_out))
    else:
        now = replace(before, read_at=datetime.now(UTC))
    _write_note(now)
    _tidy(now.folder.parent, keep={now.folder, before.folder if before else now.folder})
    return now


def list_files(api: HfApi, dataset: str, revision: str) -> list[RepoFile]:
    """The dataset's files at a revision."""
    tree = api.list_repo_tree(dataset, recursive=True, revision=revision, repo_type="dataset")
    return [entry for entry in tree if isinstance(entry, RepoFile)]


def fetch_file(api: HfApi, dataset: str, entry: RepoFile, revision: str, folder: Path) -> Path:
    """A listed file, which is then in `folder`. Raises OSError when it arrives damaged."""
    where = {"repo_type": "dataset", "revision": revision, "local_dir": folder}
    path = Path(api.hf_hub_download(dataset, entry.path, **where, tqdm_class=_Quiet))
    if not _is_content(entry, path):
        raise OSError(f"{dataset}: {entry.path}: the download is damaged; try again")
    return path


def _home(dataset: str, cache: Path | None) -> Path:
    return (cache or cache_folder()) / "results-datasets" / dataset.replace("/", "--")


def _choose(entries: Sequence[RepoFile]) -> tuple[list[RepoFile], list[Problem]]:
    """The files to read, and those in the dataset's folders that are too large to be records."""
    ours = [entry for entry in entries if _OURS.fullmatch(entry.path)]
    most = {entry.path: LARGEST[Path(entry.path).suffix] for entry in ours}
    problems = [
        Problem(entry.path, f"size: expected at most {most[entry.path]} bytes, got {entry.size}")
        for entry in ours
        if entry.size > most[entry.path]
    ]
    return [entry for entry in ours if entry.size <= most[entry.path]], problems


def _download(
    api: HfApi, dataset: str, commit: str, files: Sequence[RepoFile], target: Path, before: Path | None
) -> None:
    def fetch(entry: RepoFile) -> None:
        path, kept = aside / entry.path, (before or aside) / entry.path
        if kept.is_file() and _is_content(entry, kept):
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(kept, path)
        else:
            fetch_file(api, dataset, entry, commit, aside)

    with replacing(target) as aside:
        aside.mkdir()
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(fetch, files))
        shutil.rmtree(aside / ".cache", ignore_errors=True)  # the client's notes about its downloads


def _is_content(entry: RepoFile, path: Path) -> bool:
    return has_digest(path, entry.lfs.sha256 if entry.lfs else entry.blob_id)


def _write_note(copy: Copy) -> None:
    note = {
        "commit": copy.commit,
        "read_at": copy.read_at.isoformat(timespec="seconds"),
        "left_out": [[problem.file, problem.reason] for problem in copy.left_out],
    }
    with replacing(copy.folder.parent / _NOTE) as aside:
        aside.write_text(json.dumps(note, indent=2) + "\n", encoding="utf-8")


def _tidy(home: Path, keep: set[Path]) -> None:
    """Removes copies of other commits, and what kills left of any: nobody comes back to write the same commit."""
    for path in home.iterdir():
        if path.is_dir() and path not in keep and (not is_partial(path.name) or is_left(path)):
            shutil.rmtree(path, ignore_errors=True)


class _Quiet(hub_tqdm):
    """No bar for a file of a few thousand bytes."""

    def __init__(self, *arguments: Any, **settings: Any):
        super().__init__(*arguments, **{**settings, "disable": True})
