"""A benchmark of one's own: from a CSV file to a board, and what is wrong with a file said by file, row and column."""

from pathlib import Path

import pytest
from PIL import Image

from leaderboard import __main__ as cli
from leaderboard.benchmarks.lookup import find_benchmark
from leaderboard.benchmarks.own_csv import read_regions
from leaderboard.benchmarks.split import load_benchmark, open_split
from leaderboard.board.filtering import fitting, in_order, visible
from leaderboard.board.state import BoardState
from leaderboard.charts.figure import figure_chart
from leaderboard.page.summary import answer_html, reading_html
from leaderboard.page.table import table_html
from leaderboard.records.files import load_results
from leaderboard.tables.frame import results_table
from tests.support.boards import boards
from tests.support.tiny_benchmark import CountingBackbone

HEADER = "image,left,top,right,bottom,caption,negative_1,negative_2"
ROWS = (
    "a.png,0,0,10,10,a red box,a blue box,a green box",
    "a.png,10,0,30,20,a blue box,a red box,",
    "pictures/b.jpg,,,,,a wide box,a tall box,a round box",
)
TURNED = Image.Exif()
TURNED[0x0112] = 6


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pictures").mkdir()
    Image.new("RGB", (40, 20), "red").save(tmp_path / "a.png")
    Image.new("RGB", (30, 60), "blue").save(tmp_path / "pictures" / "b.jpg", exif=TURNED)
    return tmp_path


def written(folder: Path, *lines: str, header: str = HEADER) -> str:
    path = folder / "mine.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8-sig")
    return str(path)


def test_rows_are_read_as_they_stand(folder: Path):
    name = written(folder, *ROWS)
    first, second, third = load_benchmark(name, "own_all")
    assert (first.box.right, first.box.bottom, first.negatives) == (10, 10, ("a blue box", "a green box"))
    assert (second.box.left, second.box.right, second.negatives) == (10, 30, ("a red box",))
    assert third.image == "pictures/b.jpg" and third.positive == "a wide box"
    assert open_split(name).images["pictures/b.jpg"].size == (60, 30), "upright"
    assert find_benchmark(name).subsets["own_all"].negatives == 2


def test_a_column_parts_the_rows_and_never_takes_the_name_of_another_benchmarks_subset(folder: Path):
    lines = [f"{row},{subset}" for row, subset in zip(ROWS, ("Color", "Color", "Shape & size"), strict=True)]
    name = written(folder, *lines, header=HEADER + ",subset")
    titles = {key: subset.title for key, subset in find_benchmark(name).subsets.items()}
    assert titles == {"own_color": "Color", "own_shape_size": "Shape size"}
    assert [len(load_benchmark(name, key)) for key in titles] == [2, 1]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a.png,0,0,10,10,a,b", "mine.csv, row 3: expected 8 cells, as many as the header has, got 7"),
        ("a.png,x,0,10,10,a,b,", "mine.csv, row 3, column left: expected pixels, a number, got 'x'"),
        ("a.png,0,0,nan,10,a,b,", "mine.csv, row 3, column right: expected pixels, a number, got 'nan'"),
        ("a.png,0,,10,10,a,b,", "mine.csv, row 3, column top: expected pixels, a number, got ''"),
        ("a.png,9,0,9,10,a,b,", "mine.csv, row 3, column right: expected more than left, 9, got 9"),
        ("a.png,0,10,9,2,a,b,", "mine.csv, row 3, column bottom: expected more than top, 10, got 2"),
        ("a.png,50,0,60,10,a,b,", "row 3, column left: expected a box on the image, 0 to 40, got 50 to 60"),
        ("a.png,0,30,10,40,a,b,", "row 3, column top: expected a box on the image, 0 to 20, got 30 to 40"),
        (
            "c.png,0,0,10,10,a,b,",
            "row 3, column image: expected a file, named from the CSV's folder, got 'c.png'",
        ),
        ("mine.csv,0,0,10,10,a,b,", "row 3, column image: expected an image, got 'mine.csv', which is none"),
        (",0,0,10,10,a,b,", "mine.csv, row 3, column image: expected text, got an empty cell"),
        ("a.png,0,0,10,10,,b,", "mine.csv, row 3, column caption: expected text, got an empty cell"),
        ("a.png,0,0,10,10,a,,b", "mine.csv, row 3, column negative_1: expected text, got an empty cell"),
    ],
)
def test_what_is_wrong_with_a_row_is_said_by_file_row_and_column(folder: Path, line: str, message: str):
    name = written(folder, ROWS[0], line)
    with pytest.raises(ValueError) as raised:
        find_benchmark(name)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("image,left,top,right,caption,negative_1", "without bottom got image, left, top, right, caption"),
        (HEADER + ",notes", "mine.csv, row 1, column notes: expected none but subset and negative_2"),
        (HEADER + ",caption", "mine.csv, row 1, column caption: expected once, got 2 of them"),
        ("", "mine.csv, row 1: expected the columns image, left, top"),
    ],
)
def test_what_is_wrong_with_the_header_is_said(folder: Path, header: str, message: str):
    name = written(folder, ROWS[0], header=header)
    with pytest.raises(ValueError) as raised:
        read_regions(name)
    assert message in str(raised.value)


