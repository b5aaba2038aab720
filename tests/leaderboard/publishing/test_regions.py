"""A split's regions as files: what the benchmark crops, and what `fg_demo adapt` reads of it."""

from pathlib import Path

import pytest
from PIL import Image

from fg_demo.adaptation.data import read_regions
from fg_demo.boxes import Box
from leaderboard.__main__ import main
from leaderboard.benchmarks.own_csv import read_regions as read_benchmark
from leaderboard.benchmarks.samples import Sample
from leaderboard.benchmarks.split import open_split
from leaderboard.publishing.regions import one_in, write_regions

IMAGE = Image.linear_gradient("L").convert("RGB")
SAMPLES = [
    Sample("one", Box(0, 10, 40, 31), "A red mug.", ("A blue mug.", "A pot, tall.")),
    Sample("one", Box(5.5, 0, 9, 9), 'A "wool" hat', ("A felt hat",)),
]


def test_every_region_is_its_crop_with_its_captions(tmp_path: Path):
    path = write_regions(SAMPLES, {"one": ("a view", "a scene")}, {"one": IMAGE}, tmp_path / "out")
    moments = list(read_regions(path).moments())
    assert [moment.caption for moment in moments] == ["A red mug.", 'A "wool" hat', "a view", "a scene"]
    assert moments[0].negatives == ("A blue mug.", "A pot, tall.") and moments[1].negatives == ("A felt hat",)
    assert moments[2].negatives == () and moments[2].frames == moments[3].frames
    assert moments[0].frames[0].image().tobytes() == IMAGE.crop((0, 10, 40, 31)).tobytes()
    assert moments[1].frames[0].image().size == (4, 9) and moments[2].frames[0].image().size == IMAGE.size


def test_without_whole_images_it_is_a_benchmark_of_ones_own(tmp_path: Path):
    path = write_regions(SAMPLES, {}, {"one": IMAGE}, tmp_path / "out")
    assert [region.row.values["caption"] for region in read_benchmark(path)] == ["A red mug.", 'A "wool" hat']


def test_an_older_export_is_replaced_and_anything_else_kept(tmp_path: Path):
    for _ in range(2):
        write_regions(SAMPLES, {}, {"one": IMAGE}, tmp_path / "out")
    (tmp_path / "out" / "mine.txt").write_text("x")
    with pytest.raises(ValueError, match=r"expected a new folder or one of regions, found mine\.txt"):
        write_regions(SAMPLES, {}, {"one": IMAGE}, tmp_path / "out")


def test_the_command_exports_a_split(
    tiny_benchmark: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    given = ["--benchmark", str(tiny_benchmark), "--subsets", "hard", "--captions", "1"]
    assert main(["export-regions", *given, "--output", str(tmp_path / "out")]) == 0
    split = open_split(str(tiny_benchmark), subsets=["hard"])
    moments = list(read_regions(tmp_path / "out" / "regions.csv").moments())
    samples = split.samples("hard").samples
    assert [moment.caption for moment in moments[: len(samples)]] == [sample.positive for sample in samples]
    assert len(moments) == len(samples) + len(split.captions)
    assert main(["export-regions", *given[:-1], "-1", "--output", str(tmp_path / "out")]) == 2
    assert "captions: expected at least 0, got -1" in capsys.readouterr().err


def test_one_row_in_so_many_is_kept_as_lines_are_counted(tiny_benchmark: Path, tmp_path: Path):
    given = ["--benchmark", str(tiny_benchmark), "--subsets", "hard", "--captions", "1"]
    for every, folder in ((1, "all"), (2, "some")):
        line = ["export-regions", *given, "--every", str(every), "--output", str(tmp_path / folder)]
        assert main(line) == 0
    every, some = (
        [moment.caption for moment in read_regions(tmp_path / folder / "regions.csv").moments()]
        for folder in ("all", "some")
    )
    assert some == every[::2] and len(some) > 2  # lines 2, 4, …
    assert len(list((tmp_path / "some" / "pictures").iterdir())) < len(every)


def test_every_third_line_goes_on_counting_in_the_captions():
    captions = [("one", "a"), ("one", "b"), ("two", "c"), ("two", "d")]
    assert one_in(3, SAMPLES, captions) == ([SAMPLES[1]], [("two", "c")])  # lines 3 and 6
    assert one_in(1, SAMPLES, captions) == (SAMPLES, captions)


def test_every_is_looked_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["export-regions", "--every", "0", "--output", str(tmp_path / "out")]) == 2
    assert "every: expected at least 1, got 0" in capsys.readouterr().err
