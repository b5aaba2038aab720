"""What a visitor asks about an image, and what the Compare tab answers: everything but the components themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from PIL import Image

from fg_demo.boxes import Box, crop, shortened, whole
from fg_demo.images import using
from fg_demo.models.adapter import split_name
from fg_demo.models.backbone import Backbone
from fg_demo.models.cached import CachedBackbone
from fg_demo.models.clip import MINI_CLIP
from fg_demo.models.device import describe
from fg_demo.models.mini_clip_words import unknown_words
from fg_demo.models.registry import ModelRegistry
from fg_demo.page.text import headline, notice, numbers, seen, shown_names, spoken, verdicts
from fg_demo.score_bars.component import Bars, bars_of
from fg_demo.scores import (
    ADAPTED,
    Scored,
    check_queries,
    frame,
    read_queries,
    score_region,
    true_query,
)
from fg_demo.verdicts import MeanCrop, Verdicts, beside, judge
from heads.head import Head
from heads.kinds.cosine import BASELINE, CosineHead

NO_HEAD = "none"
MOST_HEADS = 4
"""Heads beside one another: more columns cannot be read."""
MOST_CONTEXT = 2
MOST_WORDS = 6
"""Unknown words that a note names."""


@dataclass(frozen=True)
class Question:
    """Which of the queries fits best what is in the box on an image file; no box means all of the image.

    `heads` are compared with CLIP's cosine, if there are any. `true` is the query that is known to be right, where
    one is; `repeats` counts the lines that were left out, and `drawn_on` is the width and height of the image
    that the box was drawn on, where the page says so. The crop is the box times `context` about its centre.
    """

    image: Path
    box: Box | None
    queries: tuple[str, ...]
    backbone: str
    heads: tuple[str, ...]
    true: str | None = None
    repeats: int = 0
    drawn_on: tuple[int, int] | None = None
    context: float = 1.0


@dataclass(frozen=True)
class Answer:
    """The outcome of one comparison, ready to be shown: HTML, the bars' scores, and a file of them."""

    notes: str
    headline: str
    bars: Bars
    numbers: str
    verdicts: str
    seen: str


def read_question(
    image: object,
    box: object,
    queries: str | Sequence[str],
    backbone: str,
    heads: str | Sequence[str] | None,
    drawn_on: tuple[int, int] | None = None,
    context: float = 1.0,
) -> Question:
    """The question in what a visitor or a program entered: `box` left, top, right and bottom in pixels or None,
    `queries` one a line or a list, `heads` a name, several, or none.

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
        heads=read_heads(heads),
        true=true_query(queries),
        repeats=repeats,
        drawn_on=drawn_on,
        context=read_context(context),
    )


def read_context(context: float) -> float:
    """The context. Raises ValueError when it is not 1 to `MOST_CONTEXT`."""
    if not 1 <= context <= MOST_CONTEXT:
        raise ValueError(f"context: expected 1 to {MOST_CONTEXT} times the box, got {context:g}")
    return context


def read_heads(heads: str | Sequence[str] | None) -> tuple[str, ...]:
    """The heads by name, each once; none of `NO_HEAD` or None. Raises ValueError when there are too many."""
    named = [heads] if isinstance(heads, str) else heads or []
    chosen = tuple(dict.fromkeys(name for name in named if name != NO_HEAD))
    if len(chosen) > MOST_HEADS:
        raise ValueError(f"heads: expected at most {MOST_HEADS}, got {len(chosen)}")
    return chosen


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


@dataclass(frozen=True)
class Models:
    """What answers a question: the backbone, what it is an adaptation of if it is one, and the heads by name."""

    backbone: CachedBackbone
    base: CachedBackbone | None
    heads: dict[str, Head]


def models_of(registry: ModelRegistry, question: Question) -> Models:
    """Those that the question names. Raises ValueError in words when one is not offered or cannot be had."""
    loaded = registry.backbone(question.backbone)
    heads = {name: registry.head(name, loaded) for name in question.heads}
    return Models(loaded, registry.base_of(loaded), heads)


def scored(question: Question, image: Image.Image, models: Models) -> Scored:
    """What the scorers say of the question about its image. Raises ValueError when the question cannot be answered."""
    queries, around = question.queries, question.context
    return score_region(image, question.box, queries, models.backbone, models.heads, around, models.base)


def score(registry: ModelRegistry, question: Question) -> pd.DataFrame:
    """The scores as `compare` gives them. Raises ValueError in words when the question cannot be answered."""
    models = models_of(registry, question)
    with using(question.image) as image:
        return frame(question.queries, scored(question, image, models))


def answer(registry: ModelRegistry, question: Question, mean_crop: MeanCrop | None = None) -> Answer:
    """What to show for the question; without a mean crop, no verdicts. Errors as in `score`."""
    models = models_of(registry, question)
    loaded = models.backbone
    with using(question.image) as image:
        check_size(question, image)
        found = scored(question, image, models)
        region = crop(image, question.box or whole(image), question.context)
        preview = loaded.preview(region)
        judged = mean_crop and _judged(question, region, models, mean_crop)
    scores = frame(question.queries, found)
    names = shown_names(found.scorers, loaded.name)
    scales = dict(zip(found.scorers, found.logit_scales.tolist(), strict=True))
    return Answer(
        notes=notice(_notes(question, loaded)),
        headline=headline(scores, question.true, loaded.name),
        bars=bars_of(scores, question.true, scales, names),
        numbers=numbers(scores, names, question.true),
        verdicts=judged or "",
        seen=seen(preview, f"{loaded.name} @ {loaded.revision[:12]} on {describe(loaded.device)}"),
    )


def _judged(question: Question, region: Image.Image, models: Models, mean_crop: MeanCrop) -> str:
    """What the scorers do beside ranking, as HTML; nothing where no description is known to be true."""
    true, backbone, base = question.true, models.backbone, models.base
    if true is None or len(question.queries) < 2:
        return ""

    def judged(by: CachedBackbone, cosine: str, heads: Mapping[str, Head]) -> Verdicts:
        scorers = {cosine: CosineHead(logit_scale=by.logit_scale), **heads}
        return judge(region, true, question.queries, by, scorers, mean_crop)

    found = judged(backbone, BASELINE.title if base is None else ADAPTED, models.heads)
    scorers = [BASELINE.title, *([] if base is None else [ADAPTED]), *models.heads]
    if base is not None:
        found = beside(judged(base, BASELINE.title, {}), found)
    return verdicts(found, [spoken(name, backbone.name) for name in scorers], len(question.queries))


def check_size(question: Question, image: Image.Image) -> None:
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
