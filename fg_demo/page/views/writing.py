"""One description is enough: its look-alikes are written into the list of descriptions, to be changed there."""

from dataclasses import dataclass
from itertools import chain
from typing import Any

import gradio as gr

from fg_demo.box_drawer.component import Drawing
from fg_demo.lookalikes.vocabulary import VALUES
from fg_demo.lookalikes.writing import LEVELS, look_alikes, suggestions
from fg_demo.models.mini_clip_words import unknown_values
from fg_demo.page.asked import Heads
from fg_demo.page.components import ANSWERING, AT_ONCE, QUIET, components, mark_old
from fg_demo.page.events import CompareHandlers
from fg_demo.page.taking.link import QuestionLink, from_query
from fg_demo.page.text import problem
from fg_demo.page.turns import TurnFields
from fg_demo.scores import TRUE, check_queries, read_queries, true_query

NUMBERS = {1: "One detail", 2: "Two details", 3: "Three details"}
CHANGES: list[tuple[str, str]] = [
    *((f"{NUMBERS[replaced]} ({name})", str(replaced)) for replaced, name in LEVELS.items()),
    *((f"One {'colour' if kind == 'color' else kind}", kind) for kind in VALUES),
]
"""Shown name and value of what is exchanged: a number of attributes, or one of a kind."""


@dataclass(frozen=True)
class WritingFields:
    """The components that write look-alikes; `before` holds what was written last and how often."""

    description: gr.Textbox
    change: gr.Dropdown
    write: gr.Button
    note: gr.HTML
    offers: gr.Radio
    before: gr.State


def writing_fields(description: str) -> WritingFields:
    """The components, in the place where they are called for."""
    said = gr.Textbox(
        description,
        label="Your description",
        info="What is in the box, with its colour, material or pattern.",
        placeholder="a dark green glass bottle with a white cap",
        max_lines=1,
        elem_id="fg-description",
    )
    with gr.Row(equal_height=True, elem_id="fg-writing"):
        change = gr.Dropdown(
            CHANGES,
            value=CHANGES[0][1],
            label="Exchange",
            show_label=False,
            container=False,
            min_width=170,
            elem_id="fg-change",
        )
        write = gr.Button("Write look-alikes", variant="primary", min_width=170, elem_id="fg-write")
    note = gr.HTML(elem_id="fg-writing-note")
    offers = gr.Radio(visible=False, label="Take one of these", elem_id="fg-offers")
    return WritingFields(said, change, write, note, offers, gr.State(("", "", 0)))


@dataclass(frozen=True)
class WritingHandlers:
    """What the events of the description run."""

    fields: WritingFields
    compare: CompareHandlers

    def write(
        self,
        drawing: Drawing | None,
        description: str,
        change: str,
        before: tuple[str, str, int],
        backbone: str,
        head: Heads,
    ) -> dict[Any, Any]:
        """The list with the look-alikes and its scores, other ones each time; or why there are none, and what to
        describe instead.
        """
        seed = before[2] + 1 if before[:2] == (description, change) else 0
        fields, inputs = self.fields, self.compare.inputs
        try:
            queries = with_look_alikes(description, change, backbone, seed)
        except ValueError as error:
            said = problem(str(error), "The list below stays as it is.")
            offered = suggestions(description, None if change.isdecimal() else change)
            return {fields.note: said, fields.offers: gr.Radio(offered, value=None, visible=True)}
        return {
            fields.note: "",
            fields.offers: gr.Radio(visible=False),
            fields.before: (description, change, seed),
            inputs.queries: queries,
            **self.compare.refresh(drawing, queries, backbone, head),
        }

    def take(
        self, drawing: Drawing | None, offered: str, change: str, backbone: str, head: Heads
    ) -> dict[Any, Any]:
        """As `write`, of a description that was offered; one attribute is exchanged where it has no more."""
        change = "1" if change.isdecimal() else change
        shown = {self.fields.description: offered, self.fields.change: change}
        return {**shown, **self.write(drawing, offered, change, ("", "", 0), backbone, head)}

    def opened(self, address: str, queries: str) -> dict[Any, Any]:
        """The description and what is exchanged as the address has them, else the description that is marked as the true
        one; or what is wrong.
        """
        fields, known = self.fields, [value for _, value in CHANGES]
        try:
            asked = from_query(address)
        except ValueError:
            asked = QuestionLink()  # said already, where the answer stands
        said = asked.description or true_query(queries)
        shown: dict[Any, Any] = {fields.description: said} if said else {}
        if asked.exchange in (None, *known):
            return {**shown, fields.change: asked.exchange or known[0], fields.note: ""}
        expected = f"exchange: expected one of {', '.join(known)}, got {asked.exchange:.40}"
        return {
            **shown,
            fields.note: problem(f"This link cannot be opened. {expected}", "The first is chosen."),
        }


def with_look_alikes(description: str, change: str, backbone: str, seed: int = 0) -> str:
    """The description, marked as the true one, and its look-alikes, one a line, in words that the backbone knows;
    `change` is a value of `CHANGES`.

    Raises ValueError, in words, when the description cannot be used or has too little to exchange.
    """
    if change not in [value for _, value in CHANGES]:
        raise ValueError(
            f"exchange: expected one of {', '.join(value for _, value in CHANGES)}, got {change!r}"
        )
    (said,) = read_queries([description])[0] or [""]
    check_queries([said])
    unknown = unknown_values(backbone, chain.from_iterable(VALUES.values()))
    asked: dict[str, Any] = {"replaced": int(change)} if change.isdecimal() else {"kind": change}
    return "\n".join([f"{TRUE} {said}", *look_alikes(said, seed=seed, without=unknown, **asked)])


def wire_writing(handlers: WritingHandlers, opened: Any, address: gr.Textbox, turn: TurnFields) -> None:
    """Connect button, Enter and offers; `opened` is the event of the page's opening, whose `address` may bring
    descriptions. The address follows the two fields.
    """
    fields, compare = handlers.fields, handlers.compare
    inputs = compare.inputs
    answers = [inputs.queries, *components(compare.outputs), turn.number]
    own = [fields.note, fields.offers, fields.before]
    more: dict[str, Any] = {"js": AT_ONCE, "show_progress_on": [compare.outputs.headline], **ANSWERING}
    wrote = gr.on(
        [fields.write.click, fields.description.submit],
        turn.in_turn(handlers.write),
        [
            *turn.inputs,
            inputs.drawing,
            fields.description,
            fields.change,
            fields.before,
            inputs.backbone,
            inputs.head,
        ],
        [*own, *answers],
        **more,
    )
    took = fields.offers.input(
        turn.in_turn(handlers.take),
        [*turn.inputs, inputs.drawing, fields.offers, fields.change, inputs.backbone, inputs.head],
        [fields.description, fields.change, *own, *answers],
        **more,
    )
    opened.then(
        handlers.opened,
        [address, inputs.queries],
        [fields.description, fields.change, fields.note],
        js="(_, queries) => window.taking.openedWith(queries)",
        **QUIET,
    )
    for name, field in (("description", fields.description), ("exchange", fields.change)):
        told = f"(value) => window.taking.put({{ {name}: value === '{CHANGES[0][1]}' ? null : value }})"
        field.change(None, field, None, js=told, **QUIET)
    mark_old(turn.number, wrote, took)
