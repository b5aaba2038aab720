"""The Compare tab: an image with a box, queries, and two rankings beside each other."""

from collections.abc import Callable, Sequence
from pathlib import Path

import gradio as gr

from fg_demo.box_drawer.component import BoxDrawer
from fg_demo.models.device import on_zerogpu
from fg_demo.models.registry import ModelRegistry
from fg_demo.page.api.endpoints import add_endpoints
from fg_demo.page.comparison import MOST_HEADS
from fg_demo.page.components import QUIET, begin_with, components
from fg_demo.page.events import (
    AnswerFields,
    CompareHandlers,
    QuestionFields,
    head_choices,
    head_info,
)
from fg_demo.page.samples import SampleImage, sample_crops
from fg_demo.page.taking.names import ImageNames, file_digest
from fg_demo.page.taking.panel import TakingFields, TakingHandlers, taking_fields, wire_taking
from fg_demo.page.text import help_line, old, problem
from fg_demo.page.turns import Turns, turn_fields
from fg_demo.page.views.answering import LoadingFields, wire
from fg_demo.page.views.boxes import BoxHandlers, box_fields, wire_boxes
from fg_demo.page.views.finding import FindHandlers, find_fields, wire_finding
from fg_demo.page.views.locating import LocateHandlers, locate_fields, wire_locate
from fg_demo.page.views.sampling import drawing_of, sample_buttons, wire_samples
from fg_demo.page.views.sweeping import SweepHandlers, sweep_fields, wire_sweep
from fg_demo.page.views.writing import WritingHandlers, wire_writing, writing_fields
from fg_demo.page.walk_through.offer import offer, wire_walk_through
from fg_demo.score_bars.component import ScoreBars
from fg_demo.verdicts import MeanCrop

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
    back: gr.Button | None = None,
) -> None:
    """Build the tab inside an open `gr.Tab` of `page`, on `backbone`; `warning` stays at its top.

    `find_image` gives the file of an image that a link names, or raises ValueError. The address is read again
    when `back` is pressed. Adds the endpoints for programs.
    """
    first = samples[0] if samples else None
    if warning:
        gr.HTML(problem(warning, "The embedded backbone is used instead."), elem_id="fg-warning")
    if first:
        offer(first.path)
    headline = gr.HTML(
        elem_id="fg-headline"
    )  # above both columns: on a phone it stays in sight while one draws
    with gr.Row(elem_id="fg-compare"):
        with gr.Column(scale=2, min_width=320):
            drawing = BoxDrawer(drawing_of(first) if first else None, elem_id="fg-drawer")
            wanted = find_fields()
            buttons = sample_buttons(samples)
            kept = box_fields()
        with gr.Column(scale=3, min_width=320, elem_id="fg-answers"):
            written = writing_fields(first.description if first else "")
            inputs = QuestionFields(drawing, *_questions(registry, backbone, first))
            stop = gr.Button("Stop waiting for the backbone", size="sm", elem_id="fg-stop")
            outputs, taking = _answers(headline)
    swept = sweep_fields()
    sought = locate_fields()
    handlers = _handlers(registry, inputs, outputs, samples, find_image)
    if first and not on_zerogpu():  # which has a device for requests alone
        queries, name, head = (one.value for one in (inputs.queries, inputs.backbone, inputs.head))
        begin_with(handlers.refresh(drawing_of(first), queries, name, head))
    page.load(None, outputs.address, None, js="(address) => window.taking.begins(address)", **QUIET)
    address, turn = gr.Textbox(visible="hidden", show_label=False), turn_fields()
    loading = LoadingFields(stop, gr.State(backbone), gr.State(Turns()))
    opened = wire(page, back, address, handlers, turn, loading)
    wire_walk_through(opened)
    wire_writing(WritingHandlers(written, handlers), opened, address, turn)
    boxes = BoxHandlers(kept, handlers)
    wire_boxes(boxes, opened)
    wire_finding(FindHandlers(wanted, boxes))
    wire_sweep(SweepHandlers(swept, handlers), written.description, opened, address)
    wire_locate(LocateHandlers(sought, handlers))
    wire_samples(samples, buttons, handlers, written, turn)
    wire_taking(
        TakingHandlers(registry, taking, handlers.question),
        components(inputs),
        [swept.note, swept.said, swept.bars, swept.maps],
    )
    add_endpoints(registry, backbone)


def _handlers(
    registry: ModelRegistry,
    inputs: QuestionFields,
    outputs: AnswerFields,
    samples: Sequence[SampleImage],
    find_image: Callable[[str], Path] | None,
) -> CompareHandlers:
    drawn = {file_digest(sample.path) for sample in samples if not sample.source}
    # Of one kind: the mean of drawn scenes and photographs would be like neither.
    alike = [sample for sample in samples if bool(sample.source) == bool(samples[0].source)]
    mean_crop = MeanCrop(lambda: sample_crops(alike)) if alike else None
    names = ImageNames([sample.path for sample in samples], find_image)
    return CompareHandlers(registry, inputs, outputs, names, drawn, mean_crop)


def _questions(
    registry: ModelRegistry, backbone: str, sample: SampleImage | None
) -> tuple[gr.Textbox, gr.Dropdown, gr.Dropdown]:
    queries = gr.Textbox(
        "\n".join(sample.queries) if sample else "",
        label="Descriptions, one a line",
        info="Yours is marked ✓; change, add or remove what you like.",
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
            value=[value for _, value in choices[:1]],
            multiselect=True,
            max_choices=MOST_HEADS,
            label="Heads",
            info=head_info(choices),
            min_width=220,
            elem_id="fg-head",
        )
    return queries, name, head


def _answers(headline: gr.HTML) -> tuple[AnswerFields, TakingFields]:
    message = gr.HTML(elem_id="fg-message")
    switch = gr.Button(visible=False, size="sm", elem_id="fg-switch")
    gr.HTML(old(), elem_id="fg-old")
    bars = ScoreBars(elem_id="fg-bars")
    verdicts = gr.HTML(elem_id="fg-verdicts")
    gr.HTML(help_line(SCALES))
    with gr.Row(elem_id="fg-seen"):
        seen = gr.HTML(min_width=300)
    taking = taking_fields()
    with gr.Accordion("All numbers", open=False, elem_id="fg-numbers"):
        numbers = gr.HTML(elem_id="fg-table")
    shown = AnswerFields(message, headline, bars, verdicts, numbers, seen, switch, taking.address, taking.own)
    return shown, taking
