"""The attributes that a caption names, where they stand, and the same caption with two of them exchanged."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations

from fg_demo.lookalikes.attributes import WORD, Attribute
from fg_demo.lookalikes.swaps import KINDS, SHADES, words
from leaderboard.benchmarks.samples import Sample

ADJECTIVES = {"wood": "wooden"}
"""Value → the word for it before a noun, where that is another one."""

PLACES = ("", " of its part")
"""What the first and the second value of a kind are taken to be said of."""


def attributes(caption: str) -> Iterator[Attribute]:
    """The attributes of the caption in its order; a shade and its hue are one. Words and kinds are those of
    `fg_demo.lookalikes.swaps`.
    """
    shade: re.Match[str] | None = None
    for word in WORD.finditer(caption):
        plain = words(word[0])[0]
        value, start = (f"{shade[0].lower()} {plain}", shade.start()) if shade else (plain, word.start())
        if value not in KINDS["color"]:
            value, start = plain, word.start()
        kind = next((name for name, values in KINDS.items() if value in values), None)
        if kind is not None:
            yield Attribute(kind, value, start, word.end())
        shade = word if word[0].lower() in SHADES else None


def named_values(caption: str) -> dict[str, str]:
    """Factor → the value that the caption names of it: the first value of a kind is the object's, the second one
    its part's, a factor of its own ("color of its part"). Values after them are left out.
    """
    named: dict[str, str] = {}
    for attribute in attributes(caption):
        free = (factor for place in PLACES if (factor := attribute.kind + place) not in named)
        factor = next(free, None)
        if factor is not None:
            named[factor] = attribute.value
    return named


def exchanges(caption: str) -> list[str]:
    """The captions in which two attributes of one kind have changed places: what is true of one thing said of another.

    Every pair of different values gives one, in the caption's order; "a" and "an" go with what follows them. None
    repeats or equals the caption.
    """
    pairs = combinations(attributes(caption), 2)
    made = (
        _exchanged(caption, one, other)
        for one, other in pairs
        if one.kind == other.kind and one.value != other.value
    )
    return [text for text in dict.fromkeys(made) if text != caption]


def regions(samples: Iterable[Sample]) -> list[Sample]:
    """Each distinct region of the samples with its caption, against nothing."""
    return list(dict.fromkeys(replace(sample, negatives=()) for sample in samples))


def with_exchanges(samples: Iterable[Sample]) -> list[Sample]:
    """The samples against their captions' exchanges; a caption without any stands alone."""
    return [replace(sample, negatives=tuple(exchanges(sample.positive))) for sample in samples]


def _exchanged(caption: str, first: Attribute, second: Attribute) -> str:
    between = caption[first.end : second.start]
    start = _placed(caption[: first.start], second.value)
    made = _placed(start + between, first.value) + caption[second.end :]
    return made[0].upper() + made[1:] if caption[0].isupper() else made


def _placed(before: str, value: str) -> str:
    """The text with the value behind it, as a noun after "of", else as an adjective."""
    before_it = WORD.findall(before)[-1:]
    last = before_it[0].lower() if before_it else ""
    if last in ("a", "an"):
        article = "an" if value[0] in "aeiou" else "a"
        begins = before.rstrip()
        kept = begins[: len(begins) - len(last)]
        case = article.capitalize() if begins[len(kept)].isupper() else article
        before = kept + case + before[len(begins) :]
    return before + (value if last == "of" else ADJECTIVES.get(value, value))
