"""Look-alikes: attributes of the same kind, never one that could be taken for the true one, in good English."""

import pytest

from fg_demo.lookalikes.attributes import find_attributes
from fg_demo.lookalikes.swaps import kind as kind_of_swap
from fg_demo.lookalikes.swaps import swaps
from fg_demo.lookalikes.vocabulary import COLORS, VALUES, may_be_mistaken, replacements
from fg_demo.lookalikes.writing import look_alikes, suggestions, with_attribute, written

BOTTLE = "a dark green glass bottle with a white cap"


@pytest.mark.parametrize("replaced", [1, 2, 3])
def test_each_differs_from_the_description_in_as_many_attributes_as_asked_for(replaced: int):
    found = look_alikes(BOTTLE, replaced)
    assert len(set(found)) == 10 and BOTTLE not in found
    for negative in found:
        made = swaps(BOTTLE, negative)
        assert len(made) == replaced and "other" not in {kind_of_swap(*swap) for swap in made}


def test_no_colour_gives_way_to_a_shade_of_itself_or_to_one_that_may_be_taken_for_it():
    for color in COLORS:
        description = f"a {color} mug"
        for seed in range(5):
            for negative in look_alikes(description, seed=seed):
                (other,) = find_attributes(negative)
                assert other.value in COLORS and not may_be_mistaken(other.value, color)
    assert may_be_mistaken("dark blue", "black") and may_be_mistaken("light red", "dark red")
    assert not may_be_mistaken("red", "green")


@pytest.mark.parametrize("kind", VALUES)
def test_of_a_kind_only_its_attributes_give_way(kind: str):
    description = "a dark red striped leather bag with a transparent pocket"
    (true,) = (one for one in find_attributes(description) if one.kind == kind)
    found = look_alikes(description, kind=kind)
    assert len(found) == min(10, len(replacements(kind, true.value)))
    for negative in found:
        assert negative[: true.start - 1].split()[1:] == description[: true.start - 1].split()[1:]
        assert negative.endswith(description[true.end :])


def test_what_is_left_out_is_put_in_nowhere():
    without = [value for value in VALUES["material"] if value not in ("glass", "metal")]
    assert sorted(look_alikes("a glass mug", without=without)) == ["a metal mug"]
    found = look_alikes("a red glass mug", without=VALUES["material"])
    assert found and all(negative.endswith(" glass mug") for negative in found)


def test_the_same_seed_writes_the_same_and_another_writes_others():
    assert look_alikes(BOTTLE, seed=3) == look_alikes(BOTTLE, seed=3) != look_alikes(BOTTLE, seed=4)


@pytest.mark.parametrize(
    ("description", "value", "expected"),
    [
        ("a red mug", "orange", "an orange mug"),
        ("An orange mug", "wood", "A wooden mug"),
        ("Red mug", "dark blue", "Dark blue mug"),
        ("a mug made of metal", "wood", "a mug made of wood"),
        ("an opaque mug", "translucent", "a translucent mug"),
        ("the dark green mug.", "black", "the black mug."),
    ],
)
def test_articles_capitals_and_wooden_are_as_english_wants_them(description: str, value: str, expected: str):
    (attribute,) = find_attributes(description)
    assert written(description, [(attribute, value)]) == expected


def test_what_cannot_be_replaced_is_said():
    with pytest.raises(ValueError, match="expected an attribute to replace, found none in “a mug”"):
        look_alikes("a mug")
    with pytest.raises(ValueError, match=r"expected 2 attributes to replace, found 1 \(red\)"):
        look_alikes("a red mug", 2)
    with pytest.raises(ValueError, match="expected a pattern attribute to replace, found none"):
        look_alikes("a plain red mug", kind="pattern")
    with pytest.raises(ValueError, match="kind: expected one of color"):
        look_alikes("a red mug", kind="colour")


def test_where_no_attribute_is_named_some_are_offered():
    assert with_attribute("a mug", "orange") == "an orange mug"
    assert with_attribute("An umbrella", "wood") == "A wooden umbrella"
    assert with_attribute("mug", "red") == "red mug"
    for description in ("a mug", "mug", "  ", "the glass of water"):
        for offered in suggestions(description):
            assert len(look_alikes(offered)) >= 2
    for kind in VALUES:
        assert all(look_alikes(offered, kind=kind) for offered in suggestions("a red mug", kind))
