"""Heads side by side, inside a head, the gallery's choice, what is taken along, and the results folder."""

import csv
import io
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.benchmarks.samples import Sample
from leaderboard.board.cases import compare_link, errors, fixes
from leaderboard.board.export import view_csv, view_json, view_rows
from leaderboard.board.results import ResultsFolder
from leaderboard.charts.head import (
    confusion_chart,
    confusion_rows,
    learning_chart,
    negatives_chart,
    negatives_rows,
    scorer_names,
    subset_chart,
    subset_rows,
)
from leaderboard.charts.label_places import PLOT_WIDTHS, is_free, label_places, name_box
from leaderboard.page.side_by_side import difference, versus_html
from leaderboard.records.figures import SubsetResult
from leaderboard.records.files import file_name, save_record, to_json
from leaderboard.records.packing import pack_ranks, pack_runs, unpack_ranks
from leaderboard.tables.columns import COLUMNS
from tests.support.board_records import board_folder, board_record, cosine_record, paper_record
from tests.support.boards import boards

from fg_demo.page.taking.link import from_query  # isort: skip
from fg_demo.boxes import Box  # isort: skip


@pytest.fixture(scope="module")
def entries():
    records = [cosine_record(), board_record("one", 0.8, 0.1), board_record("two", 0.6, 0.3, drawn=1)]
    return {entry.record.head.name: entry for entry in boards(records)[0].entries}


def test_a_difference_is_paired_where_both_ranked_the_same_items(entries):
    found = difference(entries["cosine"], entries["one"], "hard")
    assert found is not None and found.paired is not None and found.by < 0
    ours = unpack_ranks(entries["one"].record.subsets["hard"].ranks)
    before = unpack_ranks(entries["cosine"].record.subsets["hard"].ranks)
    assert found.by == pytest.approx(sum(ours) / len(ours) - sum(before) / len(before))
    assert found.paired.difference == pytest.approx(found.by)


def test_heads_ranked_on_other_items_are_not_paired(entries):
    other = board_record("other", drawn=5)
    subsets = {name: replace(result, items="ffffffffffff") for name, result in other.subsets.items()}
    found = difference(entries["one"], boards([replace(other, subsets=subsets)])[0].entries[0], "hard")
    assert found is not None and found.paired is None


def test_side_by_side_says_what_is_clear_and_who_is_right(entries):
    told = versus_html([entries["cosine"], entries["one"]])
    assert "better</small>" in told and "True caption first, of 480 items" in told
    same = versus_html([entries["one"], entries["one"]])
    assert "≈</small>" in same and "better</small>" not in same


def test_published_rows_stand_side_by_side_without_intervals():
    found = boards([paper_record("a", 1.4, 0.3), paper_record("b", 1.5, 0.4)])[0]
    assert "95 %" in versus_html(found.entries) and " to " not in versus_html(found.entries)


def test_the_subset_chart_has_a_bar_a_subset_and_head_and_the_chance_line(entries):
    shown = [entries["cosine"], entries["one"]]
    rows = subset_rows(shown)
    specification = subset_chart(shown, rows).to_dict()
    assert len(rows) == 16 and [layer["mark"]["type"] for layer in specification["layer"]] == [
        "bar",
        "rule",
        "tick",
    ]
    assert {row["chance"] for row in rows} == {6.0, 4.5, 2.0}
    assert "Mean ranks: cosine Hard" in specification["description"]


def test_the_negatives_chart_ends_at_the_mean_rank_and_draws_guessing(entries):
    rows = negatives_rows([entries["one"]], "pattern")
    assert [row["negatives"] for row in rows] == list(range(1, 8))
    assert rows[-1]["mean_rank"] == pytest.approx(entries["one"].record.subsets["pattern"].mean_rank)
    specification = negatives_chart([entries["one"]], rows, "pattern").to_dict()
    chance = specification["datasets"][specification["layer"][0]["data"]["name"]]
    assert chance[-1] == {"negatives": 7, "mean_rank": 4.5}


def test_the_confusion_chart_shows_shares_of_the_regions_where_they_could_be(entries):
    confusions = entries["one"].record.subsets["color"].confusions
    rows = confusion_rows(confusions)
    assert rows[0]["share"] == pytest.approx(100 * confusions[0].count / confusions[0].of)
    assert confusion_rows([replace(confusions[0], taken="")])[0]["taken"] == "(nothing)"
    assert confusion_chart(rows, "color").to_dict()["layer"][0]["mark"]["type"] == "rect"


def test_the_learning_curve_says_where_it_began_and_ended():
    history = [
        {"stage": "warm-up", "epoch": n, "loss": 1.0, "mean_rank": 5.0 - n, "recall": None} for n in (1, 2)
    ]
    assert "from 4.00 to 3.00" in learning_chart(history).to_dict()["description"]


def test_heads_of_the_same_name_are_told_apart_by_their_backbone():
    found = boards(
        [board_record("a"), board_record("a", backbone="tiny-clip", drawn=1), board_record("b", drawn=2)]
    )[0]
    assert sorted(scorer_names(found.entries).values()) == [
        "a · fine-grained on mini-clip",
        "a · fine-grained on tiny-clip",
        "b · fine-grained",
    ]


ranks = st.lists(st.integers(1, 11), min_size=1, max_size=30)


