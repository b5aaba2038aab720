"""A comparison as an address: what a link to the Compare tab fills in."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

TAB = "compare"


@dataclass(frozen=True, slots=True)
class QuestionLink:
    """A question as far as an address asks it; None where it says nothing.

    `image` is a name that the page's owner resolves, `own` the first digits of the sha256 of a photograph that only
    its owner's browser has, `box` left, top, right and bottom in pixels, `queries`
    one a line; the crop is the box times `context`.
    """

    image: str | None = None
    box: tuple[float, ...] | None = None
    queries: str | None = None
    backbone: str | None = None
    heads: tuple[str, ...] = ()
    own: str | None = None
    context: float = 1.0


def to_query(asked: QuestionLink) -> str:
    """The address' query, `?tab=compare&…`."""
    pairs = [("tab", TAB)]
    if asked.image is not None:
        pairs.append(("image", asked.image))
    if asked.own is not None:
        pairs.append(("own", asked.own))
    if asked.box is not None:
        pairs.append(("box", ",".join(f"{edge:g}" for edge in asked.box)))
    if asked.context != 1:
        pairs.append(("context", f"{asked.context:g}"))
    if asked.backbone is not None:
        pairs.append(("backbone", asked.backbone))
    pairs += [("head", head) for head in asked.heads]
    pairs += [("q", query) for query in (asked.queries or "").splitlines()]
    return "?" + urlencode(pairs)


def from_query(address: str) -> QuestionLink:
    """What the address asks for; nothing when it is of another tab.

    Raises ValueError when its box or context is no number; whether they are a box is seen when it is used.
    """
    given = parse_qs(urlsplit(address).query)
    if given.get("tab") != [TAB]:
        return QuestionLink()
    first = {name: values[0] for name, values in given.items()}
    queries = "\n".join(given["q"]) if "q" in given else None
    return QuestionLink(
        image=first.get("image"),
        box=_box(first.get("box")),
        queries=queries,
        backbone=first.get("backbone"),
        heads=tuple(given.get("head", ())),
        own=first.get("own"),
        context=_context(first.get("context")),
    )


def _context(text: str | None) -> float:
    try:
        return 1.0 if text is None else float(text)
    except ValueError as error:
        raise ValueError(f"context: expected a number, got {text!r:.80}") from error


def _box(text: str | None) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        return tuple(float(edge) for edge in text.split(","))
    except ValueError as error:
        raise ValueError(f"box: expected left,top,right,bottom in pixels, got {text[:80]!r}") from error
