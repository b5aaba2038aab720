"""The Compare tab: an image with a box, queries, and two rankings beside each other."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData

from fg_demo.box_drawer.component import BoxDrawer, Drawing
from fg_demo.models.registry import ModelRegistry
from fg_demo.page.components import MODELS, QUIET, components
from fg_demo.page.endpoint import add_endpoint
from fg_demo.page.events import (
    AnswerFields,
    CompareHandlers,
    QuestionFields,
    file_digest,
    head_choices,
    head_info,
)
from fg_demo.page.samples import SampleImage
from fg_demo.page.text import help_line, old, problem

AT_ONCE = "(...values) => window.compareTab.atOnce(...values)"
SETTLED = "(...values) => window.compareTab.settled(...values)"
WITH_ADDRESS = "(address, ...values) => [location.search, ...values]"
"""How the values of an event are sent: see page.js."""
ANSWERING: dict[str, Any] = {"api_visibility": "private", "show_progress": "full", **MODELS}
"""An event that scores: it says how many wait before it."""
LOADING: dict[str, Any] = {"api_visibility": "private", "show_progress": "full", "concurrency_limit": 4}
"""An event that may load a backbone: not among MODELS, so that a download keeps no scores waiting."""
SCALES = (
    "Compare ranks and shares, not raw scores: the two are not on one scale. "
    "A share is how the scorer splits 100 % among your descriptions (a softmax)."
)


def build_compare_tab(
    page: gr.Blocks,
    registry: ModelRegistry,
    samples: Sequence[SampleImage],
    backbone: str,
    warning: str = "",
    find_image: Callable[[str], Path] | None = None,
) -> None:
    """Build the tab inside an open `gr.Tab` of `page`, on `backbone`; `warning` stays at its top.

    `find_image` gives the file of an image that a link names, or raises ValueError. Adds the endpoint
    `/compare`.
    """
    first = samples[0] if samples else None
    if warning:
        gr.HTML(problem(warning, "The embedded backbone is used instead."), elem_id="fg-warning")
    with gr.Row(elem_id="fg-compare"):
        with gr.Column(scale=2, min_width=320):
            drawing = BoxDrawer(_drawing(first) if first else None, elem_id="fg-drawer")
            gallery = _gallery(samples)
        with gr.Column(scale=3, min_width=320, elem_id="fg-answers"):
            inputs = QuestionFields(drawing, *_questions(registry, backbone, first))
            outputs = _answers()
    drawn = {file_digest(sample.path) for sample in samples}
    handlers = CompareHandlers(registry, inputs, outputs, find_image, drawn)
    wire(page, handlers, gr.State(backbone))
    wire_samples(samples, gallery, handlers)
    add_endpoint(registry, backbone)


def _questions(
    registry: ModelRegistry, backbone: str, sample: SampleImage | None
) -> tuple[gr.Textbox, gr.Dropdown, gr.Dropdown]:
    queries = gr.Textbox(
        "\n".join(sample.queries) if sample else "",
        label="Descriptions, one a line",
        info="Say the same thing with different colours, materials or patterns.",
        lines=4,
        max_lines=12,
        elem_id="fg-queries",
    )
    with gr.Row():
        name = gr.Dropdown(
            registry.backbone_names, value=backbone, label="Backbone", min_width=220, elem_id="fg-backbone"
        )
        choices = head_choices(registry, registry.backbone(backbone))
        head = gr.Dropdown(
            choices,
            value=choices[0][1],
            label="Head",
            info=head_info(choices),
            min_width=220,
            elem_id="fg-head",
        )
    return queries, name, head


def _answers() -> AnswerFields:
    message = gr.HTML(elem_id="fg-message")
    switch = gr.Button(visible=False, size="sm", elem_id="fg-switch")
    gr.HTML(old(), elem_id="fg-old")
    headline = gr.HTML(elem_id="fg-headline")
    with gr.Row(elem_id="fg-charts"):
        cosine = gr.Plot(show_label=False, container=False, min_width=260, elem_id="fg-cosine")
        head = gr.Plot(show_label=False, container=False, min_width=260, elem_id="fg-head-chart")
    gr.HTML(help_line(SCALES))
    with gr.Row(elem_id="fg-seen"):
        preview = gr.Image(
            show_label=False,
            interactive=False,
            buttons=[],
            scale=0,
            width=112,
            height=112,
            min_width=112,
            container=False,
            elem_id="fg-preview",
        )
        with gr.Column(min_width=180):
            caption = gr.HTML(elem_id="fg-caption")
            download = gr.DownloadButton("Download scores (CSV)", size="sm", elem_id="fg-download")
    with gr.Accordion("All numbers", open=True):
        table = gr.Dataframe(
            interactive=False,
            show_label=False,
            wrap=True,
            buttons=[],
            max_height=420,
            column_widths=["170px", *["80px"] * 6],
            elem_id="fg-table",
        )
    return AnswerFields(message, headline, cosine, head, table, preview, caption, download, switch)


def _gallery(samples: Sequence[SampleImage]) -> gr.Gallery:
    gr.HTML(help_line("Or try a sample:"))
    return gr.Gallery(
        [str(sample.path) for sample in samples],
        show_label=False,
        columns=max(1, len(samples)),
        height="auto",
        object_fit="cover",
        allow_preview=False,
        interactive=False,
        container=False,
        buttons=[],
        elem_id="fg-samples",
    )


def _drawing(sample: SampleImage) -> Drawing:
    box = sample.box
    return Drawing(image=FileData(path=str(sample.path)), box=[box.left, box.top, box.right, box.bottom])


def mark_old(*events: Any) -> None:
    """From now on scores are marked as old on the page while one of the events has not been answered."""
    for event in events:
        event.success(None, None, None, js="() => window.compareTab.answered()", **QUIET)
        event.failure(None, None, None, js="() => window.compareTab.unanswered()", **QUIET)


def wire(page: gr.Blocks, handlers: CompareHandlers, working: gr.State) -> None:
    """Connect the components with what their events run; `working` is the backbone that answered last."""
    question, answers = components(handlers.inputs), components(handlers.outputs)
    drawing, queries, backbone, head = question
    outputs, address = handlers.outputs, gr.Textbox(visible="hidden", show_label=False)
    place: dict[str, Any] = {"show_progress_on": [outputs.headline]}

    def scored(event: Callable[..., Any], trigger_mode: str, js: str) -> Any:
        return event(
            handlers.refresh, question, answers, trigger_mode=trigger_mode, js=js, **ANSWERING, **place
        )

    def loaded(event: Callable[..., Any], change: Callable[..., Any], inputs: list[Any]) -> Any:
        done = event(change, [*inputs, working], [*answers, backbone, head], js=AT_ONCE, **LOADING, **place)
        done.then(lambda name: name, backbone, working, **QUIET)
        return done

    page.load(
        handlers.opened, [address, *question], [*question, *answers], js=WITH_ADDRESS, **ANSWERING, **place
    ).then(lambda name: name, backbone, working, **QUIET)
    outputs.preview.change(None, None, None, js="() => window.compareTab.namePreview()", **QUIET)
    mark_old(
        scored(drawing.input, "always_last", AT_ONCE),
        scored(head.input, "always_last", AT_ONCE),
        scored(queries.change, "multiple", SETTLED),
        loaded(backbone.input, handlers.change_backbone, question),
        loaded(outputs.switch.click, handlers.switch_backbone, [drawing, queries, head]),
    )


def wire_samples(samples: Sequence[SampleImage], gallery: gr.Gallery, handlers: CompareHandlers) -> None:
    """Let a visitor take a sample: its image, box and descriptions."""

    def pick(event: gr.SelectData) -> tuple[Drawing, str]:
        sample = samples[event.index]
        return _drawing(sample), "\n".join(sample.queries)

    inputs, outputs = handlers.inputs, handlers.outputs
    gallery.select(pick, None, [inputs.drawing, inputs.queries], **QUIET).then(
        handlers.refresh,
        components(inputs),
        components(outputs),
        **ANSWERING,
        show_progress_on=[outputs.headline],
    )
