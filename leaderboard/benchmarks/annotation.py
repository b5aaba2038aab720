"""One row of a benchmark, checked: an image's region, what describes it, and what nearly does."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from fg_demo.boxes import Box

WHOLE_IMAGE = Box(0.0, 0.0, 1e6, 1e6)
"""A box that holds any image: the crop's rule clips it to the image's edges."""

SIZE_FIELDS = ("width", "height")


@dataclass(frozen=True, slots=True)
class Columns:
    """What a source calls a row's fields.

    `box` is one column of left, top, width, height in pixels, or four columns, or none where the whole image
    is meant. `caption` may hold a list of one, `negatives` a single string.
    """

    image: str = "image_id"
    caption: str = "caption"
    negatives: str = "negatives"
    box: tuple[str, ...] = ("bbox",)
    file_name: str = "file_name"

    @property
    def required(self) -> tuple[str, ...]:
        """The columns that every row has."""
        return (self.image, *self.box, self.caption, self.negatives)


OURS = Columns()
FG_OVD_COLUMNS = Columns("image_id", "pos_expression", "neg_expression", ("bbox",), "img_path")
"""The line-per-box files that 360CVGroup/FG-CLIP evaluates on (data/fgovd)."""
SUGARCREPE_COLUMNS = Columns("filename", "caption", "negative_caption", (), "filename")
OURS_WHOLE = Columns(box=())
"""Ours of whole images."""
ARO_COLUMNS = Columns("image", "true_caption", "false_caption", ("bbox",), "")
ARO_FILE_COLUMNS = Columns(
    "image_path", "true_caption", "false_caption", ("bbox_x", "bbox_y", "bbox_w", "bbox_h"), "image_path"
)


class Row(NamedTuple):
    """A row as its source holds it, and where that is: file and line, or config, split and number."""

    where: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Annotation:
    """A checked row. `xywh` is left, top, width, height in pixels as the row has them, None the whole image;
    `file_name`, `url` and `size` (width, height in pixels) say where the image is, if known.
    """

    image: str
    xywh: tuple[float, float, float, float] | None
    caption: str
    negatives: tuple[str, ...]
    file_name: str = ""
    url: str = ""
    size: tuple[int, int] | None = None

    @property
    def box(self) -> Box:
        """The region in pixels of the upright image."""
        return Box.from_xywh(*self.xywh) if self.xywh else WHOLE_IMAGE


class ImageLocation(NamedTuple):
    """Where an image is to be found: its name in a COCO folder, its address, its size in pixels if known."""

    file_name: str
    url: str
    size: tuple[int, int] | None = None


def annotation(row: Row, known: Sequence[Columns]) -> Annotation:
    """The row's annotation, its fields called as the first of `known` that fits.

    Raises ValueError naming the place, the field, what was expected and what was found.
    """
    columns = _fitting(row, known)
    values = row.values
    size = _size(row)
    return Annotation(
        image=_identifier(row, columns.image),
        xywh=_xywh(row, columns.box, size),
        caption=_caption(row, columns.caption),
        negatives=_negatives(row, columns.negatives),
        file_name=str(values.get(columns.file_name) or ""),
        url=str(values.get("coco_url") or ""),
        size=size,
    )


def _fitting(row: Row, known: Sequence[Columns]) -> Columns:
    for columns in known:
        if all(name in row.values for name in columns.required):
            return columns
    choices = " or ".join(str(list(columns.required)) for columns in known)
    raise ValueError(f"{row.where}: fields: expected {choices}, got {sorted(row.values)}")


def _identifier(row: Row, field: str) -> str:
    value = row.values[field]
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise _wrong(row, field, "a number or a name", value)
    return str(value)


def _xywh(
    row: Row, fields: tuple[str, ...], size: tuple[int, int] | None
) -> tuple[float, float, float, float] | None:
    if not fields:
        return None
    value = row.values[fields[0]] if len(fields) == 1 else [row.values[field] for field in fields]
    if value is None:
        return None
    if isinstance(value, Mapping) and sorted(value) == ["h", "w", "x", "y"]:
        value = [value[edge] for edge in "xywh"]
    field = "/".join(fields)
    numbers = value if isinstance(value, Sequence) and not isinstance(value, str) else []
    if len(numbers) != 4 or not all(_is_number(number) for number in numbers):
        raise _wrong(row, field, "four numbers left, top, width, height", value)
    x, y, width, height = (float(number) for number in numbers)
    if not (width > 0 and height > 0):
        raise _wrong(row, field, "width and height above 0", value)
    if size and not (x < size[0] and y < size[1] and x + width > 0 and y + height > 0):
        raise _wrong(row, field, f"a box that meets its {size[0]} × {size[1]} px image", value)
    return x, y, width, height


def _caption(row: Row, field: str) -> str:
    value = row.values[field]
    if isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 1:
        value = value[0]
    if not isinstance(value, str) or not value.strip():
        raise _wrong(row, field, "one caption", value)
    return value


def _negatives(row: Row, field: str) -> tuple[str, ...]:
    value = row.values[field]
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, Sequence) or not all(isinstance(text, str) and text.strip() for text in texts):
        raise _wrong(row, field, "captions, none of them empty", value)
    return tuple(texts)


def _size(row: Row) -> tuple[int, int] | None:
    width, height = (row.values.get(field) for field in SIZE_FIELDS)
    if width is None or height is None:
        return None
    for field, value in zip(SIZE_FIELDS, (width, height), strict=True):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise _wrong(row, field, "pixels, at least 1", value)
    return width, height


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _wrong(row: Row, field: str, expected: str, actual: object) -> ValueError:
    return ValueError(f"{row.where}: {field}: expected {expected}, got {str(actual)[:200]!r}")
