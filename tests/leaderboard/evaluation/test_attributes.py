import pytest

from fg_demo.boxes import Box
from leaderboard.benchmarks.samples import Sample
from leaderboard.evaluation.attributes import (
    attributes,
    exchanges,
    named_values,
    regions,
    with_exchanges,
)


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("a red mug", []),
        ("a red mug with a red handle", []),
        ("A dark red mug with a blue handle.", ["A blue mug with a dark red handle."]),
        ("An orange hat with a grey band", ["A grey hat with an orange band"]),
        ("A grey hat and an orange band", ["An orange hat and a grey band"]),
        ("a chair made of wood with metal legs", ["a chair made of metal with wooden legs"]),
        ("a wooden chair made of metal", ["a metal chair made of wood"]),
        ("Dark green glass cup, white lid", ["White glass cup, dark green lid"]),
        (
            "a red glass mug with a blue metal handle",
            ["a blue glass mug with a red metal handle", "a red metal mug with a blue glass handle"],
        ),
        (
            "a red, a blue and a green ball",
            [
                "a blue, a red and a green ball",
                "a green, a blue and a red ball",
                "a red, a green and a blue ball",
            ],
        ),
    ],
)
def test_two_attributes_of_a_kind_change_places(caption: str, expected: list[str]):
    assert exchanges(caption) == expected


def test_an_exchange_says_the_same_words_of_other_things():
    caption = "A light blue striped velvet pillow with a dark pink leather edge"
    for exchange in exchanges(caption):
        assert exchange != caption
        assert sorted(exchange.lower().split()) == sorted(caption.lower().split())
        assert caption in exchanges(exchange)


def test_values_are_read_with_their_shades_and_in_their_order():
    caption = "A translucent dark green mug made of wood with a Green textured handle"
    found = [(one.kind, one.value, caption[one.start : one.end]) for one in attributes(caption)]
    assert found == [
        ("transparency", "translucent", "translucent"),
        ("color", "dark green", "dark green"),
        ("material", "wood", "wood"),
        ("color", "green", "Green"),
        ("material", "text", "textured"),
    ]
    assert named_values(caption) == {
        "transparency": "translucent",
        "color": "dark green",
        "material": "wood",
        "color of its part": "green",
        "material of its part": "text",
    }


def test_a_shade_without_a_hue_is_no_colour_and_a_third_value_is_left_out():
    assert named_values("a light wooden chair") == {"material": "wood"}
    assert named_values("a red, a blue and a green ball") == {"color": "red", "color of its part": "blue"}
    assert named_values("nothing of that kind") == {}


def test_each_region_once_and_a_caption_without_exchanges_stands_alone():
    box = Box(0, 0, 1, 1)
    samples = [
        Sample("1", box, "a red mug with a blue lid", ("a red mug with a green lid",)),
        Sample("1", box, "a red mug with a blue lid", ("a pink mug with a blue lid",)),
        Sample("2", box, "a red mug", ("a blue mug",)),
    ]
    described = regions(samples)
    assert [(one.image, one.negatives) for one in described] == [("1", ()), ("2", ())]
    assert [one.negatives for one in with_exchanges(described)] == [("a blue mug with a red lid",), ()]
