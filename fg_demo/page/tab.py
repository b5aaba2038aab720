"""The Compare tab: an image with a box, queries, and two rankings beside each other."""

from collections.abc import Callable, Sequence
from pathlib import Path

import gradio as gr
from gradio.data_classes import FileData

from fg_demo.box_drawer.component import BoxDrawer, Drawing
from fg_demo.models.registry import ModelRegistry
from fg_demo.page.events import (
    CompareHandlers,
    Inputs,
    Outputs,
    add_endpoint,
    file_digest,
    head_choices,
    head_info,
    wire,
    wire_samples,
)
from fg_demo.page.samples import SampleImage
from fg_demo.page.text import OLD, problem

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
            inputs = Inputs(drawing, *_questions(registry, backbone, first))
            outputs = _answers()
    drawn = {file_digest(sample.path) for sample in samples}
    handlers = CompareHandlers(registry, inputs, outputs, find_image, drawn)
    wire(page, handlers, gr.State(backbone))
    wire_samples([(_drawing(sample), "\n".join(sample.queries)) for sample in samples], gallery, handlers)
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


def _answers() -> Outputs:
    message = gr.HTML(elem_id="fg-message")
    switch = gr.Button(visible=False, size="sm", elem_id="fg-switch")
    gr.HTML(f'<p class="fg-old" role="status">{OLD}</p>', elem_id="fg-old")
    headline = gr.HTML(elem_id="fg-headline")
    with gr.Row(elem_id="fg-charts"):
        cosine = gr.Plot(show_label=False, container=False, min_width=260, elem_id="fg-cosine")
        head = gr.Plot(show_label=False, container=False, min_width=260, elem_id="fg-head-chart")
    gr.HTML(f'<p class="fg-help">{SCALES}</p>')
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
    return Outputs(message, headline, cosine, head, table, preview, caption, download, switch)


def _gallery(samples: Sequence[SampleImage]) -> gr.Gallery:
    gr.HTML('<p class="fg-help">Or try a sample:</p>')
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
