"""What the events of the Compare tab run: what a visitor entered goes in, what the components show comes out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import gradio as gr

from fg_demo.box_drawer.component import BoxDrawer, Drawing
from fg_demo.models.adapter import split_name
from fg_demo.models.backbone import Backbone
from fg_demo.models.clip import MINI_CLIP
from fg_demo.models.registry import ModelRegistry
from fg_demo.page.asked import Heads, asked_drawing, asked_heads, fitting, link_of, read_share
from fg_demo.page.comparison import Question, answer, read_question
from fg_demo.page.taking.link import QuestionLink, from_query, to_query
from fg_demo.page.taking.names import ImageNames, file_digest
from fg_demo.page.text import notice, problem, spoken
from fg_demo.page.turns import UNANSWERED
from fg_demo.score_bars.component import ScoreBars
from fg_demo.verdicts import MeanCrop

NOT_DRAWN = (
    f"{MINI_CLIP} knows drawn scenes like those among the samples, and nothing else: of any other picture its scores say "
    "little, and so do those of its heads."
)
STOPPED = "Stopped waiting: {} stays. What was begun goes on, and is there when it is chosen again."
LOADING = (
    "backbone: expected one that is loaded, got {}, which still is being loaded; ask again once it is there"
)
SOON = "{} is still being loaded: what you entered is scored once it is there."
DRAWN = "fg-rendered/"
"""How a link names the images that mini-clip was made for."""


@dataclass(frozen=True)
class QuestionFields:
    """The components that hold the question."""

    drawing: BoxDrawer
    queries: gr.Textbox
    backbone: gr.Dropdown
    head: gr.Dropdown


@dataclass(frozen=True)
class AnswerFields:
    """The components that show the answer."""

    message: gr.HTML
    headline: gr.HTML
    bars: ScoreBars
    verdicts: gr.HTML
    numbers: gr.HTML
    seen: gr.HTML
    switch: gr.Button
    address: gr.Textbox
    own: gr.HTML


def head_choices(registry: ModelRegistry, backbone: Backbone) -> list[tuple[str, str]]:
    """Shown name and value of the heads that fit."""
    fitting = registry.fitting_heads(backbone)
    return [(spoken(name, backbone.name).removeprefix("the "), name) for name in fitting]


def head_info(choices: Sequence[tuple[str, str]]) -> str | None:
    """Why there is nothing to choose, if there is not."""
    return None if choices else "No head for this backbone is here yet."


@dataclass(frozen=True)
class CompareHandlers:
    """What the page's events run."""

    registry: ModelRegistry
    inputs: QuestionFields
    outputs: AnswerFields
    names: ImageNames = field(default_factory=ImageNames)
    drawn: set[str] = field(default_factory=set)
    """Digests of the files that hold scenes of the kind mini-clip knows, those of links are added."""
    mean_crop: MeanCrop | None = None
    """What is shown in place of the picture to see what is said without it."""

    def opened(
        self, address: str, drawing: Drawing | None, queries: str, backbone: str, head: Heads
    ) -> dict[Any, Any]:
        """What the page's address asks for, in place of what the page opens with; or what is wrong with it, over
        what the page opens with.
        """
        try:
            return self._asked(from_query(address), drawing, queries, backbone, head)
        except ValueError as error:
            said = problem(f"This link cannot be opened. {error}", "Shown is what the page starts with.")
            # A photograph that the browser had kept is no part of the page's start: what is scored must be seen.
            kept = {self.inputs.drawing: drawing} if "own" in parse_qs(urlsplit(address).query) else {}
            return {**self.refresh(drawing, queries, backbone, head), **kept, self.outputs.message: said}

    def _asked(
        self, asked: QuestionLink, drawing: Drawing | None, queries: str, backbone: str, head: Heads
    ) -> dict[Any, Any]:
        """As `opened`. Raises ValueError when the address asks for what cannot be had without a download."""
        if asked == QuestionLink():
            return self.refresh(drawing, queries, backbone, head)
        shown, name = self._asked_drawing(asked, drawing), asked.backbone or backbone
        share = read_share(asked.share)
        choices = head_choices(self.registry, self.registry.backbone_at_hand(name))
        chosen = asked_heads(asked.heads, head, name, [value for _, value in choices], self.registry)
        written = asked.queries or queries
        seen = self._seen(shown, written, name, chosen)
        return {
            **seen,
            self.inputs.drawing: shown,
            self.inputs.queries: written,
            self.inputs.backbone: name,
            self.inputs.head: gr.Dropdown(choices, value=chosen, info=head_info(choices)),
            self.outputs.bars: seen[self.outputs.bars].model_copy(update={"share": share}),
        }

    def _asked_drawing(self, asked: QuestionLink, drawing: Drawing | None) -> Drawing | None:
        shown = asked_drawing(asked, drawing, self.names)
        if asked.image is not None and asked.image.startswith(DRAWN):
            self.drawn.add(file_digest(self.names.file(asked.image)))
        return shown

    def address(self, drawing: Drawing | None, queries: str, backbone: str, head: Heads) -> str:
        """What is entered as an address. Raises ValueError in words when an input is missing or bad."""
        question = question_of(drawing, queries, backbone, head)
        return to_query(link_of(question, drawing.kept if drawing else [], self.names))

    def question(self, drawing: Drawing | None, queries: str, backbone: str, head: Heads) -> Question:
        """What is entered. Raises ValueError in words when an input is missing or bad, or the backbone is being loaded:
        whoever waits for it keeps others waiting.
        """
        if self.registry.is_being_loaded(backbone):
            raise ValueError(LOADING.format(backbone))
        return question_of(drawing, queries, backbone, head)

    def refresh(self, drawing: Drawing | None, queries: str, backbone: str, head: Heads) -> dict[Any, Any]:
        """All outputs for the input, or only the message that says what is wrong with it, or that the backbone still is
        being loaded: once it is there, the browser asks again.
        """
        if self.registry.is_being_loaded(backbone):
            return {self.outputs.message: notice([SOON.format(backbone)]), **UNANSWERED}
        try:
            return self._seen(drawing, queries, backbone, head)
        except ValueError as error:
            return {self.outputs.message: problem(str(error))}

    def _seen(self, drawing: Drawing | None, queries: str, backbone: str, head: Heads) -> dict[Any, Any]:
        """All outputs for the input. Raises ValueError in words when an input is missing or bad."""
        question = question_of(drawing, queries, backbone, head)
        seen, out = answer(self.registry, question, self.mean_crop), self.outputs
        other = self._better_for(question.image, backbone)
        return {
            out.message: (notice([NOT_DRAWN]) if other is not None else "") + seen.notes,
            out.switch: gr.Button(f"Use {other} instead", visible=bool(other)),
            out.headline: seen.headline,
            out.bars: seen.bars,
            out.verdicts: seen.verdicts,
            out.numbers: seen.numbers,
            out.seen: seen.seen,
            out.address: to_query(link_of(question, drawing.kept if drawing else [], self.names)),
            out.own: gr.HTML(visible=self.names.of(question.image) is None),
        }

    def stopped(self, drawing: Drawing | None, queries: str, head: Heads, working: str) -> dict[Any, Any]:
        """As `refresh`, with the backbone before, when a visitor no longer waits for another."""
        shown, message = self.refresh(drawing, queries, working, head), self.outputs.message
        told = notice([STOPPED.format(working)]) + shown.get(message, "")
        return {**shown, self.inputs.backbone: working, message: told}

    def _better_for(self, image: str | Path | None, backbone: str) -> str | None:
        """The backbone to look at the image with, where the one chosen does not know such images: empty when no
        other is offered, None where it knows them.
        """
        if split_name(backbone)[0] != MINI_CLIP or image is None or file_digest(image) in self.drawn:
            return None
        offered = self.registry.backbone_names
        return next((name for name in offered if split_name(name)[0] != MINI_CLIP), "")

    def switch_backbone(
        self, drawing: Drawing | None, queries: str, head: Heads, working: str
    ) -> dict[Any, Any]:
        """As `change_backbone`, to the one that the notice about the image offers."""
        image = drawing.image.path if drawing and drawing.image else None
        name = self._better_for(image, working) or working
        return self.change_backbone(drawing, queries, name, head, working)

    def change_backbone(
        self, drawing: Drawing | None, queries: str, backbone: str, head: Heads, working: str
    ) -> dict[Any, Any]:
        """As `refresh`, with the backbone, whatever was chosen meanwhile, and the heads that fit it; the backbone before,
        when the new one cannot be loaded.
        """
        try:
            loaded = self.registry.backbone(backbone)
        except ValueError as error:
            said = problem(str(error), f"{working} stays, and the scores below are still those of it.")
            return {self.inputs.backbone: working, self.outputs.message: said}
        choices = head_choices(self.registry, loaded)
        chosen = fitting(head, [value for _, value in choices])
        update = gr.Dropdown(choices, value=chosen, info=head_info(choices))
        shown = {self.inputs.backbone: backbone, self.inputs.head: update}
        return {**shown, **self.refresh(drawing, queries, backbone, chosen)}


def question_of(drawing: Drawing | None, queries: str, backbone: str, head: Heads) -> Question:
    """The question that the components hold. Raises ValueError in words when an input is missing or bad."""
    if drawing is None or drawing.image is None:
        return read_question(None, None, queries, backbone, head)
    drawn_on = (drawing.width, drawing.height) if drawing.width else None
    return read_question(drawing.image.path, drawing.box, queries, backbone, head, drawn_on, drawing.context)
