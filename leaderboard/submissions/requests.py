"""Evaluation requests and refusals as JSON files: what the results dataset keeps beside records."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, TypeAdapter, with_config

from heads.hub.repo_name import is_repo
from heads.io.strict_json import STRICT, validated
from heads.vetting.plain_text import check_visible
from leaderboard.records.files import Problem
from leaderboard.records.provenance import code_version
from leaderboard.submissions.dataset import QUEUE, REFUSED

LARGEST_REQUEST = 10_000
"""Bytes: a request is about a hundred."""

TITLE_PREFIX = "Measure "
"""How the title of a pull request begins that asks for a head; others are left alone."""

Commit = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
Words = Annotated[str, Field(max_length=1000), AfterValidator(check_visible)]
Found = TypeVar("Found")


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Submission:
    """A request to measure the head in the repository `repo`, a model `owner/name`, as it is at `revision`."""

    schema: Literal[1]
    repo: str
    revision: Commit

    def __post_init__(self) -> None:
        if not is_repo(self.repo):
            raise ValueError(f"repo: expected a repository on the Hub, owner/name, got {self.repo!r:.80}")

    @property
    def path(self) -> str:
        """Where it lies in the dataset."""
        return f"{QUEUE}/{slug(self.repo, self.revision)}.json"


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class CheckResult:
    """A check that the head passed, or the one that it failed."""

    name: Words
    passed: bool
    reason: Words = ""


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Refusal:
    """A head that was not measured: what was checked, by which version of the project, and what failed."""

    schema: Literal[1]
    repo: str
    revision: Commit
    date: str
    code_version: str
    checks: tuple[CheckResult, ...]

    @property
    def path(self) -> str:
        """Where it lies in the dataset."""
        return f"{REFUSED}/{slug(self.repo, self.revision)}--{self.code_version}.json"

    def reason(self) -> str:
        """Why: the check that failed."""
        failed = [check for check in self.checks if not check.passed]
        return f"{failed[-1].name}: {failed[-1].reason}" if failed else "no reason given"


_SUBMISSION, _REFUSAL = TypeAdapter(Submission), TypeAdapter(Refusal)


def slug(repo: str, revision: str) -> str:
    """Part of a file name, distinct for distinct repositories and commits."""
    return f"{repo.replace('/', '--')}--{revision[:12]}"  # the Hub has no names with "--"


def refusal(repo: str, revision: str, checks: Sequence[CheckResult]) -> Refusal:
    """The refusal of a head, made now."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Refusal(1, repo, revision, now, code_version(), tuple(checks))


def submission_json(submission: Submission) -> bytes:
    """The request as a file."""
    return _SUBMISSION.dump_json(submission, indent=2) + b"\n"


def refusal_json(refused: Refusal) -> bytes:
    """The refusal as a file."""
    return _REFUSAL.dump_json(refused, indent=2) + b"\n"


def read_submission(content: bytes) -> Submission:
    """The request in a file. Raises ValueError naming the field that is wrong."""
    if len(content) > LARGEST_REQUEST:
        raise ValueError(f"size: expected at most {LARGEST_REQUEST} bytes, got {len(content)}")
    return validated(_SUBMISSION.validate_json, content)


def load_submissions(folder: Path) -> tuple[list[Submission], list[Problem]]:
    """The requests in a copy of the dataset, and the files that are none."""
    return _load(folder / QUEUE, read_submission)


def load_refusals(folder: Path) -> tuple[list[Refusal], list[Problem]]:
    """The refusals in a copy of the dataset, and the files that are none."""
    return _load(folder / REFUSED, lambda content: validated(_REFUSAL.validate_json, content))


def _load(folder: Path, read: Callable[[bytes], Found]) -> tuple[list[Found], list[Problem]]:
    found: list[Found] = []
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.json")):
        try:
            if not path.is_file():
                raise ValueError("expected a file, found a folder, a pipe or a device")
            found.append(read(path.read_bytes()))
        except (OSError, ValueError) as error:
            problems.append(Problem(f"{folder.name}/{path.name}", str(error)))
    return found, problems
