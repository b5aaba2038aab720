"""Captions as the web has them for single frames of clips: they seldom say what happens, and often say it wrongly."""

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from fg_demo.adaptation.captions import TEMPLATES, event_caption
from fg_demo.adaptation.events import Event, Role
from leaderboard.rendered.captions.web_captions import Reliability, object_caption
from leaderboard.rendered.clips.events import Happening
from leaderboard.rendered.clips.verbs import MANNERS, VERBS
from leaderboard.rendered.vocabulary import SETTINGS

ONLY_THINGS = Reliability(named=0.0, wrong=0.0)
SAID = 0.6
"""How often a caption of what happens has each of its pieces beside the things that take part."""
THINGS = ("subject", "objects", "roles")


def clip_words() -> list[str]:
    """The words of all captions of clips but those for things, sorted."""
    pieces = [form for template in TEMPLATES.values() for _, form in template.pieces]
    told = [form.format(verb="", name="", phrase="") for form in pieces]
    told += [*MANNERS, *SETTINGS]
    for verb in VERBS:
        told += [verb.word, *(name for _, name in verb.roles), *(verb.directions or ())]
    return sorted(set(re.findall(r"[a-z]+", " ".join(told).lower())))


def frame_caption(
    happening: Happening, others: Sequence[Happening], reliability: Reliability, rng: random.Random
) -> str:
    """What the web might say of a frame of an event; `others` are the clip's other events.

    `reliability.named` is the share of captions that say what happens, and `wrong` that of verb, direction or manner
    which are taken from another event, as an old caption is put under a new picture.
    """
    first, *beside = happening.things
    if rng.random() >= reliability.named:
        return object_caption(first, happening.setting, beside, ONLY_THINGS, rng)
    template = TEMPLATES[rng.choice(list(TEMPLATES))]
    pieces = [piece for piece in template.pieces if piece[0] in THINGS or rng.random() < SAID]
    return event_caption(
        _told(happening, others, reliability.wrong, rng), replace(template, pieces=tuple(pieces))
    )


def _told(happening: Happening, others: Sequence[Happening], wrong: float, rng: random.Random) -> Event:
    """The event in words, its things by their kind alone."""

    def source() -> Happening:
        return rng.choice(others) if others and rng.random() < wrong else happening

    verb = source().verb
    things = zip(verb.roles, happening.things, strict=False)  # another event's verb may be of more or fewer
    return Event(
        verb.word,
        tuple(Role(slot, name, thing.category) for (slot, name), thing in things),
        direction=source().event().direction,
        manner=source().manner,
        scene=happening.setting,
    )
