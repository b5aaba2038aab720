"""A made negative has another verb and its names for the roles, and nothing else is changed."""

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from fg_demo.adaptation.captions import event_caption
from fg_demo.adaptation.events import Event, Role
from fg_demo.adaptation.negatives import made_negatives, verb_frames, with_verb

NAMES = {
    "walk": {"Arg0": "walker"},
    "jog": {"Arg0": "jogger"},
    "rain": {},
    "talk": {"Arg0": "talker", "Arg2": "hearer"},
    "shout": {"Arg0": "shouter", "Arg2": "hearer"},
    "give": {"Arg0": "giver", "Arg1": "thing given", "Arg2": "entity given to"},
}


def event(verb: str, **changes) -> Event:
    roles = tuple(Role(slot, name, f"{slot} of {verb}") for slot, name in NAMES[verb].items())
    return Event(verb, roles, direction="forward", manner="slowly", scene="a street", **changes)


FRAMES = verb_frames(map(event, NAMES))


def test_verb_and_role_name_are_swapped_and_the_rest_stays():
    swapped = with_verb(event("walk"), "jog", FRAMES)
    assert event_caption(swapped) == (
        "In this photo, the action is jog, the jogger is Arg0 of walk, direction is forward, manner is slowly, "
        "scene is a street"
    )


def test_only_verbs_that_name_every_slot_stand_in():
    assert FRAMES.fitting(event("talk")) == ["give", "shout"]
    assert FRAMES.fitting(event("give")) == []
    assert FRAMES.fitting(event("rain")) == ["give", "jog", "shout", "talk", "walk"]


def test_a_slot_has_its_most_frequent_name_and_of_equals_the_first():
    named = [Event("run", (Role("Arg0", name, "dog"),)) for name in ("racer", "runner", "runner")]
    assert verb_frames(named).names == {"run": {"Arg0": "runner"}}
    assert verb_frames(named[:2]).names == {"run": {"Arg0": "racer"}}


def test_verbs_that_are_told_alike_come_before_those_that_only_fit():
    frames = verb_frames(
        [*map(event, NAMES), *(replace(event(verb), direction=None) for verb in ("walk", "shout"))]
    )
    still = replace(event("jog"), direction=None)
    assert frames.alike(still) == ["walk"] and len(frames.fitting(still)) == 4
    for seed in range(20):
        assert made_negatives(still, frames, 3, random.Random(seed))[0].verb == "walk"


@given(st.sampled_from(sorted(NAMES)), st.integers(0, 6), st.integers(0, 99))
def test_negatives_are_distinct_keep_phrases_and_never_tell_the_positive(verb: str, count: int, seed: int):
    positive = event(verb)
    made = made_negatives(positive, FRAMES, count, random.Random(seed))
    assert len(made) == min(count, len(FRAMES.fitting(positive)))
    captions = [event_caption(one) for one in made]
    assert len(set(captions)) == len(made) and event_caption(positive) not in captions
    for one in made:
        assert one.verb != verb and one.slots == positive.slots
        assert {role.slot: role.name for role in one.roles} == {
            slot: NAMES[one.verb][slot] for slot in one.slots
        }
        assert replace(one, verb=verb, roles=positive.roles) == positive
        assert [role.phrase for role in one.roles] == [role.phrase for role in positive.roles]


def test_the_same_seed_draws_the_same_and_all_fitting_verbs_come_up():
    draws = [made_negatives(event("rain"), FRAMES, 1, random.Random(seed))[0].verb for seed in range(200)]
    assert draws == [
        made_negatives(event("rain"), FRAMES, 1, random.Random(seed))[0].verb for seed in range(200)
    ]
    assert set(draws) == set(NAMES) - {"rain"}
