"""What a head gets wrong, and what it gets right where the cosine does not: regions with captions and scores."""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from fg_demo.boxes import Box
from leaderboard.board.cases import Case
from leaderboard.page.templates import render

WIDTH = 420
"""px of a picture."""


@dataclass(frozen=True)
class CaptionScores:
    """A caption with its score by each scorer."""

    caption: str
    scores: Sequence[float]
    is_true: bool


@dataclass(frozen=True)
class Picture:
    """A case with its image as a data address, and what it was `taken_for`, empty where it was not or nobody knows."""

    case: Case
    address: str
    taken_for: str
    scorers: Sequence[str]
    scores: Sequence[CaptionScores]


@dataclass(frozen=True)
class Part:
    """Pictures of one kind under their title."""

    title: str
    pictures: Sequence[Picture]


def gallery_html(parts: Sequence[Part]) -> str:
    """The parts, each as figures with their captions; a sentence where there is none."""
    return render("gallery", parts=parts)


def part(title: str, cases: Sequence[Case], images: Mapping[str, Image.Image], scorer: str) -> Part:
    """The cases under a title; `scorer` is the head's name in the scores."""
    return Part(title, [_picture(one, images[one.sample.image], scorer) for one in cases])


def picture(image: Image.Image, box: Box) -> str:
    """The image with the box drawn on it, small, as a data address."""
    scale = WIDTH / image.width
    small = image.resize((WIDTH, max(1, round(image.height * scale))))
    draw = ImageDraw.Draw(small)
    edges = [round(edge * scale) for edge in (box.left, box.top, box.right, box.bottom)]
    for width, colour in ((6, "white"), (3, "#d55e00")):
        draw.rectangle(edges, outline=colour, width=width)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=82)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def _picture(one: Case, image: Image.Image, scorer: str) -> Picture:
    taken = one.best(scorer) if one.rank > 1 else None
    scorers, rows = _scores(one)
    return Picture(one, picture(image, one.sample.box), taken or "", scorers, rows)


def _scores(one: Case) -> tuple[list[str], list[CaptionScores]]:
    """The scorers, and each caption with their scores; none where they cannot be had."""
    if one.scores is None:
        return [], []
    wide = one.scores.pivot_table(index="query", columns="scorer", values="score", sort=False)
    rows = [
        CaptionScores(str(query), list(row), query == one.sample.positive) for query, row in wide.iterrows()
    ]
    return list(map(str, wide.columns)), rows
