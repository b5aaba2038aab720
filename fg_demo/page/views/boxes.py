"""Several boxes on one image, a row a box, under the whole image."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from fg_demo.box_drawer.component import Drawing, KeptBox
from fg_demo.boxes import crop, whole
from fg_demo.heat_map import Progress, untold
from fg_demo.images import using
from fg_demo.page.asked import Heads
from fg_demo.page.comparison import Models, Question, check_size, models_of, scored
from fg_demo.page.components import MODELS, QUIET, components
from fg_demo.page.events import CompareHandlers
from fg_demo.page.kept import WHOLE, with_one_more
from fg_demo.page.templates import environment
from fg_demo.page.text import inline_png, problem, shown_names
from fg_demo.page.turns import Turns, begins, wire_stop, with_progress
from fg_demo.scores import ADAPTED, frame

SIDE = "fg-boxes"
MERGED = "(kept, drawing) => window.compareTab.withKept(kept, drawing)"
NONE_KEPT = "(drawing) => [drawing && { ...drawing, kept: [] }, '', '']"
FOLLOWED = "(drawing, ...shown) => (drawing && (drawing.kept || []).length ? shown : shown.map(() => ''))"
"""What the browser does with the drawing: it may have changed since the server was asked, and only gets the boxes."""
STAY = "The boxes you kept stay."
TEMPLATES = environment()


@dataclass(frozen=True)
class BoxFields:
    """The components that keep boxes; `said` is what is wrong or was stopped, above the table, which stays, and `kept`
    tells the browser which the server let in, as JSON.
    """

    side: gr.Accordion
    name: gr.Textbox
    keep: gr.Button
    again: gr.Button
    forget: gr.Button
    stop: gr.Button
    said: gr.HTML
    table: gr.HTML
    kept: gr.Textbox


def box_fields() -> BoxFields:
    """The components, in the place where they are called for."""
    with gr.Accordion("Several boxes", open=False, elem_id=SIDE) as side:
        name = gr.Textbox(label="Name of this box", placeholder="Box 1", max_lines=1, elem_id="fg-box-name")
        with gr.Row():
            keep = gr.Button("Keep this box", size="sm", min_width=110, elem_id="fg-box-keep")
            again = gr.Button("Compare again", size="sm", min_width=110, elem_id="fg-box-again")
            forget = gr.Button("Forget them", size="sm", min_width=110, elem_id="fg-box-forget")
        stop = gr.Button("Stop", size="sm", elem_id="fg-box-stop")
        said = gr.HTML(elem_id="fg-box-said")
        table = gr.HTML(elem_id="fg-box-table")
    kept = gr.Textbox(visible="hidden", show_label=False)
    return BoxFields(side, name, keep, again, forget, stop, said, table, kept)


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
        progress: Progress = untold,
    ) -> dict[Any, Any]:
        """The boxes with the one that is drawn, compared; or what is wrong."""
        try:
            more = with_one_more(drawing, name)
        except ValueError as error:
            return {self.fields.said: problem(str(error), STAY)}
        assert drawing is not None
        shown = self.with_kept(drawing, more, queries, backbone, head, progress)
        return {self.fields.name: "", **shown}

    def with_kept(
        self,
        drawing: Drawing,
        more: Sequence[KeptBox],
        queries: str,
        backbone: str,
        head: Heads,
        progress: Progress = untold,
    ) -> dict[Any, Any]:
        """`more` as the boxes of the image from now on, compared."""
        assert drawing.image is not None
        told = {"image": drawing.image.path, "boxes": [one.model_dump() for one in more]}
        kept = drawing.model_copy(update={"kept": list(more)})
        shown = self.again(kept, queries, backbone, head, progress)
        return {self.fields.kept: json.dumps(told), **shown}

    def again(
        self,
        drawing: Drawing | None,
        queries: str,
        backbone: str,
        head: Heads,
        progress: Progress = untold,
    ) -> dict[Any, Any]:
        """The boxes of the image compared by what is entered now, telling before each how many are done; or what is
        wrong.
        """
        try:
            questions = self._questions(drawing, queries, backbone, head)
            return {self.fields.said: "", self.fields.table: self._table(questions, progress)}
        except ValueError as error:
            return {self.fields.said: problem(str(error), STAY)}

    def opened(
        self,
        drawing: Drawing | None,
        queries: str,
        backbone: str,
        head: Heads,
        progress: Progress = untold,
    ) -> dict[Any, Any]:
        """As `again`, where the page's address brought boxes along."""
        if drawing is None or not drawing.kept:
            return {self.fields.said: "", self.fields.table: ""}
        return {
            self.fields.side: gr.Accordion(open=True),
            **self.again(drawing, queries, backbone, head, progress),
        }

    def address(self, drawing: Drawing | None, queries: str, backbone: str, head: Heads) -> Any:
        """The address with the boxes; nothing new where what is entered has none."""
        try:
            return self.compare.address(drawing, queries, backbone, head)
        except ValueError:
            return gr.skip()

    def _questions(
        self, drawing: Drawing | None, queries: str, backbone: str, head: Heads
    ) -> dict[str, Question]:
        """Name → what is asked of the box, first of all of the image. Raises ValueError in words."""
        if drawing is None:
            return {WHOLE: self.compare.question(drawing, queries, backbone, head)}
        boxes = {WHOLE: drawing.model_copy(update={"box": None, "context": 1.0})} | {
            one.name: drawing.model_copy(update={"box": one.box, "context": one.context})
            for one in drawing.kept
        }
        return {name: self.compare.question(box, queries, backbone, head) for name, box in boxes.items()}

    def _table(self, questions: dict[str, Question], progress: Progress) -> str:
        """A row a box, as HTML. Raises ValueError in words."""
        first = questions[WHOLE]
        models = models_of(self.compare.registry, first)
        with using(first.image) as image:
            rows = []
            for number, (name, question) in enumerate(questions.items()):
                progress(number, len(questions))
                rows.append(_row(name, question, image, models))
        known = [] if models.base is None else [ADAPTED]
        names = shown_names([*known, *first.heads], models.backbone.name)
        return TEMPLATES.get_template("boxes.html").render(
            scorers=list(names.values()), rows=rows, count=len(first.queries), known=first.true is not None
        )


