"""Boxes that a detector proposes for what a visitor types: they stay on the image by their names, and are compared."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from fg_demo.box_drawer.component import Drawing, KeptBox
from fg_demo.heat_map import Progress, untold
from fg_demo.images import using
from fg_demo.models.detectors.finding import Proposal, find_boxes
from fg_demo.models.detectors.load import MINI_OWL
from fg_demo.models.mini_clip_words import unknown_words
from fg_demo.page.asked import Heads
from fg_demo.page.components import LOADING, QUIET, components
from fg_demo.page.kept import with_found
from fg_demo.page.text import listed, notice, problem
from fg_demo.page.turns import Turns, begins, until_stopped, wire_stop
from fg_demo.page.views.boxes import FOLLOWED, MERGED, STAY, BoxHandlers

SIDE = "fg-find"


@dataclass(frozen=True)
class FindFields:
    """The components that ask for boxes."""

    what: gr.Textbox
    find: gr.Button
    stop: gr.Button
    said: gr.HTML


def find_fields() -> FindFields:
    """The components, in the place where they are called for."""
    with gr.Row(equal_height=True, elem_id=SIDE):
        what = gr.Textbox(
            label="Find a thing in the picture",
            show_label=False,
            container=False,
            placeholder="Find a thing: mug",
            max_lines=1,
            scale=3,
            min_width=150,
            elem_id="fg-find-what",
        )
        find = gr.Button("Find boxes", size="sm", scale=1, min_width=100, elem_id="fg-find-start")
    stop = gr.Button("Stop", size="sm", elem_id="fg-find-stop")
    return FindFields(what, find, stop, gr.HTML(elem_id="fg-find-said"))


@dataclass(frozen=True)
class FindHandlers:
    """What the button runs."""

    fields: FindFields
    boxes: BoxHandlers

    def find(
        self,
        drawing: Drawing | None,
        queries: str,
        backbone: str,
        head: Heads,
        what: str,
        progress: Progress = untold,
    ) -> Iterator[dict[Any, Any]]:
        """First what is going on; then the boxes found beside those that are kept, all compared; or what is wrong."""
        registry = self.boxes.compare.registry
        name = registry.detector_name
        looks = (
            f"{name} looks for it …"
            if registry.detector_is_loaded
            else f"Loading the detector {name}, this once …"
        )
        yield {self.fields.said: notice([looks])}
        try:
            found, more = self._found(drawing, what)
            progress(0, len(more))
        except ValueError as error:
            yield {self.fields.said: problem(str(error), STAY)}
            return
        shown: dict[Any, Any] = {self.fields.said: notice(in_words(name, what, found))}
        if found and drawing:
            shown[self.boxes.fields.side] = gr.Accordion(open=True)
            shown |= self.boxes.with_kept(drawing, more, queries, backbone, head, progress)
        yield shown

    def _found(self, drawing: Drawing | None, what: str) -> tuple[list[Proposal], list[KeptBox]]:
        """What is found, and the boxes to be kept. Raises ValueError in words."""
        if drawing is None or drawing.image is None:
            raise ValueError("image: expected one to find things in, got none")
        detector = self.boxes.compare.registry.detector()
        with using(drawing.image.path) as image:
            found = find_boxes(detector, image.convert("RGB"), what)
        return found, with_found(drawing.kept, what, [one.box for one in found]) if found else []


def in_words(detector: str, what: str, found: Sequence[Proposal]) -> list[str]:
    """How many boxes were found and how sure the detector is of each; and which words it has not learned."""
    named = " ".join(what.split())
    unknown = unknown_words(named) if detector == MINI_OWL else []
    shares = listed([f"{one.score:.0%}" for one in found])
    count = "one box" if len(found) == 1 else f"{len(found)} boxes"
    lines = [
        f"{detector} finds {count} of “{named}” ({shares}). Press a name on the picture to compare it."
        if found
        else f"{detector} finds no “{named}” in this picture."
    ]
    return [*lines, *([f"It has not learned: {', '.join(unknown)}."] if unknown else [])]


def wire_finding(handlers: FindHandlers) -> None:
    """Connect the buttons and Enter."""
    fields, boxes = handlers.fields, handlers.boxes
    question = components(boxes.compare.inputs)
    drawing, side = boxes.compare.inputs.drawing, boxes.fields
    turns, run = gr.State(Turns()), until_stopped(handlers.find)

    def find(turns: Turns, *entered: Any) -> Iterator[dict[Any, Any]]:
        yield from run(turns, *entered)  # gradio sees by the function alone that it yields

    finding = gr.on(
        [fields.find.click, fields.what.submit],
        find,
        [turns, *question, fields.what],
        [fields.said, side.kept, side.side, side.said, side.table],
        trigger_mode="always_last",
        js=begins(SIDE),
        **{**LOADING, "show_progress": "hidden"},  # it is told in words
    )
    found = finding.success(None, [side.kept, drawing], drawing, js=MERGED, **QUIET)
    found.success(boxes.address, question, boxes.compare.outputs.address, **QUIET)
    drawing.change(None, [drawing, fields.said], fields.said, js=FOLLOWED, **QUIET)
    wire_stop(fields.stop, turns, fields.said, SIDE, [finding])
