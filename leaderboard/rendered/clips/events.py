"""A clip's events: verbs, things, sides and manners, each drawn evenly and without regard to the others.

So a caption gives nothing away: what is right can be known from the frames alone.
"""

import random
from dataclasses import dataclass

from fg_demo.adaptation.events import Event, Role
from leaderboard.rendered.captions.hard_negatives import adjective
from leaderboard.rendered.clips.verbs import MANNERS, VERBS, Verb
from leaderboard.rendered.drawing.objects import ObjectSpec, sample_spec
from leaderboard.rendered.vocabulary import CATEGORIES, PATTERNS, SETTINGS

EVENTS = 5


@dataclass(frozen=True, slots=True)
class Happening:
    """What is to be drawn: a verb, its things in the order of its roles, to which side, in what manner, where."""

    verb: Verb
    things: tuple[ObjectSpec, ...]
    side: int
    manner: str
    setting: str

    def event(self) -> Event:
        """The same in words."""
        roles = zip(self.verb.roles, self.things, strict=True)
        sides = self.verb.directions
        return Event(
            self.verb.word,
            tuple(Role(slot, name, phrase(thing)) for (slot, name), thing in roles),
            direction=None if sides is None else sides[self.side > 0],
            manner=self.manner,
            scene=self.setting,
        )


def sample_clip(seed: int) -> tuple[Happening, ...]:
    """The events of a clip, which all take place in one setting; no verb comes twice."""
    rng = random.Random(seed)
    setting = rng.choice(list(SETTINGS))
    return tuple(_sample(verb, setting, rng) for verb in rng.sample(VERBS, EVENTS))


def phrase(thing: ObjectSpec) -> str:
    """What a thing is called: its colour, its pattern if it has one, its material and its kind."""
    pattern = () if thing.pattern == PATTERNS[0] else (thing.pattern,)
    return " ".join([*pattern, thing.color, adjective(thing.material), thing.category])


def _sample(verb: Verb, setting: str, rng: random.Random) -> Happening:
    categories = rng.sample(list(CATEGORIES), len(verb.roles))
    things = tuple(sample_spec(rng, category) for category in categories)
    return Happening(verb, things, rng.choice((-1, 1)), rng.choice(list(MANNERS)), setting)
