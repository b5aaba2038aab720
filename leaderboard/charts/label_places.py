"""Where the names of a chart's points stand, so that no name covers another name or a point."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from fg_demo.models.adapter import without_backbone
from leaderboard.board.trade_off import Point

MOST_NAMES, LONGEST_NAME = 40, 40
"""More names than this would cover the points; the letters of one."""

HEIGHT = 330.0
"""Of the plot, px."""
PLOT_WIDTHS = ((230.0, 0.0, 520.0), (520.0, 520.0, 900.0), (900.0, 900.0, 1e5))
"""px, of a phone, a tablet and a desk: the width that names are placed for, and from which to which they are seen."""
LETTER, LINE, GAP, DOT = 6.6, 15.0, 11.0, 8.0
Place = tuple[Literal["left", "right"], int]
SIDES: tuple[Place, ...] = (("left", -9), ("left", 13), ("right", -9), ("right", 13))
"""How a name is aligned and how far it is moved down, px: it begins right of its point, or ends left of it."""

Rectangle = tuple[float, float, float, float]


def placed_names(
    points: Sequence[Point], parts: Sequence[tuple[float, float]], chosen: str
) -> list[dict[str, Any]]:
    """The points with their names and where these stand: those that have room, the chosen one's and the front's first.

    `parts` are the points in parts of the plot, (0, 0) its upper left corner. A name is placed for each of
    `PLOT_WIDTHS`, from its `least` to `below`, since the page gives the chart what room it has.
    """
    order = sorted(range(len(points)), key=lambda n: (points[n]["key"] != chosen, not points[n]["front"]))
    first = order[:MOST_NAMES]
    names = short_names([points[number] for number in first])
    rows = [{**points[number], "name": name} for number, name in zip(first, names, strict=True)]
    at = [parts[number] for number in first]
    return [row for widths in PLOT_WIDTHS for row in _placed(rows, at, *widths)]


def short_names(points: Sequence[Point]) -> list[str]:
    """Each head's name without its backbone's, which the colour tells; with the stage where two would read alike."""
    names = [(without_backbone(point["name"], point["backbone"]), point["origin"]) for point in points]
    often = Counter(names)
    return [
        (f"{name[0]} · {point['stage']}" if often[name] > 1 and point["stage"] else name[0])[:LONGEST_NAME]
        for name, point in zip(names, points, strict=True)
    ]


def _placed(
    rows: Sequence[Point], at: Sequence[tuple[float, float]], plot: float, least: float, below: float
) -> Iterator[dict[str, Any]]:
    """The rows whose names have room in a plot `plot` px wide, each with where its name stands."""
    places = label_places(at, [row["name"] for row in rows], plot)
    for row, place in zip(rows, places, strict=True):
        if place:
            align, down = place
            right = GAP if align == "left" else -GAP
            yield {**row, "align": align, "right": right, "down": down, "least": least, "below": below}


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
        place = next(
            (side for side in sides if is_free(name_box(x, y, name, side, plot), others, plot)), None
        )
        places.append(place)
        if place:
            taken.append(name_box(x, y, name, place, plot))
    return places


def name_box(x: float, y: float, name: str, side: Place, plot: float) -> Rectangle:
    """Left, top, right and bottom of a name at a point, in px."""
    align, shift = side
    width, middle = LETTER * len(name), y * HEIGHT + shift
    left = x * plot + GAP if align == "left" else x * plot - GAP - width
    return left, middle - LINE / 2, left + width, middle + LINE / 2


def _around(x: float, y: float) -> Rectangle:
    return x - DOT, y - DOT, x + DOT, y + DOT


def is_free(box: Rectangle, others: Iterable[Rectangle], plot: float) -> bool:
    """Whether the box lies within the plot and covers none of the others."""
    left, top, right, bottom = box
    if left < 0 or right > plot:
        return False
    return not any(left < r and l < right and top < b and t < bottom for l, t, r, b in others)  # noqa: E741
