"""Several boxes on one image, a row a box, under the whole image."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from fg_demo.box_drawer.component import Drawing
from fg_demo.boxes import crop, whole
from fg_demo.images import using
from fg_demo.models.cached import CachedBackbone
from fg_demo.page.comparison import Question, check_size
from fg_demo.page.components import MODELS, QUIET
from fg_demo.page.events import CompareHandlers, Heads, question_of
from fg_demo.page.templates import environment
from fg_demo.page.text import inline_png, problem, shown_names
from fg_demo.scores import compare

MOST_BOXES = 8
LONGEST_NAME = 60
WHOLE = "Whole image"
TEMPLATES = environment()


@dataclass(frozen=True)
class KeptBox:
    """A box by its name: left, top, right, bottom in pixels of the image file, and the context around it."""

    name: str
    image: str
    edges: tuple[float, ...]
    context: float


@dataclass(frozen=True)
class BoxFields:
    """The components that keep boxes; `kept` holds them."""

    name: gr.Textbox
    keep: gr.Button
    again: gr.Button
    forget: gr.Button
    table: gr.HTML
    kept: gr.State


def box_fields() -> BoxFields:
    """The components, in the place where they are called for."""
    with gr.Accordion("Several boxes", open=False, elem_id="fg-boxes"):
        name = gr.Textbox(label="Name of this box", placeholder="Box 1", max_lines=1, elem_id="fg-box-name")
        with gr.Row():
            keep = gr.Button("Keep this box", size="sm", min_width=110, elem_id="fg-box-keep")
            again = gr.Button("Compare again", size="sm", min_width=110, elem_id="fg-box-again")
            forget = gr.Button("Forget them", size="sm", min_width=110, elem_id="fg-box-forget")
        table = gr.HTML(elem_id="fg-box-table")
    return BoxFields(name, keep, again, forget, table, gr.State([]))


@dataclass(frozen=True)
class BoxHandlers:
    """What the buttons run."""

    fields: BoxFields
    compare: CompareHandlers

    def keep(
        self,
        drawing: Drawing | None,
        queries: str,
        backbone: str,
        head: Heads,
        name: str,
        kept: list[KeptBox],
    ) -> dict[Any, Any]:
        """The boxes with the one that is drawn, compared; or what is wrong."""
        try:
            more = [*self._of_image(drawing, kept), kept_box(drawing, name, kept)]
            if len(more) > MOST_BOXES:
                raise ValueError(f"boxes: expected at most {MOST_BOXES}, got {len(more)}")
        except ValueError as error:
            return {self.fields.table: problem(str(error), "The boxes you kept stay.")}
        shown = self.again(drawing, queries, backbone, head, more)
        return {self.fields.kept: more, self.fields.name: "", **shown}

    def again(
        self, drawing: Drawing | None, queries: str, backbone: str, head: Heads, kept: list[KeptBox]
    ) -> dict[Any, Any]:
        """The boxes of the image compared by what is entered now; or what is wrong."""
        try:
            questions = self._questions(drawing, queries, backbone, head, self._of_image(drawing, kept))
            return {self.fields.table: self._table(questions)}
        except ValueError as error:
            return {self.fields.table: problem(str(error), "The boxes you kept stay.")}

    def _of_image(self, drawing: Drawing | None, kept: list[KeptBox]) -> list[KeptBox]:
        path = drawing.image.path if drawing and drawing.image else None
        return [one for one in kept if one.image == path]

    def _questions(
        self, drawing: Drawing | None, queries: str, backbone: str, head: Heads, kept: Sequence[KeptBox]
    ) -> dict[str, Question]:
        """Name → what is asked of the box, first of all of the image. Raises ValueError in words."""
        if drawing is None:
            return {WHOLE: question_of(drawing, queries, backbone, head)}
        boxes = {WHOLE: drawing.model_copy(update={"box": None, "context": 1.0})} | {
            one.name: drawing.model_copy(update={"box": list(one.edges), "context": one.context})
            for one in kept
        }
        return {name: question_of(box, queries, backbone, head) for name, box in boxes.items()}

    def _table(self, questions: dict[str, Question]) -> str:
        """A row a box, as HTML. Raises ValueError in words."""
        registry, first = self.compare.registry, questions[WHOLE]
        backbone = registry.backbone(first.backbone)
        heads = {name: registry.head(name, backbone) for name in first.heads}
        names = shown_names(first.heads, backbone.name)
        with using(first.image) as image:
            rows = [_row(name, question, image, backbone, heads) for name, question in questions.items()]
        return TEMPLATES.get_template("boxes.html").render(
            scorers=list(names.values()), rows=rows, count=len(first.queries), known=first.true is not None
        )


def kept_box(drawing: Drawing | None, name: str, kept: Sequence[KeptBox]) -> KeptBox:
    """The box that is drawn, by a name of its own. Raises ValueError in words when none is."""
    if drawing is None or drawing.image is None or drawing.box is None:
        raise ValueError("box: expected one drawn on the image, got none")
    wanted = " ".join(name.split())[:LONGEST_NAME] or f"Box {len(kept) + 1}"
    taken = {WHOLE, *(one.name for one in kept)}
    found = next(
        one for one in (wanted, *(f"{wanted} ({n})" for n in range(2, len(taken) + 3))) if one not in taken
    )
    return KeptBox(found, drawing.image.path, tuple(drawing.box), drawing.context)


def _row(
    name: str, question: Question, image: Image.Image, backbone: CachedBackbone, heads: dict[str, Any]
) -> tuple[str, str, list[tuple[str, str, str]]]:
    """Name, picture, and by scorer what it picks, with which share, and where it ranks the true description."""
    check_size(question, image)
    scores = compare(image, question.box, question.queries, backbone, heads, question.context)
    cells = []
    for _, rows in scores.groupby("scorer", sort=False):
        best = rows.loc[rows["rank"].idxmin()]
        rank = "".join(str(rank) for rank in rows.loc[rows["query"] == question.true, "rank"])
        cells.append((str(best["query"]), f"{best['share']:.0%}", rank))
    region = crop(image, question.box or whole(image), question.context)
    return name, inline_png(backbone.preview(region)), cells


def wire_boxes(handlers: BoxHandlers) -> None:
    """Connect the buttons."""
    fields, inputs = handlers.fields, handlers.compare.inputs
    question = [inputs.drawing, inputs.queries, inputs.backbone, inputs.head]
    more: dict[str, Any] = {"show_progress": "full", "show_progress_on": [fields.table], **MODELS}
    gr.on(
        [fields.keep.click, fields.name.submit],
        handlers.keep,
        [*question, fields.name, fields.kept],
        [fields.kept, fields.name, fields.table],
        api_visibility="private",
        **more,
    )
    fields.again.click(
        handlers.again, [*question, fields.kept], fields.table, api_visibility="private", **more
    )
    fields.forget.click(lambda: ([], ""), None, [fields.kept, fields.table], **QUIET)
