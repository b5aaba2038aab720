"""A comparison in words and tables."""

import html

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
    return _outcome(scores, "" if true is None else _ranks_of(true, scores))


def _ranks_of(true: str, scores: pd.DataFrame) -> str:
    rows = scores[scores["query"] == true]
    ranks = [
        f"{'CLIP’s cosine' if scorer == BASELINE.title else 'the head'} ranks it {rank}"
        for scorer, rank in zip(rows["scorer"], rows["rank"], strict=True)
    ]
    return f" {TRUE} The true caption is {_quoted(true)}: {', '.join(ranks)} of {scores['query'].nunique()}."


def _outcome(scores: pd.DataFrame, more: str) -> str:
    best = winners(scores)
    picks = {scorer: " and ".join(_quoted(query) for query in queries) for scorer, queries in best.items()}
    cosine = picks.pop(BASELINE.title)
    if len(set(scores["query"])) == 1:
        return _sentence("alone", f"Only one description: add a second one, and the two rank them.{more}")
    if not picks:
        return _sentence("alone", f"CLIP’s cosine picks {cosine}. Choose a head to compare it with.{more}")
    head_name, picked = next(iter(picks.items()))
    if set(best[BASELINE.title]) == set(best[head_name]):
        return _sentence("agree", f"Both pick {cosine}.{more}")
    return _sentence(
        "disagree", f"They disagree: CLIP’s cosine picks {cosine}, the head picks {picked}.{more}"
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


def problem(text: str, remedy: str = KEPT) -> str:
    """What is wrong and what happens now, as HTML that a screen reader speaks at once."""
    return TEMPLATES.get_template("problem.html").render(text=text, remedy=remedy, older=remedy == KEPT)


def _sentence(kind: str, text: str) -> str:
    return f'<p class="fg-headline fg-{kind}" aria-live="polite">{text}</p>'


def _quoted(query: str) -> str:
    shown = query if len(query) <= QUOTED else query[: QUOTED - 1] + "…"
    return f"<b>“{html.escape(shown)}”</b>"
