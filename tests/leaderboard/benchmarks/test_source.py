"""Reading a benchmark: rows, images and captions from a folder laid out like a Hub dataset repo."""

import shutil
from pathlib import Path

import pytest
from datasets import Dataset
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fg_demo.boxes import Box, crop
from fg_demo.upright import upright
from leaderboard.benchmarks.captions import retrieval_captions, usual_captions
from leaderboard.benchmarks.catalogue import BENCHMARKS, SUBSETS, Benchmark
from leaderboard.benchmarks.lookup import find_benchmark
from leaderboard.benchmarks.readers import source as benchmarks
from leaderboard.benchmarks.split import load_benchmark, open_split
from tests.support.tiny_benchmark import (
    COLORS,
    CONFIGS,
    IMAGE_FEATURES,
    SUBSET_FEATURES,
    annotations,
    paint,
    scenes,
)

BOX = Box(5.0, 5.0, 40.0, 50.0)


def test_subsets_are_fg_ovds_eight_with_their_chance():
    assert {subset.config: subset.negatives for subset in SUBSETS.values()} == CONFIGS
    assert [subset.chance_rank for subset in SUBSETS.values()] == [6, 6, 6, 6, 6, 6, 4.5, 2]
    assert sum(subset.chance_rank for subset in SUBSETS.values()) == 42.5


@pytest.mark.parametrize("subset", SUBSETS)
def test_samples_hold_what_the_rows_say(tiny_benchmark: Path, subset: str):
    samples = load_benchmark(str(tiny_benchmark), subset)
    rows = annotations(4, SUBSETS[subset].negatives)
    assert [sample.image for sample in samples] == [str(row["image_id"]) for row in rows]
    assert [sample.positive for sample in samples] == [row["caption"] for row in rows]
    assert [sample.negatives for sample in samples] == [tuple(row["negatives"]) for row in rows]
    assert samples[1].box == Box(50.0, 20.0, 80.0, 60.0)


def test_negatives_are_cut_and_fewer_are_kept(tmp_path: Path):
    folder = one_subset(tmp_path, "pattern", [[f"other {i}" for i in range(9)], ["only one"]])
    assert [len(sample.negatives) for sample in load_benchmark(str(folder), "pattern")] == [7, 1]


def test_a_negative_equal_to_its_positive_is_dropped_before_the_cut_and_counted(tmp_path: Path, caplog):
    lists = [["the caption", *(f"other {i}" for i in range(10))], ["the caption"]]
    folder = one_subset(tmp_path, "1_attributes", lists)
    (sample,) = load_benchmark(str(folder), "hard")
    assert sample.negatives == tuple(f"other {i}" for i in range(10))
    assert (
        "2 negatives equal to their positive, dropped; 1 samples without a negative, dropped" in caplog.text
    )


def test_images_are_upright_and_lazy(tmp_path: Path):
    turned = paint(1, (96, 72))
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by a quarter: 96 × 72 stored is 72 × 96 seen
    turned.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    file = {"path": None, "bytes": (tmp_path / "turned.jpg").read_bytes()}
    rows = [dict(scenes(1)[0], image=file, width=72, height=96)]
    folder = write_config(tmp_path / "bench", "images", Dataset.from_list(rows, features=IMAGE_FEATURES))
    image = open_split(str(folder)).images["0"]
    assert image.size == (72, 96)
    shown = upright(Image.open(tmp_path / "turned.jpg"))
    assert crop(image, BOX).tobytes() == crop(shown, BOX).tobytes()


def test_images_by_id(tiny_benchmark: Path):
    images = open_split(str(tiny_benchmark)).images
    assert list(images) == ["0", "1", "2", "3"] and len(images) == 4 and "4" not in images
    assert images["2"].tobytes() == paint(2).tobytes()
    with pytest.raises(KeyError):
        images["4"]


def test_captions_are_several_an_image(tiny_benchmark: Path):
    captions = open_split(str(tiny_benchmark)).captions
    assert captions["1"] == tuple(f"scene 1, view {view}" for view in range(5))


