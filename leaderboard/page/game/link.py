"""An item of the quiz as an address."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

TAB = "quiz"


@dataclass(frozen=True, slots=True)
class ItemLink:
    """The item of this number, from 1 on, in a subset or, where there is none, in all of them; the models' picks are
    shown beside those of the head with this title. None where the address says nothing.
    """

    item: int | None = None
    subset: str | None = None
    head: str | None = None


def to_query(asked: ItemLink) -> str:
    """The address' query, `?tab=quiz&…`."""
    said = {"subset": asked.subset, "item": asked.item, "head": asked.head}
    return "?" + urlencode(
        [("tab", TAB), *((name, value) for name, value in said.items() if value is not None)]
    )


def from_query(address: str) -> ItemLink:
    """What the address asks for; nothing when it is of another tab. Raises ValueError when the item is no number."""
    given = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    if given.get("tab") != TAB:
        return ItemLink()
    item = given.get("item")
    return ItemLink(None if item is None else read_item(item), given.get("subset"), given.get("head"))


def read_item(text: str) -> int:
    """The number of an item as it is written. Raises ValueError when it is none."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ValueError(f"item: expected a whole number, got {text[:40]!r}")
    return int(text)
