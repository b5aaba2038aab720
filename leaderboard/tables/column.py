"""One column of the leaderboard."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from leaderboard.records.record import Record

Interval = tuple[float, float]
Value = int | float | str | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `value` of a record, None when it was not measured, and its 95 % interval where it has one.

    `best` is the better end, None where there is none. Values are in the record's units; shares are shown in
    percent. `short` is the title where lines are narrow, the title itself unless another is given.
    """

    name: str
    title: str
    help: str
    value: Callable[[Record], Value]
    interval: Callable[[Record], Interval | None] = lambda record: None
    best: Literal["min", "max"] | None = None
    form: Literal["rank", "share", "count", "text"] = "rank"
    short: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "short", self.short or self.title)

    def text(self, value: Value) -> str:
        """The value as shown; empty when there is none."""
        if value is None or isinstance(value, str):
            return value or ""
        if self.form == "share":
            return f"{100 * value:.1f}"
        return f"{value:,.0f}" if self.form == "count" else f"{value:.2f}"
