"""Captions of events and clips by rule, from templates that are data.

The explicit form is that of FiGCLIP (arXiv 2401.07669): "In this photo, the action is walk, the walker is man with
short hair, direction is forward, manner is slowly, scene is apartment". The fluent form is the same words as a
sentence would have them, for an ablation; the paper found a language model's fluent captions worse.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from fg_demo.adaptation.events import Clip, Event, Role

CIRCUMSTANCES = ("direction", "manner", "scene")
PLACES = ("verb", "subject", "objects", "roles", "others", *CIRCUMSTANCES)


@dataclass(frozen=True, slots=True)
class Template:
    """How an event is told: `pieces` are places of an event and the form each is told in, in their order; what the
    event does not say is left out. A form may name {verb}, {name} and {phrase}.

    "subject" is the first role, "objects" are the others, "roles" all of them. Raises ValueError for another place.
    """

    pieces: tuple[tuple[str, str], ...]
    joint: str

    def __post_init__(self) -> None:
        unknown = [place for place, _ in self.pieces if place not in PLACES]
        if unknown:
            raise ValueError(f"template: expected places among {', '.join(PLACES)}, got {unknown[0]!r}")


EXPLICIT = Template(
    (
        ("verb", "In this photo, the action is {verb}"),
        ("roles", "the {name} is {phrase}"),
        ("others", "{name} is {phrase}"),
        ("direction", "direction is {phrase}"),
        ("manner", "manner is {phrase}"),
        ("scene", "scene is {phrase}"),
    ),
    joint=", ",
)
"""The published wording; "others" are told as the three circumstances are, which is ours."""

SHORT = Template(
    (
        ("verb", "action is {verb}"),
        ("roles", "{name} is {phrase}"),
        *EXPLICIT.pieces[2:],
    ),
    joint=EXPLICIT.joint,
)
"""The published wording without its opening words and articles, which is ours: mini-clip reads 40 tokens, and that is as
many as the longest caption of a drawn clip has so.
"""

FLUENT = Template(
    (
        ("subject", "{phrase}"),
        ("verb", "{verb}"),
        ("objects", "{phrase}"),
        ("direction", "{phrase}"),
        ("manner", "{phrase}"),
        ("others", "{phrase}"),
        ("scene", "in {phrase}"),
    ),
    joint=" ",
)

TEMPLATES = {"explicit": EXPLICIT, "short": SHORT, "fluent": FLUENT}


def event_caption(event: Event, template: Template = EXPLICIT) -> str:
    """The event as the template tells it."""
    return template.joint.join(
        form.format(verb=event.verb, name=role.name, phrase=role.phrase)
        for place, form in template.pieces
        for role in _told(event, place)
    )


def clip_caption(clip: Clip, template: Template = EXPLICIT) -> str:
    """The clip's events in their order, a sentence each, those told alike once.

    Training takes the mean of the events' embeddings instead, as published; a clip's caption is longer than most
    text encoders read.
    """
    captions = dict.fromkeys(event_caption(event, template) for event in clip.events)
    return ". ".join(captions)


def _told(event: Event, place: str) -> Iterator[Role]:
    """What stands at a place of the event; a verb or circumstance as the one role that its form fills in."""
    groups = {
        "subject": event.roles[:1],
        "objects": event.roles[1:],
        "roles": event.roles,
        "others": event.others,
    }
    if place in groups:
        yield from groups[place]
        return
    phrase = event.verb if place == "verb" else getattr(event, place)
    if phrase is not None:
        yield Role(place, place, phrase)
