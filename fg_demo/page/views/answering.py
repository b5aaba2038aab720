"""The question and its answer: every change of the one asks for the other, and the newest is answered."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from fg_demo.page.components import (
    AGAIN,
    ANSWERING,
    AT_ONCE,
    ENDED,
    LOADING,
    LOADING_NOW,
    QUIET,
    SETTLED,
    STOPPED,
    components,
    mark_old,
    on_opening,
)
from fg_demo.page.events import CompareHandlers
from fg_demo.page.turns import TurnFields

WITH_ADDRESS = "(...values) => window.taking.opened(...values)"


@dataclass(frozen=True)
class LoadingFields:
    """What a visitor presses who no longer waits for a backbone, the one that answered last, and the visitor's loadings:
    one that was stopped, or followed by another, changes nothing when it ends at last.
    """

    stop: gr.Button
    working: gr.State
    turns: gr.State


@dataclass(frozen=True)
class AnsweringEvents:
    """The events by which the components of `handlers` are answered, each in its turn."""

    handlers: CompareHandlers
    turn: TurnFields
    loading: LoadingFields

    @property
    def question(self) -> list[Any]:
        """The components of the question."""
        return components(self.handlers.inputs)

    @property
    def answers(self) -> list[Any]:
        """What every event may change."""
        return [*components(self.handlers.outputs), self.turn.number]

    @property
    def place(self) -> dict[str, Any]:
        """Where progress is shown."""
        return {"show_progress_on": [self.handlers.outputs.headline]}

    def opened(self, page: gr.Blocks, back: gr.Button | None, address: gr.Textbox) -> Any:
        """The page's opening, and again when `back` is pressed: the address is handed over."""
        event = on_opening(
            page,
            back,
            self.turn.in_turn(self.handlers.opened),
            [*self.turn.inputs, address, *self.question],
            [*self.question, *self.answers],
            js=WITH_ADDRESS,
            **ANSWERING,
            **self.place,
        )
        self._remembered(event)
        return event

    def scored(self, event: Callable[..., Any], trigger_mode: str, js: str, **more: Any) -> Any:
        """The question as it stands is answered."""
        shown = {**ANSWERING, **self.place, **more}
        inputs = [*self.turn.inputs, *self.question]
        run = self.turn.in_turn(self.handlers.refresh)
        return event(run, inputs, self.answers, trigger_mode=trigger_mode, js=js, **shown)

    def loaded(self, event: Callable[..., Any], change: Callable[..., Any], inputs: list[Any]) -> Any:
        """Another backbone is loaded, which takes long, and answers."""
        models = [self.handlers.inputs.backbone, self.handlers.inputs.head]
        run = self.turn.in_turn(change, stays=tuple(models))

        def load(*entered: Any) -> Any:
            *asked, loads = entered
            mine = loads.newest + 1
            loads.begun(mine)
            shown = run(*asked)
            return shown if loads.wants(mine) else gr.skip()

        done = event(
            load,
            [*self.turn.inputs, *inputs, self.loading.working, self.loading.turns],
            [*self.answers, *models],
            js=LOADING_NOW,
            trigger_mode="multiple",
            **LOADING,
            **self.place,
        )
        done.then(None, None, None, js=ENDED, **QUIET)
        self._remembered(done)
        return done

    def _remembered(self, event: Any) -> None:
        event.success(lambda name: name, self.handlers.inputs.backbone, self.loading.working, **QUIET)

    def stopped(self, loads: list[Any]) -> Any:
        """The button ends the loading of a backbone, and the one before answers."""
        stop, inputs = self.loading.stop, self.handlers.inputs
        run = self.turn.in_turn(self.handlers.stopped)

        def stopped(*entered: Any) -> Any:
            *asked, loads = entered
            loads.begun(loads.newest + 1)
            return run(*asked)

        stop.click(None, None, None, cancels=loads, api_visibility="private")
        return stop.click(
            stopped,
            [
                *self.turn.inputs,
                *(inputs.drawing, inputs.queries, inputs.head),
                *(self.loading.working, self.loading.turns),
            ],
            [*self.answers, inputs.backbone],
            js=STOPPED,
            **ANSWERING,
            **self.place,
        )


def wire(
    page: gr.Blocks,
    back: gr.Button | None,
    address: gr.Textbox,
    handlers: CompareHandlers,
    turn: TurnFields,
    loading: LoadingFields,
) -> Any:
    """Connect the components with what their events run, each answered in its turn, and give back the event of the page's
    opening, to which the page's `address` is handed over, again when `back` is pressed.
    """
    events, outputs = AnsweringEvents(handlers, turn, loading), handlers.outputs
    drawing, queries, backbone, head = events.question
    opened = events.opened(page, back, address)
    loads = [
        events.loaded(backbone.input, handlers.change_backbone, events.question),
        events.loaded(outputs.switch.click, handlers.switch_backbone, [drawing, queries, head]),
    ]
    mark_old(
        turn.number,
        events.scored(drawing.input, "always_last", AT_ONCE),
        events.scored(head.input, "always_last", AT_ONCE),
        events.scored(queries.change, "multiple", SETTLED),
        *loads,
        # Without progress: gradio would show it for ever where nothing has to be asked again.
        *(events.scored(load.success, "multiple", AGAIN, show_progress="hidden") for load in loads),
        events.stopped(loads),
        opened,
    )
    return opened
