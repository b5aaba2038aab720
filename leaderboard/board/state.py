"""What a visitor has set on the leaderboard, and the address that opens it again exactly as it was."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from urllib.parse import parse_qsl, urlencode, urlsplit

from leaderboard.benchmarks.catalogue import subset_titles
from leaderboard.tables.columns import COLUMNS, is_column
from leaderboard.tables.retrieval_columns import RECALLS

TAB = "leaderboard"
MOST_COMPARED = 4
PAGE = 100
GROUPS = ("backbone", "none")
LONGEST = 200
"""Characters of one value in an address; what is longer is not from here."""


@dataclass(frozen=True, slots=True)
class BoardState:
    """All that can be set on the leaderboard. A filter that is empty lets everything through.

    `columns` that are none mean those that the board opens with. `board` and `head` are keys, `versus` those
    of the heads to be seen side by side. `subset` is what the charts inside a head are of. `sort` is a
    column's name, better ones first; with a minus before it worse ones first. `fine` and `coarse` are the axes
    of the chart on top; `rows` is how many rows are shown, and `group` whether those of a backbone stand together.
    """

    board: str = ""
    search: str = ""
    backbone: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    stage: tuple[str, ...] = ()
    provenance: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    sort: str = "mean_rank"
    head: str = ""
    versus: tuple[str, ...] = ()
    subset: str = "hard"
    fine: str = "mean_rank"
    coarse: str = "r10"
    rows: int = PAGE
    group: str = "backbone"


NAMES = {"search": "q", "columns": "column", "provenance": "from"}
"""How a field is called in the address where it is not by its own name."""
WORDS = {
    "board": "the board",
    "head": "the head",
    "versus": "the head",
    "column": "the column",
    "q": "the search",
}
"""What the names in an address are of, in words, where a word before the value says more than the name."""


def to_query(view: BoardState) -> str:
    """The address' query, `?tab=leaderboard&…`: what differs from the default, in the order of the fields."""
    default, pairs = BoardState(), [("tab", TAB)]
    for field in fields(BoardState):
        value = getattr(view, field.name)
        if value != getattr(default, field.name):
            items = value if isinstance(value, tuple) else (value,)
            # An empty item says that a list is empty where the default is not.
            pairs += [(NAMES.get(field.name, field.name), str(item)) for item in items or ("",)]
    return "?" + urlencode(pairs)


def from_query(address: str) -> BoardState:
    """The view of an address or its query; the default where it is of another tab.

    What it says that is not known here is left out, and told by `unmet`: a link from elsewhere or from another
    day still opens.
    """
    pairs = [
        pair for pair in parse_qsl(urlsplit(address).query, keep_blank_values=True) if len(pair[1]) <= LONGEST
    ]
    if ("tab", TAB) not in pairs:
        return BoardState()
    given = {field.name: _values(pairs, NAMES.get(field.name, field.name)) for field in fields(BoardState)}
    lists = {name: given[name] for name in ("backbone", "kind", "stage", "provenance") if given[name]}
    if given["columns"]:
        lists["columns"] = known_columns(given["columns"])
    singles = {name: given[name][-1] for name in ("board", "search", "head") if given[name]}
    versus = _distinct(given["versus"])[:MOST_COMPARED]
    view = replace(BoardState(), **lists, **singles, versus=versus)
    return _with_choices(view, given)


def unmet(address: str, shown: BoardState) -> list[tuple[str, str]]:
    """What the address asks of the leaderboard and `shown` has not, in the address' order: what it is, and its
    name or value.

    Names that begin with two underscores are Gradio's own.
    """
    pairs = parse_qsl(urlsplit(address).query)
    if ("tab", TAB) not in pairs:
        return []
    asked = [pair for pair in dict.fromkeys(pairs) if pair[0] != "tab" and not pair[0].startswith("__")]
    there = {
        (NAMES.get(field.name, field.name), str(item))
        for field in fields(BoardState)
        for value in [getattr(shown, field.name)]
        for item in (value if isinstance(value, tuple) else (value,))
    }
    lost = ((WORDS.get(name, name), value) for name, value in asked if (name, value) not in there)
    return list(dict.fromkeys(lost))


def known_columns(names: Iterable[str]) -> tuple[str, ...]:
    """Those of `names` that are columns of some board, in the columns' own order."""
    wanted = dict.fromkeys(names)
    others = (name for name in wanted if name not in COLUMNS and is_column(name))
    return (*(name for name in COLUMNS if name in wanted), *others)


def sorted_by(view: BoardState, name: str) -> BoardState:
    """The view with its rows by the column `name`; the other way round when they already were."""
    if not is_column(name):
        raise ValueError(f"sort: expected one of {', '.join(COLUMNS)}, got {name!r}")
    return replace(view, sort=f"-{name}" if view.sort == name else name)


def with_compared(view: BoardState, key: str) -> BoardState:
    """The view with the head `key` put beside the others, or taken away when it was there.

    Raises ValueError when there are as many as fit.
    """
    if key in view.versus:
        return replace(view, versus=tuple(other for other in view.versus if other != key))
    if len(view.versus) == MOST_COMPARED:
        raise ValueError(f"compare: expected at most {MOST_COMPARED} heads side by side; take one away first")
    return replace(view, versus=(*view.versus, key))


def after(view: BoardState, action: str, value: str) -> BoardState:
    """The view after a button of the table. Raises ValueError in words when it cannot be."""
    match action:
        case "sort":
            return sorted_by(view, value)
        case "head":
            return replace(view, head="" if view.head == value else value)
        case "versus":
            return with_compared(view, value)
        case "more":
            return replace(view, rows=view.rows + PAGE)
    raise ValueError(f"action: expected sort, head, versus or more, got {action!r}")


def _with_choices(view: BoardState, given: dict[str, tuple[str, ...]]) -> BoardState:
    sort, fine, coarse, rows, subset, group = (
        next(iter(given[name]), "") for name in ("sort", "fine", "coarse", "rows", "subset", "group")
    )
    if group in GROUPS:
        view = replace(view, group=group)
    if subset in subset_titles([subset]):
        view = replace(view, subset=subset)
    if is_column(sort.removeprefix("-")):
        view = replace(view, sort=sort)
    if is_column(fine):
        view = replace(view, fine=fine)
    if coarse in RECALLS:
        view = replace(view, coarse=coarse)
    return (
        replace(view, rows=max(PAGE, int(rows)))
        if rows.isascii() and rows.isdigit() and len(rows) < 7
        else view
    )


def _values(pairs: Iterable[tuple[str, str]], name: str) -> tuple[str, ...]:
    return tuple(value for key, value in pairs if key == name)


def _distinct(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for key in keys if key))
