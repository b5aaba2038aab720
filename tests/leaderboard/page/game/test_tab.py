"""The Quiz tab's events: nothing is given away before the guess, and the models' picks are shown after it."""

from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from fg_demo.models.registry import ModelRegistry
from leaderboard.benchmarks.at_hand import samples_at_hand
from leaderboard.benchmarks.samples import Sample
from leaderboard.board import cases
from leaderboard.board.results import ResultsFolder
from leaderboard.page.game.events import ALL, STAYS, GameHandlers
from leaderboard.page.game.rounds import LENGTH, QuizRound
from leaderboard.page.game.tab import build_game_tab

SHIPPED = Path(__file__).parents[4] / "leaderboard" / "results"


def built(folder: Path) -> GameHandlers:
    with gr.Blocks(), gr.Tab("Quiz") as tab:
        return build_game_tab(tab, ResultsFolder(folder), ModelRegistry(["mini-clip"], device="cpu"))


@pytest.fixture(scope="module")
def handlers() -> GameHandlers:
    return built(SHIPPED)


def begun(handlers: GameHandlers, **settings: Any) -> tuple[dict[Any, Any], QuizRound]:
    chosen = {"subset": "hard", "missed": False, "head": None, **settings}
    shown = handlers.begun(**chosen)
    return shown, shown[handlers.fields.round]


def test_a_round_begins_with_the_visit_and_only_once(handlers: GameHandlers):
    shown = handlers.opened(None, ALL, False, None)
    played = shown[handlers.fields.round]
    assert len(played.items) == LENGTH
    assert handlers.opened(played, ALL, False, None) == gr.skip(), "gradio refuses an empty answer"


def test_nothing_is_given_away_before_the_guess(handlers: GameHandlers):
    shown, played = begun(handlers)
    item = played.current
    assert item is not None
    assert item.sample.positive not in shown[handlers.fields.picture]
    assert shown[handlers.fields.verdict] == "" and shown[handlers.fields.captions].value is None
    assert [caption for caption, _ in shown[handlers.fields.captions].choices] == list(item.captions)


def test_after_the_guess_the_models_picks_are_shown(handlers: GameHandlers):
    _, played = begun(handlers, missed=True)
    item = played.current
    assert item is not None
    shown = handlers.guessed(played, item.sample.positive)
    verdict = shown[handlers.fields.verdict]
    assert "✓ Right." in verdict and item.sample.positive in verdict
    assert f"CLIP’s cosine: ranks it {item.cosine_rank} of {len(item.captions)}, picked" in verdict
    assert "tab=compare" in verdict and "you 1" in shown[handlers.fields.score].replace("<strong>", "")
    wrong = next(caption for caption in item.captions if caption != item.sample.positive)
    assert "✗ Not quite." in handlers.guessed(played, wrong)[handlers.fields.verdict]


def test_without_a_choice_nothing_is_shown_but_the_request_to_choose(handlers: GameHandlers):
    _, played = begun(handlers)
    shown = handlers.guessed(played, None)
    assert (
        list(shown) == [handlers.fields.verdict]
        and "Choose a caption first" in shown[handlers.fields.verdict]
    )


def test_a_round_ends_with_the_three_scores_and_another_begins(handlers: GameHandlers):
    _, played = begun(handlers)
    shown: dict[Any, Any] = {}
    for item in played.items:
        shown = handlers.guessed(played, item.sample.positive)
        played = shown[handlers.fields.round]
    assert f"of {LENGTH}." in shown[handlers.fields.score] and f"you {LENGTH}" in shown[handlers.fields.score]
    assert shown[handlers.fields.following].value == "New round"
    following = handlers.following(played, "hard", False, None)
    assert following[handlers.fields.round].guesses == ()


def test_without_items_at_hand_the_tab_says_so(tmp_path: Path):
    handlers = built(tmp_path)
    shown = handlers.opened(None, ALL, False, None)
    assert list(shown) == [handlers.fields.score] and "nothing to guess" in shown[handlers.fields.score]


def test_a_head_that_is_not_there_gives_way_to_the_best(handlers: GameHandlers):
    shown, played = begun(handlers, head="no such head")
    assert played.head == shown[handlers.fields.head].value


def test_an_item_is_asked_for_by_its_number_in_the_field_and_in_the_address(handlers: GameHandlers):
    fields = handlers.fields
    shown = handlers.chosen("hard", False, None, " 12 ")
    played = shown[fields.round]
    assert played.items[0].number == 11 and len(played.items) == LENGTH and shown[fields.item] == "12"
    again = handlers.opened(None, ALL, False, None, shown[fields.address])
    assert again[fields.round].items[0].sample == played.items[0].sample
    assert again[fields.subset].value == "hard" and again[fields.problem] == ""
    assert handlers.opened(again[fields.round], "hard", False, None, shown[fields.address]) == gr.skip()
    across = handlers.chosen(ALL, True, None, "1")[fields.round]
    assert across.items[0].place == 1 and across.subset is None


@pytest.mark.parametrize(
    ("item", "reason"),
    [("0", "item: expected 1 to"), ("99999", "item: expected 1 to"), ("-3", "whole number"), ("", "whole")],
)
def test_a_number_out_of_range_is_told_and_the_round_stays(handlers: GameHandlers, item: str, reason: str):
    shown = handlers.chosen("hard", False, None, item)
    assert list(shown) == [handlers.fields.problem] and reason in shown[handlers.fields.problem]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("item=99999&subset=hard", "item: expected 1 to"),
        ("item=x", "item: expected a whole number"),
        ("item=1&subset=nowhere", "subset: expected one of"),
    ],
)
def test_a_link_that_cannot_be_opened_is_told_over_a_round_by_chance(
    handlers: GameHandlers, query: str, reason: str
):
    shown = handlers.opened(None, ALL, False, None, f"?tab=quiz&{query}")
    told = shown[handlers.fields.problem]
    assert "This link cannot be opened" in told and reason in told
    assert len(shown[handlers.fields.round].items) == LENGTH


def test_a_round_of_all_subsets_begins_before_all_are_read_and_each_is_read_once(
    handlers: GameHandlers, monkeypatch: pytest.MonkeyPatch
):
    read: list[str] = []

    def noted(name: str, subset: str, split: str) -> list[Sample]:
        read.append(subset)
        return samples_at_hand(name, subset, split)

    monkeypatch.setattr(cases, "samples_at_hand", noted)
    cases.ranked_samples.cache_clear()
    _, played = begun(handlers, subset=ALL)
    assert 1 <= len(read) <= 2, "that which shows whether they are at hand, and that of the first item"
    while played.current is not None:
        played = handlers.guessed(played, played.current.captions[0])[handlers.fields.round]
        handlers.following(played, ALL, False, None)
    assert len(read) == len(set(read)) and {item.subset for item in played.items} <= set(read)


def test_items_that_are_no_longer_at_hand_are_told_and_the_round_stays(
    handlers: GameHandlers, monkeypatch: pytest.MonkeyPatch
):
    _, played = begun(handlers, subset="hard")
    cases.ranked_samples.cache_clear()
    monkeypatch.setattr(cases, "samples_at_hand", lambda *_: [])
    for shown in (
        handlers.following(played, "hard", False, None),
        handlers.guessed(played, "a caption"),
    ):
        assert list(shown) == [handlers.fields.problem] and STAYS in shown[handlers.fields.problem]
