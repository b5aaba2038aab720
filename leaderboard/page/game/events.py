"""What the events of the Quiz tab run: a round begins, a guess is answered, the next item comes."""

from dataclasses import dataclass
from random import Random
from typing import Any

import gradio as gr

from fg_demo.models.registry import ModelRegistry
from fg_demo.page.text import problem
from heads.kinds.cosine import BASELINE
from leaderboard.benchmarks.at_hand import images_at_hand
from leaderboard.benchmarks.catalogue import subset_titles
from leaderboard.board.board import Entry
from leaderboard.board.cases import Case, case, scored
from leaderboard.board.results import ResultsFolder
from leaderboard.page.gallery import picture
from leaderboard.page.game.link import ItemLink, from_query, read_item, to_query
from leaderboard.page.game.rounds import (
    Item,
    QuizRound,
    baseline_of,
    common_subsets,
    draw_round,
    opponent,
    opponents,
    playable,
)
from leaderboard.page.templates import render

ALL = "all"
NOTHING = "No benchmark whose items were ranked one by one is on this machine, so there is nothing to guess."
STAYS = "The round that you had stays."
Updates = dict[Any, Any]


@dataclass(frozen=True)
class GameFields:
    """The components of the tab."""

    subset: gr.Dropdown
    missed: gr.Checkbox
    head: gr.Dropdown
    start: gr.Button
    item: gr.Textbox
    problem: gr.HTML
    score: gr.HTML
    picture: gr.HTML
    captions: gr.Radio
    guess: gr.Button
    following: gr.Button
    verdict: gr.HTML
    round: gr.State
    address: gr.Textbox


