"""The comparison in words: who picks what, with the visitor's text never taken for markup."""

import re

import pandas as pd
import pytest

from fg_demo.boxes import Box
from fg_demo.page.taking.files import csv_table
from fg_demo.page.text import headline, notice, numbers, ordinal, problem
from fg_demo.score_bars.component import bars_of
from heads.kinds.cosine import BASELINE


def scores(cosine_ranks: list[int], head_ranks: list[int] | None, queries: list[str]) -> pd.DataFrame:
    scorers = [(BASELINE.title, cosine_ranks), ("linear", head_ranks)]
    return pd.DataFrame(
        [
            {"query": query, "scorer": scorer, "score": -rank / 10, "rank": rank, "share": 1 / (1 + rank)}
            for scorer, ranks in scorers
            for query, rank in zip(queries, ranks or [], strict=bool(ranks))
        ]
    )


SCALES = {BASELINE.title: 100.0, "linear": 50.0}
RANKED = {"1": ["50.0", "%", "-0.1000"], "2": ["33.3", "%", "-0.2000"], "3": ["25.0", "%", "-0.3000"]}


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split()).replace(" .", ".").replace(" ;", ";")


@pytest.mark.parametrize(
    ("cosine", "head", "expected"),
    [
        ([1, 2], [2, 1], "They disagree: CLIP’s cosine picks <b>“red”</b>, the head picks <b>“blue”</b>."),
        ([1, 2], [1, 2], "Both pick <b>“red”</b>."),
        ([1, 1], [1, 1], "Both pick <b>“red”</b> and <b>“blue”</b>."),
        ([1, 1], [1, 2], "They disagree: CLIP’s cosine picks <b>“red”</b> and <b>“blue”</b>, the head picks"),
        ([1, 2], None, "CLIP’s cosine picks <b>“red”</b>. Choose a head"),
    ],
)
def test_the_headline_says_who_picks_what(cosine: list[int], head: list[int] | None, expected: str):
    assert expected in headline(scores(cosine, head, ["red", "blue"]))


def test_where_the_true_caption_is_known_its_ranks_are_told_and_it_is_marked():
    rows = scores([1, 2], [2, 1], ["red", "<i>"])
    assert "ranks it" not in headline(rows)
    said = plain(headline(rows, "<i>"))
    assert said.startswith("✓ CLIP ranks your description 2nd of 2; the linear head ranks it 1st.")
    assert "CLIP’s cosine picks “red”." in said and "picks" not in headline(rows, "red")
    assert "1st of 2. Choose a head" in plain(headline(scores([1, 2], None, ["red", "<i>"]), "red"))
    table = numbers(rows, {}, "<i>")
    assert "✓ &lt;i&gt;" in table and "✓ red" not in table
    assert bars_of(rows, "<i>", SCALES, {}).true == 1 and bars_of(rows, "no such", SCALES, {}).true is None


@pytest.mark.parametrize(
    ("rank", "said"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (21, "21st"), (50, "50th")],
)
def test_a_rank_is_said_as_english_says_it(rank: int, said: str):
    assert ordinal(rank) == said


def test_one_description_is_no_contest():
    assert "Only one description" in headline(scores([1], [1], ["red"]))


def test_text_from_outside_is_never_markup():
    evil = "<img src=x onerror=alert(1)>"
    for text in (headline(scores([1, 2], [2, 1], [evil, "b"])), problem(evil), notice([evil])):
        assert "<img" not in text and "&lt;img" in text


def test_the_table_has_one_row_a_description_in_order():
    table = numbers(scores([2, 1, 3], [1, 2, 3], ["a", "b", "c"]), {"linear": "linear head"})
    assert [plain(row).split() for row in table.split("<tr>")[3:]] == [
        [name, cosine, *RANKED[cosine], head, *RANKED[head]]
        for name, cosine, head in (("a", "2", "1"), ("b", "1", "2"), ("c", "3", "3"))
    ]
    assert "linear head" in table


def test_the_csv_says_what_the_scores_belong_to():
    table = csv_table(scores([1, 2], None, ["a", "b"]), Box(1, 2, 3, 4), "cat.jpg", "mini-clip", "abc")
    assert len(table) == 2
    row = table.iloc[0]
    assert (row["image"], row["left"], row["bottom"], row["backbone"]) == ("cat.jpg", 1, 4, "mini-clip")


def test_the_bars_hold_every_score_and_the_shares_at_which_the_order_changes():
    rows = scores([2, 1], [1, 2], ["a red mug", "a very long description " * 20])
    bars = bars_of(rows, None, SCALES, {"linear": "linear head"})
    assert bars.queries == list(dict.fromkeys(rows["query"]))
    cosine, head = bars.scorers
    assert (cosine.scores, head.scores) == ([-0.2, -0.1], [-0.1, -0.2])
    assert (cosine.name, head.name, head.logit_scale) == (BASELINE.title, "linear head", 50)
    assert cosine.changes == [] and head.changes == [0.5]
