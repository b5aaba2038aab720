"""What can happen in a clip: verbs, what they call what takes part, and where each thing is at a moment. Data.

Most pairs cannot be told apart by one frame (roll and slide, grow and shrink, meet and part), and some not by the mean of
all frames either, but only by their order.

Of the verbs that are told alike (as many roles, a direction or none) there are at least five, so that four can stand in
for each and the wording does not say which is right.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pose:
    """How a thing stands at a moment: its shift from its place in scene lengths, its size, its turn in degrees
    anticlockwise, and how much of it is seen, 0 to 1.
    """

    x: float = 0.0
    y: float = 0.0
    scale: float = 1.0
    turn: float = 0.0
    seen: float = 1.0


Motion = Callable[[float, float, int], tuple[Pose, ...]]
"""Moment from 0 to 1, reach in scene lengths, side −1 (to the left) or 1 → a pose for each thing."""


@dataclass(frozen=True, slots=True)
class Verb:
    """`roles` are slot and name of the things in their order; `directions`, those of the first thing, are said for the
    sides −1 and 1, none when there is nothing to say; the first thing is in front unless it is `behind`.
    """

    word: str
    roles: tuple[tuple[str, str], ...]
    motion: Motion
    directions: tuple[str, str] | None = None
    behind: bool = False


SIDEWAYS = ("to the left", "to the right")
BACK = SIDEWAYS[1], SIDEWAYS[0]
"""Of what moves away from its side."""


def _across(u: float, reach: float, side: int) -> float:
    """From one side of the place to the other."""
    return side * reach * (u - 0.5)


def _one(name: str) -> tuple[tuple[str, str], ...]:
    return (("Arg1", f"thing {name}"),)


def _two(first: str, second: str) -> tuple[tuple[str, str], ...]:
    return ("Arg0", first), ("Arg1", f"thing {second}")


APART = 0.22
"""How far from the middle each of two things has its place, in scene lengths."""

VERBS: tuple[Verb, ...] = (
    Verb("roll", _one("rolling"), lambda u, r, s: (Pose(_across(u, r, s), turn=-s * 500 * r * u),), SIDEWAYS),
    Verb("slide", _one("sliding"), lambda u, r, s: (Pose(_across(u, r, s)),), SIDEWAYS),
    Verb("fall", _one("falling"), lambda u, r, s: (Pose(_across(u, r, s), r * (u * u - 0.5)),), SIDEWAYS),
    Verb("rise", _one("rising"), lambda u, r, s: (Pose(_across(u, r, s), r * (0.5 - u)),), SIDEWAYS),
    Verb(
        "jump",
        _one("jumping"),
        lambda u, r, s: (Pose(_across(u, r, s), -3 * r * u * (1 - u) + r / 4),),
        SIDEWAYS,
    ),
    Verb("spin", _one("spinning"), lambda u, r, s: (Pose(turn=-s * 500 * r * u),)),
    Verb("swing", _one("swinging"), lambda u, r, s: (Pose(turn=s * 120 * r * math.sin(5 * u)),)),
    Verb("grow", _one("growing"), lambda u, r, s: (Pose(scale=1 - r + 1.6 * r * u),)),
    Verb("shrink", _one("shrinking"), lambda u, r, s: (Pose(scale=1 + 0.6 * r - 1.6 * r * u),)),
    Verb("appear", _one("appearing"), lambda u, r, s: (Pose(seen=min(1.0, 0.1 + u * (0.5 + r))),)),
    Verb("vanish", _one("vanishing"), lambda u, r, s: (Pose(seen=max(0.05, 1 - u * (0.5 + r))),)),
    Verb(
        "pass",
        _two("passer", "passed"),
        lambda u, r, s: (Pose(s * APART + _across(u, 2 * r, s)), Pose()),
        SIDEWAYS,
    ),
    Verb(
        "chase",
        _two("chaser", "chased"),
        lambda u, r, s: (Pose(_across(u, r, s)), Pose(_across(u, r, s))),
        SIDEWAYS,
    ),
    Verb(
        "meet", _two("arriver", "met"), lambda u, r, s: (Pose(s * r * u / 2), Pose(-s * r * u / 2)), SIDEWAYS
    ),
    Verb(
        "leave",
        _two("leaver", "left"),
        lambda u, r, s: (Pose(s * r * (1 - u) / 2), Pose(-s * r * (1 - u) / 2)),
        BACK,
    ),
    Verb(
        "push",
        _two("pusher", "pushed"),
        lambda u, r, s: (Pose(s * r * u), Pose(s * max(0.0, r * u - 0.1))),
        SIDEWAYS,
    ),
    Verb(
        "replace",
        _two("replacer", "replaced"),
        lambda u, r, s: (Pose(2 * s * APART * u, y=0.1 * r), Pose(-2 * s * APART * u, y=-0.1 * r)),
        SIDEWAYS,
    ),
    Verb(
        "hide behind",
        _two("hider", "in front"),
        lambda u, r, s: (Pose(2 * s * APART * u * min(1.0, 0.6 + r)), Pose()),
        SIDEWAYS,
        behind=True,
    ),
    Verb(
        "land on",
        _two("lander", "landed on"),
        lambda u, r, s: (Pose(2 * s * APART * min(1.0, 1.5 * u), y=-0.3 + 0.15 * u * u), Pose()),
        SIDEWAYS,
    ),
)

MANNERS = {"slowly": 0.22, "quickly": 0.44}
"""Manner → reach of the motion in scene lengths."""
