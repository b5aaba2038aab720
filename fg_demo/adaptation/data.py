"""What is trained on: clips of events, or regions, each with a caption, negatives and the files of its frames.

VidSitu's clips have 5 events of 4 frames, as published. A region is a clip of one event and one frame, the **image-only
reduction**: of the losses, the first and its negatives are left.
"""

import csv
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from jaxtyping import Bool, Float, Int
from PIL import Image
from torch import Tensor

from fg_demo.adaptation.captions import Template, event_caption
from fg_demo.adaptation.negatives import VerbFrames, made_negatives
from fg_demo.adaptation.vidsitu import VidSitu
from fg_demo.boxes import Box, crop
from fg_demo.images import decode
from heads.io.system_files import is_system_file

FRAMES_OF_AN_EVENT = 4
EDGES = ("left", "top", "right", "bottom")
_NEGATIVE = re.compile(r"negative_[1-9]\d?")


@dataclass(frozen=True, slots=True)
class Frame:
    """An image file, and the box of it that is meant; None: all of it."""

    path: Path
    box: Box | None = None

    def image(self) -> Image.Image:
        """The pixels, upright and RGB. Raises ValueError, naming the file, when it is no image."""
        try:
            whole = decode(self.path.read_bytes(), self.path.name)
        except (OSError, ValueError) as error:
            raise ValueError(f"{self.path}: {error}") from error
        return whole if self.box is None else crop(whole, self.box)


@dataclass(frozen=True, slots=True)
class Moment:
    """An event as it is trained on: its frames, what it is told as, and what it might wrongly be told as."""

    frames: tuple[Frame, ...]
    caption: str
    negatives: tuple[str, ...] = ()


@dataclass(frozen=True)
class AdaptationData:
    """Clips with `events` places for moments of `frames` frames each, None where a clip has no event.

    `about` says what it is; `left_out` what was left out of it: reason → count. Raises ValueError without any clip.
    """

    clips: tuple[tuple[Moment | None, ...], ...]
    events: int
    frames: int
    about: str
    left_out: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.clips:
            found = "; ".join(f"{count:,} {reason}" for reason, count in self.left_out.items())
            raise ValueError(f"{self.about}: expected at least one clip, got none{found and f' ({found})'}")

    def moments(self) -> Iterator[Moment]:
        """All moments, in order."""
        return (moment for clip in self.clips for moment in clip if moment is not None)

    def by_negatives(self) -> tuple["AdaptationData | None", "AdaptationData | None"]:
        """The clips with a negative among their moments, and those without any, which in a file of regions are whole
        images and their captions; None where there are none.
        """
        among: dict[bool, list[tuple[Moment | None, ...]]] = {True: [], False: []}
        for clip in self.clips:
            among[any(moment is not None and moment.negatives for moment in clip)].append(clip)
        with_any, without = (
            replace(self, clips=tuple(chosen)) if chosen else None for chosen in among.values()
        )
        return with_any, without

    def captions(self) -> dict[str, int]:
        """Each distinct caption and negative, and its number."""
        texts = (text for moment in self.moments() for text in (moment.caption, *moment.negatives))
        return {text: number for number, text in enumerate(dict.fromkeys(texts))}

    def table(self, number_of: Mapping[str, int]) -> "CaptionTable":
        """Which captions belong to which moment, by the numbers that they have."""
        most = max((len(moment.negatives) for moment in self.moments()), default=0)
        caption = torch.zeros(len(self.clips), self.events, dtype=torch.long)
        negatives = torch.zeros(len(self.clips), self.events, most, dtype=torch.long)
        mask = torch.zeros(len(self.clips), self.events, most, dtype=torch.bool)
        there = torch.zeros(len(self.clips), self.events, dtype=torch.bool)
        for row, clip in enumerate(self.clips):
            for place, moment in enumerate(clip):
                if moment is not None:
                    there[row, place] = True
                    caption[row, place] = number_of[moment.caption]
                    numbers = [number_of[text] for text in moment.negatives]
                    negatives[row, place, : len(numbers)] = torch.tensor(numbers, dtype=torch.long)
                    mask[row, place, : len(numbers)] = True
        return CaptionTable(caption, negatives, mask, there)


