"""A comparison in words and tables."""

import pandas as pd

from fg_demo.boxes import Box
from fg_demo.page.templates import environment
from fg_demo.scores import TRUE, winners
from heads.kinds.cosine import BASELINE
from heads.vetting.plain_text import spreadsheet_text

TEMPLATES = environment()
QUOTED = 60
"""Characters of a description that fit into a sentence."""


def headline(scores: pd.DataFrame, true: str | None = None) -> str:
    """The outcome in one sentence of HTML: whether CLIP's cosine and the head pick the same description; where
    one is known to be the `true` one, a second says where they rank it.
    """
    best = winners(scores)
    cosine = best.pop(BASELINE.title)
    head = next(iter(best.values()), [])
    count = len(set(scores["query"]))
    return TEMPLATES.get_template("headline.html").render(
        kind=_kind(cosine, head) if count > 1 else "alone",
        single=count == 1,
        cosine=[_shortened(query) for query in cosine],
        head=[_shortened(query) for query in head],
        known=None if true is None else _shortened(true),
        mark=TRUE,
        ranks=_ranks_of(true, scores),
        count=count,
    )


def _kind(cosine: list[str], head: list[str]) -> str:
    if not head:
        return "alone"
    return "agree" if set(cosine) == set(head) else "disagree"


def _ranks_of(true: str | None, scores: pd.DataFrame) -> str:
    rows = scores[scores["query"] == true]
    return ", ".join(
        f"{'CLIP’s cosine' if scorer == BASELINE.title else 'the head'} ranks it {rank}"
        for scorer, rank in zip(rows["scorer"], rows["rank"], strict=True)
    )


def wide_table(scores: pd.DataFrame, true: str | None = None) -> pd.DataFrame:
    """One row a description: score, rank and share (percent) by CLIP's cosine, then by the head; the true one, where
    it is known, is marked.
    """
    columns = {"Description": [marked(query, true) for query in dict.fromkeys(scores["query"])]}
    for scorer, rows in scores.groupby("scorer", sort=False):
        short = "CLIP" if scorer == BASELINE.title else "Head"
        columns[f"{short} rank"] = rows["rank"].tolist()
        columns[f"{short} share %"] = (rows["share"] * 100).round(1).tolist()
        columns[f"{short} score"] = rows["score"].round(4).tolist()
    return pd.DataFrame(columns)


def marked(query: str, true: str | None) -> str:
    """The description, with a mark before it when it is the true one."""
    return f"{TRUE} {query}" if query == true else query


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


def notice(lines: list[str]) -> str:
    """Remarks that need no action, as HTML; nothing when there are none."""
    return TEMPLATES.get_template("notes.html").render(lines=lines)


KEPT = "Everything you entered is kept. The scores below are older: they are of what you had entered before."
OLD = "These scores are of what you had entered before: what you entered last has not been answered."
"""What stands above scores while they are not of what is entered, and is hidden else."""


def old() -> str:
    """The line above old scores, as HTML."""
    return TEMPLATES.get_template("old.html").render(text=OLD)


def help_line(text: str, title: str = "") -> str:
    """A quiet line, under a title where it has one, as HTML."""
    return TEMPLATES.get_template("help.html").render(text=text, title=title)


def problem(text: str, remedy: str = KEPT) -> str:
    """What is wrong and what happens now, as HTML that a screen reader speaks at once."""
    return TEMPLATES.get_template("problem.html").render(text=text, remedy=remedy, older=remedy == KEPT)


def _shortened(query: str) -> str:
    return query if len(query) <= QUOTED else query[: QUOTED - 1] + "…"
