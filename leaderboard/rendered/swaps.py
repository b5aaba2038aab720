"""fg-rendered-swaps: what is true of one thing said of another, on the scenes that ship, as SugarCrepe and ARO have it.

A caption names two things of a scene and one attribute of each, or how they stand to each other; its one negative says
the same words in the other order. Nothing but the picture says which order is right: attributes do not depend on
categories, places neither, and which thing comes first is drawn.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
from datasets import Features, List, Value

from fg_demo.lookalikes.vocabulary import may_be_mistaken
from leaderboard.rendered.build import SPLITS
from leaderboard.rendered.captions.hard_negatives import adjective, with_article
from leaderboard.rendered.derived import SHIPPED_SPLITS, write_derived
from leaderboard.rendered.vocabulary import PATTERNS

ATTRIBUTE, RELATION = "swapped_attribute", "swapped_relation"
"""The subsets, and their configs."""
KINDS = ("color", "material", "pattern")
RELATIONS = (
    ("to the left of", 0, 1),
    ("to the right of", 0, -1),
    ("above", 1, 1),
    ("below", 1, -1),
)
"""Words, the axis that they are of, and the sign by which the second thing is further along it."""
APART = 0.2
"""Scene lengths between two middles along an axis before a relation says so."""

ROWS = Features({"image_id": Value("int64"), "caption": Value("string"), "negatives": List(Value("string"))})
CARD = Path(__file__).with_name("swaps_card.md")


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of a scene: what it is, its values by kind, and its middle in scene lengths from the top left."""

    category: str
    values: Mapping[str, str]
    middle: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Swap:
    """A caption, and the same words in the other order."""

    caption: str
    negative: str


def build_swaps(scenes: Path, folder: Path) -> Path:
    """The folder, with the swaps of both splits of `scenes`, their images and a card; the same for the same scenes."""
    subsets = {
        split: {
            subset: [
                {"image_id": image, "caption": swap.caption, "negatives": [swap.negative]}
                for image, swap in found
            ]
            for subset, found in swaps_of(read_things(scenes, split), SPLITS[split].first).items()
        }
        for split in SHIPPED_SPLITS
    }
    return write_derived(scenes, folder, subsets, ROWS, CARD)


def swaps_of(scenes: Mapping[int, Sequence[Thing]], seed: int) -> dict[str, list[tuple[int, Swap]]]:
    """Subset → scene and swap: at most one of each subset a scene, drawn evenly among those that it allows."""
    rng = random.Random(seed)
    found: dict[str, list[tuple[int, Swap]]] = {ATTRIBUTE: [], RELATION: []}
    for scene, things in scenes.items():
        for subset, made in ((ATTRIBUTE, attribute_swaps(things)), (RELATION, relation_swaps(things))):
            if possible := list(made):
                found[subset].append((scene, rng.choice(possible)))
    return found


def attribute_swaps(things: Sequence[Thing]) -> Iterator[Swap]:
    """A swap for each pair of things, either of them first, and each kind of which both have a value that could not be
    mistaken for the other's; "plain" says too little to be one.
    """
    for one, other in _ordered_pairs(things):
        for kind in KINDS:
            first, second = one.values[kind], other.values[kind]
            if PATTERNS[0] not in (first, second) and not may_be_mistaken(first, second):
                said = _both(one.category, first, other.category, second)
                yield Swap(said, _both(one.category, second, other.category, first))


def relation_swaps(things: Sequence[Thing]) -> Iterator[Swap]:
    """A swap for each pair of things that stand apart along an axis, told from either of them."""
    for one, other in _ordered_pairs(things):
        for words, axis, sign in RELATIONS:
            if sign * (other.middle[axis] - one.middle[axis]) > APART:
                yield Swap(
                    _related(one.category, words, other.category),
                    _related(other.category, words, one.category),
                )


def read_things(scenes: Path, split: str) -> dict[int, list[Thing]]:
    """Scene → its things, from the files of drawn objects."""
    rows: list[dict[str, Any]] = parquet.read_table(scenes / "objects" / f"{split}.parquet").to_pylist()
    shapes = parquet.read_table(sorted((scenes / "images").glob(f"{split}-*.parquet"))[0], columns=["width"])
    side = int(shapes["width"][0].as_py())
    found: dict[int, list[Thing]] = {}
    for row in rows:
        left, top, width, height = row["bbox"]
        middle = (left + width / 2) / side, (top + height / 2) / side
        values = {kind: row[kind] for kind in KINDS}
        found.setdefault(row["image_id"], []).append(Thing(row["category"], values, middle))
    return found


def _ordered_pairs(things: Sequence[Thing]) -> Iterator[tuple[Thing, Thing]]:
    for one, other in combinations(things, 2):
        yield one, other
        yield other, one


def _both(category: str, value: str, other: str, its: str) -> str:
    return f"{_called(category, value)} and {_called(other, its)}"


def _called(category: str, value: str) -> str:
    return with_article(f"{adjective(value)} {category}")


def _related(one: str, words: str, other: str) -> str:
    return f"{with_article(one)} {words} {with_article(other)}"
