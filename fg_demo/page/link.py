"""A comparison as an address: what a link to the Compare tab fills in."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

TAB = "compare"


@dataclass(frozen=True, slots=True)
class QuestionLink:
    """A question as far as an address asks it; None where it says nothing.

    `image` is a name that the page's owner resolves, `box` left, top, right and bottom in pixels, `queries`
    one a line.
    """

    image: str | None = None
    box: tuple[float, ...] | None = None
    queries: str | None = None
    backbone: str | None = None
    head: str | None = None


def to_query(asked: QuestionLink) -> str:
    """The address' query, `?tab=compare&…`."""
    pairs = [("tab", TAB)]
    if asked.image is not None:
        pairs.append(("image", asked.image))
    if asked.box is not None:
        pairs.append(("box", ",".join(f"{edge:g}" for edge in asked.box)))
    named = {"backbone": asked.backbone, "head": asked.head}
    pairs += [(name, value) for name, value in named.items() if value is not None]
    pairs += [("q", query) for query in (asked.queries or "").splitlines()]
    return "?" + urlencode(pairs)


def from_query(address: str) -> QuestionLink:
    """What the address asks for; nothing when it is of another tab.

    Raises ValueError when its box is not numbers; whether they are a box is seen when it is used.
    """
    given = parse_qs(urlsplit(address).query)
    if given.get("tab") != [TAB]:
        return QuestionLink()
    first = {name: values[0] for name, values in given.items()}
    queries = "\n".join(given["q"]) if "q" in given else None
    return QuestionLink(
        first.get("image"), _box(first.get("box")), queries, first.get("backbone"), first.get("head")
    )


def _box(text: str | None) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        return tuple(float(edge) for edge in text.split(","))
    except ValueError as error:
        raise ValueError(f"box: expected left,top,right,bottom in pixels, got {text[:80]!r}") from error
