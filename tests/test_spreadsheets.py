"""What is downloaded as CSV holds no formula, whoever named the heads, wrote the descriptions or the file's name."""

import csv
import io
from dataclasses import replace

import pandas as pd
import pytest

from fg_demo.boxes import Box
from fg_demo.page.taking.files import csv_table
from heads.vetting.plain_text import FORMULA, spreadsheet_text
from leaderboard.board.export import view_csv
from leaderboard.tables.columns import COLUMNS
from leaderboard.tables.frame import results_table, to_csv
from tests.support.board_records import board_record
from tests.support.boards import boards

EVIL = [f"{sign}cmd|' /C calc'!A0" for sign in FORMULA if sign.strip()] + [" =1+1"]


def cells(text: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(text)) for cell in row]


def is_formula(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell.lstrip().startswith(FORMULA)
    return False  # a number, which may have a sign


@pytest.mark.parametrize("evil", EVIL)
def test_no_download_holds_a_formula(evil: str):
    scores = pd.DataFrame({"query": [evil], "scorer": [evil], "score": [-0.5], "rank": [1], "share": [1.0]})
    entry = board_record(evil)
    entry = replace(entry, head=replace(entry.head, stage=evil, source=evil), notes=(evil,))
    (board,) = boards([entry])
    downloads = [
        csv_table(scores, Box(0, 0, 1, 1), evil, "mini-clip", "abc").to_csv(index=False),
        to_csv(results_table([entry])),
        view_csv(board.entries, list(COLUMNS.values())),
    ]
    for text in downloads:
        found = cells(text)
        assert spreadsheet_text(evil) in found
        assert not any(map(is_formula, found))


def test_what_is_no_formula_stays_as_it_is():
    assert [spreadsheet_text(text) for text in ("a red mug", "1-2", "", "'quoted'")] == [
        "a red mug", "1-2", "", "'quoted'",
    ]  # fmt: skip
