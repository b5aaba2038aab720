"""The plan of a run: everything once, whole images together, the same for everybody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fg_demo.boxes import Box
from leaderboard.embedding import parts
from leaderboard.embedding.parts import region_parts, text_parts

BOXES = st.lists(st.integers(1, 9).map(lambda edge: Box(0, 0, edge, 9)), min_size=1, max_size=5)


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parts, "REGIONS", 4)
    monkeypatch.setattr(parts, "TEXTS", 3)


@given(boxes_of=st.dictionaries(st.text(max_size=3), BOXES, max_size=9))
def test_each_image_is_whole_in_one_part_in_the_order_given(boxes_of):
    found = region_parts(boxes_of)
    assert [item for part in found.values() for item in part.items()] == [*boxes_of.items()]
    counts = [sum(map(len, part.values())) for part in found.values()]
    assert all(4 <= count < 9 for count in counts[:-1]) and all(counts)


@given(texts=st.lists(st.text(max_size=4), max_size=20))
def test_each_text_is_in_one_part_in_the_order_of_lengths(texts):
    found = [*text_parts(texts).values()]
    every = [text for part in found for text in part]
    assert sorted(every) == sorted(set(texts)) and [*map(len, every)] == sorted(map(len, every))
    assert all(len(part) == 3 for part in found[:-1])


def test_a_name_says_what_a_part_holds_and_nothing_else():
    one, other = {"a": [Box(0, 0, 1, 1)]}, {"a": [Box(0, 0, 1, 2)]}
    assert region_parts(one).keys() == region_parts({**one}).keys() != region_parts(other).keys()
    assert region_parts({"a": [None]}).keys() != region_parts({"b": [None]}).keys()
    assert (
        text_parts(["a", "b"]).keys() == text_parts(["a", "b", "a"]).keys() != text_parts(["b", "a"]).keys()
    )
    assert text_parts(["ab"]).keys() != text_parts(["a", "b"]).keys()
