"""Tables as plain text: what is printed stands in columns, and is what was given."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from heads.io.text_table import TextColumn, text_table

COLUMNS = (TextColumn("name", left=True), TextColumn("rank", width=6))
names = st.text(st.characters(exclude_categories=("C", "Z", "M")), min_size=1, max_size=30)


@given(st.lists(st.tuples(names, st.integers(0, 10**9).map(str)), min_size=1, max_size=5))
def test_every_cell_is_there_and_numbers_end_where_their_title_does(rows: list[tuple[str, str]]):
    header, *lines = text_table(COLUMNS, rows).splitlines()
    assert [line.split() for line in lines] == [list(row) for row in rows]
    assert {cell_len(line) for line in lines} == {cell_len(header)}


def test_no_cell_is_read_as_markup_or_folded():
    cell = "[bold]a[/bold] :smile: https://example.org " + "x" * 400
    assert cell in text_table(COLUMNS, [(cell, "1")])


def test_rows_printed_one_after_the_other_stand_under_one_header():
    columns = (*COLUMNS, TextColumn("epoch"))
    header, first = text_table(columns, [("a", "1", "1")]).splitlines()
    second = text_table(columns, [("b", "12", "10")], header=False)
    assert len(header) == len(first) == len(second) and second.endswith("10")
