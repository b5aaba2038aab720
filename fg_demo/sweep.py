"""Every value of a kind of attribute at once: one description with each colour, or each colour in each material."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from PIL import Image

from fg_demo.boxes import Box
from fg_demo.lookalikes.attributes import find_attributes
from fg_demo.lookalikes.vocabulary import VALUES
from fg_demo.lookalikes.writing import with_value
from fg_demo.models.backbone import Backbone
from fg_demo.scores import Scored, score_region
from heads.head import Head

SWEEPS: dict[str, tuple[str, ...]] = {kind: (kind,) for kind in VALUES} | {
    "color-material": ("color", "material")
}
"""Name of a sweep → the kinds that it goes through."""


@dataclass(frozen=True)
class Sweep:
    """The values of the first kind, `rows`, and those of the second, `columns`, one empty one where there is no second;
    `texts` are row by row, as `scored` has them; `own` is the place of the values that the description names.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    texts: tuple[str, ...]
    own: int | None
    scored: Scored


def swept(
    description: str, name: str, without: Collection[str] = ()
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Rows, columns and texts of the sweep, the values `without` left out. Raises ValueError when the name is none of
    `SWEEPS`.
    """
    if name not in SWEEPS:
        raise ValueError(f"sweep: expected one of {', '.join(SWEEPS)}, got {name[:40]!r}")
    kinds = SWEEPS[name]
    rows, *more = [tuple(value for value in VALUES[kind] if value not in without) for kind in kinds]
    if not more:
        return rows, ("",), tuple(with_value(description, kinds[0], value) for value in rows)
    # The second kind first: where both are added, the colour stands before the material.
    bases = [with_value(description, kinds[1], value) for value in more[0]]
    return rows, more[0], tuple(with_value(base, kinds[0], value) for value in rows for base in bases)


def sweep(
    image: Image.Image,
    box: Box | None,
    description: str,
    name: str,
    backbone: Backbone,
    heads: Mapping[str, Head],
    context: float = 1.0,
    without: Collection[str] = (),
    base: Backbone | None = None,
) -> Sweep:
    """What the scorers say of the region for each value. Raises ValueError as `swept` and `score_region` do."""
    rows, columns, texts = swept(description, name, without)
    scored = score_region(image, box, texts, backbone, heads, context, base)
    return Sweep(rows, columns, texts, _own(description, SWEEPS[name], rows, columns), scored)


def _own(description: str, kinds: Sequence[str], rows: Sequence[str], columns: Sequence[str]) -> int | None:
    """Where the values stand that the description names of these kinds; None where it lacks one."""
    said = {one.kind: one.value for one in reversed(find_attributes(description))}
    if not set(kinds) <= set(said) or any(said[kind] not in (*rows, *columns) for kind in kinds):
        return None
    column = columns.index(said[kinds[1]]) if len(kinds) > 1 else 0
    return rows.index(said[kinds[0]]) * len(columns) + column
