"""Hard negatives made of a caption's event: another verb with its own role names, everything else kept.

"the action is walk, the walker is man, manner is slowly" becomes "the action is jog, the jogger is man, manner is
slowly" (arXiv 2401.07669: four a positive). Which verb is put in its place is not published; here it is one of those
that are known to fill the same slots, each as likely as any other.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from fg_demo.adaptation.events import Event


@dataclass(frozen=True, slots=True)
class VerbFrames:
    """What each verb calls its slots: verb → slot → role name."""

    names: Mapping[str, Mapping[str, str]]

    def fitting(self, event: Event) -> list[str]:
        """The other verbs that name all of the event's slots, sorted."""
        wanted = set(event.slots)
        return sorted(
            verb for verb, names in self.names.items() if verb != event.verb and wanted <= set(names)
        )


def verb_frames(events: Iterable[Event]) -> VerbFrames:
    """The frames that the events show; a slot that a verb names in several ways has the most frequent name, of equally
    frequent ones the first in the alphabet.
    """
    seen: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for event in events:
        slots = seen[event.verb]  # a verb without roles is known too
        for role in event.roles:
            slots[role.slot][role.name] += 1
    return VerbFrames(
        {
            verb: {slot: min(found, key=lambda name: (-found[name], name)) for slot, found in slots.items()}
            for verb, slots in seen.items()
        }
    )


def with_verb(event: Event, verb: str, frames: VerbFrames) -> Event:
    """The event with another verb and that verb's names for its slots; phrases and circumstances stay."""
    names = frames.names[verb]
    return replace(
        event, verb=verb, roles=tuple(replace(role, name=names[role.slot]) for role in event.roles)
    )


def made_negatives(event: Event, frames: VerbFrames, count: int, rng: random.Random) -> list[Event]:
    """`count` events that differ from this one in the verb and what it calls its roles, all different; fewer where
    fewer verbs fit.
    """
    fitting = frames.fitting(event)
    return [with_verb(event, verb, frames) for verb in rng.sample(fitting, min(count, len(fitting)))]
