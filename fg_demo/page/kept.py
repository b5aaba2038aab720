"""Boxes that are kept by their names: one more of them, and those that a link brings."""

from collections.abc import Sequence

from fg_demo.box_drawer.component import Drawing, KeptBox
from fg_demo.boxes import Box
from fg_demo.page.comparison import read_box, read_context
from fg_demo.page.taking.link import KeptLink

MOST_BOXES = 8
LONGEST_NAME = 60
WHOLE = "Whole image"
"""What the row of the whole image is called, and no box."""


def with_one_more(drawing: Drawing | None, name: str) -> list[KeptBox]:
    """The boxes that are kept and the one that is drawn, by a name of its own. Raises ValueError in words when none is
    drawn, or too many would be kept.
    """
    if drawing is None or drawing.image is None or drawing.box is None:
        raise ValueError("box: expected one drawn on the image, got none")
    wanted = _tidy(name) or f"Box {len(drawing.kept) + 1}"
    taken = {WHOLE, *(one.name for one in drawing.kept)}
    names = (wanted, *(f"{wanted} ({n})" for n in range(2, len(taken) + 3)))
    found = next(one for one in names if one not in taken)
    return _no_more(
        [*drawing.kept, KeptBox(name=found, box=list(drawing.box), context=drawing.context)],
    )


def with_found(kept: Sequence[KeptBox], what: str, boxes: Sequence[Box]) -> list[KeptBox]:
    """The boxes that are kept and those that were found, best first, as "mug 1", "mug 2" …; one that is kept already is
    not added, nor one for which there is no room. Raises ValueError in words when there is none for any.
    """
    edges = [[float(edge) for edge in (box.left, box.top, box.right, box.bottom)] for box in boxes]
    fresh = [one for one in edges if one not in [other.box for other in kept]]
    room = MOST_BOXES - len(kept)
    if fresh and not room:
        raise ValueError(
            f"boxes: expected at most {MOST_BOXES}, and so many are kept; forget some of them first"
        )
    taken = {WHOLE, *(one.name for one in kept)}
    stem = _tidy(what)[: LONGEST_NAME - len(f" {2 * MOST_BOXES}")]
    names = (f"{stem} {number}" for number in range(1, 2 * MOST_BOXES + 1))
    free = (name for name in names if name not in taken)
    return [*kept, *(KeptBox(name=next(free), box=one) for one in fresh[:room])]


def read_kept(kept: Sequence[KeptLink]) -> list[KeptBox]:
    """The boxes of a link. Raises ValueError in words when one has no name of its own, no box or no context, or there
    are too many.
    """
    boxes: list[KeptBox] = []
    for one in kept:
        box, name = read_box(one.box), _tidy(one.name)
        taken = [WHOLE, *(other.name for other in boxes)]
        if not name or name in taken or box is None:
            raise ValueError(
                f"kept: expected a name of its own for each box, got {one.name[:LONGEST_NAME]!r}"
            )
        edges = [box.left, box.top, box.right, box.bottom]
        boxes.append(KeptBox(name=name, box=edges, context=read_context(one.context)))
    return _no_more(boxes)


def kept_links(kept: Sequence[KeptBox]) -> tuple[KeptLink, ...]:
    """The boxes as a link has them."""
    return tuple(KeptLink(one.name, tuple(one.box), one.context) for one in kept)


def _tidy(name: str) -> str:
    return " ".join(name.split())[:LONGEST_NAME]


def _no_more(boxes: list[KeptBox]) -> list[KeptBox]:
    if len(boxes) > MOST_BOXES:
        raise ValueError(f"boxes: expected at most {MOST_BOXES}, got {len(boxes)}")
    return boxes
