"""Which attribute words part two captions of one object, and of what kind they are."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache

MOST_SWAPS = 3
"""FG-OVD replaces at most three attributes (Easy); captions further apart are of another object."""
OTHER = "other"

SHADES = frozenset({"light", "dark"})
HUES = frozenset(
    {
        *("black", "white", "grey", "gray", "red", "orange", "yellow", "green"),
        *("blue", "purple", "pink", "brown"),
    }
)
KINDS: dict[str, frozenset[str]] = {
    "color": HUES | {f"{shade} {hue}" for shade in SHADES for hue in HUES},
    "material": frozenset(
        {
            *("ceramic", "crochet", "fabric", "glass", "leather", "metal", "paper", "plastic"),
            *("rattan", "stone", "text", "velvet", "wood", "wool"),
        }
    ),
    "pattern": frozenset(
        {
            *("checkered", "dotted", "floral", "logo", "perforated", "plain", "striped", "studded"),
            *("text", "woven"),
        }
    ),
    "transparency": frozenset({"opaque", "translucent", "transparent"}),
}
"""Kind → the values that FG-OVD's generator (arXiv 2311.17518) puts in one another's place."""

SAME = {"an": "a", "wooden": "wood", "gray": "grey"}
"""Words that say the same; "a" and "an" follow from the word behind them."""

Swap = tuple[str, str]
"""What the positive says, and what the negative says in its place."""


def swaps(positive: str, negative: str) -> list[Swap]:
    """The words of `positive` that `negative` replaces, each with its replacement, in the caption's order.

    Empty when the two describe different objects: they differ in more than MOST_SWAPS places, or in several
    that are no attributes.
    """
    true, other = words(positive), words(negative)
    if abs(len(true) - len(other)) > MOST_SWAPS:
        return []
    found = _word_by_word(true, other) if len(true) == len(other) else _aligned(true, other)
    apart = len(found) > MOST_SWAPS or [kind(*swap) for swap in found].count(OTHER) > 1
    return [] if apart else found


@lru_cache(maxsize=1 << 17)
def words(caption: str) -> tuple[str, ...]:
    """The caption's words in lower case, without punctuation; a shade and its hue ("dark green") are one."""
    joined: list[str] = []
    for word in map(_plain, re.findall(r"[^\W_]+", caption.lower())):
        if word in HUES and joined and joined[-1] in SHADES:
            joined[-1] += f" {word}"
        else:
            joined.append(word)
    return tuple(joined)


def _plain(word: str) -> str:
    """The word as its attribute is called: FG-OVD's generator replaces the "text" in "textured" by "plain"."""
    value = word.removesuffix("ured")
    return value if value in KINDS["pattern"] else SAME.get(word, word)


@lru_cache(maxsize=1 << 14)
def kind(true: str, taken: str) -> str:
    """The kind of attribute that both are values of, or "other"."""
    return next((name for name, values in KINDS.items() if true in values and taken in values), OTHER)


def _word_by_word(true: Sequence[str], other: Sequence[str]) -> list[Swap]:
    return [(one, two) for one, two in zip(true, other, strict=True) if one != two]


def _aligned(true: Sequence[str], other: Sequence[str]) -> list[Swap]:
    """Swaps where the captions are not of the same length; a side may be empty."""
    found: list[Swap] = []
    for step, start, end, other_start, other_end in SequenceMatcher(
        None, true, other, autojunk=False
    ).get_opcodes():
        one, two = true[start:end], other[other_start:other_end]
        if step == "equal":
            continue
        found += _word_by_word(one, two) if len(one) == len(two) else [(" ".join(one), " ".join(two))]
    return found
