"""The attributes that a description in English names: which, of what kind, and where they stand."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from fg_demo.lookalikes.vocabulary import HUES, VALUES

WORD = re.compile(r"[^\W_]+")

SHADES = {"light": "light ", "pale": "light ", "dark": "dark ", "deep": "dark ", "bright": ""}
"""Words that make one colour with the hue behind them → how the vocabulary says it."""

ALSO_CALLED = {
    "gray": "grey",
    "wooden": "wood",
    "woolen": "wool",
    "woollen": "wool",
    "metallic": "metal",
    "crocheted": "crochet",
    "checked": "checkered",
    "chequered": "checkered",
    "spotted": "dotted",
    "stripy": "striped",
    "flowered": "floral",
    "flowery": "floral",
}
"""Other words for values of the vocabulary → the value."""

TWO_WORDS = {
    ("polka", "dot"): "dotted",
    ("polka", "dotted"): "dotted",
    ("see", "through"): "transparent",
}

THINGS = frozenset(
    {"orange", "glass", "paper", "stone", "wood", "metal", "plastic", "fabric", "leather", "text", "logo"}
)
"""Values that are names of things too: "a glass on a table" is not made of glass for all that the words say."""

DETERMINERS = frozenset(
    {"a", "an", "the", "this", "that", "one", "two", "three", "some", "my", "his", "her", "its"}
)

ENDS = frozenset(
    {
        *("with", "that", "which", "on", "at", "has", "is", "in", "of", "for", "against", "by", "from", "to"),
        *("under", "over", "behind", "beside", "near"),
    }
)
"""Words before which no noun stands, so that what stands before one of them is no adjective."""

JOINED = frozenset({"and", "or"})


@dataclass(frozen=True, slots=True)
class Attribute:
    """A `value` of the vocabulary and its kind; it is said in the characters from `start` to before `end`."""

    kind: str
    value: str
    start: int
    end: int


def find_attributes(description: str) -> list[Attribute]:
    """The attributes in the order in which they are said.

    A shade and its hue are one colour ("dark green"), and "wooden", "gray" or "polka-dot" are what the vocabulary
    calls wood, grey and dotted. A word that names the thing itself is no attribute: "a glass of water" says
    nothing of glass. A description is read as English, in any case.
    """
    words = list(WORD.finditer(description))
    said = [word[0].lower() for word in words]
    gaps = [description[one.end() : two.start()].strip(" -") for one, two in pairwise(words)]
    found: list[Attribute] = []
    at = 0
    while at < len(said):
        taken, kind, value = _value_at(said, gaps, at)
        if taken and not _is_the_thing(said, gaps, at, at + taken):
            found.append(Attribute(kind, value, words[at].start(), words[at + taken - 1].end()))
        at += taken or 1
    return found


def _value_at(said: Sequence[str], gaps: Sequence[str], at: int) -> tuple[int, str, str]:
    """How many words from `at` on are one value, its kind and the value; no words where there is none. `gaps` is the
    punctuation between each word and the next.
    """
    if at + 1 < len(said) and not gaps[at]:
        shade, hue = SHADES.get(said[at]), ALSO_CALLED.get(said[at + 1], said[at + 1])
        if shade is not None and hue in HUES:
            return 2, "color", shade + hue
        pair = TWO_WORDS.get((said[at], said[at + 1]))
        if pair is not None:
            return 2, _kinds()[pair], pair
    value = ALSO_CALLED.get(said[at], said[at])
    kind = _kinds().get(value)
    return (0, "", "") if kind is None else (1, kind, value)


def _is_the_thing(said: Sequence[str], gaps: Sequence[str], first: int, behind: int) -> bool:
    """Whether the words are a noun of their own: nothing to describe behind them, and an article before them or
    before the adjectives before them.
    """
    if said[behind - 1] not in THINGS or not _closes(said, gaps, behind):
        return False
    before = first
    while before and not gaps[before - 1] and said[before - 1] not in DETERMINERS | ENDS | JOINED:
        before -= 1
    return before == 0 or (not gaps[before - 1] and said[before - 1] in DETERMINERS | {"with"})


def _closes(said: Sequence[str], gaps: Sequence[str], behind: int) -> bool:
    """Whether the phrase ends before word `behind`."""
    if behind == len(said) or gaps[behind - 1] or said[behind] in ENDS:
        return True
    return said[behind] in JOINED and said[behind + 1 : behind + 2] != [] and said[behind + 1] in DETERMINERS


@cache
def _kinds() -> dict[str, str]:
    return {value: kind for kind, values in VALUES.items() for value in values}
