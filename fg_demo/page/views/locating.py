"""Where on the image a description scores high: a heat map a scorer, made when it is asked for."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from fg_demo.box_drawer.component import Drawing
from fg_demo.boxes import Box
from fg_demo.heat_map import PATCHES, WINDOW, HeatMaps, Progress, cells_inside, heat_maps, shrunk, untold
from fg_demo.images import using
from fg_demo.page.asked import Heads
from fg_demo.page.comparison import Question, check_size, models_of
from fg_demo.page.components import MODELS, QUIET
from fg_demo.page.events import CompareHandlers
from fg_demo.page.templates import environment
from fg_demo.page.text import OLDER, problem, shown_names
from fg_demo.page.turns import Turns, begins, wire_stop, with_progress
from fg_demo.scores import ADAPTED, read_queries, true_query
from heads.kinds.cosine import BASELINE

TEMPLATES = environment()
WHILE_OPEN = "(...values) => window.compareTab.rested('fg-locate-row', ...values)"
SIDE = "fg-locate"
SHOWN = 560
"""Longest side, in pixels, of the picture under the maps."""
ACROSS, DOWN = ("left", "middle", "right"), ("upper", "middle", "lower")


@dataclass(frozen=True)
class LocateFields:
    """The components of the heat maps; `part` holds the others."""

    part: gr.Accordion
    description: gr.Dropdown
    start: gr.Button
    stop: gr.Button
    said: gr.HTML
    maps: gr.HTML


def locate_fields() -> LocateFields:
    """The components, in the place where they are called for."""
    with gr.Accordion("Where it looks", open=False, elem_id=SIDE) as part:
        with gr.Row(equal_height=True, elem_id="fg-locate-row"):
            description = gr.Dropdown(
                [], label="Description to look for", scale=3, min_width=220, elem_id="fg-locate-description"
            )
            start = gr.Button("Show where it looks", min_width=150, scale=1, elem_id="fg-locate-start")
        stop = gr.Button("Stop", size="sm", elem_id="fg-locate-stop")
        said = gr.HTML(elem_id="fg-locate-said")
        maps = gr.HTML(elem_id="fg-locate-maps")
    return LocateFields(part, description, start, stop, said, maps)


@dataclass(frozen=True)
class LocateHandlers:
    """What the button and the choice run."""

    fields: LocateFields
    compare: CompareHandlers

    def offered(self, queries: str, chosen: str | None) -> Any:
        """The list of descriptions as it is written now, and of it the one chosen, else the true one or the first."""
        written = read_queries(queries)[0]
        return gr.Dropdown(written, value=looked_for(written, true_query(queries), chosen))

    def locate(
        self,
        drawing: Drawing | None,
        queries: str,
        chosen: str | None,
        backbone: str,
        head: Heads,
        progress: Progress = untold,
    ) -> dict[Any, Any]:
        """The maps, and how they came about; or what is wrong."""
        fields = self.fields
        try:
            question = self.compare.question(drawing, queries, backbone, head)
            text = looked_for(question.queries, question.true, chosen) or question.queries[0]
            shown = self._located(question, text, progress)
        except ValueError as error:
            return {fields.said: problem(str(error), OLDER)}
        choice = gr.Dropdown(list(question.queries), value=text)
        return {fields.said: "", fields.maps: shown, fields.description: choice}

    def _located(self, question: Question, text: str, progress: Progress) -> str:
        models = models_of(self.compare.registry, question)
        with using(question.image) as image:
            check_size(question, image)
            size, small = image.size, shrunk(image)
        # A large image is let go by now: others wait for it, and crops take a while.
        found = heat_maps(small, question.queries, models.backbone, models.heads, progress)
        if models.base is not None:
            found = beside(heat_maps(small, question.queries, models.base, {}, progress), found)
        names = shown_names(found.scorers, models.backbone.name)
        titles = [(names[scorer], scorer == BASELINE.title) for scorer in found.scorers]
        return located(found, text, question, size, titles, small)


def beside(base: HeatMaps, adapted: HeatMaps) -> HeatMaps:
    """The maps of the base's cosine before those of the adapted backbone, whose own cosine is called so."""
    scorers = (*base.scorers, ADAPTED, *adapted.scorers[1:])
    return HeatMaps(adapted.by, scorers, torch.cat([base.scores, adapted.scores]))


