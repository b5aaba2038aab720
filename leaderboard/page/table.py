"""The leaderboard's table as accessible HTML. Whatever comes from a record is escaped."""

import html
from collections.abc import Sequence

from leaderboard.board.board import Board, Entry
from leaderboard.board.filtering import by_backbone, is_grouped
from leaderboard.board.state import PAGE, BoardState
from leaderboard.records.provenance import PROVENANCE
from leaderboard.tables.columns import Column, Value

LONGEST_NAME = 80
NO_RESULTS = (
    '<p class="lb-note">No results yet. Measure a head with '
    "<code>python -m leaderboard evaluate --head cosine</code>.</p>"
)


def table_html(board: Board, entries: Sequence[Entry], view: BoardState) -> str:
    """The board's rows `entries`, the first `view.rows` of them, as a table in a box that scrolls sideways."""
    columns = [board.table[name] for name in board.columns(view)]
    best = {column.name: _best(entries, column) for column in columns}
    span = {column.name: _span(entries, column) for column in columns}
    headings = "".join(_heading(column, view.sort) for column in columns)
    grouped, known = is_grouped(board, view), set(board.notes)
    bodies = ""
    for group in by_backbone(entries[: view.rows]) if grouped else [entries[: view.rows]]:
        rows = "".join(_row(entry, columns, best, span, view, known) for entry in group)
        bodies += f"<tbody>{_group_heading(board, group[0], len(columns)) if grouped else ''}{rows}</tbody>"
    caption = f"{html.escape(board.title)}: {len(entries)} of {len(board.entries)} rows"
    return (
        f'<div class="lb-scroll" role="region" tabindex="0" aria-label="Table of {board.rows_are}; it scrolls sideways">'
        f'<table class="lb-table"><caption class="lb-hidden">{caption}</caption>'
        f'<thead><tr><th scope="col" class="lb-name">{board.rows_are[:-1].capitalize()}</th>{headings}</tr></thead>'
        f"{bodies}</table></div>{_after(entries, view)}"
    )


def badge(provenance: str) -> str:
    """The provenance as a sign with its words."""
    sign, words, explanation = PROVENANCE[provenance]
    kind = provenance.replace(" ", "-")
    return f'<span class="lb-badge lb-{kind}" title="{explanation}"><span aria-hidden="true">{sign}</span> {words}</span>'


def count_html(board: Board, entries: Sequence[Entry]) -> str:
    """How many rows pass, and that places are those of the whole board."""
    if not entries:
        return '<p class="lb-note" role="status">No row passes these filters. <b>Clear the filters</b> to see all.</p>'
    some = (
        f"{len(entries)} of {len(board.entries)}" if len(entries) < len(board.entries) else str(len(entries))
    )
    heads = board.rows_are[:-1] if len(board.entries) == 1 else board.rows_are
    hint = "Select a name to look inside; ⇄ puts up to four side by side."
    return f'<p class="lb-note" role="status">{some} {heads}. {hint}</p>'


