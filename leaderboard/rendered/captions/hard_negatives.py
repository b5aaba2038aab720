"""Captions of drawn objects in FG-OVD's manner, and their hard negatives.

Rules from FG-OVD's generation (Bianchi et al., CVPR 2024, arXiv 2311.17518; repository lorebianchi98/FG-OVD,
captions_generation/): a caption names an object, its attributes and a part's; a hard negative replaces some of the
attributes by others of the same type; negatives do not repeat.

One rule differs. FG-OVD never changes "plain" and "opaque", because its captions do not say them. Here captions say
them as often as the other patterns and transparencies, and negatives change them, because a word that negatives say
oftener would give them away without a look at the image.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from fg_demo.lookalikes.writing import first_distinct
from leaderboard.rendered.captions.replacements import KINDS, Replacements
from leaderboard.rendered.drawing.objects import ObjectSpec
from leaderboard.rendered.vocabulary import CATEGORIES

SEE_THROUGH_MATERIALS = frozenset({"glass", "plastic", "paper"})
"""The materials of which "opaque" says something."""

MENTIONED = {
    "color": 0.97,
    "material": 0.9,
    "pattern": 0.95,
    "transparency": 0.95,
    "part_color": 0.7,
    "part_material": 0.3,
}
"""How often a caption says what there is to say; part_material only beside part_color."""

SELDOM_MENTIONED = {"plain": 0.111, "opaque": 0.45, "translucent": 0.63}
"""How often it says the values that more objects have, so that captions say all values of a slot about equally
often: 0.55 × 0.111 of all are called plain, and 0.45 / 7 × 0.95 striped (PLAIN_SHARE, TRANSPARENCIES_OF).
"""

TEMPLATES = 6
EVENLY = Replacements()


@dataclass(frozen=True)
class Description:
    """What one caption says of one object: `attributes` maps slots to values, `template` (0–5) chooses the wording."""

    category: str
    attributes: dict[str, str]
    template: int

    def replace(self, changes: dict[str, str]) -> "Description":
        """The same object with some attributes changed."""
        return Description(self.category, {**self.attributes, **changes}, self.template)

    def text(self) -> str:
        """The caption, in one of three wordings, with or without a full stop."""
        wording = self.template % 3
        said = self.attributes
        before = ["transparency", "pattern", "color", "material"]
        after = []
        if wording == 1 and "pattern" in said:
            before.remove("pattern")
            after.append(with_article(f"{said['pattern']} pattern"))
        if wording == 2:
            before.remove("material")
        words = [adjective(said[slot]) for slot in before if slot in said]
        made_of = f" made of {said['material']}" if wording == 2 and "material" in said else ""
        after += self._part()
        ending = " with " + " and ".join(after) if after else ""
        sentence = with_article(" ".join([*words, self.category])) + made_of + ending
        return sentence[0].upper() + sentence[1:] + ("." if self.template >= 3 else "")

    def _part(self) -> list[str]:
        values = [
            adjective(self.attributes[slot])
            for slot in ("part_color", "part_material")
            if slot in self.attributes
        ]
        if not values:
            return []
        part = CATEGORIES[self.category]
        phrase = " ".join([*values, part])
        return [phrase if part.endswith("s") else with_article(phrase)]


def describe(spec: ObjectSpec, rng: random.Random) -> Description:
    """A description of the object that mentions most of its attributes, at least one."""
    values = {slot: getattr(spec, slot) for slot in MENTIONED}
    said = {slot: value for slot, value in values.items() if rng.random() < _chance_of_mention(spec, slot)}
    if "part_color" not in said:
        said.pop("part_material", None)
    return Description(spec.category, said or {"color": spec.color}, rng.randrange(TEMPLATES))


def hard_negatives(
    described: Description,
    replaced: int,
    rng: random.Random,
    count: int = 10,
    replacements: Replacements = EVENLY,
) -> list[str]:
    """`count` distinct captions with `replaced` attributes changed; none when the description has too few."""
    if len(described.attributes) < replaced:
        return []
    changes = _changes_of(described, tuple(described.attributes), replaced, rng, replacements)
    return first_distinct(changes, described.text(), count)


def hard_negatives_of_kind(
    described: Description,
    kind: str,
    rng: random.Random,
    count: int = 10,
    replacements: Replacements = EVENLY,
) -> list[str]:
    """Up to `count` distinct captions with one attribute of `kind` changed; none when there is nothing to change."""
    slots = tuple(slot for slot in KINDS[kind] if slot in described.attributes)
    if not slots:
        return []
    return first_distinct(_changes_of(described, slots, 1, rng, replacements), described.text(), count)


def with_article(phrase: str) -> str:
    """The phrase with its indefinite article."""
    return ("an " if phrase[0] in "aeiou" else "a ") + phrase


def adjective(value: str) -> str:
    """A value as it stands before a noun."""
    return "wooden" if value == "wood" else value


def _chance_of_mention(spec: ObjectSpec, slot: str) -> float:
    if (
        slot == "transparency"
        and spec.transparency == "opaque"
        and spec.material not in SEE_THROUGH_MATERIALS
    ):
        return 0.0
    return SELDOM_MENTIONED.get(getattr(spec, slot), MENTIONED[slot])


def _changes_of(
    described: Description,
    slots: tuple[str, ...],
    replaced: int,
    rng: random.Random,
    replacements: Replacements,
) -> Iterator[str]:
    """Endless random captions with `replaced` of `slots` changed."""
    while True:
        said = described.attributes
        for slot in rng.sample(slots, replaced):
            others = replacements.of(slot, said)
            said = {**said, slot: rng.choices(list(others), list(others.values()))[0]}
        yield described.replace(said).text()
