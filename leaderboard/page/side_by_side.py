"""Two to four heads side by side: differences with intervals, and item by item who is right."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard.board.board import Entry
from leaderboard.page.table import short
from leaderboard.records.paired import Paired, paired, paired_records
from leaderboard.tables.columns import Column, column, columns_at_first


@dataclass(frozen=True)
class Difference:
    """A figure of a head less that of the first one; `paired` where both were ranked on the same items."""

    by: float
    paired: Paired | None


def difference(first: Entry, other: Entry, name: str) -> Difference | None:
    """How the figure `name` of `other` differs from that of `first`; None when one of them was not measured."""
    ours, theirs = other.values[name], first.values[name]
    if not isinstance(ours, float) or not isinstance(theirs, float):
        return None
    return Difference(ours - theirs, paired_figure(other, first, name))


def paired_figure(one: Entry, other: Entry, name: str) -> Paired | None:
    """The paired comparison of two entries in one mean rank; None when they were not ranked on the same items."""
    try:
        if name == "mean_rank":
            return paired_records(one.record, other.record)
        if name in one.record.subsets:
            return paired(one.record.subsets[name], other.record.subsets[name])
    except (KeyError, ValueError):
        return None
    return None


def versus_html(entries: Sequence[Entry]) -> str:
    """The entries side by side, the first being what the others are compared with."""
    first, *others = entries
    heads = "".join(
        f'<th scope="col">{short(entry.title)}<br><small>{short(entry.record.backbone.name)}</small></th>'
        for entry in entries
    )
    figures = map(column, columns_at_first([entry.values for entry in entries]))
    rows = "".join(_row(figure, first, others) for figure in figures if figure.best)
    wins = "".join(_wins(first, other) for other in others)
    return (
        '<div class="lb-scroll" role="region" tabindex="0" aria-label="Heads side by side">'
        '<table class="lb-table lb-side"><thead><tr><th scope="col" class="lb-name">Figure</th>'
        f"{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        f'<p class="lb-note">Small figures: the difference from {short(first.title)}, with its 95 % interval '
        "by a paired bootstrap over images where both were ranked on the same items. ≈ says that the interval "
        f"includes zero.</p>{wins}"
    )


def _row(column: Column, first: Entry, others: Sequence[Entry]) -> str:
    cells = f'<td class="lb-number">{column.text(first.values[column.name])}</td>'
    for other in others:
        cells += f'<td class="lb-number">{column.text(other.values[column.name])}{_change(column, first, other)}</td>'
    return f'<tr><th scope="row" class="lb-name lb-plain">{html.escape(column.title)}</th>{cells}</tr>'


def _change(column: Column, first: Entry, other: Entry) -> str:
    change = difference(first, other, column.name)
    if change is None:
        return ""
    scale = 100 if column.form == "share" else 1
    text = f"{scale * change.by:+.2f}".replace("-", "−")
    if change.paired is None or change.paired.interval is None:
        return f"<small>{text}</small>"
    low, high = (f"{end:+.2f}".replace("-", "−") for end in change.paired.interval)
    better = (change.by < 0) == (column.best == "min")
    sign = ("better" if better else "worse") if not change.paired.tied else "≈"
    return f"<small>{text} ({low} to {high}) {sign}</small>"


def _wins(first: Entry, other: Entry) -> str:
    """Of all items: who puts the true caption first."""
    found = paired_figure(other, first, "mean_rank")
    if found is None:
        return ""
    parts = (
        ("both first", found.both, "lb-both"),
        (f"only {other.title}", found.only_a, "lb-only-a"),
        (f"only {first.title}", found.only_b, "lb-only-b"),
        ("neither", found.neither, "lb-neither"),
    )
    bars = "".join(f'<span class="{kind}" style="flex-grow:{share:.4f}"></span>' for _, share, kind in parts)
    told = ", ".join(f"{short(words)} {100 * share:.0f} %" for words, share, _ in parts)
    caption = f"<figcaption>True caption first, of {found.n:,} items: {told}</figcaption>"
    bar = f'<div class="lb-bar" role="img" aria-label="{told}">{bars}</div>'
    return f'<figure class="lb-wins">{bar}{caption}</figure>'
