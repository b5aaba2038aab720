"""Hard negatives made of a caption's event: another verb with its own role names, everything else kept.

"the action is walk, the walker is man, manner is slowly" becomes "the action is jog, the jogger is man, manner is
slowly" (arXiv 2401.07669: four a positive). Which verb is put in its place is not published; here it is one of those
that are known to fill the same slots, and rather one that is told with just these roles and circumstances: a verb that
never has a direction, or always a second role, would be known for wrong by the wording alone.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from fg_demo.adaptation.captions import CIRCUMSTANCES
from fg_demo.adaptation.events import Event

Form = frozenset[str]
"""The roles and circumstances that an event tells, whatever it says of them."""


@dataclass(frozen=True, slots=True)
class VerbFrames:
    """What each verb calls its slots, verb → slot → role name, and the forms in which it is told."""

    names: Mapping[str, Mapping[str, str]]
    forms: Mapping[str, frozenset[Form]]

    def fitting(self, event: Event) -> list[str]:
        """The other verbs that name all of the event's slots, sorted."""
        wanted = set(event.slots)
        return sorted(
            verb for verb, names in self.names.items() if verb != event.verb and wanted <= set(names)
        )

    def alike(self, event: Event) -> list[str]:
        """Those of the fitting verbs that are told in the event's own form too."""
        form = form_of(event)
        return [verb for verb in self.fitting(event) if form in self.forms[verb]]


def form_of(event: Event) -> Form:
    """The event's form."""
    said = (name for name in CIRCUMSTANCES if getattr(event, name) is not None)
    return frozenset((*event.slots, *(role.name for role in event.others), *said))


def verb_frames(events: Iterable[Event]) -> VerbFrames:
    """The frames that the events show; a slot that a verb names in several ways has the most frequent name, of equally
    frequent ones the first in the alphabet.
    """
    seen: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    forms: dict[str, set[Form]] = defaultdict(set)
    for event in events:
        slots = seen[event.verb]  # a verb without roles is known too
        forms[event.verb].add(form_of(event))
        for role in event.roles:
            slots[role.slot][role.name] += 1
    return VerbFrames(
        {
            verb: {slot: min(found, key=lambda name: (-found[name], name)) for slot, found in slots.items()}
            for verb, slots in seen.items()
        },
        {verb: frozenset(found) for verb, found in forms.items()},
    )


def with_verb(event: Event, verb: str, frames: VerbFrames) -> Event:
    """The event with another verb and that verb's names for its slots; phrases and circumstances stay."""
    names = frames.names[verb]
    return replace(
        event, verb=verb, roles=tuple(replace(role, name=names[role.slot]) for role in event.roles)
    )


def made_negatives(event: Event, frames: VerbFrames, count: int, rng: random.Random) -> list[Event]:
    """`count` events that differ from this one in the verb and what it calls its roles, all different; fewer where
    fewer verbs fit. Verbs that are told alike come before those that only fit.
    """
    alike = frames.alike(event)
    others = [verb for verb in frames.fitting(event) if verb not in alike]
    chosen = rng.sample(alike, min(count, len(alike)))
    chosen += rng.sample(others, min(count - len(chosen), len(others)))
    return [with_verb(event, verb, frames) for verb in chosen]
