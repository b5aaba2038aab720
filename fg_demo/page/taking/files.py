"""The scores of a comparison as files, and the lines of Python that give them again."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fg_demo.boxes import Box
from fg_demo.models.adapter import split_name
from fg_demo.page.comparison import Question
from fg_demo.page.samples import SAMPLES_FOLDER
from heads.load import shipped_heads
from heads.vetting.plain_text import spreadsheet_text


@dataclass(frozen=True)
class ScoredQuestion:
    """A question with its scores as `compare` gives them, the box that was looked at, and the backbone's commit."""

    question: Question
    scores: pd.DataFrame
    box: Box
    revision: str


def csv_text(scored: ScoredQuestion) -> str:
    """The scores as CSV, each row with what it belongs to; no text of it is a formula."""
    question = scored.question
    return csv_table(
        scored.scores, scored.box, question.image.name, question.backbone, scored.revision
    ).to_csv(index=False)


def csv_table(scores: pd.DataFrame, box: Box, image: str, backbone: str, revision: str) -> pd.DataFrame:
    """The scores with what they belong to: image file, box in pixels, backbone and its revision; no text of it is
    a formula.
    """
    texts = {name: [spreadsheet_text(text) for text in scores[name]] for name in ("query", "scorer")}
    return scores.assign(
        **texts,
        image=spreadsheet_text(image),
        left=box.left,
        top=box.top,
        right=box.right,
        bottom=box.bottom,
        backbone=backbone,
        backbone_revision=revision,
    )


def json_text(scored: ScoredQuestion) -> str:
    """The scores as JSON: what was asked once, then a row a description and scorer."""
    question, box = scored.question, scored.box
    asked: dict[str, Any] = {
        "image": question.image.name,
        "box": [box.left, box.top, box.right, box.bottom],
        "context": question.context,
        "backbone": question.backbone,
        "backbone_revision": scored.revision,
        "true": question.true,
        "scores": scored.scores.to_dict("records"),
    }
    return json.dumps(asked, indent=2, ensure_ascii=False) + "\n"


def python_text(question: Question) -> str:
    """Lines of Python that print the same table in a checkout of this project, or where it is installed.

    A head that does not ship is loaded by its name too: of its repository or folder.
    """
    heads = question.heads
    given = ", ".join(f"{name!r}: load_head({name!r})" for name in heads)
    missing = [name for name in heads if name not in shipped_heads()]
    note = [f"# {name}: load it from its repository or folder" for name in missing]
    around = "" if question.context == 1 else f", {question.context:g}"
    base, adapter = split_name(question.backbone)
    beside = "" if adapter is None else f", base=load_backbone({base!r})"
    box = "None" if question.box is None else _edges(question.box)
    return "\n".join(
        [
            *note,
            "from fg_demo import Box, compare, load_backbone",
            "from fg_demo.images import read_image",
            "from heads import load_head",
            f"image, queries = read_image({_path(question.image)!r}), {list(question.queries)!r}",
            f"print(compare(image, {box}, queries, load_backbone({question.backbone!r}), {{{given}}}{around}{beside}))",
            "",
        ]
    )


def _edges(box: Box) -> str:
    return f"Box({', '.join(f'{edge:g}' for edge in (box.left, box.top, box.right, box.bottom))})"


def _path(image: Path) -> str:
    """Of a sample where it lies in the checkout, of another image its name: it is the visitor's."""
    sample = SAMPLES_FOLDER / image.name
    return f"fg_demo/samples/{image.name}" if sample.is_file() else image.name
