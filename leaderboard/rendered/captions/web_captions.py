"""Captions as the web has them, for training mini-clip, and scene captions for coarse retrieval.

A web caption says what a thing is, sometimes where; it seldom says its colour or material, and the attribute words
it does have often belong to something else in the picture. `Reliability` says how seldom and how often.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard.rendered.captions.hard_negatives import TEMPLATES, Description, with_article
from leaderboard.rendered.drawing.objects import ObjectSpec
from leaderboard.rendered.vocabulary import SETTINGS

SLOTS = ("color", "material", "pattern", "transparency", "part_color", "part_material")


@dataclass(frozen=True)
class Reliability:
    """`named`: share of object captions with attribute words; `wrong`: share of those words taken from elsewhere."""

    named: float
    wrong: float


def object_caption(
    spec: ObjectSpec, setting: str, others: Sequence[ObjectSpec], reliability: Reliability, rng: random.Random
) -> str:
    """What the web might say of a close-up of one object, with `others` in the same scene."""
    name, rest = spec.category, ""
    if rng.random() < reliability.named:
        return _with_attributes(spec, others, reliability.wrong, rng)
    place = SETTINGS[setting]
    if others and rng.random() < 0.08:
        rest = f", next to {with_article(rng.choice(others).category)}"
    forms = (
        f"a photo of {with_article(name)}",
        f"{with_article(name)} {place}{rest}",
        f"a close-up of {with_article(name)} {place}",
        name,
        f"my new {name}",
        f"{name} for sale",
        f"a photo of {with_article(name)} {place}{rest}",
    )
    return rng.choices(forms, weights=(4, 5, 2, 1, 1, 1, 3))[0]


def scene_caption(specs: Sequence[ObjectSpec], setting: str, rng: random.Random) -> str:
    """What COCO's annotators might say of a whole scene; `specs` from left to right, now and then one left out."""
    named = list(specs)
    if len(named) > 2 and rng.random() < 0.25:
        named.pop(rng.randrange(len(named)))
    things, place = [with_article(spec.category) for spec in named], SETTINGS[setting]
    listed = things[0] if len(things) == 1 else ", ".join(things[:-1]) + " and " + things[-1]
    forms = [f"{listed} {place}", f"a scene {place} with {listed}", f"a photo of {listed} {place}"]
    if len(things) == 2:
        forms.append(f"{things[0]} to the left of {things[1]} {place}")
    return rng.choices(forms, weights=(5, 2, 2, 3)[: len(forms)])[0]


def _with_attributes(spec: ObjectSpec, others: Sequence[ObjectSpec], wrong: float, rng: random.Random) -> str:
    """A caption with one to four attribute words, each of them wrong with that probability."""
    slots = rng.sample(SLOTS, rng.choice((1, 1, 2, 2, 3, 4)))
    said = {slot: _value(slot, spec, others, wrong, rng) for slot in SLOTS if slot in slots}
    if "part_color" not in said:
        said.pop("part_material", None)
    caption = Description(spec.category, said, rng.randrange(TEMPLATES)).text()
    return (
        caption
        if rng.random() < 0.5
        else f"{rng.choice(('a photo of', 'a close-up of'))} {caption[0].lower()}{caption[1:]}"
    )


def _value(
    slot: str, spec: ObjectSpec, others: Sequence[ObjectSpec], wrong: float, rng: random.Random
) -> str:
    """The object's own value, or with probability `wrong` that of something else in the picture."""
    source = rng.choice(others) if others and rng.random() < wrong else spec
    slots = (slot, slot.removeprefix("part_")) if source is not spec else (slot,)
    value = getattr(source, rng.choice(slots))
    return value.split()[-1] if slot in ("color", "part_color") and rng.random() < 0.2 else value
