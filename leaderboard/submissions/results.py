"""What became of the heads of a refresh."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Result = Literal["measured", "refused", "known", "failed", "left for later"]
"""`known`: measured or refused before. `failed`: could not be tried now, and will be again."""


@dataclass(frozen=True, slots=True)
class RefreshResult:
    """What became of the head of a repository at a commit, and why."""

    repo: str
    revision: str
    result: Result
    words: str = ""

    def line(self) -> str:
        """On a line, for whoever watches."""
        at = f"@{self.revision[:8]}" if self.revision else ""
        return f"{self.repo}{at}: {self.result}{f': {self.words}' if self.words else ''}"


def summary(outcomes: Iterable[RefreshResult]) -> str:
    """How many heads came to which end."""
    results = [outcome.result for outcome in outcomes]
    counts = {result: results.count(result) for result in dict.fromkeys(results)}
    return ", ".join(f"{count} {result}" for result, count in counts.items()) or "no heads found"
