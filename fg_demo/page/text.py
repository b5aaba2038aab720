"""A comparison in words and tables."""

import base64
import io
from collections.abc import Mapping, Sequence

import pandas as pd
from PIL import Image

from fg_demo.models.adapter import without_backbone
from fg_demo.page.templates import environment
from fg_demo.scores import ADAPTED, TRUE, winners
from fg_demo.verdicts import Verdicts
from heads.kinds.cosine import BASELINE

TEMPLATES = environment()
QUOTED = 60
"""Characters of a description that fit into a sentence."""


def headline(scores: pd.DataFrame, true: str | None = None, backbone: str = "") -> str:
    """The outcome in one sentence of HTML: where CLIP's cosine and the heads rank the `true` description, where one is
    known, else whether they pick the same. Heads go without the name of the `backbone`.
    """
    best = winners(scores)
    queries = list(dict.fromkeys(scores["query"]))
    cosine = best.pop(BASELINE.title)
    ranks = _ranks_of(true, scores, backbone)
    return TEMPLATES.get_template("headline.html").render(
        kind=_kind(len(queries), cosine, best, ranks),
        count=len(queries),
        cosine=[_shortened(query) for query in cosine],
        heads=_picks(best, backbone),
        mark=TRUE,
        ranks=[(name, ordinal(rank)) for name, rank in ranks],
        astray=[] if not ranks or true in cosine else [_shortened(query) for query in cosine],
    )


def _picks(best: Mapping[str, Sequence[str]], backbone: str) -> list[tuple[str, list[str]]]:
    """Each scorer beside the cosine, as a sentence calls it, and what it picks; a head that is alone is "the head"."""
    alone = len(best) == 1 and ADAPTED not in best
    return [
        ("the head" if alone else spoken(name, backbone), [_shortened(query) for query in picked])
        for name, picked in best.items()
    ]


def _kind(count: int, cosine: list[str], heads: dict[str, list[str]], ranks: list[tuple[str, int]]) -> str:
    if count == 1 or not heads:
        return "alone"
    alike = (
        len({rank for _, rank in ranks}) == 1
        if ranks
        else all(set(it) == set(cosine) for it in heads.values())
    )
    return "agree" if alike else "disagree"


def _ranks_of(true: str | None, scores: pd.DataFrame, backbone: str) -> list[tuple[str, int]]:
    """Each scorer, as a sentence calls it, and where it ranks the description."""
    rows = scores[scores["query"] == true]
    return [
        (spoken(scorer, backbone), int(rank))
        for scorer, rank in zip(rows["scorer"], rows["rank"], strict=True)
    ]


def spoken(scorer: str, backbone: str) -> str:
    """A scorer's name as a sentence has it, without its backbone's."""
    cosines = {BASELINE.title: "CLIP", ADAPTED: "the adapted CLIP"}
    return cosines.get(scorer, f"the {without_backbone(scorer, backbone)} head")


def ordinal(rank: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th."""
    ending = "th" if rank % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank}{ending}"


def shown_names(scorers: Sequence[str], backbone: str) -> dict[str, str]:
    """What the page calls the scorers: heads go without the name of their backbone."""
    cosines = {BASELINE.title: "CLIP’s cosine", ADAPTED: "Adapted CLIP’s cosine"}
    return {
        name: cosines.get(name) or spoken(name, backbone).removeprefix("the ")
        for name in (BASELINE.title, *scorers)
    }


def numbers(scores: pd.DataFrame, names: Mapping[str, str], true: str | None = None) -> str:
    """A table in HTML, a row a description: rank, share and score by each scorer, which is called by `names`; the true
    one, where it is known, is marked.
    """
    by_scorer = [
        (names.get(str(name), str(name)), rows) for name, rows in scores.groupby("scorer", sort=False)
    ]
    columns = [rows[["rank", "share", "score"]].itertuples(index=False) for _, rows in by_scorer]
    queries = [marked(query, true) for query in dict.fromkeys(scores["query"])]
    return TEMPLATES.get_template("numbers.html").render(
        scorers=[name for name, _ in by_scorer],
        rows=list(zip(queries, zip(*columns, strict=True), strict=True)),
    )


def verdicts(found: Verdicts, names: Sequence[str], count: int) -> str:
    """What the scorers, called by `names`, do with half-truths, and without the picture, as HTML."""
    half = found.half_truth
    return TEMPLATES.get_template("verdicts.html").render(
        half=half,
        sides=_sides(names, half.kept) if half else [],
        blind=[(name, ordinal(rank)) for name, rank in zip(names, found.blind, strict=True)],
        crops=found.crops,
        count=count,
    )


def _sides(names: Sequence[str], kept: Sequence[bool]) -> list[str]:
    """A sentence on those who keep to the truth, and one on those who do not, where there are such."""
    sides = [
        [name for name, keeps in zip(names, kept, strict=True) if keeps == side] for side in (True, False)
    ]
    verbs = ("keeps to the truth", "keep to the truth"), ("takes the half-truth", "take the half-truth")
    sentences = [
        f"{listed(side)} {verb[len(side) > 1]}." for side, verb in zip(sides, verbs, strict=True) if side
    ]
    return [sentence[0].upper() + sentence[1:] for sentence in sentences]


def listed(names: Sequence[str]) -> str:
    """The names as a sentence lists them: a, b and c."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def seen(preview: Image.Image, caption: str) -> str:
    """What the model sees, as HTML that holds the picture: a file would be written and asked for."""
    return TEMPLATES.get_template("seen.html").render(picture=inline_png(preview), caption=caption)


def inline_png(picture: Image.Image) -> str:
    """A small picture as base64 of PNG."""
    content = io.BytesIO()
    picture.save(content, "PNG", compress_level=1)
    return base64.b64encode(content.getvalue()).decode()


def marked(query: str, true: str | None) -> str:
    """The description, with a mark before it when it is the true one."""
    return f"{TRUE} {query}" if query == true else query


def notice(lines: list[str]) -> str:
    """Remarks that need no action, as HTML; nothing when there are none."""
    return TEMPLATES.get_template("notes.html").render(lines=lines)


KEPT = "Everything you entered is kept. The scores below are older: they are of what you had entered before."
OLDER = "What stands below is older."
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
