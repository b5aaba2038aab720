"""What happens in a clip, as semantic roles: a verb, who and what takes part in it, and how, whereto and where."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Role:
    """What takes part in an event: `slot` is its place in the verb's frame ("Arg0"), `name` what this verb calls it
    ("walker"), `phrase` who or what it is ("man with short hair").
    """

    slot: str
    name: str
    phrase: str

    def __post_init__(self) -> None:
        _check_words("role", self.slot, self.name, self.phrase)


@dataclass(frozen=True, slots=True)
class Event:
    """A verb and its roles, in the order of its frame; what is None was not said.

    `others` are circumstances beside the three of the published captions, such as purpose or goal: their names are
    the same for every verb, so a replaced verb keeps them.

    Raises ValueError when a word is empty or two roles share a slot.
    """

    verb: str
    roles: tuple[Role, ...] = ()
    direction: str | None = None
    manner: str | None = None
    scene: str | None = None
    others: tuple[Role, ...] = ()

    def __post_init__(self) -> None:
        said = [phrase for phrase in (self.direction, self.manner, self.scene) if phrase is not None]
        _check_words("event", self.verb, *said)
        slots = self.slots
        if len(set(slots)) != len(slots):
            raise ValueError(f"roles: expected each slot once, got {', '.join(slots)}")

    @property
    def slots(self) -> tuple[str, ...]:
        """The slots of the verb's frame that are filled."""
        return tuple(role.slot for role in self.roles)


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip's events in their order. `places` says which fifth, say, of the clip each takes, counted from 0, of
    `parts` in all: an event that was left out leaves a gap.
    """

    name: str
    events: tuple[Event, ...]
    places: tuple[int, ...]
    parts: int

    def __post_init__(self) -> None:
        ordered = list(self.places) == sorted(set(self.places))
        if not self.events or len(self.places) != len(self.events) or not ordered:
            raise ValueError(f"{self.name}: expected a place for each of its events, got {self.places}")
        if not 0 <= self.places[0] <= self.places[-1] < self.parts:
            raise ValueError(f"{self.name}: expected places below {self.parts}, got {self.places}")


def _check_words(what: str, *words: str) -> None:
    empty = _first_empty(words)
    if empty is not None:
        raise ValueError(f"{what}: expected words, got {empty!r}")


def _first_empty(words: Sequence[str]) -> str | None:
    return next((word for word in words if not word.strip()), None)
