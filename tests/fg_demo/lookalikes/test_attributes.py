"""Which attributes a description names: FG-OVD's vocabulary as people write it, and words that only look like it."""

import pytest

from fg_demo.lookalikes.attributes import find_attributes
from fg_demo.lookalikes.vocabulary import VALUES


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("a dark green glass bottle with a white cap", "dark green, glass, white"),
        ("A wooden chair", "wood"),
        ("a chair made of wood with dark-brown legs", "wood, dark brown"),
        ("a pale gray woollen hat", "light grey, wool"),
        ("a bright red mug", "red"),
        ("an Orange leather handbag", "orange, leather"),
        ("a light, red mug", "red"),
        ("a light wooden table", "wood"),
        ("a polka-dot dress and a see-through bag", "dotted, transparent"),
        ("a mug, orange and chequered", "orange, checkered"),
        ("an orange and white cat", "orange, white"),
        ("the mug is dark red", "dark red"),
        ("a plain opaque box", "plain, opaque"),
        ("a blue-haired doll", "blue"),
    ],
)
def test_attributes_are_found_in_the_order_in_which_they_are_said(description: str, expected: str):
    assert ", ".join(one.value for one in find_attributes(description)) == expected


@pytest.mark.parametrize(
    "description",
    [
        "a mug",
        "",
        "a glass of water",
        "an orange",
        "an orange and a knife",
        "a glass on the table",
        "a mug with logo",
        "a lightweight greenhouse on a blackboard",
        "eine rötliche Tasse",
        "✓ 42 ???",
    ],
)
def test_words_that_name_the_thing_itself_or_nothing_are_no_attributes(description: str):
    assert find_attributes(description) == []


def test_every_value_of_the_vocabulary_is_found_before_a_noun_and_where_it_stands():
    for kind, values in VALUES.items():
        for value in values:
            description = f"a {value} thing"
            (found,) = find_attributes(description)
            assert (found.kind, found.value) == (kind, value)
            assert description[found.start : found.end] == value


def test_the_vocabulary_is_that_of_fg_ovd():
    assert {kind: len(set(values)) for kind, values in VALUES.items()} == {
        "color": 29,
        "material": 14,
        "pattern": 9,
        "transparency": 3,
    }
