"""What a head gets wrong, and what it gets right where the cosine does not: regions with captions and scores."""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from fg_demo.boxes import Box
from fg_demo.models.registry import ModelRegistry
from heads.kinds.cosine import BASELINE
from leaderboard.benchmarks.at_hand import NotHereError, images_at_hand, is_at_hand
from leaderboard.benchmarks.catalogue import subset_titles
from leaderboard.board.board import Entry
from leaderboard.board.cases import Case, case, errors, fixes, load_samples, scored
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
class PictureGroup:
    """Pictures of one kind under their title."""

    title: str
    pictures: Sequence[Picture]


def cases_html(
    cases: Mapping[str, list[Case]], entry: Entry, subset: str, registry: ModelRegistry | None
) -> str:
    """The entry's cases by their titles, with the scores where the head and its backbone are at hand."""
    scorer = BASELINE.title if entry.record.head.name == BASELINE.name else entry.record.head.name
    on, images = subset_titles([subset]).get(subset, subset), _images(entry)
    return gallery_html(
        [
            part(f"{title}, on {on}", scored(shown, entry, images, registry), images, scorer)
            for title, shown in cases.items()
            if shown
        ]
    )


def gallery_html(parts: Sequence[PictureGroup]) -> str:
    """The parts, each as figures with their captions; a sentence where there is none."""
    return render("gallery", parts=parts)


def part(title: str, cases: Sequence[Case], images: Mapping[str, Image.Image], scorer: str) -> PictureGroup:
    """The cases under a title; `scorer` is the head's name in the scores."""
    return PictureGroup(title, [_picture(one, images[one.sample.image], scorer) for one in cases])


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


def cases_of(entry: Entry, baseline: Entry | None, subset: str) -> dict[str, list[Case]]:
    """What the gallery shows of a head, by the title above it. Raises as `load_samples`."""
    samples = load_samples(entry, subset)
    result = entry.record.subsets[subset]
    before = baseline.record.subsets.get(subset) if baseline and baseline.key != entry.key else None
    parts = {
        "What it gets wrong": errors(result),
        "What it fixes over cosine": fixes(result, before) if before else [],
    }
    return {
        title: [case(entry, baseline, subset, number, samples[number]) for number in numbers]
        for title, numbers in parts.items()
    }


def check_at_hand(cases: Mapping[str, list[Case]], entry: Entry) -> None:
    """Raises NotHereError unless the images of the cases are on this machine."""
    images = _images(entry)
    shown = [one.sample.image for part in cases.values() for one in part]
    missing = [image for image in shown if not is_at_hand(images, image)]
    if missing:
        raise NotHereError(f"{len(missing)} of {len(shown)} images are not on this machine.")


def _images(entry: Entry) -> Mapping[str, Image.Image]:
    return images_at_hand(entry.record.benchmark.name, entry.record.benchmark.split or "test")


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
