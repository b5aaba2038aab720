"""What may stand instead of a value, and that putting it in leaves no trace in what captions say."""

import random
from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fg_demo.lookalikes.vocabulary import AMBIGUOUS_COLORS
from leaderboard.rendered.captions.hard_negatives import describe
from leaderboard.rendered.captions.replacements import KIND_OF, VALUES, Replacements, symmetric_weights
from leaderboard.rendered.drawing.objects import sample_spec
from leaderboard.rendered.vocabulary import COLORS, MATERIALS

EVENLY = Replacements()


@pytest.mark.parametrize("slot", ["color", "part_color"])
@pytest.mark.parametrize("color", sorted(COLORS))
def test_a_colour_is_never_replaced_by_one_it_could_be_mistaken_for(color, slot):
    allowed = EVENLY.of(slot, {slot: color})
    assert len(allowed) >= 10
    assert all(other.split()[-1] != color.split()[-1] for other in allowed)
    assert not any({color, other} <= group for other in allowed for group in AMBIGUOUS_COLORS)


def test_body_and_part_never_get_one_hue_or_one_material():
    said = {"color": "dark red", "part_color": "black", "material": "wood", "part_material": "metal"}
    assert "dark blue" not in EVENLY.of("part_color", said) and "blue" in EVENLY.of("part_color", said)
    assert not any(color.endswith("red") for color in EVENLY.of("part_color", said))
    assert set(EVENLY.of("part_material", said)) == set(EVENLY.of("material", said))
    assert set(EVENLY.of("material", said)) == {*MATERIALS} - {"wood", "metal"}


def test_a_caption_that_says_one_hue_of_both_still_has_replacements():
    assert EVENLY.of("color", {"color": "red", "part_color": "dark red"}) == EVENLY.of(
        "color", {"color": "red"}
    )


@pytest.mark.parametrize("slot", KIND_OF)
def test_a_value_is_put_in_as_often_as_it_is_taken_out(slot):
    """Weighed by what the captions say, so that no value tells a positive from its negatives."""
    rng = random.Random(0)
    captions = [describe(sample_spec(rng), rng).attributes for _ in range(4000)]
    replacements = Replacements(captions)
    taken_out = Counter(said[slot] for said in captions if slot in said)
    put_in: dict[str, float] = defaultdict(float)
    for value, count in taken_out.items():
        others = replacements.of(slot, {slot: value})
        for other, weight in others.items():
            put_in[other] += count * weight / sum(others.values())
    for value in VALUES[KIND_OF[slot]]:
        assert put_in[value] == pytest.approx(taken_out[value], rel=0.02)


@given(st.lists(st.integers(50, 100), min_size=4, max_size=8))
def test_weights_are_symmetric_and_their_sums_are_the_frequencies(frequency):
    values = [str(number) for number in range(len(frequency))]
    weights = symmetric_weights(values, frequency, lambda one, other: one == other)
    for value, often in zip(values, frequency, strict=True):
        assert value not in weights[value]
        assert sum(weights[value].values()) == pytest.approx(often)
        assert all(weights[other][value] == pytest.approx(weight) for other, weight in weights[value].items())
