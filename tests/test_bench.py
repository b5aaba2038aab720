"""`make bench`: every row it promises is measured; what the figures are is not tested."""

import json
from pathlib import Path

import pytest
from bench import main
from bench_row import HEADINGS, Row, table

DEMO = (
    "new box, same descriptions",
    "one description changed",
    "head changed",
    "new box, five new descriptions",
)


def test_a_ratio_above_one_means_that_ours_needs_less():
    assert Row("x", "s", (3.0, 1.0, 2.0), "peer", (8.0, 6.0, 700.0)).ratio == 4.0


def test_what_was_not_measured_is_an_empty_cell():
    row = Row("x", "s", (), "limit", (10.0,))
    assert row.ratio is None and row.cells() == ("x", "", "limit", "10.00 s", "", "")


def test_the_table_lines_its_columns_up():
    rows = [
        Row("short", "s", (1.0, 2.0), "peer", (3.0,)),
        Row("much longer", "GB", (), "limit", (1.2,), "≥ 1 ×"),
    ]
    head, rule, *lines = table(rows).splitlines()
    starts = [head.index(name) for name in HEADINGS]
    assert starts == [0] + [at + 2 for at, sign in enumerate(rule) if rule[at : at + 2] == "  "]
    assert [line.index(row.against) for line, row in zip(lines, rows, strict=True)] == [starts[2]] * 2


@pytest.mark.parametrize("arguments", [["--repetitions", "-1"], ["--repetitions", "0"], ["--starts", "999"]])
def test_counts_out_of_range_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(arguments)
    assert "expected" in capsys.readouterr().err


@pytest.mark.slow
def test_the_demo_is_measured_beside_its_peer(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "bench.json"
    rows = main(["--repetitions", "1", "--backbones", "mini-clip", "--starts", "0", "--json", str(path)])
    assert [row.what for row in rows] == [f"mini-clip: {what}" for what in DEMO]
    _check_measured(rows, path, capsys.readouterr().out)


@pytest.mark.slow
@pytest.mark.browser
def test_the_app_is_measured_beside_its_limits(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "bench.json"
    rows = main(["--backbones", "--starts", "1", "--json", str(path)])
    assert [row.unit for row in rows] == ["s", "GB"]
    _check_measured(rows, path, capsys.readouterr().out)


def _check_measured(rows: list[Row], path: Path, printed: str) -> None:
    """All values positive, printed, and in the file as they are in the rows."""
    saved = json.loads(path.read_text())
    for row, entry in zip(rows, saved, strict=True):
        assert row.ratio is not None and row.ratio > 0
        assert len(row.ours) == 1 and min(*row.ours, *row.theirs) > 0
        assert (tuple(entry["ours"]), tuple(entry["theirs"]), entry["ratio"]) == (
            row.ours,
            row.theirs,
            row.ratio,
        )
        assert row.cells()[1] in printed and row.what in printed