def looked_for(queries: Sequence[str], true: str | None, chosen: str | None) -> str | None:
    """Of the descriptions the one chosen, else the true one, else the first; None where there are none."""
    return next((one for one in (chosen, true, *queries) if one in queries), None)


def located(
    found: HeatMaps,
    text: str,
    question: Question,
    size: tuple[int, int],
    names: Sequence[tuple[str, bool]],
    picture: Image.Image,
) -> str:
    """The maps of one text as HTML, under each what it says in words; `size` is that of the image that the box is on, and
    a scorer goes by a name, and whether it is the cosine.
    """
    rows, columns = found.scores.shape[2:]
    at = question.queries.index(text)
    box = question.box and (
        question.box.left / size[0] * columns,
        question.box.top / size[1] * rows,
        question.box.width / size[0] * columns,
        question.box.height / size[1] * rows,
    )
    return TEMPLATES.get_template("located.html").render(
        text=text,
        by_patches=found.by == PATCHES,
        backbone=question.backbone,
        window=f"{WINDOW:.0%}",
        count=len(question.queries),
        rows=rows,
        columns=columns,
        ratio=size[0] / size[1],
        picture=_inline_jpeg(picture),
        box=box,
        maps=[
            (name, is_cosine, *_drawn(scores, at, question.box, size))
            for (name, is_cosine), scores in zip(names, found.scores, strict=True)
        ],
    )


def _drawn(
    scores: Float[Tensor, "texts rows columns"], at: int, box: Box | None, size: tuple[int, int]
) -> tuple[str, str, list[tuple[int, int, float, str]], tuple[int, int], str]:
    """Ends of the scale, the cells with their shade between these, the highest one, and all of it in words."""
    low, high = float(scores.min()), float(scores.max())
    own = scores[at]
    rows, columns = own.shape
    cells = [
        (place % columns, place // columns, round((score - low) / (high - low or 1), 3), digits(score))
        for place, score in enumerate(own.flatten().tolist())
    ]
    y, x = divmod(int(own.argmax()), columns)
    words = f"Highest in the {part(x, y, columns, rows)}, score {digits(float(own.max()))}."
    inside = None if box is None else cells_inside(box, *size, rows, columns)
    if inside is not None and bool(inside.any()) and not bool(inside.all()):
        here, elsewhere = (digits(float(own[those].mean())) for those in (inside, ~inside))
        words += f" In your box {here} on average, elsewhere {elsewhere}."
    return digits(low), digits(high), cells, (x, y), words


def part(x: int, y: int, columns: int, rows: int) -> str:
    """In which ninth of the grid the cell's centre is: "upper left", "middle right", "centre"."""
    across, down = ACROSS[int(3 * (x + 0.5) / columns)], DOWN[int(3 * (y + 0.5) / rows)]
    return "centre" if across == down else f"{down} {across}"


def digits(score: float) -> str:
    """The score as the maps write it, with a minus sign."""
    return f"{score:.3f}".replace("-", "−")


def _inline_jpeg(picture: Image.Image) -> str:
    """The picture, made small, as base64 of JPEG; without colours, which the maps have."""
    small = picture.convert("L")
    small.thumbnail((SHOWN, SHOWN), reducing_gap=2.0)
    content = io.BytesIO()
    small.save(content, "JPEG", quality=75)
    return base64.b64encode(content.getvalue()).decode()


def wire_locate(handlers: LocateHandlers) -> None:
    """Connect the buttons and the choice; the list of descriptions follows what is written while the part is open."""
    fields, inputs = handlers.fields, handlers.compare.inputs
    turns = gr.State(Turns())
    started = gr.on(
        [fields.start.click, fields.description.input],
        with_progress(handlers.locate, "Scoring crops", "crops"),
        [turns, inputs.drawing, inputs.queries, fields.description, inputs.backbone, inputs.head],
        [fields.said, fields.maps, fields.description],
        js=begins(SIDE),
        trigger_mode="always_last",
        show_progress="full",
        show_progress_on=[fields.maps],
        api_visibility="private",
        **MODELS,
    )
    wire_stop(fields.stop, turns, fields.said, SIDE, [started])
    offered: dict[str, Any] = {"inputs": [inputs.queries, fields.description], "outputs": fields.description}
    fields.part.expand(handlers.offered, **offered, **QUIET)
    inputs.queries.change(handlers.offered, **offered, trigger_mode="multiple", js=WHILE_OPEN, **QUIET)