@given(
    st.dictionaries(st.text(max_size=3), st.lists(st.sampled_from("abcdef"), max_size=3).map(tuple)),
    st.integers(0, 4),
)
def test_retrieval_captions_are_first_and_unique(captions: dict[str, tuple[str, ...]], limit: int):
    kept = retrieval_captions(captions, limit)
    firsts = [texts[0] for texts in captions.values() if texts]
    expected = [
        (image, texts[0]) for image, texts in captions.items() if texts and firsts.count(texts[0]) == 1
    ]
    assert [(image, text) for image, (text,) in kept.items()] == expected[:limit]


def test_configs(tiny_benchmark: Path):
    assert open_split(str(tiny_benchmark)).reader.configs() == [*CONFIGS, "images"]


def test_revision_of_a_folder_follows_its_data_only(tiny_benchmark: Path, tmp_path: Path):
    copy = shutil.copytree(tiny_benchmark, tmp_path / "elsewhere")
    before = open_split(str(tiny_benchmark)).revision
    (copy / "notes.txt").write_text("not data")
    assert open_split(str(copy)).revision == before and len(before) == 12
    (copy / "color" / "test.parquet").unlink()
    assert open_split(str(copy)).revision != before


def test_revision_of_a_pinned_hub_repo_needs_no_request():
    assert open_split("owner/name", revision="a" * 40).revision == "a" * 40


def test_find_benchmark(tiny_benchmark: Path):
    assert find_benchmark("fg-rendered") is BENCHMARKS["fg-rendered"]
    assert find_benchmark(str(tiny_benchmark)).name == "tiny"
    assert find_benchmark("owner/name").path == "owner/name"
    with pytest.raises(ValueError, match=r"benchmark: expected one of .*fg-rendered.* got 'no such thing'"):
        find_benchmark("no such thing")


def test_unknown_subset_and_split_are_named(tiny_benchmark: Path):
    with pytest.raises(ValueError, match=r"subset: expected one of \['hard', .* got 'harder'"):
        load_benchmark(str(tiny_benchmark), "harder")
    with pytest.raises(
        ValueError, match=r"split: expected one of \['test', 'validation'\].*tiny 1_attributes.* got 'trial'"
    ):
        load_benchmark(str(tiny_benchmark), "hard", "trial")


def test_a_split_not_built_yet_says_how_to_build_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FG_CACHE", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"python -m leaderboard.rendered build --split train"):
        load_benchmark("fg-rendered", "hard", "train")


def test_a_rebuilt_split_is_read_from_the_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    row = Benchmark("made", str(tmp_path / "shipped"), rebuilt={"test": "make it"})
    monkeypatch.setitem(benchmarks.BENCHMARKS, "made", row)
    monkeypatch.setenv("FG_CACHE", str(tmp_path))
    one_subset(tmp_path, "color", [["a green box"]], name="made")
    assert load_benchmark("made", "color")[0].negatives == ("a green box",)


def test_the_tiny_benchmark_is_ragged_and_its_captions_are_true():
    row = annotations(1, 10)[1]
    assert row["caption"] == f"a {COLORS[5]} box" and len(row["negatives"]) == 9
    assert paint(0).getpixel((60, 30)) == Image.new("RGB", (1, 1), COLORS[5]).getpixel((0, 0))


def one_subset(root: Path, config: str, negatives: list[list[str]], name: str = "bench") -> Path:
    rows = [
        {
            "annotation_id": i,
            "image_id": i,
            "bbox": [0.0, 0.0, 9.0, 9.0],
            "caption": "the caption",
            "negatives": texts,
        }
        for i, texts in enumerate(negatives)
    ]
    return write_config(root / name, config, Dataset.from_list(rows, features=SUBSET_FEATURES))


def write_config(folder: Path, config: str, dataset: Dataset) -> Path:
    folder.mkdir(parents=True)
    dataset.to_parquet(str(folder / "test.parquet"))
    (folder / "README.md").write_text(
        f"---\nconfigs:\n- config_name: {config}\n"
        "  data_files:\n  - split: test\n    path: test.parquet\n---\n"
    )
    return folder


def test_retrieval_takes_five_captions_an_image_as_is_usual():
    captions = {"a": tuple("1234567"), "b": tuple("123")}
    assert usual_captions(captions) == {"a": tuple("12345"), "b": tuple("123")}