def _row(
    name: str, question: Question, image: Image.Image, models: Models
) -> tuple[str, str, list[tuple[str, str, str]]]:
    """Name, picture, and by scorer what it picks, with which share, and where it ranks the true description."""
    check_size(question, image)
    scores = frame(question.queries, scored(question, image, models))
    cells = []
    for _, rows in scores.groupby("scorer", sort=False):
        best = rows.loc[rows["rank"].idxmin()]
        rank = "".join(str(rank) for rank in rows.loc[rows["query"] == question.true, "rank"])
        cells.append((str(best["query"]), f"{best['share']:.0%}", rank))
    region = crop(image, question.box or whole(image), question.context)
    return name, inline_png(models.backbone.preview(region)), cells


def wire_boxes(handlers: BoxHandlers, opened: Any) -> None:
    """Connect the buttons; `opened` is the event of the page's opening, which may bring boxes."""
    fields, inputs = handlers.fields, handlers.compare.inputs
    drawing, address = inputs.drawing, handlers.compare.outputs.address
    question, shown = components(inputs), [fields.said, fields.table]
    more: dict[str, Any] = {
        "show_progress": "full",
        "show_progress_on": [fields.table],
        "api_visibility": "private",
        **MODELS,
    }
    turns, js = gr.State(Turns()), begins(SIDE)

    def scoring(run: Callable[..., Any]) -> Callable[..., Any]:
        return with_progress(run, "Scoring boxes", "boxes")

    keeps = gr.on(
        [fields.keep.click, fields.name.submit],
        scoring(handlers.keep),
        [turns, *question, fields.name],
        [fields.kept, fields.name, *shown],
        js=js,
        **more,
    )
    kept = keeps.success(None, [fields.kept, drawing], drawing, js=MERGED, **QUIET)
    forgotten = fields.forget.click(None, drawing, [drawing, *shown], js=NONE_KEPT, **QUIET)
    for event in (kept, forgotten):
        event.success(handlers.address, question, address, **QUIET)
    drawing.change(None, [drawing, *shown], shown, js=FOLLOWED, **QUIET)
    again = fields.again.click(scoring(handlers.again), [turns, *question], shown, js=js, **more)
    reopened = opened.success(scoring(handlers.opened), [turns, *question], [fields.side, *shown], **more)
    wire_stop(fields.stop, turns, fields.said, SIDE, [keeps, again, reopened])
