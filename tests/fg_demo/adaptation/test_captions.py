"""Events become captions word by word as the template says, at the level of events and of clips."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fg_demo.adaptation.captions import (
    EXPLICIT,
    FLUENT,
    SHORT,
    TEMPLATES,
    Template,
    clip_caption,
    event_caption,
)
from fg_demo.adaptation.events import Clip, Event, Role

WALK = Event(
    "walk",
    (Role("Arg0", "walker", "man with short hair wearing collared shirt"),),
    direction="forward",
    manner="slowly",
    scene="apartment",
)
words = st.from_regex(r"[a-z]{1,8}( [a-z]{1,8})?", fullmatch=True)
events = st.builds(
    lambda verb, roles, direction, manner, scene: Event(
        verb, tuple(Role(f"Arg{n}", *role) for n, role in enumerate(roles)), direction, manner, scene
    ),
    words,
    st.lists(st.tuples(words, words), max_size=4),
    *[st.none() | words] * 3,
)


def test_the_explicit_form_is_the_published_one():
    assert event_caption(WALK) == (
        "In this photo, the action is walk, the walker is man with short hair wearing collared shirt, "
        "direction is forward, manner is slowly, scene is apartment"
    )


def test_what_an_event_does_not_say_is_left_out():
    assert event_caption(Event("rain")) == "In this photo, the action is rain"
    assert (
        event_caption(Event("rain", scene="street")) == "In this photo, the action is rain, scene is street"
    )


def test_other_circumstances_are_told_between_roles_and_direction():
    event = Event(
        "pull", (Role("Arg0", "puller", "boy"),), "up", others=(Role("ArgM goal", "goal", "to win"),)
    )
    assert (
        event_caption(event)
        == "In this photo, the action is pull, the puller is boy, goal is to win, direction is up"
    )


def test_the_fluent_form_says_the_same_words_without_their_names():
    roles = (Role("Arg0", "talker", "a girl"), Role("Arg2", "hearer", "a boy"))
    event = Event("talk", roles, manner="casually", scene="a kitchen")
    assert event_caption(event, FLUENT) == "a girl talk a boy casually in a kitchen"


@given(events)
def test_every_phrase_is_told_once_and_in_the_templates_order(event: Event):
    told = [event.verb, *(role.phrase for role in event.roles)]
    told += [phrase for phrase in (event.direction, event.manner, event.scene) if phrase is not None]
    found = event_caption(event, EXPLICIT).removeprefix("In this photo, ").split(", ")
    assert [piece.partition(" is ")[2] for piece in found] == told
    spoken = event_caption(event, FLUENT)
    assert sorted(re.sub(r"\bin\b", "", spoken).split()) == sorted(
        word for phrase in told for word in phrase.split() if word != "in"
    )


def test_a_clip_is_told_in_order_and_equal_events_once():
    clip = Clip("v", (WALK, Event("sit"), WALK), (0, 2, 4), 5)
    assert clip_caption(clip) == f"{event_caption(WALK)}. In this photo, the action is sit"


def test_a_template_with_an_unknown_place_is_refused():
    with pytest.raises(ValueError, match=r"template: expected places among verb, .*, got 'colour'"):
        Template((("colour", "{phrase}"),), " ")
    assert TEMPLATES == {"explicit": EXPLICIT, "short": SHORT, "fluent": FLUENT}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Event(" "), "event: expected words"),
        (lambda: Event("go", scene=""), "event: expected words"),
        (lambda: Role("Arg0", "", "man"), "role: expected words"),
        (
            lambda: Event("go", (Role("Arg0", "a", "b"), Role("Arg0", "c", "d"))),
            "each slot once, got Arg0, Arg0",
        ),
        (lambda: Clip("v", (), (), 5), "v: expected a place for each of its events"),
        (lambda: Clip("v", (WALK, WALK), (1, 0), 5), "v: expected a place for each"),
        (lambda: Clip("v", (WALK,), (5,), 5), "v: expected places below 5"),
    ],
)
def test_events_without_words_or_order_are_refused(make, message: str):
    with pytest.raises(ValueError, match=message):
        make()


def test_the_template_of_captions_is_the_explicit_one_by_default():
    assert EXPLICIT.pieces[0][1].startswith("In this photo")
