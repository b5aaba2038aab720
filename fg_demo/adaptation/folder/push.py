"""Pushing an adapter to the Hub: all of its files in one commit, or nothing."""

from pathlib import Path

from fg_demo.adaptation.folder.files import CARD, CONTEXTUALISER, CURVE, HISTORY, TRAINING
from fg_demo.adaptation.folder.made import Made, read_made
from fg_demo.models.adapter import ADAPTER_CONFIG, ADAPTER_WEIGHTS, read_adapter_config
from heads.hub.push_target import other_model
from heads.hub.upload import Fetch, Pushed, Report, Upload, push_files_to
from heads.persistence.card import is_signed

_EXTRAS = (CONTEXTUALISER, CURVE)
"""What an adapter may have or lack."""


def push_adapter(
    folder: Path,
    repo: str,
    *,
    private: bool = False,
    branch: str | None = None,
    create_pr: bool = False,
    token: str | None = None,
    report: Report = print,
) -> Pushed:
    """The adapter in `folder`, published as `repo` (owner/name) in one commit: see
    `heads.hub.upload.push_files_to`, whose errors it raises, and those of `read_made`.

    A repository that holds another model, an adapter of another backbone, or a card that somebody wrote is left alone,
    unless the folder has a card of somebody's own, which then takes its place.
    """
    made = read_made(folder)
    upload = Upload(
        files=adapter_files(made, repo),
        kind="an adapter",
        title=f"Push the adapter {repo.rpartition('/')[2]}",
        left=lambda there: there & set(_EXTRAS),
        other=lambda there, fetch: _other(made, there, fetch),
    )
    return push_files_to(
        repo, upload, private=private, branch=branch, create_pr=create_pr, token=token, report=report
    )


def adapter_files(made: Made, repo: str) -> dict[str, bytes]:
    """Path in the repository → content. The card is written for the repository's name, unless somebody has written it."""
    names = (ADAPTER_CONFIG, ADAPTER_WEIGHTS, TRAINING, HISTORY, *_EXTRAS)
    files = {name: (made.folder / name).read_bytes() for name in names if (made.folder / name).is_file()}
    own = made.has_own_card()
    return files | {CARD: made.card(repo).encode() if own else (made.folder / CARD).read_bytes()}


def _other(made: Made, there: set[str], fetch: Fetch) -> str | None:
    """What a push would spoil: another model, another backbone's adapter, or a card that is to be kept."""
    weights = (ADAPTER_WEIGHTS, CONTEXTUALISER)
    if (found := other_model(there, "an adapter", ADAPTER_CONFIG, weights)) is not None:
        return f"another model: {found}"
    if ADAPTER_CONFIG in there:
        if TRAINING not in there:
            return f"an adapter of another kind: it has no {TRAINING}"
        try:
            base = read_adapter_config(fetch(ADAPTER_CONFIG).parent).get("base_model_name_or_path")
        except ValueError as error:
            return f"another adapter ({error!s:.200})"
        if base != made.about["backbone"]:
            return f"an adapter of another backbone, {base!r:.100}"
    if made.has_own_card() and CARD in there and not is_signed(fetch(CARD).read_bytes()):
        return f"a card that somebody wrote or changed ({CARD}): put it into {made.folder} to push it along"
    return None
