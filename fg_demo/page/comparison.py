"""What a visitor asks about an image, and what the Compare tab answers: everything but the components themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image

from fg_demo.boxes import Box, crop, shortened, whole
from fg_demo.images import using
from fg_demo.models.adapter import split_name
from fg_demo.models.backbone import Backbone
from fg_demo.models.clip import MINI_CLIP
from fg_demo.models.device import describe
from fg_demo.models.mini_clip_words import unknown_words
from fg_demo.models.registry import ModelRegistry
from fg_demo.page.chart_style import COSINE_COLOUR, HEAD_COLOUR
from fg_demo.page.charts import score_chart
from fg_demo.page.downloads import write_csv
from fg_demo.page.text import csv_table, headline, notice, wide_table
from fg_demo.scores import check_queries, compare, read_queries, true_query
from heads.kinds.cosine import BASELINE

NO_HEAD = "none"
MOST_WORDS = 6
"""Unknown words that a note names."""


@dataclass(frozen=True)
class Question:
    """Which of the queries fits best what is in the box on an image file; no box means all of the image.

    `head` is compared with CLIP's cosine, if there is one. `true` is the query that is known to be right, where
    one is; `repeats` counts the lines that were left out, and `drawn_on` is the width and height of the image
    that the box was drawn on, where the page says so.
    """

    image: Path
    box: Box | None
    queries: tuple[str, ...]
    backbone: str
    head: str | None
    true: str | None = None
    repeats: int = 0
    drawn_on: tuple[int, int] | None = None


@dataclass(frozen=True)
class Answer:
    """The outcome of one comparison, ready to be shown; charts as Vega-Lite."""

    notes: str
    headline: str
    cosine_chart: dict[str, Any]
    head_chart: dict[str, Any] | None
    table: pd.DataFrame
    preview: Image.Image
    caption: str
    csv: Path


def read_question(
    image: object,
    box: object,
    queries: str | Sequence[str],
    backbone: str,
    head: str | None,
    drawn_on: tuple[int, int] | None = None,
) -> Question:
    """The question in what a visitor or a program entered: `box` left, top, right and bottom in pixels or None,
    `queries` one a line or a list.

    Raises ValueError in words when an input is missing or bad; whether the image can be read, and backbone and
    head are offered, is seen when the question is answered.
    """
    if not isinstance(image, str | Path):
        raise ValueError("image: expected one, got none: choose, drop or paste an image, or pick a sample")
    distinct, repeats = read_queries(queries)
    check_queries(distinct)
    return Question(
        image=Path(image),
        box=read_box(box),
        queries=tuple(distinct),
        backbone=backbone,
        head=None if head == NO_HEAD else head,
        true=true_query(queries),
        repeats=repeats,
        drawn_on=drawn_on,
    )


def read_box(edges: object) -> Box | None:
    """The box of four edges in pixels, left, top, right, bottom; None for none.

    Raises ValueError when there are not four numbers or the box has no area.
    """
    if edges is None:
        return None
    numbers = edges if isinstance(edges, list | tuple) else ()
    if len(numbers) != 4 or any(type(edge) not in (int, float) for edge in numbers):
        raise ValueError(f"box: expected four numbers, left, top, right and bottom, got {shortened(edges)}")
    box = Box(*numbers)
    return Box(*map(float, (box.left, box.top, box.right, box.bottom)))


def score(registry: ModelRegistry, question: Question) -> pd.DataFrame:
    """The scores as `compare` gives them. Raises ValueError in words when the question cannot be answered."""
    loaded = registry.backbone(question.backbone)
    with using(question.image) as image:
        return _score(registry, question, image, loaded)


def answer(registry: ModelRegistry, question: Question) -> Answer:
    """What to show for the question. Errors as in `score`."""
    loaded = registry.backbone(question.backbone)
    with using(question.image) as image:
        _check_size(question, image)
        scores = _score(registry, question, image, loaded)
        box = question.box or whole(image)
        preview = loaded.preview(crop(image, box))
    by_scorer = {str(name): rows for name, rows in scores.groupby("scorer", sort=False)}
    cosine = score_chart(by_scorer.pop(BASELINE.title), COSINE_COLOUR, "CLIP’s cosine", question.true)
    charts = [
        score_chart(rows, HEAD_COLOUR, f"Head: {name}", question.true) for name, rows in by_scorer.items()
    ]
    return Answer(
        notes=notice(_notes(question, loaded)),
        headline=headline(scores, question.true),
        cosine_chart=cosine,
        head_chart=charts[0] if charts else None,
        table=wide_table(scores, question.true),
        preview=preview,
        caption=f"{loaded.name} @ {loaded.revision[:12]} on {describe(loaded.device)}",
        csv=write_csv(csv_table(scores, box, question.image.name, loaded.name, loaded.revision)),
    )


def _score(
    registry: ModelRegistry, question: Question, image: Image.Image, backbone: Backbone
) -> pd.DataFrame:
    heads = {} if question.head is None else {question.head: registry.head(question.head, backbone)}
    return compare(image, question.box, question.queries, backbone, heads)


def _check_size(question: Question, image: Image.Image) -> None:
    """Raises ValueError when the box was drawn on an image of another size than the server reads."""
    if question.box and question.drawn_on and question.drawn_on != image.size:
        width, height = question.drawn_on
        raise ValueError(
            f"box: expected one drawn on the {image.width} × {image.height} px of the image, got one drawn on "
            f"{width} × {height} px; choose the image again"
        )


def _notes(question: Question, backbone: Backbone) -> list[str]:
    queries, repeats = question.queries, question.repeats
    notes = []
    if repeats:
        notes.append(f"{repeats} repeated {'line was' if repeats == 1 else 'lines were'} left out.")
    notes += [
        f"“{query[:40]}…” is longer than this backbone reads: only its beginning counts."
        for query in backbone.overlong(queries)
    ]
    unknown = unknown_words(" ".join(queries)) if split_name(backbone.name)[0] == MINI_CLIP else []
    if unknown:
        some = ", ".join(f"“{word[:40]}”" for word in unknown[:MOST_WORDS])
        more = f" and {len(unknown) - MOST_WORDS} more" if len(unknown) > MOST_WORDS else ""
        notes.append(f"{MINI_CLIP} has not learned {some}{more}: it scores as if other words stood there.")
    return notes
