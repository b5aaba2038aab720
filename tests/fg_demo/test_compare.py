"""The comparison: ranks and shares against obvious loops, and what it refuses."""

import math

import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage import data
from torch.nn.functional import cosine_similarity

from fg_demo.boxes import Box
from fg_demo.scores import (
    ADAPTED,
    MAX_CHARACTERS,
    MAX_QUERIES,
    compare,
    read_queries,
    true_query,
    winners,
)
from heads import LinearHead
from heads.kinds.cosine import BASELINE
from heads.ties import TOLERANCE
from tests.support.counting_backbone import CountingBackbone

CAT = Image.fromarray(data.chelsea())
BOX = Box(10, 10, 200, 150)
queries = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(str.strip),
    min_size=1,
    max_size=12,
    unique=True,
)


@pytest.fixture
def head() -> LinearHead:
    torch.manual_seed(0)
    return LinearHead(8, logit_scale=7.0)


@settings(max_examples=40, deadline=None)
@given(queries)
def test_scores_ranks_and_shares_are_what_a_loop_says(texts: list[str]):
    torch.manual_seed(0)
    backbone, head = CountingBackbone(), LinearHead(8, logit_scale=7.0)
    frame = compare(CAT, BOX, texts, backbone, {"linear": head})
    image = backbone.encode_images([CAT.crop((10, 10, 200, 150))])
    for scorer, scale in ((BASELINE.title, 20.0), ("linear", 7.0)):
        rows = pd.DataFrame(frame[frame["scorer"] == scorer])
        assert list(rows["query"]) == texts
        scores = [_score(scorer, head, image, backbone.encode_texts([text])) for text in texts]
        assert rows["score"].tolist() == pytest.approx(scores, abs=1e-5)
        given_scores = rows["score"].tolist()
        assert rows["rank"].tolist() == [
            1 + sum(s < o - _rounding(o) for o in given_scores) for s in given_scores
        ]
        powers = [math.exp(scale * score) for score in given_scores]
        assert rows["share"].tolist() == pytest.approx([p / sum(powers) for p in powers], abs=1e-6)
        assert sum(rows["share"].tolist()) == pytest.approx(1)


def test_a_querys_score_does_not_depend_on_the_others(head: LinearHead):
    alone = compare(CAT, BOX, ["a cat"], CountingBackbone(), {"linear": head})
    beside = compare(CAT, BOX, ["a dog", "a cat", "a mug"], CountingBackbone(), {"linear": head})
    expected = beside.set_index("query").loc["a cat", "score"].tolist()
    assert alone["score"].tolist() == pytest.approx(expected, abs=1e-6)


def test_no_box_is_the_whole_image(head: LinearHead):
    without = compare(CAT, None, ["a cat", "a dog"], CountingBackbone(), {})
    assert without.equals(compare(CAT, Box(0, 0, *CAT.size), ["a cat", "a dog"], CountingBackbone(), {}))
    assert not without.equals(compare(CAT, BOX, ["a cat", "a dog"], CountingBackbone(), {}))


def test_equal_scores_share_the_better_rank_and_the_win():
    class Deaf(CountingBackbone):
        def encode_texts(self, texts):
            return torch.ones(len(texts), 8)

    frame = compare(CAT, None, ["a", "b", "c"], Deaf(), {})
    assert frame["rank"].tolist() == [1, 1, 1]
    assert winners(frame) == {BASELINE.title: ["a", "b", "c"]}


def test_a_head_that_gives_no_finite_score_is_refused_by_name(head: LinearHead):
    with torch.no_grad():
        next(head.parameters()).fill_(math.inf)
    with pytest.raises(ValueError, match="odd: expected finite scores"):
        compare(CAT, None, ["a", "b"], CountingBackbone(), {"odd": head})


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([], "at least one description, got none"),
        (
            [f"query {n}" for n in range(MAX_QUERIES + 1)],
            f"at most {MAX_QUERIES} descriptions, got {MAX_QUERIES + 1}",
        ),
        (["fine", "x" * 5000], f"query 2: expected at most {MAX_CHARACTERS} characters, got 5000"),
        (["same", "same"], "expected each once, got 1 repeats"),
        (["half \ud83d"], "query 1: expected Unicode text"),
    ],
)
def test_bad_queries_are_refused_with_limit_and_actual(texts: list[str], message: str):
    with pytest.raises(ValueError, match=message):
        compare(CAT, None, texts, CountingBackbone(), {})


def test_queries_at_the_limits_are_taken():
    texts = ["👩‍🚀" * (MAX_CHARACTERS // 3), *(f"query {n}" for n in range(MAX_QUERIES - 1))]
    assert len(compare(CAT, None, texts, CountingBackbone(), {})) == MAX_QUERIES


def test_a_box_outside_the_image_is_refused_with_both():
    with pytest.raises(ValueError, match="meets the 451 × 300 px image"):
        compare(CAT, Box(900, 900, 950, 950), ["a"], CountingBackbone(), {})


def test_lines_become_distinct_queries():
    assert read_queries("  a  red mug \n\n\ta blue mug\na red mug\n") == (["a red mug", "a blue mug"], 1)
    assert read_queries(["a", "b", "a", " "]) == (["a", "b"], 1)
    assert read_queries("\n \t\n") == ([], 0)


def test_a_mark_says_which_description_is_true_and_is_no_part_of_it():
    text = "a red mug\n ✓  a blue   mug\n✓\n✓a green mug"
    assert read_queries(text) == (["a red mug", "a blue mug", "a green mug"], 0)
    assert true_query(text) == "a blue mug" and true_query(["a", "✓ b"]) == "b"
    assert true_query("a red ✓ mug\n✓ ") is None


def _rounding(score: float) -> float:
    """How far below a score another is still equal to it."""
    return TOLERANCE * max(1, abs(score))


def _score(scorer: str, head: LinearHead, image: torch.Tensor, text: torch.Tensor) -> float:
    if scorer == BASELINE.title:
        return cosine_similarity(image, text).item()
    with torch.no_grad():
        return cosine_similarity(head.project_image(image), head.project_text(text)).item()


def test_an_adapted_backbone_stands_beside_its_base():
    base, adapted, texts, head = CountingBackbone(), CountingBackbone(), ["a cat", "a dog"], LinearHead(8)
    base.logit_scale = 5.0
    both = compare(CAT, BOX, texts, adapted, {"linear": head}, base=base)
    assert list(dict.fromkeys(both["scorer"])) == [BASELINE.title, ADAPTED, "linear"]
    alone = compare(CAT, BOX, texts, adapted, {"linear": head})
    of_base = compare(CAT, BOX, texts, base, {})
    rest = both[both["scorer"] != BASELINE.title].reset_index(drop=True)
    assert rest.equals(alone.replace({"scorer": {BASELINE.title: ADAPTED}}))
    assert both[both["scorer"] == BASELINE.title].reset_index(drop=True).equals(of_base)