@dataclass(frozen=True, slots=True)
class CaptionTable:
    """For each clip and event, the number of its caption and of its negatives, and which of these are there."""

    caption: Int[Tensor, "c p"]
    negatives: Int[Tensor, "c p k"]
    mask: Bool[Tensor, "c p k"]
    there: Bool[Tensor, "c p"]


def vidsitu_data(
    read: VidSitu, folder: str | Path, frames: VerbFrames, template: Template, made: int, seed: int
) -> AdaptationData:
    """The clips of which `folder` holds a folder of frames, in the order of their names, `made` negatives an event."""
    rng = random.Random(seed)
    clips, missing = [], 0
    for clip in read.clips:
        files = frame_files(Path(folder) / clip.name)
        moments: list[Moment | None] = [None] * clip.parts
        for place, event in zip(clip.places, clip.events, strict=True):
            negatives = [event_caption(one, template) for one in made_negatives(event, frames, made, rng)]
            shown = frames_of_part(files, place, clip.parts)
            moments[place] = Moment(shown, event_caption(event, template), tuple(negatives))
        missing += not files
        clips += [tuple(moments)] if files else []
    odd = {**read.left_out, **({"clips without a folder of frames": missing} if missing else {})}
    named = "/".join(Path(folder).parts[-2:])  # the rest is of one machine, and cards are for all
    return AdaptationData(tuple(clips), 5, FRAMES_OF_AN_EVENT, f"VidSitu in {named}", odd)


def frame_files(folder: Path) -> list[Path]:
    """The files of a clip's frames in the order of their names; none when the folder is not there."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_file() and not is_system_file(path.name))


def frames_of_part(files: Sequence[Path], part: int, parts: int) -> tuple[Frame, ...]:
    """The frames at the middles of `FRAMES_OF_AN_EVENT` equal stretches of a part of the clip; none of no files."""
    middles = [(part + (k + 0.5) / FRAMES_OF_AN_EVENT) / parts for k in range(FRAMES_OF_AN_EVENT)]
    return tuple(Frame(files[int(middle * len(files))]) for middle in middles) if files else ()


def read_regions(path: str | Path) -> AdaptationData:
    """The regions of a CSV file of the form that `python -m leaderboard` takes as a benchmark: image, left, top, right,
    bottom (all four empty: the whole image), caption, negative_1 and so on, which may be empty here.

    Raises FileNotFoundError when there is none, ValueError naming row and column.
    """
    file = Path(path)
    if not file.is_file():
        raise FileNotFoundError(f"regions: expected a CSV file, found none at {str(path)!r}")
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            missing = sorted({"image", *EDGES, "caption"} - set(reader.fieldnames or ()))
            if missing:
                raise ValueError(f"{file.name}, row 1: expected the column {missing[0]}, found none")
            rows = [
                _region(file.parent, f"{file.name}, row {number}", row)
                for number, row in enumerate(reader, 2)
            ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{file.name}: expected CSV in UTF-8, got something else: {error}") from error
    return AdaptationData(tuple((row,) for row in rows), 1, 1, f"regions of {file.name}")


def _region(folder: Path, where: str, row: Mapping[str, str | None]) -> Moment:
    cells = {name: (cell or "").strip() for name, cell in row.items() if isinstance(cell, str | None)}
    for column in ("image", "caption"):
        if not cells[column]:
            raise ValueError(f"{where}, column {column}: expected text, got an empty cell")
    file = folder / cells["image"]
    if not file.is_file():
        raise ValueError(
            f"{where}, column image: expected a file, named from the CSV's folder, got {cells['image']!r}"
        )
    given = [cells[name] for name in EDGES]
    box = _box(where, given) if any(given) else None
    negatives = dict.fromkeys(
        text for name, text in cells.items() if _NEGATIVE.fullmatch(name or "") and text
    )
    negatives.pop(cells["caption"], None)
    return Moment((Frame(file, box),), cells["caption"], tuple(negatives))


def _box(where: str, given: Sequence[str]) -> Box:
    try:
        return Box(*map(float, given))
    except ValueError as error:
        raise ValueError(f"{where}, columns {', '.join(EDGES)}: {error}") from error


def stacked(rows: Sequence[Float[Tensor, "*m"]], there: Bool[Tensor, "b p"]) -> Float[Tensor, "b p *m"]:
    """What belongs to the events that are there, in order, each at its place; zeros elsewhere."""
    full = rows[0].new_zeros(*there.shape, *rows[0].shape)
    full[there] = torch.stack(list(rows))
    return full
