"""The comparison in words: who picks what, with the visitor's text never taken for markup."""

import pandas as pd
import pytest

from fg_demo.boxes import Box
from fg_demo.page.charts import score_chart
from fg_demo.page.text import csv_table, headline, notice, problem, wide_table
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
    assert (
        "✓ The true caption is <b>“&lt;i&gt;”</b>: CLIP’s cosine ranks it 2, the head ranks it 1 of 2."
        in headline(rows, "<i>")
    )
    assert wide_table(rows, "<i>")["Description"].tolist() == ["red", "✓ <i>"]
    drawn = str(score_chart(rows.loc[rows["scorer"] == BASELINE.title], "red", "t", "<i>"))
    assert "'✓ <i>'" in drawn and "'✓ red'" not in drawn


def test_one_description_is_no_contest():
    assert "Only one description" in headline(scores([1], [1], ["red"]))


def test_text_from_outside_is_never_markup():
    evil = "<img src=x onerror=alert(1)>"
    for text in (headline(scores([1, 2], [2, 1], [evil, "b"])), problem(evil), notice([evil])):
        assert "<img" not in text and "&lt;img" in text


def test_the_wide_table_has_one_row_a_description_in_order():
    table = wide_table(scores([2, 1, 3], [1, 2, 3], ["a", "b", "c"]))
    assert list(table["Description"]) == ["a", "b", "c"]
    assert list(table["CLIP rank"]) == [2, 1, 3] and list(table["Head rank"]) == [1, 2, 3]


def test_the_csv_says_what_the_scores_belong_to():
    table = csv_table(scores([1, 2], None, ["a", "b"]), Box(1, 2, 3, 4), "cat.jpg", "mini-clip", "abc")
    assert len(table) == 2
    row = table.iloc[0]
    assert (row["image"], row["left"], row["bottom"], row["backbone"]) == ("cat.jpg", 1, 4, "mini-clip")


def test_the_chart_holds_every_description_and_marks_the_winner():
    rows = scores([2, 1], None, ["a red mug", "a very long description " * 20])
    spec = score_chart(rows, "var(--fg-head)", "Head")
    (values,) = spec["datasets"].values()
    assert [value["winner"] for value in values] == [False, True]
    assert values[0]["name"].split("\n")[-1] == "a red mug" and len(values[1]["name"]) < 100
    assert values[0]["label"] == "#2 · 33%"
