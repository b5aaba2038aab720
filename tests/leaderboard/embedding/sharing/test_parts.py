"""The plan of a run: everything once, whole images together, the same for everybody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fg_demo.boxes import Box
from leaderboard.embedding.sharing import parts
from leaderboard.embedding.sharing.parts import (
    MachineShare,
    read_share,
    region_parts,
    regions_without,
    text_parts,
    texts_without,
)

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


@given(counts=st.lists(st.integers(0, 9), min_size=1, max_size=4), machines=st.integers(1, 9))
def test_each_part_is_one_machines_and_all_have_about_as_many(counts: list[int], machines: int):
    lists = [{f"{at}-{number}": number for number in range(count)} for at, count in enumerate(counts)]
    shares = [
        [
            name
            for at, parts_ in enumerate(lists)
            for name in MachineShare(place, machines).of(parts_, sum(counts[:at]))
        ]
        for place in range(1, machines + 1)
    ]
    assert sorted(name for share in shares for name in share) == sorted(name for one in lists for name in one)
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_a_share_is_read():
    assert read_share("3/8") == (3, 8) and read_share("1/1") == (1, 1)


@pytest.mark.parametrize("text", ["0/8", "9/8", "x", "", "3", "3/8/2", "-1/8", "1/0", "٣/8", " 3/8", "3/8\n"])
def test_what_is_no_share_is_refused_in_words(text: str):
    with pytest.raises(ValueError, match=r"share: expected PLACE/MACHINES from 1/8 to 8/8, .*, got "):
        read_share(text)


def test_what_two_kinds_of_parts_have_in_common_is_the_firsts():
    box = Box(0, 0, 1, 1)
    parts_ = {"x": {"a": [box, None], "b": [None]}, "y": {"c": [None]}}
    assert regions_without(parts_, {"z": {"a": [None], "c": [None]}}) == {
        "x": {"a": [box], "b": [None]},
        "y": {},
    }
    assert texts_without({"x": ["p", "q"], "y": ["q"]}, {"q"}) == {"x": ["p"], "y": []}
