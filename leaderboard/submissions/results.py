"""The result of a refresh for each request, and a summary of them all."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Status = Literal["measured", "refused", "known", "failed", "left for later"]
"""`known`: measured or refused before. `failed`: could not be tried now, and will be again."""


@dataclass(frozen=True, slots=True)
class RefreshResult:
    """What became of the head of a repository at a commit, and why."""

    repo: str
    revision: str
    status: Status
    reason: str = ""

    def line(self) -> str:
        """The result on one line, for whoever watches."""
        at = f"@{self.revision[:8]}" if self.revision else ""
        return f"{self.repo}{at}: {self.status}{f': {self.reason}' if self.reason else ''}"


def summary(results: Iterable[RefreshResult]) -> str:
    """How many heads have which status."""
    statuses = [result.status for result in results]
    counts = {status: statuses.count(status) for status in dict.fromkeys(statuses)}
    return ", ".join(f"{count} {status}" for status, count in counts.items()) or "no heads found"
