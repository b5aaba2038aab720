"""What happens on the Compare tab: which change asks for which scores, and the endpoint `/compare`."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData

from fg_demo.address import Asked, from_query
from fg_demo.backbone import Backbone
from fg_demo.box_drawer import BoxDrawer, Drawing
from fg_demo.components import QUIET, components
from fg_demo.report import problem
from fg_demo.shelf import Shelf
from fg_demo.view import NO_HEAD, compute, read_box, view

SETTLED = """
(...values) => new Promise((resolve) => {
  clearTimeout(window.fgTyping);
  window.fgTyping = setTimeout(() => resolve(values), 400);
})
"""
"""Resolves once typing has paused: the values of a pause, not of every key."""
AT_ONCE = """
(...values) => { clearTimeout(window.fgTyping); return values; }
"""
"""Passes the values on, and drops what a pause in typing would still have sent: it would be older."""


@dataclass(frozen=True)
class Inputs:
    """What the visitor sets."""

    drawing: BoxDrawer
    queries: gr.Textbox
    backbone: gr.Dropdown
    head: gr.Dropdown


@dataclass(frozen=True)
class Outputs:
    """What answers."""

    message: gr.HTML
    headline: gr.HTML
    cosine: gr.Plot
    head: gr.Plot
    table: gr.Dataframe
    preview: gr.Image
    caption: gr.HTML
    download: gr.DownloadButton


def head_choices(shelf: Shelf, backbone: Backbone) -> list[tuple[str, str]]:
    """Shown name and value of the heads that fit, and of none."""
    fitting = [(name, name) for name in shelf.fitting_heads(backbone)]
    return [*fitting, ("none: CLIP’s cosine alone", NO_HEAD)]


def head_info(choices: Sequence[tuple[str, str]]) -> str | None:
    return "No head for this backbone is here yet." if len(choices) == 1 else None


@dataclass(frozen=True)
class Handlers:
    """What the page's events run."""

    shelf: Shelf
    inputs: Inputs
    outputs: Outputs
    find_image: Callable[[str], Path] | None = None

    def opened(
        self, address: str, drawing: Drawing | None, queries: str, backbone: str, head: str
    ) -> dict[Any, Any]:
        """What the page's address asks for, in place of what the page opens with; or what is wrong with it, over
        what the page opens with.
        """
        try:
            return self._asked(from_query(address), drawing, queries, backbone, head)
        except ValueError as error:
            said = problem(f"This link cannot be opened. {error}", "Shown is what the page starts with.")
            return {**self.refresh(drawing, queries, backbone, head), self.outputs.message: said}

    def _asked(
        self, asked: Asked, drawing: Drawing | None, queries: str, backbone: str, head: str
    ) -> dict[Any, Any]:
        """As `opened`. Raises ValueError when the address asks for what cannot be had without a download."""
        if asked == Asked():
            return self.refresh(drawing, queries, backbone, head)
        shown, name = self._asked_drawing(asked, drawing), asked.backbone or backbone
        choices = head_choices(self.shelf, self.shelf.backbone_at_hand(name))
        names = [value for _, value in choices]
        if asked.head and asked.head not in names:
            raise ValueError(f"head: expected one of {', '.join(names)} for {name}, got {asked.head[:80]!r}")
        chosen = asked.head or (head if head in names else names[0])
        written = asked.queries or queries
        return {
            self.inputs.drawing: shown,
            self.inputs.queries: written,
            self.inputs.backbone: name,
            self.inputs.head: gr.Dropdown(choices, value=chosen, info=head_info(choices)),
            **self._seen(shown, written, name, chosen),
        }

    def _asked_drawing(self, asked: Asked, drawing: Drawing | None) -> Drawing | None:
        if asked.image is None:
            return drawing
        if self.find_image is None:
            raise ValueError(
                f"image: expected none, since this page knows no images by name, got {asked.image[:80]!r}"
            )
        box = read_box(asked.box)
        edges = None if box is None else [box.left, box.top, box.right, box.bottom]
        return Drawing(image=FileData(path=str(self.find_image(asked.image))), box=edges)

    def refresh(self, drawing: Drawing | None, queries: str, backbone: str, head: str) -> dict[Any, Any]:
        """All outputs for the input, or only the message that says what is wrong with it."""
        try:
            return self._seen(drawing, queries, backbone, head)
        except ValueError as error:
            return {self.outputs.message: problem(str(error))}

    def _seen(self, drawing: Drawing | None, queries: str, backbone: str, head: str) -> dict[Any, Any]:
        """All outputs for the input. Raises ValueError in words when an input is missing or bad."""
        image = drawing.image.path if drawing and drawing.image else None
        seen = view(self.shelf, image, drawing.box if drawing else None, queries, backbone, head)
        out = self.outputs
        return {
            out.message: seen.notes,
            out.headline: seen.headline,
            out.cosine: seen.cosine_chart,
            out.head: gr.Plot(seen.head_chart, visible=seen.head_chart is not None),
            out.table: seen.table,
            out.preview: seen.preview,
            out.caption: f'<p class="fg-help"><b>What the model sees</b><br>{html.escape(seen.caption)}</p>',
            out.download: str(seen.csv),
        }

    def change_backbone(
        self, drawing: Drawing | None, queries: str, backbone: str, head: str, working: str
    ) -> dict[Any, Any]:
        """As `refresh`, with the heads that fit; the backbone before, when the new one cannot be loaded."""
        try:
            loaded = self.shelf.backbone(backbone)
        except ValueError as error:
            return {self.inputs.backbone: working, self.outputs.message: problem(str(error))}
        choices = head_choices(self.shelf, loaded)
        chosen = head if head in [value for _, value in choices] else choices[0][1]
        update = gr.Dropdown(choices, value=chosen, info=head_info(choices))
        return {self.inputs.head: update, **self.refresh(drawing, queries, backbone, chosen)}


