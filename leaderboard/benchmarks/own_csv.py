"""A benchmark of one's own as one CSV file, a row a region: `image, left, top, right, bottom, caption, negative_1 …`.

Images are files, named from the CSV's folder. Edges are pixels of the upright image, right and bottom exclusive; all
four empty mean the whole image. `negative_1` is needed, `negative_2` and so on may be empty. A column `subset`, when
there is one, parts the rows; without it they are one subset, "all". Rows are numbered as a spreadsheet does: 1 is the
header.
"""

import csv
import math
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from PIL import Image, UnidentifiedImageError

from leaderboard.benchmarks.annotation import Columns, Row
from leaderboard.benchmarks.catalogue import OWN

ENDING = ".csv"
EDGES = ("left", "top", "right", "bottom")
REQUIRED = ("image", *EDGES, "caption", "negative_1")
SUBSET = "subset"
COLUMNS = Columns("image", "caption", "negatives", ("bbox",), "image")
"""What the rows are called once they are read."""
_NEGATIVE = re.compile(r"negative_[1-9]\d?")
_TURNED = (5, 6, 7, 8)
"""EXIF orientations that exchange width and height."""


class Region(NamedTuple):
    """A checked row: `subset` is its name with "own_" before it, `row` what the benchmark's reader takes."""

    subset: str
    row: Row


def read_regions(path: str | Path) -> tuple[Region, ...]:
    """The file's rows in their order.

    Raises ValueError naming file, row and column, what was expected and what is there; FileNotFoundError when
    there is no file.
    """
    file = Path(path)
    if not file.is_file():
        raise FileNotFoundError(f"benchmark: expected a CSV file, found none at {str(path)!r}")
    return _read(file.resolve(), file.name, file.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _read(path: Path, name: str, changed: int) -> tuple[Region, ...]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = _header(name, [cell.strip() for cell in next(reader, [])])
            lines = [(number, cells) for number, cells in enumerate(reader, start=2) if any(cells)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{name}: expected CSV in UTF-8, got something else: {error}") from error
    regions = tuple(_region(path.parent, f"{name}, row {number}", header, cells) for number, cells in lines)
    if not regions:
        raise ValueError(f"{name}: expected at least one row below the header, got none")
    return regions


def _header(name: str, header: list[str]) -> list[str]:
    missing = [column for column in REQUIRED if column not in header]
    if missing:
        raise ValueError(
            f"{name}, row 1: expected the columns {', '.join(REQUIRED)} and further negatives, without "
            f"{', '.join(missing)} got {', '.join(header)[:200] or 'nothing'}"
        )
    for column in header:
        if column not in (*REQUIRED, SUBSET) and not _NEGATIVE.fullmatch(column):
            raise ValueError(
                f"{name}, row 1, column {column}: expected none but {SUBSET} and negative_2 to negative_99"
            )
        if header.count(column) > 1:
            raise ValueError(
                f"{name}, row 1, column {column}: expected once, got {header.count(column)} of them"
            )
    return header


def _region(folder: Path, where: str, header: list[str], cells: list[str]) -> Region:
    if len(cells) != len(header):
        raise ValueError(
            f"{where}: expected {len(header)} cells, as many as the header has, got {len(cells)}"
        )
    values = {column: cell.strip() for column, cell in zip(header, cells, strict=True)}
    for column in ("image", "caption", "negative_1"):
        if not values[column]:
            raise ValueError(f"{where}, column {column}: expected text, got an empty cell")
    negatives = [value for column, value in values.items() if _NEGATIVE.fullmatch(column) and value]
    width, height = _size(folder, where, values["image"])
    edges = _edges(where, values, width, height)
    box = edges and [edges[0], edges[1], edges[2] - edges[0], edges[3] - edges[1]]
    shown = {"image": values["image"], "width": width, "height": height, "bbox": box}
    return Region(
        _subset(where, values), Row(where, {**shown, "caption": values["caption"], "negatives": negatives})
    )


def _size(folder: Path, where: str, image: str) -> tuple[int, int]:
    """Width and height of the upright image."""
    file = folder / image
    if not file.is_file():
        raise ValueError(
            f"{where}, column image: expected a file, named from the CSV's folder, got {image!r}"
        )
    return _size_of(file, f"{where}, column image")


@lru_cache(maxsize=100_000)
def _size_of(file: Path, where: str) -> tuple[int, int]:
    try:
        with Image.open(file) as image:
            turned = image.getexif().get(0x0112) in _TURNED
            return (image.height, image.width) if turned else image.size
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise ValueError(f"{where}: expected an image, got {file.name!r}, which is none") from error


def _edges(where: str, values: Mapping[str, str], width: int, height: int) -> list[float] | None:
    given = [edge for edge in EDGES if values[edge]]
    if not given:
        return None
    for edge in EDGES:
        number = _number(values[edge])
        if number is None:
            raise ValueError(f"{where}, column {edge}: expected pixels, a number, got {values[edge]!r}")
    left, top, right, bottom = edges = [_number(values[edge]) or 0.0 for edge in EDGES]
    for low, high, most, names in ((left, right, width, "left right"), (top, bottom, height, "top bottom")):
        first, second = names.split()
        if not low < high:
            raise ValueError(f"{where}, column {second}: expected more than {first}, {low:g}, got {high:g}")
        if high <= 0 or low >= most:
            raise ValueError(
                f"{where}, column {first}: expected a box on the image, 0 to {most}, got {low:g} to {high:g}"
            )
    return edges


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _subset(where: str, values: Mapping[str, str]) -> str:
    given = values.get(SUBSET, "all")
    name = "own_" + re.sub(r"[^a-z0-9]+", "_", given.lower()).strip("_")
    if not OWN.fullmatch(name):
        raise ValueError(
            f"{where}, column {SUBSET}: expected a name of Latin letters and digits, got {given!r}"
        )
    return name


def most_negatives(regions: tuple[Region, ...]) -> Iterator[tuple[str, int]]:
    """Each subset, in the order in which it first comes, with the largest number of negatives of its rows."""
    for name in dict.fromkeys(region.subset for region in regions):
        yield name, max(len(region.row.values["negatives"]) for region in regions if region.subset == name)
