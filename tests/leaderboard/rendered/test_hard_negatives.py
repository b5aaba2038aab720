"""Captions and hard negatives of the rendered benchmark."""

import random
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.rendered.captions.hard_negatives import (
    TEMPLATES,
    Description,
    describe,
    hard_negatives,
    hard_negatives_of_kind,
)
from leaderboard.rendered.captions.replacements import KINDS
from leaderboard.rendered.drawing.objects import ObjectSpec, sample_spec
from leaderboard.rendered.vocabulary import (
    CATEGORIES,
    COLORS,
    MATERIALS,
    PATTERNS,
    TRANSPARENCIES,
)

seeds = st.integers(0, 10**9)


def described(seed: int) -> Description:
    rng = random.Random(seed)
    return describe(sample_spec(rng), rng)


def in_order(text: str) -> list[str]:
    """The attribute words of the text as they stand in it, longest names first so that "dark red" is no "red"."""
    names = sorted([*COLORS, *MATERIALS, *PATTERNS, *TRANSPARENCIES, "wooden"], key=len, reverse=True)
    return re.findall(rf"\b(?:{'|'.join(names)})\b", text.lower())


def said_of(text: str) -> Counter[str]:
    """How often each attribute value stands in the text."""
    return Counter(word.replace("wooden", "wood") for word in in_order(text))


def changed_words(caption: str, negative: str) -> int:
    """How many attributes differ, by their places: two of them may have changed places."""
    return sum(before != after for before, after in zip(in_order(caption), in_order(negative), strict=True))


def test_vocabulary_has_the_size_the_benchmark_promises():
    assert len(CATEGORIES) >= 24 and len(COLORS) == 29 and len(MATERIALS) == 12
    assert len(PATTERNS) == 8 and len(TRANSPARENCIES) == 3


@pytest.mark.parametrize("template", range(TEMPLATES))
def test_wording_says_every_attribute_once(template):
    spec = ObjectSpec("mug", "dark green", "wood", "striped", "opaque", "orange", "metal")
    attributes = {
        "color": "dark green",
        "material": "wood",
        "pattern": "striped",
        "part_color": "orange",
        "part_material": "metal",
    }
    text = Description(spec.category, attributes, template).text()
    assert text.startswith("A ") and text.endswith(".") == (template >= 3)
    assert text.rstrip(".").split()[-2:] == ["metal", "handle"]
    assert {value: count for value, count in said_of(text).items() if count} == dict.fromkeys(
        attributes.values(), 1
    )


def test_article_follows_the_sound_and_plural_parts_have_none():
    assert Description("bowl", {"color": "orange"}, 0).text() == "An orange bowl"
    assert Description("chair", {"part_color": "red"}, 3).text() == "A chair with red legs."


@given(seeds, st.sampled_from([1, 2, 3]))
def test_hard_negatives_change_that_many_attributes_and_never_repeat(seed, replaced):
    item = described(seed)
    negatives = hard_negatives(item, replaced, random.Random(seed))
    assert bool(negatives) == (len(item.attributes) >= replaced)
    assert len(set(negatives)) == len(negatives) <= 10
    for negative in negatives:
        assert negative != item.text()
        assert changed_words(item.text(), negative) == replaced


def test_three_replacements_change_three_words_when_no_value_repeats():
    item = Description("mug", {"color": "green", "material": "wood", "pattern": "striped"}, 0)
    for negative in hard_negatives(item, 3, random.Random(0)):
        before, after = said_of(item.text()), said_of(negative)
        assert (before - after).total() == (after - before).total() == 3


def test_values_that_change_places_are_two_changes():
    assert (
        changed_words(
            "A wooden spoon with a blue ceramic handle", "A ceramic spoon with a blue wooden handle"
        )
        == 2
    )


@given(seeds, st.sampled_from(sorted(KINDS)))
def test_negatives_of_a_kind_change_one_word_of_that_kind(seed, kind):
    item = described(seed)
    vocabulary = {
        "color": COLORS,
        "material": MATERIALS,
        "pattern": PATTERNS,
        "transparency": TRANSPARENCIES,
    }[kind]
    negatives = hard_negatives_of_kind(item, kind, random.Random(seed))
    assert bool(negatives) == any(slot in item.attributes for slot in KINDS[kind])
    for negative in negatives:
        before, after = said_of(item.text()), said_of(negative)
        differing = {value for value in before | after if before[value] != after[value]}
        assert len(differing) == 2 and differing <= set(vocabulary)


def test_smaller_vocabularies_give_fewer_negatives():
    item = Description("bottle", {"pattern": "striped", "transparency": "translucent"}, 0)
    assert len(hard_negatives_of_kind(item, "pattern", random.Random(1))) == 7
    assert len(hard_negatives_of_kind(item, "transparency", random.Random(1))) == 2


@given(seeds, st.sampled_from([1, 2, 3]))
def test_no_negative_gives_body_and_part_one_material_or_hue(seed, replaced):
    """Nothing drawn has one in both, so a caption that says so could not be true."""
    item = described(seed)
    for negative in hard_negatives(item, replaced, random.Random(seed)):
        families = [word.split()[-1].replace("wooden", "wood") for word in in_order(negative)]
        assert len(set(families)) == len(families)


def test_captions_say_the_patterns_about_equally_often_and_the_transparencies_too():
    """A value that negatives say oftener than positives would give them away without a look at the image."""
    items = [described(seed) for seed in range(12_000)]
    for slot, values in (("pattern", PATTERNS), ("transparency", TRANSPARENCIES)):
        said = Counter(item.attributes[slot] for item in items if slot in item.attributes)
        mean = said.total() / len(values)
        assert all(abs(said[value] - mean) < 4 * mean**0.5 for value in values), said