def wire(page: gr.Blocks, handlers: Handlers, working: gr.State) -> None:
    inputs, outputs = handlers.inputs, handlers.outputs
    address = gr.Textbox(visible="hidden", show_label=False)
    common = {
        "inputs": components(inputs),
        "outputs": components(outputs),
        "api_visibility": "private",
        "show_progress": "minimal",
        "show_progress_on": [outputs.headline],
    }
    page.load(
        handlers.opened,
        [address, *components(inputs)],
        [*components(inputs), *components(outputs)],
        js="(address, ...values) => [location.search, ...values]",
        api_visibility="private",
        show_progress="minimal",
        show_progress_on=[outputs.headline],
    ).then(lambda name: name, inputs.backbone, working, **QUIET)
    inputs.drawing.input(handlers.refresh, trigger_mode="always_last", js=AT_ONCE, **common)
    inputs.head.input(handlers.refresh, trigger_mode="always_last", js=AT_ONCE, **common)
    inputs.queries.change(handlers.refresh, trigger_mode="multiple", js=SETTLED, **common)
    inputs.backbone.input(
        handlers.change_backbone,
        [*components(inputs), working],
        [*components(outputs), inputs.backbone, inputs.head],
        js=AT_ONCE,
        api_visibility="private",
        show_progress="full",
        show_progress_on=[outputs.headline],
    ).then(lambda name: name, inputs.backbone, working, **QUIET)


def wire_samples(samples: Sequence[tuple[Drawing, str]], gallery: gr.Gallery, handlers: Handlers) -> None:
    def pick(event: gr.SelectData) -> tuple[Drawing, str]:
        return samples[event.index]

    inputs, outputs = handlers.inputs, handlers.outputs
    gallery.select(pick, None, [inputs.drawing, inputs.queries], **QUIET).then(
        handlers.refresh,
        components(inputs),
        components(outputs),
        api_visibility="private",
        show_progress="minimal",
        show_progress_on=[outputs.headline],
    )


def add_endpoint(shelf: Shelf, default_backbone: str) -> None:
    def compare(
        image: str,
        queries: str | list[str],
        box: list[float] | None = None,
        backbone: str | None = None,
        head: str | None = None,
    ) -> list[dict[str, Any]]:
        """One row a query and scorer: query, scorer, score, rank, share.

        Args:
            image: an image file
            queries: descriptions, as a list or as a text with one a line
            box: left, top, right, bottom in pixels of the upright image; null for all of it
            backbone: one of those the page offers; null for the page's default
            head: one of those the page offers, or "none"; null for the first that fits the backbone
        """
        name = backbone or default_backbone
        try:
            chosen = head or head_choices(shelf, shelf.backbone(name))[0][1]
            scores, _ = compute(shelf, image, box, queries, name, chosen)
        except ValueError as error:
            raise gr.Error(str(error)) from error
        return scores.to_dict("records")

    hidden = [
        gr.File(label="image", visible=False),
        gr.JSON(label="queries", visible=False),
        gr.JSON(label="box", visible=False),
        gr.Textbox(label="backbone", visible=False),
        gr.Textbox(label="head", visible=False),
    ]
    gr.Button(visible=False).click(compare, hidden, gr.JSON(label="rows", visible=False), api_name="compare")
