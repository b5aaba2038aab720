"""Whatever the order in which requests are answered, the newest one's answer is what stays."""

from threading import Event, Thread
from typing import Any

import gradio as gr
import pytest

from fg_demo.page.turns import TurnFields, Turns, turn_fields, until_stopped


@pytest.fixture
def fields() -> TurnFields:
    with gr.Blocks():
        return turn_fields()


def test_an_older_request_that_takes_longer_is_not_answered(fields: TurnFields):
    turns, begun, finish = Turns(), Event(), Event()
    answers: list[Any] = []

    def slow(words: str) -> dict[Any, Any]:
        begun.set()
        finish.wait(60)
        return {"shown": words, "stays": words}

    older = Thread(target=lambda: answers.append(fields.in_turn(slow, stays=("stays",))(1, turns, "old")))
    older.start()
    assert begun.wait(60)
    newer = fields.in_turn(lambda words: {"shown": words})(2, turns, "new")
    finish.set()
    older.join()
    assert newer == {"shown": "new", fields.number: 2} and answers == [{"stays": "old"}]


def test_one_that_comes_late_is_not_even_begun(fields: TurnFields):
    turns, ran = Turns(), []
    run = fields.in_turn(lambda words: ran.append(words) or {"shown": words})
    run(5, turns, "new")
    assert run(4, turns, "old") == gr.skip() and ran == ["new"]
    assert run(5, Turns(), "another visitor's") == {"shown": "another visitor's", fields.number: 5}


def test_what_is_stopped_ends_at_its_next_step():
    turns, steps, told = Turns(), [], []

    def run(text: str, progress: Any) -> None:
        for step in range(3):
            progress(step, 3)
            steps.append(step)
            turns.begun(turns.newest + (step == 1))

    with pytest.raises(ValueError, match="stopped"):
        until_stopped(run, lambda done, of: told.append((done, of)))(turns, "a")
    assert steps == [0, 1] and told == [(0, 3), (1, 3)]
