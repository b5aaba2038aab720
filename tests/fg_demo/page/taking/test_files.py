"""What a visitor takes along says what was asked, and gives the same scores again."""

import io
import json
from contextlib import redirect_stdout
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from fg_demo.boxes import Box
from fg_demo.models.registry import ModelRegistry
from fg_demo.page.comparison import Question, score
from fg_demo.page.samples import load_samples
from fg_demo.page.taking.figure import SCALE, png, svg
from fg_demo.page.taking.files import ScoredQuestion, csv_text, json_text, python_text
from fg_demo.page.taking.panel import FILES, TITLES

ROOT = Path(__file__).parents[4]
SAMPLE = load_samples()[0]


@pytest.fixture(scope="module")
def scored() -> ScoredQuestion:
    registry = ModelRegistry(["mini-clip"], device="cpu")
    queries = tuple(SAMPLE.queries)
    question = Question(SAMPLE.path, SAMPLE.box, queries, "mini-clip", ("linear-mini-clip",), true=queries[1])
    return ScoredQuestion(question, score(registry, question), SAMPLE.box, "abc")


def test_csv_has_a_row_a_description_and_scorer(scored: ScoredQuestion):
    table = pd.read_csv(io.StringIO(csv_text(scored)))
    assert list(table["query"]) == list(scored.scores["query"]) and set(table["image"]) == {SAMPLE.path.name}
    assert list(table["score"]) == pytest.approx(list(scored.scores["score"]))


def test_json_says_once_what_was_asked(scored: ScoredQuestion):
    found = json.loads(json_text(scored))
    assert Box(*found["box"]) == SAMPLE.box and found["true"] == SAMPLE.queries[1]
    assert (found["backbone"], found["backbone_revision"]) == ("mini-clip", "abc")
    pd.testing.assert_frame_equal(pd.DataFrame(found["scores"]), scored.scores, check_dtype=False)


@pytest.mark.parametrize("box", [SAMPLE.box, None], ids=["box", "whole"])
@pytest.mark.parametrize(
    "heads",
    [(), ("linear-mini-clip",), ("mlp-mini-clip", "linear-mini-clip")],
    ids=["cosine", "head", "heads"],
)
@pytest.mark.parametrize("context", [1.0, 1.5])
def test_five_lines_of_python_print_the_same_table(
    scored: ScoredQuestion,
    monkeypatch: pytest.MonkeyPatch,
    box: Box | None,
    heads: tuple[str, ...],
    context: float,
):
    queries = scored.question.queries
    question = Question(SAMPLE.path, box, queries, "mini-clip", heads, context=context)
    code = python_text(question)
    assert len(code.splitlines()) == 5
    monkeypatch.chdir(ROOT)
    with redirect_stdout(io.StringIO()) as printed:
        exec(compile(code, "taken along", "exec"), {})
    with redirect_stdout(io.StringIO()) as expected:
        print(score(ModelRegistry(["mini-clip"], device="cpu"), question))
    assert printed.getvalue() == expected.getvalue()


def test_words_are_quoted_whatever_they_are():
    evil = ('it\'s "quoted"', "back\\slash", "'); import os; ('")
    code = python_text(Question(Path("a'b.jpg"), None, evil, "mini-clip", ("some/head",)))
    compile(code, "taken along", "exec")
    assert code.startswith("# some/head: load it") and all(repr(text) in code for text in evil)


def test_the_chart_shows_every_description_by_every_scorer(scored: ScoredQuestion):
    drawn = svg(scored.scores, scored.question.true)
    assert drawn.startswith("<svg") and "CLIP’s cosine" in drawn and "Head: linear-mini-clip" in drawn
    for query in SAMPLE.queries:
        assert drawn.count(query) >= 2
    assert f"✓ {SAMPLE.queries[1]}" in drawn and "var(" not in drawn
    width = float(drawn.split('width="')[1].split('"')[0])
    with Image.open(io.BytesIO(png(scored.scores))) as picture:
        assert picture.format == "PNG" and picture.width == pytest.approx(width * SCALE, abs=2)


def test_every_file_has_a_button_and_says_what_it_is(scored: ScoredQuestion):
    assert list(TITLES) == list(FILES)
    for kind, make in FILES.items():
        made = make(scored)
        assert made["name"] == f"scores.{kind}" and made["type"] and ("text" in made) != ("base64" in made)
