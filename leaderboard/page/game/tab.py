"""The Quiz tab: one item of the benchmark at a time, the visitor's guess, then what CLIP's cosine and a head picked."""

from dataclasses import dataclass
from random import Random
from typing import Any

import gradio as gr

from fg_demo.models.registry import ModelRegistry
from fg_demo.page.components import MODELS, QUIET, components
from heads.kinds.cosine import BASELINE
from leaderboard.benchmarks.at_hand import images_at_hand
from leaderboard.benchmarks.catalogue import subset_titles
from leaderboard.board.board import Entry
from leaderboard.board.cases import Case, case, scored
from leaderboard.board.results import ResultsFolder
from leaderboard.page.gallery import picture
from leaderboard.page.game.rounds import (
    LENGTH,
    Item,
    Round,
    baseline_of,
    common_subsets,
    draw_round,
    opponents,
    playable,
)
from leaderboard.page.templates import render

ALL = "all"
INTRODUCTION = (
    f"### Can you do better than CLIP?\nOne caption fits what is in the box; the others differ in a detail. Pick it, "
    f"then see what the models picked. A round has {LENGTH} regions."
)
NOTHING = "No benchmark whose items were ranked one by one is on this machine, so there is nothing to guess."
Updates = dict[Any, Any]


@dataclass(frozen=True)
class GameFields:
    """The components of the tab."""

    subset: gr.Dropdown
    missed: gr.Checkbox
    head: gr.Dropdown
    start: gr.Button
    score: gr.HTML
    picture: gr.HTML
    captions: gr.Radio
    guess: gr.Button
    following: gr.Button
    verdict: gr.HTML
    round: gr.State


@dataclass(frozen=True)
class GameHandlers:
    """What the tab's events run; a round lives in the visitor's session."""

    folder: ResultsFolder
    registry: ModelRegistry | None
    fields: GameFields

    def opened(self, round: Round | None, subset: str, missed: bool, head: str | None) -> Updates:
        """A first round, when the visitor comes to the tab without one."""
        return self.begun(subset, missed, head) if round is None else gr.skip()

    def begun(self, subset: str, missed: bool, head: str | None) -> Updates:
        """A new round, and what may be chosen for the next; a sentence when there is nothing to guess."""
        fields, board = self.fields, playable(self.folder.read(patience=None).boards)
        baseline = baseline_of(board) if board else None
        if board is None or baseline is None:
            return {fields.score: render("note", text=NOTHING, status=True)}
        heads = opponents(board)
        chosen = head if head in heads else next(iter(heads))
        names = common_subsets(heads[chosen], baseline)
        wanted = subset if subset in names else None
        try:
            drawn = draw_round(heads[chosen], baseline, wanted, missed, Random())
        except ValueError as error:
            return {fields.score: render("note", text=str(error), status=True)}
        titles = subset_titles(names)
        subsets = [("All subsets", ALL), *((titles.get(name, name), name) for name in names)]
        return {
            fields.subset: gr.Dropdown(subsets, value=wanted or ALL),
            fields.head: gr.Dropdown(list(heads), value=chosen),
            **self._asked(drawn),
        }

    def guessed(self, round: Round | None, caption: str | None) -> Updates:
        """What the models picked, and whether the visitor was right; only a request to choose without a guess."""
        fields = self.fields
        if round is None or round.current is None or not caption:
            return {fields.verdict: render("note", text="Choose a caption first.", status=True)}
        item, after = round.current, round.guessed(caption)
        return {
            fields.round: after,
            fields.score: self._score(after),
            fields.captions: gr.Radio(interactive=False),
            fields.guess: gr.Button(visible=False),
            fields.following: gr.Button(
                "New round" if after.current is None else "Next region", visible=True
            ),
            fields.verdict: self._verdict(item, caption, after),
        }

    def following(self, round: Round | None, subset: str, missed: bool, head: str | None) -> Updates:
        """The next item, or a new round after the last."""
        if round is None or round.current is None:
            return self.begun(subset, missed, head)
        return self._asked(round)

    def _asked(self, round: Round) -> Updates:
        fields, item = self.fields, round.current
        assert item is not None
        baseline, _ = self._entries(round.head)
        image = _images(baseline)[item.sample.image]
        return {
            fields.round: round,
            fields.score: self._score(round),
            fields.picture: render("guess_picture", address=picture(image, item.sample.box)),
            fields.captions: gr.Radio(list(item.captions), value=None, interactive=True, visible=True),
            fields.guess: gr.Button(visible=True),
            fields.following: gr.Button(visible=False),
            fields.verdict: "",
        }

    def _score(self, round: Round) -> str:
        return render(
            "guess_score",
            done=len(round.guesses),
            length=len(round.items),
            right=round.right,
            head=round.head,
            over=round.current is None,
        )

    def _verdict(self, item: Item, caption: str, round: Round) -> str:
        baseline, head = self._entries(round.head)
        seen = self._case(item, baseline, head)
        name = head.record.head.name
        models = [
            ("CLIP’s cosine", item.cosine_rank, seen.best(BASELINE.title)),
            (round.head, item.head_rank, seen.best(name)),
        ]
        return render(
            "guess_verdict",
            right=caption == item.sample.positive,
            answer=item.sample.positive,
            among=len(item.captions),
            models=models,
            link=seen.link,
        )

    def _case(self, item: Item, baseline: Entry, head: Entry) -> Case:
        """With the scores of both where the head and its backbone are at hand."""
        one = case(head, baseline, item.subset, item.number, item.sample)
        (seen,) = scored([one], head, _images(baseline), self.registry)
        return seen

    def _entries(self, head: str) -> tuple[Entry, Entry]:
        """The cosine's record and the head's. Raises ValueError when the records have changed in the meantime."""
        board = playable(self.folder.read().boards)
        baseline = baseline_of(board) if board else None
        if board is None or baseline is None or head not in opponents(board):
            raise ValueError(f"head: expected one that is on the board, got {head!r}; begin a new round")
        return baseline, opponents(board)[head]


