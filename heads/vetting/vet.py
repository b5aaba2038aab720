"""Vetting a stranger's head, from its outside in: nothing is fetched before what comes first is in order.

Never a pickle, never code from a repository. The Hub's own scan comes later than a push and only advises.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from heads.hub.client import HUB_ERRORS, clean_token, hub_api, is_transient, reason
from heads.hub.download import Token
from heads.hub.repo_name import is_repo
from heads.persistence.config import CONFIG_NAME, WEIGHTS_NAME
from heads.vetting.checks import CHECKS, Subject
from heads.vetting.plain_text import plain
from heads.vetting.sources import FolderSource, HeadSource, HubSource, describe

_LOCAL = re.compile(rf"/.*/(?={CONFIG_NAME}|{WEIGHTS_NAME})")
"""Where a file is on this machine, which is nobody's business in a public reason."""


@dataclass(frozen=True, slots=True)
class VettingCheck:
    """One line of a vetting: what was looked at, and what was found."""

    name: str
    passed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Vetting:
    """What was found, in order; a check that fails is the last."""

    repo: str
    commit: str | None
    """The commit that was looked at: the one to measure. None for a folder, or when there is none."""
    checks: tuple[VettingCheck, ...]
    folder: Path | None
    """The head on this machine, once it passed."""

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return self.folder is not None

    @property
    def reason(self) -> str:
        """Why it was refused; empty when it passed."""
        return "" if self.passed else f"{self.checks[-1].name}: {self.checks[-1].reason}"

    def lines(self) -> list[str]:
        """The checks as plain text, a line each."""
        return [f"{'✓' if check.passed else '✗'} {check.name}: {check.reason}" for check in self.checks]


def vet(
    repo: str,
    revision: str | None = None,
    *,
    token: Token = None,
    backbones: Mapping[str, str] | None = None,
    report: Callable[[VettingCheck], None] | None = None,
) -> Vetting:
    """What is found about the head in a Hub repository, at the commit `revision` stands for now.

    `backbones` are those allowed, name → revision; None: any that is named with a revision. `report` is
    called with each check as it is done. Whatever is wrong with the head is in the result; raises what
    `heads.hub.client.HUB_ERRORS` lists when the Hub cannot be asked, so that nothing is known of the head.
    """
    if not is_repo(repo):
        words = f"expected owner/name of letters, digits, dots, dashes, got {plain(repo, 100)}"
        return _refused(plain(repo, 100), None, VettingCheck("repository", False, words), report)
    token = clean_token(token) if isinstance(token, str) else token
    try:
        info = describe(hub_api(), repo, revision, token)
    except HUB_ERRORS as error:
        if is_transient(error):
            raise
        return _refused(repo, None, VettingCheck("repository", False, reason(error)), report)
    if info.gated or info.disabled:
        words = "expected one that everybody may read, got a gated or disabled one"
        return _refused(repo, info.sha, VettingCheck("repository", False, words), report)
    first = VettingCheck("repository", True, f"at commit {info.sha}")
    return _look_over(HubSource(repo, info, token), info.sha, backbones, report, first)


def vet_folder(
    folder: str | Path,
    *,
    backbones: Mapping[str, str] | None = None,
    report: Callable[[VettingCheck], None] | None = None,
) -> Vetting:
    """The same for a head in a folder, as before it is pushed."""
    try:
        place = FolderSource(folder)
    except ValueError as error:
        return _refused(str(folder), None, VettingCheck("folder", False, plain(str(error))), report)
    return _look_over(
        place, None, backbones, report, VettingCheck("folder", True, f"{len(place.sizes)} files")
    )


def _refused(
    repo: str, commit: str | None, check: VettingCheck, report: Callable[[VettingCheck], None] | None
) -> Vetting:
    if report is not None:
        report(check)
    return Vetting(repo, commit, (check,), None)


def _look_over(
    place: HeadSource,
    commit: str | None,
    backbones: Mapping[str, str] | None,
    report: Callable[[VettingCheck], None] | None,
    first: VettingCheck,
) -> Vetting:
    subject, done, report = Subject(place, backbones), [first], report or (lambda check: None)
    report(first)
    for name, check in CHECKS.items():
        done.append(_checked(name, check, subject))
        report(done[-1])
        if not done[-1].passed:
            return Vetting(place.name, commit, tuple(done), None)
    return Vetting(place.name, commit, tuple(done), place.fetch(CONFIG_NAME).parent)


def _checked(name: str, check: Callable[[Subject], str], subject: Subject) -> VettingCheck:
    try:
        return VettingCheck(name, True, check(subject))
    except (*HUB_ERRORS, ValueError) as error:  # ValueError: what a check says of the head
        if isinstance(error, HUB_ERRORS) and is_transient(error):
            raise
        return VettingCheck(name, False, plain(_LOCAL.sub("", reason(error)), 400))
