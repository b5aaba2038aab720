"""Datasets of others' making: images in the rows, boxes as fields of their own, captions of the Karpathy split."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, Features, List, Value
from datasets import Image as ImageFeature

from fg_demo.boxes import Box
from leaderboard.benchmarks.catalogue import BENCHMARKS
from leaderboard.benchmarks.split import load_benchmark, open_split
from tests.support.tiny_benchmark import paint, write_benchmark

BOX = {edge: Value("float32") for edge in "xywh"}
ARO = Features(
    {"image": ImageFeature(), "true_caption": Value("string"), "false_caption": Value("string"), "bbox": BOX}
)
KARPATHY = Features(
    {
        "filepath": Value("string"),
        "filename": Value("string"),
        "cocoid": Value("int64"),
        "sentences": List(Value("string")),
        "url": Value("string"),
    }
)


def stored(folder: Path, rows: list[dict[str, Any]], features: Features, benchmark: str, patch: Any) -> None:
    """The dataset in `folder`, as it would lie on the Hub, in place of the benchmark's repo."""
    (folder / "data").mkdir(parents=True)
    Dataset.from_list(rows, features=features).to_parquet(
        str(folder / "data" / "test-00000-of-00001.parquet")
    )
    here = replace(BENCHMARKS[benchmark], path=str(folder), revision=None)
    patch.setitem(BENCHMARKS, benchmark, here)


def test_rows_that_hold_their_image_share_it_by_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    rows = [
        {
            "image": paint(number),
            "true_caption": f"a {place}",
            "false_caption": "b a",
            "bbox": {"x": 10.0 * place, "y": 2.0, "w": 30.0, "h": 40.0},
        }
        for place, number in enumerate((0, 1, 0), start=1)
    ]
    stored(tmp_path / "aro", rows, ARO, "aro-relation", monkeypatch)
    assert open_split("aro-relation").reader.configs() == ["default"]
    samples = load_benchmark("aro-relation", "relation")
    assert samples == load_benchmark("aro-relation", "relation", streaming=True)
    first, second, third = samples
    assert first.image == third.image != second.image
    assert (first.box, first.negatives) == (Box(10.0, 2.0, 40.0, 42.0), ("b a",))
    images = open_split("aro-relation").images
    assert len(images) == 2 and list(images) == [first.image, second.image]
    assert images[second.image].tobytes() == paint(1).tobytes()
    assert open_split("aro-relation").captions == {}


def test_the_karpathy_split_gives_captions_and_where_their_images_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    rows = [
        {
            "filepath": "val2014",
            "filename": f"COCO_val2014_{number:012d}.jpg",
            "cocoid": number,
            "sentences": [f"scene {number}, view {view}" for view in range(5)],
            "url": f"http://images.cocodataset.org/val2014/COCO_val2014_{number:012d}.jpg",
        }
        for number in (7, 42)
    ]
    stored(tmp_path / "karpathy", rows, KARPATHY, "coco-karpathy", monkeypatch)
    captions = open_split("coco-karpathy").captions
    assert list(captions) == ["7", "42"] and captions["42"][4] == "scene 42, view 4"
    for number in (7, 42):
        paint(number).save(tmp_path / f"{number:012d}.jpg")
    monkeypatch.setenv("FG_IMAGES", str(tmp_path))
    images = open_split("coco-karpathy").images
    assert list(images) == ["7", "42"] and images["42"].size == paint(42).size


def test_a_column_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    rows = [{"image": paint(0), "true_caption": "a", "false_caption": "b", "bbox": None}]
    without = Features({name: ARO[name] for name in ("image", "true_caption")})
    stored(
        tmp_path / "aro", [{name: rows[0][name] for name in without}], without, "aro-relation", monkeypatch
    )
    expected = (
        r"aro-relation, default test, row 0: fields: expected \['image', 'bbox', 'true_caption', 'false_cap"
    )
    with pytest.raises(ValueError, match=expected):
        load_benchmark("aro-relation", "relation")


def test_a_folder_that_is_written_anew_is_read_anew(tmp_path: Path):
    folder = write_benchmark(tmp_path / "mine")
    before = load_benchmark(str(folder), "hard")
    path = folder / "1_attributes" / "test.parquet"
    stored_rows = Dataset.from_parquet(str(path))
    rows = [{**row, "caption": f"now {row['caption']}"} for row in stored_rows.to_list()]
    Dataset.from_list(rows, features=stored_rows.features).to_parquet(str(path))
    after = load_benchmark(str(folder), "hard")
    assert [sample.positive for sample in after] == [f"now {sample.positive}" for sample in before]