def short(name: str) -> str:
    """The name, escaped, cut where it is longer than a name is."""
    return html.escape(name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…")


def _after(entries: Sequence[Entry], view: BoardState) -> str:
    if not entries:
        return ""
    more = len(entries) - view.rows
    if more <= 0:
        return ""
    return f'<button type="button" class="lb-more" data-action="more">Show {min(more, PAGE)} more of {more}</button>'


def _heading(column: Column, sort: str) -> str:
    name, downwards = sort.removeprefix("-"), not sort.startswith("-")
    state, sign = "", ""
    if column.name == name:
        # Better first means that ranks ascend and shares descend.
        ascending = downwards != (column.best == "max")
        state, sign = f' aria-sort="{"ascending" if ascending else "descending"}"', "▲" if ascending else "▼"
    kind = "lb-words" if column.form == "text" else "lb-number"
    return (
        f'<th scope="col" class="{kind}"{state}><button type="button" data-action="sort" data-value="{column.name}" '
        f'title="{html.escape(column.help)} Press to sort.">{html.escape(column.title)}'
        f'<span class="lb-sign" aria-hidden="true">{sign}</span></button></th>'
    )


def _group_heading(board: Board, first: Entry, columns: int) -> str:
    """A row that names the backbone of those below it."""
    backbone = first.record.backbone
    revision = f" <small>@ {html.escape(backbone.revision[:12])}</small>" if backbone.revision else ""
    title = f"<span>{board.rows_are.capitalize()} on <b>{short(backbone.name)}</b>{revision}</span>"
    return f'<tr class="lb-group"><th colspan="{columns + 1}" scope="rowgroup">{title}</th></tr>'


def _row(
    entry: Entry,
    columns: Sequence[Column],
    best: dict[str, Value],
    span: dict[str, tuple[float, float]],
    view: BoardState,
    known: set[str],
) -> str:
    cells = "".join(_cell(entry, column, best[column.name], span[column.name]) for column in columns)
    chosen = ' class="lb-chosen"' if entry.key == view.head else ""
    return f'<tr{chosen} data-key="{entry.key}">{_name_cell(entry, view, known)}{cells}</tr>'


def _name_cell(entry: Entry, view: BoardState, known: set[str]) -> str:
    head, backbone = entry.record.head, entry.record.backbone
    place = f"{entry.place}." if entry.place else "–"
    stage = "" if head.stage in (None, "none") else f"{short(head.stage)} · "
    compared = entry.key in view.versus
    flag = _flag(entry, known)
    return (
        f'<th scope="row" class="lb-name"><span class="lb-place" title="Place by mean rank; heads that cannot be '
        f'told apart share one">{place}</span><span class="lb-who">'
        f'<button type="button" class="lb-open" data-action="head" data-value="{entry.key}" '
        f'aria-expanded="{str(entry.key == view.head).lower()}">{short(head.name)}</button>'
        f'<span class="lb-under">{stage}{short(backbone.name)}</span>{badge(entry.record.provenance)}{flag}</span>'
        f'<button type="button" class="lb-versus" data-action="versus" data-value="{entry.key}" '
        f'aria-pressed="{str(compared).lower()}" title="Put side by side with others" '
        f'aria-label="Compare {short(head.name)}">⇄</button></th>'
    )


def _flag(entry: Entry, known: set[str]) -> str:
    """A flag with the record's notes, but for those that the whole board has."""
    notes = [note for note in entry.record.notes if note not in known]
    if not notes:
        return ""
    text = html.escape(" ".join(notes)[:600])
    return f'<span class="lb-flag" role="img" title="{text}" aria-label="Note: {text}">⚑</span>'


def _cell(entry: Entry, column: Column, best: Value, span: tuple[float, float]) -> str:
    value = entry.values[column.name]
    if value is None:
        return '<td class="lb-empty"><span class="lb-hidden">not measured</span></td>'
    if isinstance(value, str):
        return f'<td class="lb-words">{short(value)}</td>'
    is_best = best is not None and value == best
    shown = f"<b>{column.text(value)}</b>" if is_best else column.text(value)
    mark = '<span class="lb-hidden"> best</span>' if is_best else ""
    heat = f' style="--heat:{_heat(value, column, span):.2f}"' if column.best and span[0] < span[1] else ""
    return f'<td class="lb-number{" lb-best" if is_best else ""}"{heat}>{shown}{mark}{_interval(entry, column)}</td>'


def _interval(entry: Entry, column: Column) -> str:
    ends = column.interval(entry.record)
    if ends is None:
        return ""
    return f'<small title="95 % interval">{column.text(ends[0])}–{column.text(ends[1])}</small>'


def _heat(value: float, column: Column, span: tuple[float, float]) -> float:
    part = (value - span[0]) / (span[1] - span[0])
    return 1 - part if column.best == "min" else part


def _best(entries: Sequence[Entry], column: Column) -> Value:
    """The column's best value; None when there is none or all are alike."""
    low, high = _span(entries, column)
    if column.best is None or low >= high:
        return None
    return low if column.best == "min" else high


def _span(entries: Sequence[Entry], column: Column) -> tuple[float, float]:
    values = [entry.values[column.name] for entry in entries]
    numbers = [float(value) for value in values if isinstance(value, int | float)]
    return min(numbers, default=0.0), max(numbers, default=0.0)
