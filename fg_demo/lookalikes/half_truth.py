"""The short true description behind a hard negative: both without the attribute that the negative swaps."""

import re

from fg_demo.lookalikes.swaps import OTHER, SHADES, kind, swaps

WORD = re.compile(r"[^\W_]+")
JOINED = frozenset({"and", "or", "nor", "but"})
"""Words that join: an attribute beside one is of a list, and a list that lacks one is no longer English."""

LEANS_ON = frozenset(
    {
        *("of", "in", "is", "are", "with", "like", "from", "as", "looks", "appears"),
        *("color", "colour", "colored", "material", "pattern", "patterned", "texture", "textured"),
    }
)
"""Words before an attribute, or behind it, that say nothing without it."""

ENDS = frozenset({"with", "that", "which", "on", "at", "has", "is", "in", "of", "for", "against"})
"""Words before which no noun stands, so that an attribute before one of them is no adjective."""


def shortened(positive: str, negative: str) -> str | None:
    """The positive without the attribute that the negative swaps; None when they differ in anything else than
    one attribute, or when what is left would be no English.
    """
    made = swaps(positive, negative)
    if len(made) != 1 or kind(*made[0]) == OTHER:
        return None
    true = list(WORD.finditer(positive))
    first, behind = _place([word[0] for word in true], WORD.findall(negative))
    if first == 0 or behind >= len(true):
        return None
    before, after = true[first - 1], true[behind]
    between = positive[before.end() : true[first].start()] + positive[true[behind - 1].end() : after.start()]
    beside = {before[0].lower(), after[0].lower()}
    if between.strip() or beside & (JOINED | LEANS_ON) or after[0].lower() in ENDS:
        return None
    return _with_article(positive[: before.start()], before[0], positive[after.start() :])


def _place(true: list[str], other: list[str]) -> tuple[int, int]:
    """First word in which `true` differs from `other`, and the one behind the last; a shade goes with its hue."""
    same = [_article_aside(one) == _article_aside(two) for one, two in zip(true, other, strict=False)]
    first = (*same, False).index(False)
    ends = zip(reversed(true[first:]), reversed(other[first:]), strict=False)
    behind = len(true) - (*(one == two for one, two in ends), False).index(False)
    return first - (first > 0 and true[first - 1].lower() in SHADES), behind


def _article_aside(word: str) -> str:
    return "a" if word.lower() == "an" else word.lower()


def _with_article(start: str, word: str, rest: str) -> str:
    """The parts in one, "a" or "an" as the rest wants it."""
    if word.lower() in ("a", "an"):
        word = word[0] + ("n" if rest[0].lower() in "aeiou" else "")
    return f"{start}{word} {rest}"
