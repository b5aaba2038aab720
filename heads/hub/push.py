"""Pushing a head to the Hub: all of its files in one commit, or nothing."""

import os
from pathlib import Path

from heads.hub.push_files import RESULTS_FOLDER, push_files
from heads.hub.push_target import other_model
from heads.hub.repo_name import check_repo
from heads.hub.upload import Fetch, Pushed, Report, Upload, push_files_to
from heads.persistence.card import CARD_NAME, is_signed
from heads.persistence.config import CONFIG_NAME, read_config
from heads.persistence.folder import CURVE_NAME, CURVE_PICTURE_NAME, HISTORY_NAME


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
    check_repo(repo)
    upload = Upload(
        files=push_files(folder, repo, record, own_card),
        kind="a head",
        title=f"Push the head {repo.split('/')[1]}",
        left=_left,
        other=lambda there, fetch: _other(there, fetch, keeps_card=own_card is None),
    )
    return push_files_to(
        repo, upload, private=private, branch=branch, create_pr=create_pr, token=token, report=report
    )


def _left(there: set[str]) -> set[str]:
    results = {path for path in there if path.startswith(f"{RESULTS_FOLDER}/")}
    return there & ({HISTORY_NAME, CURVE_NAME, CURVE_PICTURE_NAME} | results)


def _other(there: set[str], fetch: Fetch, keeps_card: bool) -> str | None:
    """Another model, or, if it is to be kept, a card that somebody wrote or changed."""
    if (found := other_model(there)) is not None:
        return f"another model: {found}"
    if CONFIG_NAME in there:
        folder = fetch(CONFIG_NAME).parent
        try:
            read_config(folder)
        except ValueError as error:
            return f"another model ({str(error).removeprefix(f'{folder}{os.sep}'):.200})"
    if keeps_card and CARD_NAME in there and not is_signed(fetch(CARD_NAME).read_bytes()):
        words = (
            "download it and push it along, by --card, so that its words are kept and the rest is filled in"
        )
        return f"a card that somebody wrote or changed ({CARD_NAME}): {words}"
    return None
