"""The view as a file to take along: the rows and columns shown, as CSV or JSON."""

import csv
import io
import json
from collections.abc import Sequence

from heads.vetting.plain_text import spreadsheet_text
from leaderboard.board.board import Entry
from leaderboard.tables.column import Column, Value


def view_rows(entries: Sequence[Entry], columns: Sequence[Column]) -> list[dict[str, Value]]:
    """One dict an entry, in the order given: who, place, and each of the columns with the ends of its interval.

    Values are in the records' units (shares from 0 to 1); None was not measured. A column has ends when any of
    the entries has an interval there.
    """
    with_ends = {column.name for column in columns if any(column.interval(entry.record) for entry in entries)}
    return [_row(entry, columns, with_ends) for entry in entries]


def view_csv(entries: Sequence[Entry], columns: Sequence[Column]) -> str:
    """The rows as CSV, numbers to four decimals, empty where not measured."""
    rows = view_rows(entries, columns)
    if not rows:
        return ""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _csv_cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def view_json(entries: Sequence[Entry], columns: Sequence[Column]) -> str:
    """The rows as indented JSON; null was not measured."""
    return json.dumps(view_rows(entries, columns), indent=2, ensure_ascii=False) + "\n"


def _row(entry: Entry, columns: Sequence[Column], with_ends: set[str]) -> dict[str, Value]:
    record = entry.record
    row: dict[str, Value] = {
        "place": entry.place,
        "head": record.head.name,
        "head_revision": record.head.revision,
        "stage": record.head.stage,
        "backbone": record.backbone.name,
        "provenance": record.provenance,
    }
    for column in columns:
        row[column.name] = entry.values[column.name]
        if column.name in with_ends:
            low, high = column.interval(record) or (None, None)
            row |= {f"{column.name}_low": low, f"{column.name}_high": high}
    return row


def _csv_cell(value: Value) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    return spreadsheet_text("" if value is None else str(value))
