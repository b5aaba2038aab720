"""A measured quantity beside a peer's or a limit, and a table of such rows."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

HEADINGS = ("what", "ours: median (p95)", "peer or limit", "its median (p95)", "ratio", "aim")


@dataclass(frozen=True)
class Row:
    """One quantity, smaller is better. `ours` are all its measurements in `unit`, none when it could not be
    measured; `theirs` are the peer's, or the limit alone."""

    what: str
    unit: str
    ours: tuple[float, ...]
    against: str
    theirs: tuple[float, ...]
    aim: str = ""

    @property
    def ratio(self) -> float | None:
        """Median of theirs over median of ours: above 1, ours is the smaller. None when not measured."""
        if not self.ours or not self.theirs:
            return None
        return statistics.median(self.theirs) / statistics.median(self.ours)

    def cells(self) -> tuple[str, ...]:
        """The row as `HEADINGS` has it; what was not measured is empty."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f} ×"
        return self.what, self._shown(self.ours), self.against, self._shown(self.theirs), ratio, self.aim

    def as_json(self) -> dict[str, Any]:
        """All fields and the ratio, JSON-able."""
        return {**asdict(self), "ratio": self.ratio}

    def _shown(self, values: Sequence[float]) -> str:
        if not values:
            return ""
        median = f"{statistics.median(values):.2f} {self.unit}"
        return median if len(values) == 1 else f"{median} ({np.percentile(values, 95):.2f})"


def table(rows: Sequence[Row]) -> str:
    """The rows under `HEADINGS`, in columns of plain text."""
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, tuple("-" * width for width in widths))
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def in_turn(runs: Mapping[str, Callable[[], object]], repetitions: int) -> dict[str, tuple[float, ...]]:
    """Seconds of each run, `repetitions` times in turn, so that a busy moment falls on all of them. Each runs
    once before, untimed.
    """
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for repetition in range(repetitions + 1):
        for name, run in runs.items():
            spent = seconds_of(run)
            if repetition:
                seconds[name].append(spent)
    return {name: tuple(values) for name, values in seconds.items()}


def seconds_of(run: Callable[[], object]) -> float:
    """Wall-clock seconds that the call takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
