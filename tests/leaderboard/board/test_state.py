"""Addresses: a view and a comparison go through them unchanged, and nothing else gets in."""

from dataclasses import fields, replace
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fg_demo.page.taking.link import KeptLink, QuestionLink
from fg_demo.page.taking.link import from_query as asked_from
from fg_demo.page.taking.link import to_query as asked_to
from leaderboard.benchmarks.catalogue import SUBSETS
from leaderboard.board.state import (
    GROUPS,
    MOST_COMPARED,
    PAGE,
    BoardState,
    after,
    from_query,
    known_columns,
    sorted_by,
    to_query,
    with_compared,
)
from leaderboard.tables.columns import COLUMNS

words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)
lists = st.lists(words, max_size=3, unique=True).map(tuple)
views = st.builds(
    BoardState,
    board=words,
    search=words,
    backbone=lists,
    kind=lists,
    stage=lists,
    provenance=lists,
    columns=st.lists(st.sampled_from(list(COLUMNS))).map(known_columns),
    sort=st.sampled_from([*COLUMNS, *(f"-{name}" for name in COLUMNS)]),
    head=words,
    versus=st.lists(words, max_size=MOST_COMPARED, unique=True).map(tuple),
    subset=st.sampled_from(list(SUBSETS)),
    fine=st.sampled_from(["mean_rank", "top1"]),
    coarse=st.sampled_from(["r1", "r5", "r10"]),
    rows=st.integers(PAGE, 5000),
    group=st.sampled_from(GROUPS),
)


@given(views)
def test_a_linked_view_opens_exactly_as_it_was_sent(view: BoardState):
    assert from_query(to_query(view)) == view
    assert from_query(f"https://example.org/some/page{to_query(view)}&__theme=dark#top") == view


def test_the_default_view_has_a_short_address():
    assert to_query(BoardState()) == "?tab=leaderboard" and from_query("?tab=leaderboard") == BoardState()


def test_each_field_that_differs_is_in_the_address():
    default = BoardState()
    for field in fields(BoardState):
        value = getattr(default, field.name)
        other = (
            (*value, "mean_rank")
            if isinstance(value, tuple)
            else value + 300
            if field.name == "rows"
            else None
        )
        other = other or {
            "sort": "-hard",
            "subset": "color",
            "fine": "top1",
            "coarse": "r1",
            "group": "none",
        }.get(field.name, "x")
        changed = replace(default, **{field.name: other})
        assert from_query(to_query(changed)) == changed != default, field.name


@pytest.mark.parametrize(
    "query", ["", "?", "?tab=compare&q=red", "?q=red", "?tab=leaderboard&tab2=x", "?tab=leaderboard&%00=1"]
)
def test_an_address_of_something_else_is_the_default(query: str):
    assert from_query(query) == BoardState()


@pytest.mark.parametrize(
    "wrong", ["sort=nothing", "fine=x", "coarse=r7", "rows=-5", "rows=٣", "rows=1e9", "subset=x"]
)
def test_what_is_not_known_is_left_out(wrong: str):
    assert from_query(f"?tab=leaderboard&{wrong}&q=kept") == BoardState(search="kept")


@given(st.text(max_size=300))
def test_any_text_after_the_question_mark_is_a_view(text: str):
    view = from_query(f"?tab=leaderboard&{text}")
    assert len(view.versus) <= MOST_COMPARED and view.rows >= PAGE


def test_sorting_again_turns_it_round():
    once = sorted_by(BoardState(), "hard")
    assert (once.sort, sorted_by(once, "hard").sort, sorted_by(sorted_by(once, "hard"), "hard").sort) == (
        "hard",
        "-hard",
        "hard",
    )


def test_a_head_is_put_beside_the_others_and_taken_away():
    view = BoardState()
    for number in range(MOST_COMPARED):
        view = with_compared(view, str(number))
    with pytest.raises(ValueError, match="at most 4"):
        with_compared(view, "one more")
    assert with_compared(view, "1").versus == ("0", "2", "3")


def test_an_action_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="action"):
        after(BoardState(), "<script>", "")
    with pytest.raises(ValueError, match="sort"):
        after(BoardState(), "sort", "__class__")
    assert (
        after(BoardState(head="a"), "head", "a").head == ""
        and after(BoardState(), "more", "").rows == 2 * PAGE
    )


questions = st.lists(words.map(lambda text: " ".join(text.split()) or "x"), min_size=1, max_size=4)


edges = st.tuples(*[st.integers(0, 4000).map(float)] * 4)
kept = st.lists(st.builds(KeptLink, words, edges, st.sampled_from([1.0, 1.5])), max_size=3).map(tuple)


@given(words, questions, edges, kept, st.integers(0, 100))
def test_a_comparison_goes_through_its_address_unchanged(
    name: str, lines: list[str], box: tuple[float, ...], kept: tuple[KeptLink, ...], share: int
):
    beside = {"kept": kept, "share": float(share), "sweep": "color", "description": name, "exchange": "2"}
    asked = QuestionLink(name, box, "\n".join(lines), "mini-clip", ("a", "b"), **beside)
    own = QuestionLink(own="0123456789abcdef", heads=("none",), context=1.5)
    assert asked_from(asked_to(own)) == own
    assert asked_from(asked_to(asked)) == asked


def test_a_comparison_is_read_from_its_own_tab_alone():
    assert asked_from("?tab=leaderboard&image=x") == QuestionLink() == asked_from("")
    assert urlsplit(asked_to(QuestionLink())).query == "tab=compare"


def test_a_box_that_is_no_numbers_is_refused_with_what_was_expected():
    with pytest.raises(ValueError, match="left,top,right,bottom"):
        asked_from("?tab=compare&box=1,2,three")
    with pytest.raises(ValueError, match="context: expected a number, got 'wide'"):
        asked_from("?tab=compare&context=wide")