@dataclass(frozen=True)
class GameHandlers:
    """What the tab's events run; a round lives in the visitor's session."""

    folder: ResultsFolder
    registry: ModelRegistry | None
    fields: GameFields

    def opened(
        self, round: QuizRound | None, subset: str, missed: bool, head: str | None, address: str = ""
    ) -> Updates:
        """A first round, when the visitor comes to the tab without one; one that begins with the item that the address
        asks for, unless it is shown already; a round all the same where the address asks in vain, with what is wrong.
        """
        try:
            asked = from_query(address)
        except ValueError as error:
            return self._instead(str(error), subset, missed, head)
        if asked.item is not None and asked != self._link(round):
            return self.begun(asked.subset or ALL, missed, asked.head or head, asked.item)
        return self.begun(subset, missed, head) if round is None else gr.skip()

    def chosen(self, subset: str, missed: bool, head: str | None, item: str) -> Updates:
        """A round that begins with the item of this number, as it was entered; or what is wrong with it."""
        try:
            return self._begun(subset, missed, head, read_item(item.strip()))
        except ValueError as error:
            return {self.fields.problem: problem(str(error), STAYS)}

    def begun(self, subset: str, missed: bool, head: str | None, first: int | None = None) -> Updates:
        """A new round, and what may be chosen for the next; a sentence when there is nothing to guess."""
        try:
            return self._begun(subset, missed, head, first)
        except ValueError as error:
            if first is not None:
                return self._instead(str(error), ALL, missed, head)
            return {self.fields.score: said(str(error))}

    def _instead(self, reason: str, subset: str, missed: bool, head: str | None) -> Updates:
        """A round by chance, and why it is not the one that the address asks for."""
        told = problem(f"This link cannot be opened. {reason}", "Shown is a round by chance.")
        return {**self.begun(subset, missed, head), self.fields.problem: told}

    def _begun(self, subset: str, missed: bool, head: str | None, first: int | None) -> Updates:
        """As `begun`. Raises ValueError in words when there is no such item."""
        fields, board = self.fields, playable(self.folder.read(patience=None).boards)
        baseline = baseline_of(board) if board else None
        if board is None or baseline is None:
            return {fields.score: said(NOTHING)}
        heads = opponents(board)
        chosen = head if head in heads else next(iter(heads))
        entry = opponent(board, chosen)
        assert entry is not None
        names = common_subsets(entry, baseline)
        if first is not None and subset not in (ALL, *names):
            raise ValueError(f"subset: expected one of {', '.join(names)}, got {subset[:40]!r}")
        wanted = subset if subset in names else None
        drawn = draw_round(entry, baseline, wanted, missed, Random(), first=first)
        titles = subset_titles(names)
        subsets = [("All subsets", ALL), *((titles.get(name, name), name) for name in names)]
        return {
            fields.subset: gr.Dropdown(subsets, value=wanted or ALL),
            fields.head: gr.Dropdown(list(heads), value=chosen),
            **self._asked(drawn),
        }

    def guessed(self, round: QuizRound | None, caption: str | None) -> Updates:
        """What the models picked, and whether the visitor was right; only a request to choose without a guess, or why
        it cannot be said.
        """
        if round is None or round.current is None or not caption:
            return {self.fields.verdict: said("Choose a caption first.")}
        try:
            return self._guessed(round, round.current, caption)
        except ValueError as error:
            return {self.fields.problem: problem(str(error), STAYS)}

    def _guessed(self, round: QuizRound, item: Item, caption: str) -> Updates:
        """As `guessed`. Raises ValueError in words when the records or their items have changed in the meantime."""
        fields, after = self.fields, round.guessed(caption)
        return {
            fields.round: after,
            fields.score: self._score(after, shown=len(after.guesses)),
            fields.captions: gr.Radio(interactive=False),
            fields.guess: gr.Button(visible=False),
            fields.following: gr.Button(
                "New round" if after.current is None else "Next region", visible=True
            ),
            fields.verdict: self._verdict(item, caption, after),
        }

    def following(self, round: QuizRound | None, subset: str, missed: bool, head: str | None) -> Updates:
        """The next item, or a new round after the last; or why it cannot be shown."""
        if round is None or round.current is None:
            return self.begun(subset, missed, head)
        try:
            return self._asked(round)
        except ValueError as error:
            return {self.fields.problem: problem(str(error), STAYS)}

    def _asked(self, round: QuizRound) -> Updates:
        fields, item = self.fields, round.current
        assert item is not None
        baseline, _ = self._entries(round.head)
        image = _images(baseline)[item.sample.image]
        return {
            fields.problem: "",
            fields.round: round,
            fields.address: to_query(self._link(round)),
            fields.item: str(item.place),
            fields.score: self._score(round, shown=len(round.guesses) + 1),
            fields.picture: render("guess_picture", address=picture(image, item.sample.box)),
            fields.captions: gr.Radio(list(item.captions), value=None, interactive=True, visible=True),
            fields.guess: gr.Button(visible=True),
            fields.following: gr.Button(visible=False),
            fields.verdict: "",
        }

    def _link(self, round: QuizRound | None) -> ItemLink:
        """The item that waits for a guess, as an address asks for it; nothing where none does."""
        if round is None or round.current is None:
            return ItemLink()
        return ItemLink(round.current.place, round.subset, round.head)

    def _score(self, round: QuizRound, shown: int) -> str:
        return render(
            "guess_score",
            number=shown,
            done=len(round.guesses),
            length=len(round.items),
            right=round.right,
            head=round.head,
            over=round.current is None,
        )

    def _verdict(self, item: Item, caption: str, round: QuizRound) -> str:
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
        entry = opponent(board, head) if board else None
        if baseline is None or entry is None:
            raise ValueError(f"head: expected one that is on the board, got {head!r}; begin a new round")
        return baseline, entry


def said(text: str) -> str:
    """A sentence that a screen reader speaks at once, as HTML."""
    return render("note", text=text, status=True)


def _images(entry: Entry) -> Any:
    return images_at_hand(entry.record.benchmark.name, entry.record.benchmark.split or "test")
