"""A comparison as an address: what a link to the Compare tab fills in."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

TAB = "compare"
WHOLE_SHARE = 100.0


@dataclass(frozen=True, slots=True)
class KeptLink:
    """A box that is kept by its name: left, top, right and bottom in pixels, and the context around it."""

    name: str
    box: tuple[float, ...]
    context: float = 1.0


@dataclass(frozen=True, slots=True)
class QuestionLink:
    """A question and what is open beside its answer, as far as an address says; None where it says nothing.

    `image` is a name that the page's owner resolves, `own` the first digits of the sha256 of a photograph that only
    its owner's browser has, `box` left, top, right and bottom in pixels, `queries`
    one a line; the crop is the box times `context`. `share` is where the slider from the cosine, 0, to the head, 100,
    stands; `sweep` names the attribute that is gone through, for `description` where that is not the true one of
    `queries`; `exchange` is what look-alikes exchange.
    """

    image: str | None = None
    box: tuple[float, ...] | None = None
    queries: str | None = None
    backbone: str | None = None
    heads: tuple[str, ...] = ()
    own: str | None = None
    context: float = 1.0
    kept: tuple[KeptLink, ...] = ()
    share: float = WHOLE_SHARE
    sweep: str | None = None
    description: str | None = None
    exchange: str | None = None


def to_query(asked: QuestionLink) -> str:
    """The address' query, `?tab=compare&…`."""
    pairs = [("tab", TAB)]
    if asked.image is not None:
        pairs.append(("image", asked.image))
    if asked.own is not None:
        pairs.append(("own", asked.own))
    if asked.box is not None:
        pairs.append(("box", _numbers(asked.box)))
    if asked.context != 1:
        pairs.append(("context", f"{asked.context:g}"))
    pairs += [("kept", _kept_text(one)) for one in asked.kept]
    if asked.backbone is not None:
        pairs.append(("backbone", asked.backbone))
    pairs += [("head", head) for head in asked.heads]
    pairs += [("q", query) for query in (asked.queries or "").splitlines()]
    if asked.share != WHOLE_SHARE:
        pairs.append(("share", f"{asked.share:g}"))
    beside = {name: getattr(asked, name) for name in ("sweep", "description", "exchange")}
    return "?" + urlencode([*pairs, *((name, said) for name, said in beside.items() if said is not None)])


def from_query(address: str) -> QuestionLink:
    """What the address asks for; nothing when it is of another tab.

    Raises ValueError when a box, context or share is no number; whether it is one that can be used is seen when it is.
    """
    given = parse_qs(urlsplit(address).query)
    if given.get("tab") != [TAB]:
        return QuestionLink()
    first = {name: values[0] for name, values in given.items()}
    queries = "\n".join(given["q"]) if "q" in given else None
    return QuestionLink(
        image=first.get("image"),
        box=None if "box" not in first else _box("box", first["box"]),
        queries=queries,
        backbone=first.get("backbone"),
        heads=tuple(given.get("head", ())),
        own=first.get("own"),
        context=_number("context", first.get("context", "1")),
        kept=tuple(map(_kept, given.get("kept", ()))),
        share=_number("share", first.get("share", f"{WHOLE_SHARE}")),
        sweep=first.get("sweep"),
        description=first.get("description"),
        exchange=first.get("exchange"),
    )


def _numbers(box: tuple[float, ...]) -> str:
    return ",".join(f"{edge:g}" for edge in box)


def _kept_text(kept: KeptLink) -> str:
    around = "" if kept.context == 1 else f"*{kept.context:g}"
    return f"{_numbers(kept.box)}{around}:{kept.name}"


def _kept(text: str) -> KeptLink:
    place, _, name = text.partition(":")
    edges, _, around = place.partition("*")
    return KeptLink(name, _box("kept", edges), _number("kept", around or "1"))


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ValueError(f"{name}: expected a number, got {text!r:.80}") from error


def _box(name: str, text: str) -> tuple[float, ...]:
    try:
        return tuple(float(edge) for edge in text.split(","))
    except ValueError as error:
        raise ValueError(f"{name}: expected left,top,right,bottom in pixels, got {text[:80]!r}") from error
