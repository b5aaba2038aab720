"""The buttons below the scores: a link, files, the chart, the Python that gives them. Each is made when it is pressed."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.exceptions import Error

from fg_demo.box_drawer.component import Drawing
from fg_demo.boxes import whole
from fg_demo.images import using
from fg_demo.models.registry import ModelRegistry
from fg_demo.page.comparison import Question, score
from fg_demo.page.components import MODELS, QUIET
from fg_demo.page.taking.figure import png, svg
from fg_demo.page.taking.files import ScoredQuestion, csv_text, json_text, python_text
from fg_demo.page.text import help_line

OWN_PHOTO = (
    "This photograph is yours: it is kept in this browser, so that a reload finds it again, and no link holds it. "
    "Whoever opens the link elsewhere is told so."
)
Read = Callable[[Drawing | None, str, str, Any], Question]


@dataclass(frozen=True)
class TakingFields:
    """The components; `address` holds the comparison as an address and `made` what a button made, for the browser."""

    address: gr.Textbox
    own: gr.HTML
    made: gr.Textbox
    code: gr.Code
    link: gr.Button
    python: gr.Button
    files: dict[str, gr.Button]


def taking_fields() -> TakingFields:
    """The components, in the place where they are called for."""
    address = gr.Textbox(visible="hidden", show_label=False, elem_id="fg-address")
    made = gr.Textbox(visible="hidden", show_label=False, elem_id="fg-made")
    with gr.Row(elem_id="fg-taking"):
        link = _button("Copy a link", "fg-copy")
        files = {kind: _button(title, f"fg-{kind}") for kind, title in TITLES.items()}
        python = _button("Python code", "fg-python")
    own = gr.HTML(help_line(OWN_PHOTO), visible=False, elem_id="fg-own")
    code = gr.Code(
        visible=False,
        language="python",
        interactive=False,
        label="The same scores in Python",
        elem_id="fg-code",
    )
    return TakingFields(address, own, made, code, link, python, files)


def _button(text: str, name: str) -> gr.Button:
    return gr.Button(text, size="sm", min_width=70, elem_id=name)


def _text(
    kind: str, write: Callable[[ScoredQuestion], str], type_: str
) -> Callable[[ScoredQuestion], dict[str, str]]:
    return lambda scored: {"name": f"scores.{kind}", "type": type_, "text": write(scored)}


def _picture(scored: ScoredQuestion) -> dict[str, str]:
    content = png(scored.scores, scored.question.true)
    return {"name": "scores.png", "type": "image/png", "base64": base64.b64encode(content).decode()}


TITLES = {"csv": "CSV", "json": "JSON", "svg": "Chart as SVG", "png": "Chart as PNG"}
FILES: dict[str, Callable[[ScoredQuestion], dict[str, str]]] = {
    "csv": _text("csv", csv_text, "text/csv;charset=utf-8"),
    "json": _text("json", json_text, "application/json"),
    "svg": _text("svg", lambda scored: svg(scored.scores, scored.question.true), "image/svg+xml"),
    "png": _picture,
}
"""Kind of a file → what makes it: its name, its type and its content as text or in base64."""


@dataclass(frozen=True)
class TakingHandlers:
    """What the buttons run; `read` gives the question that the components hold."""

    registry: ModelRegistry
    fields: TakingFields
    read: Read

    def file(self, kind: str, *entered: Any) -> str:
        """The file as the browser takes it, as JSON. Raises Error in words when there are no scores to take."""
        return json.dumps(FILES[kind](self._scored(*entered)))

    def code(self, *entered: Any) -> Any:
        """The lines of Python. Errors as in `file`."""
        try:
            return gr.Code(python_text(self.read(*entered)), visible=True)
        except ValueError as error:
            raise Error(str(error)) from error

    def _scored(self, *entered: Any) -> ScoredQuestion:
        try:
            question = self.read(*entered)
            scores = score(self.registry, question)
            with using(question.image) as image:
                box = question.box or whole(image)
        except ValueError as error:
            raise Error(str(error)) from error
        return ScoredQuestion(question, scores, box, self.registry.backbone(question.backbone).revision)


def wire_taking(handlers: TakingHandlers, question: list[Any], of_image: list[Any]) -> None:
    """Connect the buttons; `question` are the components that hold it. The address follows what was answered, and
    what is `of_image`, the words, bars and maps of a sweep, is emptied when another one is answered.
    """
    fields = handlers.fields
    fields.address.change(
        None,
        [fields.address, question[0]],
        of_image,
        js="(address, drawing) => window.taking.address(address, drawing)",
        **QUIET,
    )
    fields.link.click(None, None, None, js="() => window.taking.copyLink()", **QUIET)
    for kind, button in fields.files.items():
        made = button.click(
            lambda *entered, kind=kind: handlers.file(kind, *entered),
            question,
            fields.made,
            api_visibility="private",
            show_progress="hidden",
            **MODELS,
        )
        made.success(None, fields.made, None, js="(made) => window.taking.save(made)", **QUIET)
    fields.python.click(handlers.code, question, fields.code, **QUIET)
