"""Descriptions with some attributes exchanged, written from one that a person typed."""

import random
from collections.abc import Collection, Iterator, Mapping, Sequence

from fg_demo.lookalikes.attributes import WORD, Attribute, find_attributes
from fg_demo.lookalikes.vocabulary import UNREMARKABLE, VALUES, article, replacements

LEVELS = {1: "hard", 2: "medium", 3: "easy"}
"""Attributes replaced → what FG-OVD calls the benchmark of such negatives."""
NEGATIVES = 10
TRIES = 300
MADE_OF = frozenset({"of", "from", "in"})
"""Words behind which a material is a noun: made of wood, and a wooden bowl."""
EXAMPLES = {
    "color": ("red", "dark blue", "light green"),
    "material": ("wood", "metal", "leather"),
    "pattern": ("striped", "dotted", "checkered"),
    "transparency": ("transparent", "translucent"),
}
"""Kind → values that people know how to look for."""


def look_alikes(
    description: str,
    replaced: int = 1,
    kind: str | None = None,
    seed: int = 0,
    count: int = NEGATIVES,
    without: Collection[str] = (),
) -> list[str]:
    """Up to `count` distinct descriptions, `replaced` attributes exchanged in each, or one of `kind`; the same for
    the same seed.

    As FG-OVD makes its hard negatives: an attribute gives way to another of its kind, a colour to no shade of itself
    and to none that may be taken for it; "plain" and "opaque" stay. Which attributes give way, and to what, is
    drawn evenly. The values `without` are put in nowhere. There are fewer than `count` where there are fewer values.

    Raises ValueError, in words, when the description names fewer attributes than are to be replaced, or the kind
    is none of `VALUES`.
    """
    others = {
        one: [value for value in replacements(one.kind, one.value) if value not in without]
        for one in changeable(description, kind)
    }
    found = [one for one, values in others.items() if values]
    if len(found) < replaced:
        raise ValueError(_too_few(description, found, replaced, kind))
    drawn = _changed(description, others, found, replaced, random.Random(seed))
    return first_distinct(drawn, description, count)


def changeable(description: str, kind: str | None = None) -> list[Attribute]:
    """The attributes of the description that may be replaced, those of `kind` where one is asked for.

    Raises ValueError when the kind is none of `VALUES`.
    """
    if kind is not None and kind not in VALUES:
        raise ValueError(f"kind: expected one of {', '.join(VALUES)}, got {str(kind)[:40]!r}")
    found = [one for one in find_attributes(description) if one.value not in UNREMARKABLE]
    return [one for one in found if kind in (None, one.kind)]


def written(description: str, changes: Sequence[tuple[Attribute, str]]) -> str:
    """The description with other values in the places of some of its attributes, articles as they want them."""
    for attribute, value in sorted(changes, key=lambda change: change[0].start, reverse=True):
        before, said = description[: attribute.start], description[attribute.start : attribute.end]
        word = _as_said(value, before)
        if said[:1].isupper():
            word = word[:1].upper() + word[1:]
        description = _with_article(before, word) + word + description[attribute.end :]
    return description


def with_attribute(description: str, value: str) -> str:
    """The description with a value before what it describes: behind the article it begins with, or at its start."""
    first = WORD.search(description)
    if first is None or first[0].lower() not in ("a", "an", "the"):
        return f"{_as_said(value, '')} {description}"
    before, rest = description[: first.end()] + " ", description[first.end() :].lstrip()
    word = _as_said(value, before)
    return f"{_with_article(before, word)}{word} {rest}"


def with_value(description: str, kind: str, value: str) -> str:
    """The description with another value of the kind: in the place of the first it names, added where it names none."""
    found = [one for one in find_attributes(description) if one.kind == kind]
    return written(description, [(found[0], value)]) if found else with_attribute(description, value)


def suggestions(description: str, kind: str | None = None) -> list[str]:
    """The description with an attribute added, some ways, of `kind` where one is asked for: what to try where it
    names none.
    """
    bare = " ".join(description.split()) or "a mug"
    values = EXAMPLES[kind] if kind else [value for some in EXAMPLES.values() for value in some[:2]]
    return [with_attribute(bare, value) for value in values]


def first_distinct(captions: Iterator[str], positive: str, count: int, tries: int = TRIES) -> list[str]:
    """The first `count` different captions, fewer where fewer exist; order of appearance, never the positive."""
    found = dict[str, None]()
    for _, caption in zip(range(tries), captions, strict=False):
        if caption != positive:
            found[caption] = None
        if len(found) == count:
            break
    return list(found)


def _changed(
    description: str,
    others: Mapping[Attribute, Sequence[str]],
    found: Sequence[Attribute],
    replaced: int,
    rng: random.Random,
) -> Iterator[str]:
    """Endless random captions with `replaced` of the attributes `found` changed to one of its `others`."""
    while True:
        chosen = rng.sample(found, replaced)
        yield written(description, [(one, rng.choice(others[one])) for one in chosen])


def _as_said(value: str, before: str) -> str:
    last = [word[0].lower() for word in WORD.finditer(before)][-1:]
    return "wooden" if value == "wood" and not MADE_OF.intersection(last) else value


def _with_article(before: str, word: str) -> str:
    """What stands before the word, an indefinite article at its end as the word wants it."""
    last = [match for match in WORD.finditer(before) if match[0].lower() in ("a", "an")][-1:]
    if not last or before[last[0].end() :].strip():
        return before
    wanted = article(word)
    return before[: last[0].start()] + last[0][0][0] + wanted[1:] + before[last[0].end() :]


def _too_few(description: str, found: Sequence[Attribute], replaced: int, kind: str | None) -> str:
    wanted = f"{kind} attribute" if kind else "attribute"
    if not found:
        return (
            f"description: expected {article(wanted)} {wanted} to replace, found none in “{description[:80]}”"
        )
    named = ", ".join(one.value for one in found)
    return f"description: expected {replaced} {wanted}s to replace, found {len(found)} ({named})"
