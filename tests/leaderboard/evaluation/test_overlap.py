"""What training and test share: near-duplicate captions, counted by definition too, and images."""

from hypothesis import given
from hypothesis import strategies as st

from leaderboard.evaluation.overlap import THRESHOLD, near_duplicates, normalised, overlap
from leaderboard.records.figures import Overlap


def runs(text: str) -> set[str]:
    return {text[start : start + 3] for start in range(len(text) - 2)}


def alike(one: str, two: str) -> bool:
    """By definition."""
    return set(one.split()) == set(two.split()) or (
        len(runs(one) & runs(two)) >= THRESHOLD * len(runs(one) | runs(two)) > 0
    )


captions = st.lists(
    st.lists(
        st.sampled_from(("a", "red", "dark", "wooden", "mug", "with", "handle")), min_size=1, max_size=7
    ).map(" ".join),
    max_size=12,
)


@given(captions, captions)
def test_near_duplicates_are_their_definition(trained: list[str], tested: list[str]):
    expected = [any(alike(one, other) for other in trained) for one in tested]
    assert near_duplicates(trained, tested) == expected


def test_one_word_swapped_in_a_short_caption_is_no_duplicate():
    assert near_duplicates(["a red wooden mug"], ["a red metal mug"]) == [False]
    assert near_duplicates(["a mug with a dark red lid"], ["a mug with a dark red lids"]) == [True]


def test_case_punctuation_and_order_do_not_hide_a_duplicate():
    assert normalised("A  Dark-red MUG.") == "a dark red mug"
    found = overlap(
        ["A red mug, blue."], ["a red mug blue", "A blue red mug", "A hat"], ["1", "2"], ["2", "3", "2"]
    )
    assert found == Overlap(captions=3, exact=1, near=2, images=2, shared=1)


def test_nothing_shares_nothing():
    assert overlap([], ["a mug"], [], ["1"]) == Overlap(captions=1, exact=0, near=0, images=1, shared=0)
    assert overlap(["a mug"], [], ["1"], []) == Overlap(captions=0, exact=0, near=0, images=0, shared=0)
