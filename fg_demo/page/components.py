"""What the events of all tabs share: the components of a part of the page, and how an event keeps quiet."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import gradio as gr
from gradio.blocks import Block
from pydantic import BaseModel

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
"""An event that is no endpoint and shows no progress."""

MODELS: dict[str, Any] = {"concurrency_id": "models", "concurrency_limit": 4}
"""An event that decodes an image or encodes: so many of all of them run at a time, the others wait in one queue.

Four share what one pass of the encoder costs (see `CachedBackbone`) and hold at most four crops.
"""

AT_ONCE = "(...values) => window.compareTab.atOnce(...values)"
LOADING_NOW = "(...values) => window.compareTab.loading(...values)"
AGAIN = "(...values) => window.compareTab.again(...values)"
SETTLED = "(...values) => window.compareTab.settled(...values)"
STOPPED = "(...values) => window.compareTab.stopped(...values)"
ENDED = "() => window.compareTab.ended()"
"""How the values of an event are sent: see page.js."""
ANSWERING: dict[str, Any] = {"api_visibility": "private", "show_progress": "full", **MODELS}
"""An event that scores: it says how many wait before it."""
LOADING: dict[str, Any] = {"api_visibility": "private", "show_progress": "full", "concurrency_limit": 4}
"""An event that may load a model: not among MODELS, so that a download keeps no scores waiting."""


def components(of: Any) -> list[Any]:
    """The components in the order of the dataclass's fields, which is that of the handlers' parameters."""
    return [getattr(of, field.name) for field in fields(of)]


def begin_with(shown: Mapping[Any, Any]) -> None:
    """From now on pages open with this, which an event would have shown: values of components, and which are seen."""
    for part, value in shown.items():
        if isinstance(value, Block):
            part.visible = value.visible  # pyright: ignore[reportAttributeAccessIssue]
        else:
            part.value = value.model_dump() if isinstance(value, BaseModel) else value


def on_opening(page: gr.Blocks, back: gr.Button | None, run: Any, *fields: Any, **more: Any) -> Any:
    """The event that runs when the address is read: whenever page.js presses `back`, which it does where the address asks
    for something, or as the page is opened, if there is no such button; what runs, its inputs and its outputs are as
    for any other event.
    """
    return gr.on([back.click if back else page.load], run, *fields, trigger_mode="always_last", **more)


def mark_old(number: gr.Number, *events: Any) -> None:
    """From now on scores are marked as old on the page while one of the events has not been answered; `number` is that
    of the request answered last.
    """
    for event in events:
        event.success(None, number, None, js="(number) => window.compareTab.answered(number)", **QUIET)
        event.failure(None, None, None, js="() => window.compareTab.unanswered()", **QUIET)
