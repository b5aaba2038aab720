"""The Quiz tab's events: nothing is given away before the guess, and the models' picks are shown after it."""

from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from fg_demo.models.registry import ModelRegistry
from leaderboard.board.results import ResultsFolder
from leaderboard.page.game.rounds import LENGTH, Round
from leaderboard.page.game.tab import ALL, GameHandlers, build_game_tab

SHIPPED = Path(__file__).parents[4] / "leaderboard" / "results"


def built(folder: Path) -> GameHandlers:
    with gr.Blocks(), gr.Tab("Quiz") as tab:
        return build_game_tab(tab, ResultsFolder(folder), ModelRegistry(["mini-clip"], device="cpu"))


@pytest.fixture(scope="module")
def handlers() -> GameHandlers:
    return built(SHIPPED)


def begun(handlers: GameHandlers, **settings: Any) -> tuple[dict[Any, Any], Round]:
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
