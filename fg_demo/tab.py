"""The Compare tab: an image with a box, queries, and two rankings beside each other."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.data_classes import FileData

from fg_demo.backbone import Backbone
from fg_demo.box_drawer import BoxDrawer, Drawing
from fg_demo.report import problem
from fg_demo.sample_images import SampleImage
from fg_demo.shelf import Shelf
from fg_demo.view import NO_HEAD, compute, view

SCALES = (
    "Compare ranks and shares, not raw scores: the two are not on one scale. "
    "A share is how the scorer splits 100 % among your descriptions (a softmax)."
)
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

    def all(self) -> list[Any]:
        return [self.drawing, self.queries, self.backbone, self.head]


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

    def all(self) -> list[Any]:
        return [self.message, *self.results()]

    def results(self) -> list[Any]:
        return [
            self.headline,
            self.cosine,
            self.head,
            self.table,
            self.preview,
            self.caption,
            self.download,
        ]


def build_compare_tab(
    page: gr.Blocks, shelf: Shelf, samples: Sequence[SampleImage], backbone: str, warning: str = ""
) -> None:
    """Build the tab inside an open `gr.Tab` of `page`, on `backbone`; `warning` stays at its top.

    Adds the endpoint `/compare`.
    """
    first = samples[0] if samples else None
    if warning:
        gr.HTML(problem(warning, "The embedded backbone is used instead."), elem_id="fg-warning")
    with gr.Row(elem_id="fg-compare"):
        with gr.Column(scale=2, min_width=320):
            drawing = BoxDrawer(_drawing(first) if first else None, elem_id="fg-drawer")
            gallery = _gallery(samples)
        with gr.Column(scale=3, min_width=320):
            inputs = Inputs(drawing, *_questions(shelf, backbone, first))
            outputs = _answers()
    handlers = Handlers(shelf, inputs, outputs)
    _wire(page, handlers, gr.State(backbone))
    _wire_samples(samples, gallery, handlers)
    _add_endpoint(shelf, backbone)


def _questions(
    shelf: Shelf, backbone: str, sample: SampleImage | None
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
            shelf.backbone_names, value=backbone, label="Backbone", min_width=140, elem_id="fg-backbone"
        )
        choices = _head_choices(shelf, shelf.backbone(backbone))
        head = gr.Dropdown(
            choices,
            value=choices[0][1],
            label="Head",
            info=_head_info(choices),
            min_width=140,
            elem_id="fg-head",
        )
    return queries, name, head


def _head_choices(shelf: Shelf, backbone: Backbone) -> list[tuple[str, str]]:
    """Shown name and value of the heads that fit, and of none."""
    fitting = [(name, name) for name in shelf.fitting_heads(backbone)]
    return [*fitting, ("none: CLIP’s cosine alone", NO_HEAD)]


def _head_info(choices: Sequence[tuple[str, str]]) -> str | None:
    return "No head for this backbone is here yet." if len(choices) == 1 else None


def _answers() -> Outputs:
    message = gr.HTML(elem_id="fg-message")
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
            column_widths=["34%", *["11%"] * 6],
            elem_id="fg-table",
        )
    return Outputs(message, headline, cosine, head, table, preview, caption, download)


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


@dataclass(frozen=True)
class Handlers:
    """What the page's events run."""

    shelf: Shelf
    inputs: Inputs
    outputs: Outputs

    def refresh(self, drawing: Drawing | None, queries: str, backbone: str, head: str) -> dict[Any, Any]:
        """All outputs for the input, or only the message that says what is wrong with it."""
        image = drawing.image.path if drawing and drawing.image else None
        try:
            seen = view(self.shelf, image, drawing.box if drawing else None, queries, backbone, head)
        except ValueError as error:
            return {self.outputs.message: problem(str(error))}
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
        choices = _head_choices(self.shelf, loaded)
        chosen = head if head in [value for _, value in choices] else choices[0][1]
        update = gr.Dropdown(choices, value=chosen, info=_head_info(choices))
        return {self.inputs.head: update, **self.refresh(drawing, queries, backbone, chosen)}


def _wire(page: gr.Blocks, handlers: Handlers, working: gr.State) -> None:
    inputs, outputs = handlers.inputs, handlers.outputs
    common = {
        "inputs": inputs.all(),
        "outputs": outputs.all(),
        "api_visibility": "private",
        "show_progress": "minimal",
        "show_progress_on": [outputs.headline],
    }
    page.load(handlers.refresh, **common)
    inputs.drawing.input(handlers.refresh, trigger_mode="always_last", js=AT_ONCE, **common)
    inputs.head.input(handlers.refresh, trigger_mode="always_last", js=AT_ONCE, **common)
    inputs.queries.change(handlers.refresh, trigger_mode="multiple", js=SETTLED, **common)
    inputs.backbone.input(
        handlers.change_backbone,
        [*inputs.all(), working],
        [*outputs.all(), inputs.backbone, inputs.head],
        js=AT_ONCE,
        api_visibility="private",
        show_progress="full",
        show_progress_on=[outputs.headline],
    ).then(lambda name: name, inputs.backbone, working, api_visibility="private", show_progress="hidden")


def _wire_samples(samples: Sequence[SampleImage], gallery: gr.Gallery, handlers: Handlers) -> None:
    def pick(event: gr.SelectData) -> tuple[Drawing, str]:
        sample = samples[event.index]
        return _drawing(sample), "\n".join(sample.queries)

    inputs, outputs = handlers.inputs, handlers.outputs
    gallery.select(
        pick, None, [inputs.drawing, inputs.queries], api_visibility="private", show_progress="hidden"
    ).then(
        handlers.refresh,
        inputs.all(),
        outputs.all(),
        api_visibility="private",
        show_progress="minimal",
        show_progress_on=[outputs.headline],
    )


def _add_endpoint(shelf: Shelf, default_backbone: str) -> None:
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
            chosen = head or _head_choices(shelf, shelf.backbone(name))[0][1]
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
