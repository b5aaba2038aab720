"""The newest of a visitor's requests is the one that is answered, however long an older one takes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

import gradio as gr

from fg_demo.heat_map import Progress, untold
from fg_demo.page.components import QUIET
from fg_demo.page.text import notice

Updates = dict[Any, Any]
UNANSWERED: Updates = {"unanswered": True}
"""Among what a request shows: the scores that it asked for are still to come, and the browser asks for them again."""


@final
class Turns:
    """Which request of one visitor is the newest, by the numbers that their browser counts; kept in their session."""

    def __init__(self) -> None:
        self.newest: int | float = 0

    def begun(self, number: int | float) -> bool:
        """Whether the request is the newest so far; from now on an older one is not."""
        self.newest = max(self.newest, number)
        return self.wants(number)

    def wants(self, number: int | float) -> bool:
        """Whether nothing newer was asked for."""
        return number >= self.newest


@dataclass(frozen=True)
class TurnFields:
    """The number of the request that was answered last, which the browser exchanges for that of the request that it
    sends, and the visitor's turns.
    """

    number: gr.Number
    turns: gr.State

    @property
    def inputs(self) -> list[Any]:
        """What stands before the inputs of an event that is answered in turn."""
        return [self.number, self.turns]

    def in_turn(self, run: Callable[..., Any], stays: tuple[Any, ...] = ()) -> Callable[..., Any]:
        """`run`, not called, or its answer dropped, where the visitor has asked anew; but what it says of the components
        of `stays` is kept.
        """

        def newest(number: int | float, turns: Turns, *entered: Any) -> Any:
            if not turns.begun(number) and not stays:
                return gr.skip()
            return self.answered(number, turns, run(*entered), stays)

        return newest

    def answered(self, number: int | float, turns: Turns, shown: Updates, stays: tuple[Any, ...] = ()) -> Any:
        """The answer with the number of its request, or what is kept of it where the visitor has asked anew."""
        if not turns.wants(number):
            return {part: value for part, value in shown.items() if part in stays} or gr.skip()
        if UNANSWERED.items() <= shown.items():
            return {part: value for part, value in shown.items() if part not in UNANSWERED} or gr.skip()
        return {**shown, self.number: number}


def begins(side: str) -> str:
    """How the values of an event are sent that can be stopped; `side` is the id of its side of the page."""
    return f"(...values) => window.compareTab.begins('{side}', ...values)"


def until_stopped(run: Callable[..., Any], shown: Progress = untold) -> Callable[..., Any]:
    """`run`, which takes as its last argument what it tells how much is done, and of how much, as an event that has the
    turns first. What it tells is `shown`; once nobody waits for it any more, telling raises ValueError.
    """

    def begun(turns: Turns, *entered: Any) -> Any:
        mine = turns.newest + 1
        turns.begun(mine)

        def told(done: int, of: int) -> None:
            if not turns.wants(mine):
                raise ValueError("stopped: nobody waits for it any more")
            shown(done, of)

        return run(*entered, told)

    return begun


def with_progress(run: Callable[..., Any], what: str, unit: str) -> Callable[..., Any]:
    """`until_stopped`, as an event that shows on the page how many `unit` are done, and of how many."""

    def begun(
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - by the default gradio knows that it is wanted
        *given: Any,
    ) -> Any:
        shown = until_stopped(run, lambda done, of: progress((done, of), desc=what, unit=unit))
        return shown(*given)

    return begun


def wire_stop(stop: gr.Button, turns: gr.State, said: gr.HTML, side: str, events: Sequence[Any]) -> None:
    """The button ends the events, of which the page is told no more; `said` tells, and `side` is the id of what shows the
    button while one of them runs (see `begins`).
    """

    def stopped(turns: Turns) -> str:
        turns.begun(turns.newest + 1)
        return notice(["Stopped. What was there before stays."])

    stop.click(None, None, None, cancels=list(events), api_visibility="private")
    stop.click(stopped, turns, said, **QUIET)
    for event in events:
        event.then(None, None, None, js=f"() => window.compareTab.ends('{side}')", **QUIET)


def turn_fields() -> TurnFields:
    """The components, in the place where they are called for; nothing of them is seen."""
    return TurnFields(gr.Number(0, visible="hidden", show_label=False), gr.State(Turns()))
