"""Tables as plain text for a terminal: one writer for all that is printed in columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDEST = 10_000
"""Characters a line may have: a table is never folded, whatever the terminal's width."""


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A column: numbers stand to the right, words to the `left`; `width` is the least number of characters, for rows
    that are printed one after the other.
    """

    title: str
    left: bool = False
    width: int = 0


def text_table(columns: Sequence[TextColumn], rows: Sequence[Sequence[str]], header: bool = True) -> str:
    """The lines of the table, one space between columns, without an end of line at the end.

    Widths are those of the characters as they are shown, and no cell is read as markup.
    """
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), show_header=header, header_style="")
    for column in columns:
        table.add_column(
            Text(column.title),
            justify="left" if column.left else "right",
            min_width=max(column.width, cell_len(column.title)),
            no_wrap=True,
        )
    for row in rows:
        table.add_row(*map(Text, row))
    file = StringIO()
    Console(file=file, width=WIDEST, color_system=None, legacy_windows=False, force_jupyter=False).print(
        table
    )
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())