@given(ranks, st.data())
def test_errors_and_fixes_are_what_they_say_and_one_an_image(ours: list[int], data: st.DataObject):
    before = data.draw(st.lists(st.integers(1, 11), min_size=len(ours), max_size=len(ours)))
    images = [number // 2 for number in range(len(ours))]
    head, cosine = (
        SubsetResult(n=len(ours), ranks=pack_ranks(one), items="0123456789ab", images=pack_runs(images))
        for one in (ours, before)
    )
    wrong, fixed = errors(head, 4), fixes(head, cosine, 4)
    assert all(ours[number] > 1 for number in wrong) and all(ours[n] == 1 < before[n] for n in fixed)
    assert [ours[number] for number in wrong] == sorted((ours[number] for number in wrong), reverse=True)
    assert not wrong or ours[wrong[0]] == max(ours)
    for numbers in (wrong, fixed):
        assert len({images[number] for number in numbers}) == len(numbers) <= 4


def test_nothing_is_fixed_on_other_items(entries):
    result = entries["one"].record.subsets["hard"]
    assert fixes(result, replace(result, items="ffffffffffff")) == []


def test_a_case_links_to_the_same_comparison(entries):
    sample = Sample("1000291", Box(1.0, 2.0, 30.0, 40.0), "a red mug", ("a blue mug", "a & b"))
    asked = from_query(compare_link(entries["one"], sample))
    assert asked.image == "fg-rendered/test/1000291" and asked.box == (1, 2, 30, 40)
    assert asked.queries == "✓ a red mug\na blue mug\na & b" and (asked.backbone, asked.heads) == (
        "mini-clip",
        ("one",),
    )


def test_csv_and_json_are_the_rows_and_columns_shown(entries):
    shown = [entries["two"], entries["one"]]
    columns = [COLUMNS[name] for name in ("hard", "parameters")]
    rows = list(csv.DictReader(io.StringIO(view_csv(shown, columns))))
    assert [row["head"] for row in rows] == ["two", "one"]
    assert list(rows[0])[-4:] == ["hard", "hard_low", "hard_high", "parameters"]
    assert float(rows[0]["hard"]) == pytest.approx(shown[0].values["hard"], abs=1e-4)
    assert json.loads(view_json(shown, columns)) == json.loads(json.dumps(view_rows(shown, columns)))
    assert view_csv([], columns) == ""


def test_a_spreadsheet_does_not_take_a_name_for_a_formula():
    entry = boards([board_record("=HYPERLINK(1)")])[0].entries[0]
    assert "'=HYPERLINK(1)" in view_csv([entry], []) and '"=HYPERLINK(1)"' in view_json([entry], [])


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=12),
    st.sampled_from([plot for plot, _, _ in PLOT_WIDTHS]),
)
def test_no_name_covers_another(points: list[tuple[float, float]], plot: float):
    names = [f"head-{number}" for number in range(len(points))]
    places = label_places(points, names, plot)
    boxes = [
        name_box(*point, name, place, plot)
        for point, name, place in zip(points, names, places, strict=True)
        if place
    ]
    for number, box in enumerate(boxes):
        assert is_free(box, boxes[:number] + boxes[number + 1 :], plot)


def test_a_folder_is_read_again_only_when_it_changed(tmp_path, monkeypatch):
    reads = []
    folder = ResultsFolder(board_folder(tmp_path))
    from leaderboard.board import results as results_folder

    load = results_folder.indexed_results
    monkeypatch.setattr(results_folder, "indexed_results", lambda *given: reads.append(given) or load(*given))
    assert folder.read(None) is folder.read(None) and len(reads) == 1
    save_record(board_record("late", drawn=7), tmp_path)
    assert len(folder.read(None).records) == 14 and len(reads) == 2
    next(tmp_path.glob("*late*")).unlink()
    assert len(folder.read(None).records) == 13


def test_bad_files_are_named_and_the_good_ones_shown(tmp_path):
    save_record(board_record("good"), tmp_path)
    text = to_json(board_record("other", drawn=1))
    bad = {
        "half.json": text[: len(text) // 2],
        "nan.json": text.replace('"mean_rank": ', '"mean_rank": NaN, "x": ', 1),
        "zero.json": text.replace('"mean_rank": 1', '"mean_rank": 0', 1).replace(
            '"mean_rank": 2', '"mean_rank": 0', 1
        ),
        "future.json": text.replace('"schema": 2', '"schema": 3'),
        "name.json": text.replace('"other"', '"' + "n" * 10_000_000 + '"'),
        "<b>.json": "[1]",
        "binary.json": "\x00\x01",
    }
    for name, content in bad.items():
        (tmp_path / name).write_text(content)
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "gone.json").symlink_to(tmp_path / "nowhere")
    results = ResultsFolder(tmp_path).read()
    assert [record.head.name for record in results.records] == ["good"]
    assert {problem.file for problem in results.problems} == {*bad, "folder.json", "gone.json"}


def test_the_same_measurement_twice_is_shown_once_the_later_one(tmp_path):
    first = board_record("one")
    assert first.produced is not None
    later = replace(first, produced=replace(first.produced, date="2027-05-06T00:00:00+00:00"))
    save_record(first, tmp_path)
    (tmp_path / "again.json").write_text(to_json(later))
    results = ResultsFolder(tmp_path).read()
    assert results.records == (later,) and results.problems[0].file == file_name(first)
