"""Committing to the results dataset: all files in one commit on the newest state, or nothing."""

import random
import time
from collections.abc import Mapping, Sequence

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import HfHubHTTPError

from heads.hub.client import hub_api, status_of

ATTEMPTS = 8
LOST_RACE = (409, 412)
"""What the Hub answers when the parent commit is no longer the newest."""


def add_once(
    dataset: str,
    files: Mapping[str, bytes],
    message: str,
    *,
    remove: Sequence[str] = (),
    token: str | None = None,
) -> str | None:
    """The commit that adds those of `files` whose path is free and removes those of `remove` that are there.

    None when there was nothing left to do: a file that is there stays as it is, so doing it twice, or by two
    processes at once, is doing it once. When somebody else commits in between, it starts again from their
    commit. Raises what `heads.hub.client.HUB_ERRORS` lists; nothing of it is written then.
    """
    api = hub_api(token)
    for attempt in range(ATTEMPTS):
        parent = str(api.dataset_info(dataset).sha)
        operations = _operations(api, dataset, parent, files, remove)
        if not operations:
            return None
        try:
            done = api.create_commit(
                dataset, operations, commit_message=message, repo_type="dataset", parent_commit=parent
            )
        except HfHubHTTPError as error:
            if status_of(error) not in LOST_RACE or attempt == ATTEMPTS - 1:
                raise
            time.sleep(random.uniform(0, 0.1 * 2**attempt))  # so that two do not meet again at once
        else:
            return done.oid
    raise AssertionError("unreachable: the last attempt returns or raises")


def _operations(
    api: HfApi, dataset: str, parent: str, files: Mapping[str, bytes], remove: Sequence[str]
) -> list[CommitOperationAdd | CommitOperationDelete]:
    paths = [*files, *remove]
    known = api.get_paths_info(dataset, paths, revision=parent, repo_type="dataset")
    there = {entry.path for entry in known}
    added = [CommitOperationAdd(path, content) for path, content in files.items() if path not in there]
    return [*added, *(CommitOperationDelete(path) for path in remove if path in there)]
