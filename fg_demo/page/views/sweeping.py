"""All values of an attribute at once: bars for one kind, heat maps for colour by material."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from typing import Any

import gradio as gr

from fg_demo.box_drawer.component import Drawing
from fg_demo.heat_map import Progress, untold
from fg_demo.images import using
from fg_demo.lookalikes.vocabulary import VALUES
from fg_demo.models.mini_clip_words import unknown_values
from fg_demo.page.asked import Heads
from fg_demo.page.comparison import Question, check_size, models_of
from fg_demo.page.components import MODELS, QUIET, components
from fg_demo.page.events import CompareHandlers
from fg_demo.page.taking.link import QuestionLink, from_query
from fg_demo.page.text import OLDER, problem, shown_names
from fg_demo.page.turns import Turns, begins, wire_stop, with_progress
from fg_demo.page.views.swept import maps, said
from fg_demo.score_bars.component import NO_BARS, ScoreBars, bars_of
from fg_demo.scores import frame, true_query
from fg_demo.sweep import SWEEPS, Sweep, sweep, swept

CHOICES: list[tuple[str, str]] = [
    ("Colours", "color"),
    ("Materials", "material"),
    ("Patterns", "pattern"),
    ("Transparency", "transparency"),
    ("Colour × material", "color-material"),
]
"""Shown name and value of the sweeps."""
SIDE = "fg-sweep"
TEXTS = 64
"""Texts that are encoded at a time, so that others need not wait for all of them, and a visitor can stop."""


@dataclass(frozen=True)
class SweepFields:
    """The components of a sweep; `note` is what is wrong or was stopped, above what the last one `said`, which stays."""

    name: gr.Radio
    start: gr.Button
    stop: gr.Button
    note: gr.HTML
    said: gr.HTML
    bars: ScoreBars
    maps: gr.HTML


def sweep_fields() -> SweepFields:
    """The components, in the place where they are called for."""
    with gr.Accordion("Try every value of an attribute", open=True, elem_id=SIDE):
        with gr.Row(equal_height=True):
            name = gr.Radio(
                CHOICES,
                value=CHOICES[0][1],
                show_label=False,
                container=False,
                label="What to go through",
                scale=3,
                elem_id="fg-sweep-name",
            )
            start = gr.Button("Try them all", min_width=150, scale=1, elem_id="fg-sweep-start")
        stop = gr.Button("Stop", size="sm", elem_id="fg-sweep-stop")
        note = gr.HTML(elem_id="fg-sweep-note")
        said = gr.HTML(elem_id="fg-sweep-said")
        bars = ScoreBars(elem_id="fg-sweep-bars")
        maps = gr.HTML(visible=False, elem_id="fg-sweep-maps")
    return SweepFields(name, start, stop, note, said, bars, maps)


@dataclass(frozen=True)
class SweepHandlers:
    """What the button runs."""

    fields: SweepFields
    compare: CompareHandlers

    def sweep(
        self,
        drawing: Drawing | None,
        description: str,
        name: str,
        backbone: str,
        head: Heads,
        progress: Progress = untold,
    ) -> dict[Any, Any]:
        """Bars or maps, and what they say in words, telling of many texts how many are read; or what is wrong."""
        fields = self.fields
        try:
            question = self.compare.question(drawing, description, backbone, head)
            found = self._swept(question, name, progress)
        except ValueError as error:
            return {fields.note: problem(str(error), OLDER)}
        names = shown_names(found.scored.scorers, question.backbone)
        shown = {fields.note: "", fields.said: said(found, names, left_out(name, question.backbone))}
        if len(found.columns) > 1:
            return {
                **shown,
                fields.bars: NO_BARS,
                fields.maps: gr.HTML(maps(found, names), visible=True),
            }
        rows = frame(found.rows, found.scored)
        scales = dict(zip(found.scored.scorers, found.scored.logit_scales.tolist(), strict=True))
        own = None if found.own is None else found.rows[found.own]
        return {
            **shown,
            fields.bars: bars_of(rows, own, scales, names),
            fields.maps: gr.HTML("", visible=False),
        }

    def opened(
        self,
        address: str,
        drawing: Drawing | None,
        queries: str,
        backbone: str,
        head: Heads,
        progress: Progress = untold,
    ) -> dict[Any, Any]:
        """The sweep that the address tells of, of the true one of the queries where it has no other description, nothing
        where it tells of none; or what is wrong.
        """
        fields = self.fields
        try:
            asked = from_query(address)
        except ValueError:
            asked = QuestionLink()  # said already, where the answer stands
        if asked.sweep is None:
            nothing = {fields.note: "", fields.said: "", fields.bars: NO_BARS}
            return {**nothing, fields.maps: gr.HTML("", visible=False)}
        if asked.sweep not in SWEEPS:
            expected = f"sweep: expected one of {', '.join(SWEEPS)}, got {asked.sweep[:40]!r}"
            return {
                fields.note: problem(f"This link cannot be opened. {expected}", "Nothing is gone through.")
            }
        said = asked.description or true_query(queries) or ""
        shown = self.sweep(drawing, said, asked.sweep, backbone, head, progress)
        return {fields.name: asked.sweep, **shown}

    def _swept(self, question: Question, name: str, progress: Progress) -> Sweep:
        models = models_of(self.compare.registry, question)
        with using(question.image) as image:
            check_size(question, image)
            unknown = unknown_values(question.backbone, chain.from_iterable(VALUES.values()))
            texts = swept(question.queries[0], name, unknown)[2]
            for start in range(0, len(texts), TEXTS):
                if start:
                    progress(start, len(texts))
                for encoder in filter(None, (models.base, models.backbone)):
                    encoder.encode_texts(texts[start : start + TEXTS])
            return sweep(
                image,
                question.box,
                question.queries[0],
                name,
                models.backbone,
                models.heads,
                question.context,
                unknown,
                models.base,
            )


def left_out(name: str, backbone: str) -> list[str]:
    """The values that a sweep leaves out, because the backbone has not learned their names."""
    return unknown_values(backbone, chain.from_iterable(VALUES[kind] for kind in SWEEPS[name]))


def wire_sweep(handlers: SweepHandlers, description: gr.Textbox, opened: Any, address: gr.Textbox) -> None:
    """Connect the button and the choice; `opened` is the event of the page's opening, whose `address` may tell of a
    sweep. The address follows.
    """
    fields, inputs = handlers.fields, handlers.compare.inputs
    shown = [fields.note, fields.said, fields.bars, fields.maps]
    more: dict[str, Any] = {
        "trigger_mode": "always_last",
        "show_progress": "full",
        "show_progress_on": [fields.said],
        "api_visibility": "private",
        **MODELS,
    }
    turns, js = gr.State(Turns()), begins(SIDE)

    def scoring(run: Callable[..., Any]) -> Callable[..., Any]:
        return with_progress(run, "Reading descriptions", "descriptions")

    started = gr.on(
        [fields.start.click, fields.name.input],
        scoring(handlers.sweep),
        [turns, inputs.drawing, description, fields.name, inputs.backbone, inputs.head],
        shown,
        js=js,
        **more,
    )
    started.success(None, fields.name, None, js="(name) => window.taking.put({ sweep: name })", **QUIET)
    reopened = opened.success(
        scoring(handlers.opened),
        [turns, address, *components(inputs)],
        [fields.name, *shown],
        js="(turns, _, ...values) => window.taking.asked('sweep', turns, ...values)",
        **{**more, "show_progress": "hidden"},  # gradio would show it for ever where no sweep is asked for
    )
    wire_stop(fields.stop, turns, fields.note, SIDE, [started, reopened])
