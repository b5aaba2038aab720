"""Where the names of a chart's points stand, so that no name covers another name or a point."""

from collections.abc import Iterable, Sequence
from typing import Literal

HEIGHT = 330.0
"""Of the plot, px."""
PLOT_WIDTHS = ((230.0, 0.0, 520.0), (520.0, 520.0, 900.0), (900.0, 900.0, 1e5))
"""px, of a phone, a tablet and a desk: the width that names are placed for, and from which to which they are seen."""
LETTER, LINE, GAP, DOT = 6.6, 15.0, 11.0, 8.0
Place = tuple[Literal["left", "right"], int]
SIDES: tuple[Place, ...] = (("left", -9), ("left", 13), ("right", -9), ("right", 13))
"""How a name is aligned and how far it is moved down, px: it begins right of its point, or ends left of it."""

Rectangle = tuple[float, float, float, float]


def label_places(
    points: Sequence[tuple[float, float]], names: Sequence[str], plot: float
) -> list[Place | None]:
    """The alignment and shift of each point's name in a plot `plot` px wide, None where there is no room.

    `points` are in parts of the plot, (0, 0) its upper left corner. Earlier names are placed first.
    """
    dots = [_around(x * plot, y * HEIGHT) for x, y in points]
    taken: list[Rectangle] = []
    places: list[Place | None] = []
    for number, ((x, y), name) in enumerate(zip(points, names, strict=True)):
        others = [*taken, *dots[:number], *dots[number + 1 :]]
        # Towards the middle first: on a narrow page the plot is no wider than some names.
        sides = SIDES if x < 0.5 else (*SIDES[2:], *SIDES[:2])
        place = next((side for side in sides if _is_free(_box(x, y, name, side, plot), others, plot)), None)
        places.append(place)
        if place:
            taken.append(_box(x, y, name, place, plot))
    return places


def _box(x: float, y: float, name: str, side: Place, plot: float) -> Rectangle:
    align, shift = side
    width, middle = LETTER * len(name), y * HEIGHT + shift
    left = x * plot + GAP if align == "left" else x * plot - GAP - width
    return left, middle - LINE / 2, left + width, middle + LINE / 2


def _around(x: float, y: float) -> Rectangle:
    return x - DOT, y - DOT, x + DOT, y + DOT


def _is_free(box: Rectangle, others: Iterable[Rectangle], plot: float) -> bool:
    left, top, right, bottom = box
    if left < 0 or right > plot:
        return False
    return not any(left < r and l < right and top < b and t < bottom for l, t, r, b in others)  # noqa: E741
