"""The question and its answer: every change of the one asks for the other, and the newest is answered."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from fg_demo.page.components import (
    AGAIN,
    ANSWERING,
    AT_ONCE,
    LOADING_NOW,
    QUIET,
    SETTLED,
    components,
    mark_old,
    on_opening,
)
from fg_demo.page.events import CompareHandlers
from fg_demo.page.turns import TurnFields

WITH_ADDRESS = "(...values) => window.taking.opened(...values)"
LOADING: dict[str, Any] = {"api_visibility": "private", "show_progress": "full", "concurrency_limit": 4}
"""An event that may load a backbone: not among MODELS, so that a download keeps no scores waiting."""


@dataclass(frozen=True)
class LoadingFields:
    """What a visitor presses who no longer waits for a backbone, and the one that answered last."""

    stop: gr.Button
    working: gr.State


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
    question, answers = components(handlers.inputs), [*components(handlers.outputs), turn.number]
    drawing, queries, backbone, head = question
    outputs, working = handlers.outputs, loading.working
    place: dict[str, Any] = {"show_progress_on": [outputs.headline]}

    def scored(event: Callable[..., Any], trigger_mode: str, js: str, **more: Any) -> Any:
        run, inputs = turn.in_turn(handlers.refresh), [*turn.inputs, *question]
        shown = {**ANSWERING, **place, **more}
        return event(run, inputs, answers, trigger_mode=trigger_mode, js=js, **shown)

    def loaded(event: Callable[..., Any], change: Callable[..., Any], inputs: list[Any]) -> Any:
        run = turn.in_turn(change, stays=(backbone, head))
        done = event(
            run,
            [*turn.inputs, *inputs, working],
            [*answers, backbone, head],
            js=LOADING_NOW,
            **LOADING,
            **place,
        )
        done.then(lambda name: name, backbone, working, **QUIET)
        return done

    opened = on_opening(
        page,
        back,
        turn.in_turn(handlers.opened),
        [*turn.inputs, address, *question],
        [*question, *answers],
        js=WITH_ADDRESS,
        **ANSWERING,
        **place,
    )
    opened.then(lambda name: name, backbone, working, **QUIET)
    loads = [
        loaded(backbone.input, handlers.change_backbone, question),
        loaded(outputs.switch.click, handlers.switch_backbone, [drawing, queries, head]),
    ]
    mark_old(
        turn.number,
        scored(drawing.input, "always_last", AT_ONCE),
        scored(head.input, "always_last", AT_ONCE),
        scored(queries.change, "multiple", SETTLED),
        *loads,
        # Without progress: gradio would show it for ever where nothing has to be asked again.
        *(scored(load.success, "multiple", AGAIN, show_progress="hidden") for load in loads),
        opened,
    )
    loading.stop.click(None, None, None, cancels=loads, js="() => window.compareTab.stopped()")
    loading.stop.click(handlers.stopped, working, [backbone, outputs.message], **QUIET)
    return opened