def build_game_tab(tab: gr.Tab, folder: ResultsFolder, registry: ModelRegistry | None = None) -> GameHandlers:
    """What the tab's events run; it is built inside the open `tab`. Nothing is computed before a visitor comes to
    it, by a click or by the page's address: gradio tells of both in one way.

    `folder` has the records, `registry` the heads and backbones whose picks can be shown.
    """
    handlers = GameHandlers(folder, registry, _fields())
    _wire(tab, handlers)
    return handlers


def _fields() -> GameFields:
    gr.Markdown(INTRODUCTION, elem_id="game-introduction")
    with gr.Row(elem_id="game-settings"):
        subset = gr.Dropdown(
            [("All subsets", ALL)], value=ALL, label="From", min_width=160, elem_id="game-subset"
        )
        head = gr.Dropdown([], label="Against", min_width=160, elem_id="game-head")
        with gr.Column(min_width=160):
            missed = gr.Checkbox(False, label="Only those CLIP gets wrong", elem_id="game-missed")
            start = gr.Button("New round", size="sm", elem_id="game-start")
    score = gr.HTML(
        render("note", text="One moment: a round is being drawn.", status=True), elem_id="game-score"
    )
    with gr.Row(elem_id="game-item"):
        shown = gr.HTML(elem_id="game-picture", min_width=280)
        with gr.Column(min_width=300):
            captions = gr.Radio(
                [], label="Which caption fits what is in the box?", visible=False, elem_id="game-captions"
            )
            guess = gr.Button("That is it", variant="primary", visible=False, elem_id="game-guess")
            verdict = gr.HTML(elem_id="game-verdict")
            following = gr.Button("Next region", variant="primary", visible=False, elem_id="game-next")
    return GameFields(
        subset, missed, head, start, score, shown, captions, guess, following, verdict, gr.State(None)
    )


def _wire(tab: gr.Tab, handlers: GameHandlers) -> None:
    fields = handlers.fields
    everything, settings = components(fields), [fields.subset, fields.missed, fields.head]
    event: dict[str, Any] = {**QUIET, **MODELS}
    tab.select(handlers.opened, [fields.round, *settings], everything, **event)
    gr.on(
        [fields.start.click, fields.subset.input, fields.missed.input, fields.head.input],
        handlers.begun,
        settings,
        everything,
        **event,
    )
    fields.guess.click(handlers.guessed, [fields.round, fields.captions], everything, **event)
    fields.following.click(handlers.following, [fields.round, *settings], everything, **event)


def _images(entry: Entry) -> Any:
    return images_at_hand(entry.record.benchmark.name, entry.record.benchmark.split or "test")
