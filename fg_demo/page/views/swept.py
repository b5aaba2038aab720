"""A sweep in words and maps."""

from collections.abc import Mapping, Sequence

from fg_demo.page.templates import environment
from fg_demo.page.text import ordinal
from fg_demo.sweep import Sweep
from heads.kinds.cosine import BASELINE

TEMPLATES = environment()


def said(found: Sweep, names: Mapping[str, str], missing: Sequence[str] = ()) -> str:
    """What each scorer picks, and where it puts the values that the description names, and which values are `missing`
    because the backbone has not learned them, as HTML.
    """
    lines = []
    for number, scorer in enumerate(found.scored.scorers):
        ranks, shares = found.scored.ranks[number], found.scored.shares[number]
        best = int(ranks.argmin())
        own = None if found.own is None else ordinal(int(ranks[found.own]))
        lines.append((names[scorer], named(found, best), percent(float(shares[best])), own))
    own = None if found.own is None else named(found, found.own)
    return TEMPLATES.get_template("swept.html").render(
        lines=lines, own=own, count=len(found.texts), missing=missing
    )


def percent(share: float) -> str:
    """The share, small ones with a digit more."""
    return f"{share:.0%}" if share >= 0.01 else f"{share:.1%}"


def named(found: Sweep, place: int) -> str:
    """The values that stand there: "dark red", or "dark red, wood"."""
    row, column = divmod(place, len(found.columns))
    return ", ".join(filter(None, [found.rows[row], found.columns[column]]))


def maps(found: Sweep, names: Mapping[str, str]) -> str:
    """A heat map a scorer, as HTML: the darker, the larger the share; the darkest is the scorer's own largest."""
    across = len(found.columns)
    drawn = []
    for number, scorer in enumerate(found.scored.scorers):
        shares = found.scored.shares[number]
        cells = [
            (place == found.own, text, f"{share:.1%}", round(share / float(shares.max()), 3))
            for place, (text, share) in enumerate(zip(found.texts, shares.tolist(), strict=True))
        ]
        rows = [(row, cells[at * across : (at + 1) * across]) for at, row in enumerate(found.rows)]
        drawn.append((names[scorer], scorer == BASELINE.title, rows))
    return TEMPLATES.get_template("heat_maps.html").render(maps=drawn, columns=found.columns)