def test_a_file_without_rows_and_no_file_are_said(folder: Path):
    with pytest.raises(ValueError, match=r"mine\.csv: expected at least one row below the header, got none"):
        find_benchmark(written(folder))
    with pytest.raises(FileNotFoundError, match=r"expected a CSV file, found none at .*absent\.csv"):
        find_benchmark(str(folder / "absent.csv"))
    (folder / "mine.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"mine\.csv: expected CSV in UTF-8"):
        find_benchmark(str(folder / "mine.csv"))


def test_the_folder_that_holds_one_file_and_its_images_is_the_same_benchmark(folder: Path):
    name = written(folder, *ROWS)
    (folder / "README.md").write_text("# My mugs")
    (folder / "notes.json").write_text("{}")
    assert find_benchmark(str(folder)) == find_benchmark(name)
    of_folder, of_file = open_split(str(folder)), open_split(name)
    assert of_folder.samples("own_all") == of_file.samples("own_all")
    assert of_folder.revision == of_file.revision and of_folder.protocol == of_file.protocol
    (folder / "other.csv").write_text(HEADER)
    with pytest.raises(ValueError, match=r"expected one CSV file in '.*', got mine\.csv, other\.csv"):
        find_benchmark(str(folder))


@pytest.mark.parametrize("other", ["README.md", "color.jsonl", "data/test.parquet"])
def test_a_csv_file_among_rows_of_another_form_is_no_benchmark(folder: Path, other: str):
    written(folder, *ROWS)
    (folder / "data").mkdir()
    (folder / other).write_text("---\nconfigs: []\n---\n")
    assert "own_all" not in find_benchmark(str(folder)).subsets


def test_it_ends_on_a_board_of_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setenv("FG_CACHE", str(folder / "cache"))
    backbone = CountingBackbone()
    monkeypatch.setattr("fg_demo.models.clip.load_backbone", lambda name, **_: backbone)
    lines = [f"{row},{subset}" for row, subset in zip(ROWS, ("Color", "Color", "Shape"), strict=True)]
    name = written(folder, *lines, header=HEADER + ",subset")
    arguments = ["evaluate", "--head", "cosine", "--benchmark", name, "--results", str(folder / "r")]
    assert cli.main(arguments) == 0
    assert "Color" in capsys.readouterr().out
    assert cli.main([*arguments, "--subsets", "own_color"]) == 2
    assert "subsets: expected none with a CSV file" in capsys.readouterr().err
    ((record,), problems) = load_results(folder / "r")
    assert not problems and record.benchmark.name == "mine.csv"
    assert "Crop of the given box" in str(record.protocol) and "Retrieval" not in str(record.protocol)
    (board,) = boards([record])
    view = fitting(BoardState(), board)
    assert board.columns(view)[:4] == ("mean_rank", "blind", "gain_over_blind", "top1")
    assert {"own_color", "own_shape"} <= set(board.columns(view)) and board.subsets == {
        "own_color": "Color",
        "own_shape": "Shape",
    }
    (entry,) = visible(board, view)
    ranks = [record.subsets[key].mean_rank or 0 for key in ("own_color", "own_shape")]
    assert entry.values["mean_rank"] == pytest.approx(sum(ranks) / 2) and entry.place == 1
    assert in_order([entry], "own_color") == [entry] and board.fine == (
        "mean_rank",
        "top1",
        "gain_over_blind",
    )
    assert "eight" not in reading_html(board) and "lower is better" in reading_html(board)
    assert "guessing has 1.88" in answer_html(board, [entry]), "(2.5 + 2) / 2 negatives' chances"
    table = table_html(board, [entry], view)
    assert ">Color<" in table and ">Shape<" in table and entry.values["sum"] is None
    chart = figure_chart([entry], board.table[board.figure(view.fine)])
    assert chart.to_dict()["layer"][-1]["encoding"]["x"]["title"] == "Mean rank: left is better"
    (row,) = results_table([record]).to_dict("records")
    assert row["mean_rank"] == entry.values["mean_rank"]
