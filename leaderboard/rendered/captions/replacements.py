"""What may stand in a caption instead of a value, and how often.

From FG-OVD's generation (Bianchi et al., CVPR 2024, arXiv 2311.17518; repository lorebianchi98/FG-OVD,
captions_generation/): a colour is never replaced by a shade of itself, nor by a colour of the same ambiguity group.

Its draws are not followed. There every colour that is allowed is as likely, so one of many groups is seldom put in,
and seeing it gives a positive away without a look at the image. Here replacing leaves the distribution of captions
as it is: what positives say, negatives say as often.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from fg_demo.lookalikes.vocabulary import family, may_be_mistaken
from leaderboard.rendered.vocabulary import COLORS, MATERIALS, PATTERNS, TRANSPARENCIES

KINDS: dict[str, tuple[str, ...]] = {
    "color": ("color", "part_color"),
    "material": ("material", "part_material"),
    "pattern": ("pattern",),
    "transparency": ("transparency",),
}
"""Kind of attribute → the slots of a caption that hold one."""

VALUES: dict[str, tuple[str, ...]] = {
    "color": tuple(COLORS),
    "material": MATERIALS,
    "pattern": PATTERNS,
    "transparency": TRANSPARENCIES,
}
KIND_OF = {slot: kind for kind, slots in KINDS.items() for slot in slots}
SCALINGS = 200
"""Many times what the weights need to settle."""

Weights = dict[str, dict[str, float]]
"""Value → what may replace it → weight in a random draw."""


class Replacements:
    """What may replace the values that captions say, in proportion to how often those captions say them.

    Weights are symmetric, and a value's sum is its frequency: it is put in as often as it is taken out.
    """

    def __init__(self, captions: Iterable[Mapping[str, str]] = ()):
        """`captions`: slot → value of each; none makes all values alike."""
        said = Counter(item for attributes in captions for item in attributes.items())
        self._weights = {
            (slot, left_out): _weights(slot, left_out, said)
            for slot in KIND_OF
            for left_out in _left_out(slot)
        }

    def of(self, slot: str, said: Mapping[str, str]) -> dict[str, float]:
        """What may stand in `slot` of a caption that says `said` (slot → value) → its weight in a random draw.

        Values of the same type that could not be mistaken for the one that is said; none that gives body and part
        one hue or one material, which nothing drawn has.
        """
        value = said[slot]
        beside = {family(said[other]) for other in KINDS[KIND_OF[slot]] if other != slot and other in said}
        left_out = beside.pop() if beside - {family(value)} else None
        return self._weights[slot, left_out][value]


def symmetric_weights(
    values: Sequence[str], frequency: Sequence[int], excluded: Callable[[str, str], bool]
) -> Weights:
    """Symmetric weights for all pairs that are not `excluded`, the sum of each value's its `frequency`.

    They are d[a] · d[b], with d found by scaling rows and columns in turn (Sinkhorn). Where no weights have these
    sums, as with a value more frequent than all others together, the sums are what the last step left.
    """
    allowed = np.array([[not excluded(one, other) for other in values] for one in values], float)
    scale = np.ones(len(values))
    for _ in range(SCALINGS):
        scale = np.sqrt(scale * frequency / (allowed @ scale))
    return {
        one: {other: float(weight) for other, weight in zip(values, row, strict=True) if weight}
        for one, row in zip(values, allowed * np.outer(scale, scale), strict=True)
    }


def _weights(slot: str, left_out: str | None, said: Counter[tuple[str, str]]) -> Weights:
    """Those of the slot's values that are not of the family `left_out`."""
    values = [value for value in VALUES[KIND_OF[slot]] if family(value) != left_out]
    return symmetric_weights(values, [1 + said[slot, value] for value in values], may_be_mistaken)


def _left_out(slot: str) -> set[str | None]:
    """The families that the other slot of the kind can hold; None is for a caption without that slot."""
    kind = KIND_OF[slot]
    return {None, *map(family, VALUES[kind])} if len(KINDS[kind]) > 1 else {None}
