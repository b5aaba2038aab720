"""Annotation files as their authors publish them: every form gives the same samples, errors name the place."""

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from fg_demo.boxes import Box, crop, whole
from heads.io.download import DownloadError
from heads.io.object_store import ObjectStore
from leaderboard.benchmarks.annotation import ImageLocation, annotation
from leaderboard.benchmarks.lookup import find_benchmark
from leaderboard.benchmarks.readers.file_reader import file_rows
from leaderboard.benchmarks.readers.remote_images import PlacedImages, annotated_image
from leaderboard.benchmarks.samples import EQUAL, FEWER, PUNCTUATION, REPEATED, THIN, TRAIN2017
from leaderboard.benchmarks.split import load_benchmark, open_split
from tests.support.annotation_samples import (
    FILE_OF,
    REGIONS,
    SIZE,
    write,
    write_karpathy,
    write_lines,
    write_lvis,
    write_sugarcrepe,
)

PHOTO = Image.new("RGB", SIZE, "green")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder fg-ovd in a folder that FG_DATA names."""
    monkeypatch.setenv("FG_DATA", str(tmp_path))
    monkeypatch.delenv("FG_IMAGES", raising=False)
    (tmp_path / "fg-ovd").mkdir()
    return tmp_path


def test_both_forms_of_fg_ovd_give_the_same_samples(data: Path):
    write_lines(data / "fg-ovd" / "lines" / "hard.jsonl")
    from_lines = load_benchmark("fg-ovd", "hard"), open_split("fg-ovd").samples("hard").oddities
    (data / "fg-ovd" / "lines" / "hard.jsonl").unlink()
    write_lvis(data / "fg-ovd" / "benchmarks" / "1_attributes.json")
    assert (load_benchmark("fg-ovd", "hard"), open_split("fg-ovd").samples("hard").oddities) == from_lines
    assert load_benchmark(str(data / "fg-ovd"), "hard") == from_lines[0]
    first, thin, hat = from_lines[0]
    assert (first.image, first.box) == ("139", Box(10.5, 20.25, 40.5, 60.75))
    assert (first.positive, first.negatives) == ("A red mug.", ("A blue mug.", "A green mug."))
    assert hat.negatives == ("A metal hat.",)
    assert crop(PHOTO, thin.box).size == (1, 1)


SIDES = st.floats(0.01, 60.0, allow_subnormal=False)
WORDS = st.text(min_size=1, max_size=8).filter(str.strip)
ANY_REGIONS = st.lists(
    st.fixed_dictionaries(
        {
            "image": st.sampled_from(list(FILE_OF)),
            "box": st.tuples(*[st.floats(0.0, 40.0)] * 2, SIDES, SIDES).map(list),
            "caption": WORDS,
            "negatives": st.lists(WORDS, max_size=12),
        }
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(regions=ANY_REGIONS)
def test_any_rows_read_the_same_from_both_forms(tmp_path: Path, regions: list[dict[str, Any]]):
    columns, rows = find_benchmark("fg-ovd").columns, []
    for path in (write_lines(tmp_path / "a.jsonl", regions), write_lvis(tmp_path / "a.json", regions)):
        read = [annotation(row, columns) for row in file_rows(path)]
        rows.append([replace(row, url="") for row in read])  # which the lines lack
    assert rows[0] == rows[1]
    said = [(str(r["image"]), tuple(r["box"]), r["caption"], tuple(r["negatives"])) for r in regions]
    assert [(row.image, row.xywh, row.caption, row.negatives) for row in rows[0]] == said


def test_what_is_odd_is_counted_and_said(data: Path, caplog: pytest.LogCaptureFixture):
    write_lines(data / "fg-ovd" / "hard.jsonl")
    expected = {EQUAL: 1, REPEATED: 1, FEWER.format(10): 3, THIN: 1, PUNCTUATION: 1, TRAIN2017: 1}
    assert open_split("fg-ovd").samples("hard").oddities == expected
    load_benchmark("fg-ovd", "hard")
    assert all(f"{count} {reason}" in caplog.text for reason, count in expected.items())


def test_the_splits_lie_as_in_the_authors_repository(data: Path):
    write_lvis(data / "fg-ovd" / "benchmarks" / "color.json")
    write_lvis(data / "fg-ovd" / "validation_sets" / "color.json", REGIONS[:1])
    write_lvis(data / "fg-ovd" / "training_sets" / "color.json", REGIONS[:2])
    lengths = {
        split: len(load_benchmark("fg-ovd", "color", split)) for split in ("test", "validation", "train")
    }
    assert lengths == {"test": 3, "validation": 1, "train": 2}
    assert open_split("fg-ovd").reader.configs() == ["color"]
    assert len({open_split("fg-ovd", split).revision for split in lengths}) == 3


def test_a_subset_without_a_file_or_with_two_is_named(data: Path):
    write_lvis(data / "fg-ovd" / "hard.json")
    write_lines(data / "fg-ovd" / "1_attributes.jsonl")
    with pytest.raises(ValueError, match=r"fg-ovd test: expected one file color\.json .* found none"):
        load_benchmark("fg-ovd", "color")
    with pytest.raises(ValueError, match=r"expected one file hard\.json .*1_attributes\.jsonl, .*hard\.json"):
        load_benchmark("fg-ovd", "hard")


def test_images_are_found_in_a_coco_folder_whatever_the_year(
    data: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    write_lines(data / "fg-ovd" / "hard.jsonl")
    write_karpathy(data / "coco-karpathy" / "dataset_coco.json")
    coco = data / "coco"
    for name in FILE_OF.values():
        (coco / name).parent.mkdir(parents=True, exist_ok=True)
        PHOTO.save(coco / name)
    monkeypatch.setenv("FG_IMAGES", str(coco))
    images = open_split("fg-ovd").images
    assert set(images) == {"139", "285", "42"}
    assert images["285"].size == SIZE
    assert open_split("coco-karpathy").images["139"].size == SIZE, (
        "COCO_val2014_… is val2017's image of that number"
    )
    assert f"{coco}: 1 of 2 images are not there" in caplog.text, "42 is in no folder"


def test_an_image_of_another_size_than_its_annotation_states_is_refused(
    data: Path, monkeypatch: pytest.MonkeyPatch
):
    write_lines(data / "fg-ovd" / "hard.jsonl")
    PHOTO.save(data / "000000000139.jpg")
    Image.new("RGB", (9, 9)).save(data / "000000000285.jpg")
    monkeypatch.setenv("FG_IMAGES", str(data))
    with pytest.raises(ValueError, match=r"000000000285\.jpg: expected \(64, 48\) px .* got \(9, 9\)"):
        open_split("fg-ovd").images["285"]


def test_captions_come_from_the_karpathy_split_and_their_absence_is_said(
    data: Path, caplog: pytest.LogCaptureFixture
):
    write_lines(data / "fg-ovd" / "hard.jsonl")
    assert open_split("fg-ovd").captions == {}
    assert "coarse retrieval is left out: no folder coco-karpathy" in caplog.text
    write_karpathy(data / "coco-karpathy" / "dataset_coco.json")
    captions = open_split("fg-ovd").captions
    assert list(captions) == ["139", "42"] == list(open_split("coco-karpathy").captions)
    assert captions["42"] == tuple(f"scene 42, view {view}" for view in range(5))
    assert list(open_split("coco-karpathy", "train").captions) == ["285"]
    assert open_split("coco-karpathy").reader.configs() == []


def test_sugarcrepe_is_of_whole_images_with_one_negative(data: Path):
    write_sugarcrepe(data / "sugarcrepe" / "data" / "swap_att.json")
    samples = load_benchmark("sugarcrepe", "swap_att")
    assert [sample.image for sample in samples] == [f"{number:012d}.jpg" for number in range(3)]
    assert samples[0].negatives == ("two dogs",)
    assert crop(PHOTO, samples[0].box).size == PHOTO.size == crop(PHOTO, whole(PHOTO)).size
    assert find_benchmark("sugarcrepe").subsets["swap_att"].chance_rank == 1.5
    with pytest.raises(ValueError, match=r"subset: expected one of \['replace_obj'.*got 'hard'"):
        load_benchmark("sugarcrepe", "hard")


def test_aro_files_state_the_box_in_four_fields(data: Path):
    row = {"image_path": "1.jpg", "true_caption": "a b", "false_caption": "b a"}
    box = {"bbox_x": 1, "bbox_y": 2, "bbox_w": 3, "bbox_h": 4}
    write(data / "aro-relation" / "visual_genome_relation.json", json.dumps([{**row, **box}]))
    (sample,) = load_benchmark("aro-relation", "relation")
    assert (sample.image, sample.box, sample.negatives) == ("1.jpg", Box(1.0, 2.0, 4.0, 6.0), ("b a",))


WRONG = {
    "bbox": ([1, 2, 3], r"bbox: expected four numbers left, top, width, height, got '\[1, 2, 3\]'"),
    "bbox ": ([1, 2, 0, 5], r"bbox: expected width and height above 0"),
    "bbox  ": ([64.0, 2, 5, 5], r"bbox: expected a box that meets its 64 × 48 px image"),
    "pos_expression": (["one", "two"], r"pos_expression: expected one caption, got"),
    "pos_expression ": ([" "], r"pos_expression: expected one caption"),
    "neg_expression": (["a", ""], r"neg_expression: expected captions, none of them empty"),
    "neg_expression ": (None, r"neg_expression: expected captions, none of them empty, got 'None'"),
    "image_id": (None, r"image_id: expected a number or a name, got 'None'"),
    "width": (-3, r"width: expected pixels, at least 1, got '-3'"),
}


@pytest.mark.parametrize("field", WRONG)
def test_a_wrong_field_is_named_with_its_line(data: Path, field: str):
    path = write_lines(data / "fg-ovd" / "hard.jsonl")
    value, message = WRONG[field]
    lines = path.read_text().splitlines()
    lines[1] = json.dumps(json.loads(lines[1]) | {field.strip(): value})
    path.write_text("\n".join(lines))
    with pytest.raises(ValueError, match=r"hard\.jsonl, line 2: " + message):
        load_benchmark("fg-ovd", "hard")


def test_a_missing_field_damaged_json_and_dangling_ids_are_named(data: Path):
    path = data / "fg-ovd" / "hard.jsonl"
    write(path, '{"image_id": 1, "bbox": [1, 2, 3, 4]}')
    with pytest.raises(
        ValueError, match=r"line 1: fields: expected .*'pos_expression'.* got \['bbox', 'image_id'\]"
    ):
        load_benchmark("fg-ovd", "hard")
    write(path, '{"image_id": 1')
    with pytest.raises(ValueError, match=r"hard\.jsonl, line 1: expected JSON, got"):
        load_benchmark("fg-ovd", "hard")
    path.unlink()
    lvis = json.loads(write_lvis(data / "fg-ovd" / "hard.json").read_text())
    lvis["annotations"][1]["neg_category_ids"] = [99]
    write(data / "fg-ovd" / "hard.json", json.dumps(lvis))
    with pytest.raises(
        ValueError, match=r"hard\.json, annotation 1: neg_category_ids: expected the id .* got 99"
    ):
        load_benchmark("fg-ovd", "hard")


def test_folders_can_be_named_for_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FG_DATA", "to be restored")
    monkeypatch.setenv("FG_IMAGES", "to be restored")
    with pytest.raises(ValueError, match=r"FG_DATA: expected a folder, got 'to be restored'"):
        load_benchmark("fg-ovd", "hard")
    write_lines(tmp_path / "fg-ovd" / "hard.jsonl")
    assert len(open_split("fg-ovd", data=tmp_path, images=tmp_path).samples("hard").samples) == 3
    with pytest.raises(ValueError, match=r"FG_IMAGES: expected a folder, got 'nowhere'"):
        open_split("fg-ovd", data=tmp_path, images=Path("nowhere"))


def test_an_image_is_never_taken_for_another_whose_name_ends_alike(
    data: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = data / "photos"
    folder.mkdir()
    for name in ("1.jpg", "000000000001.jpg"):
        PHOTO.save(folder / name)
    others = ("cat_1.jpg", "cats/1.jpg", "dog_000000000001.jpg", "../photos/1.jpg", str(folder / "1.jpg"))
    named = {name: ImageLocation(name, "") for name in (*others, "1.jpg", "COCO_train2014_000000000001.jpg")}
    images = PlacedImages(named, "http://127.0.0.1:9/", folder)
    found = {name for name in named if images._in_folder(named[name])}
    assert found == {"1.jpg", "COCO_train2014_000000000001.jpg"}


def test_rows_of_lvis_with_an_address_alone_find_the_local_file(data: Path, monkeypatch: pytest.MonkeyPatch):
    path = write_lvis(data / "fg-ovd" / "hard.json")
    content = json.loads(path.read_text())
    for image in content["images"]:
        image["coco_url"] = f"http://images.cocodataset.org/{image.pop('file_name')}"
    path.write_text(json.dumps(content))
    for name in FILE_OF.values():
        (data / "coco" / name).parent.mkdir(parents=True, exist_ok=True)
        PHOTO.save(data / "coco" / name)
    monkeypatch.setenv("FG_IMAGES", str(data / "coco"))
    assert open_split("fg-ovd").images["285"].size == SIZE


def test_images_of_an_object_store_are_read_where_they_lie(data: Path):
    write_lines(data / "fg-ovd" / "hard.jsonl")
    files, found = MemoryFileSystem(), io.BytesIO()
    PHOTO.save(found, "PNG")
    store = f"memory://{data.name}"
    with pytest.raises(
        ValueError, match=r"FG_IMAGES: expected a folder, got 'memory://.*', where nothing is"
    ):
        open_split("fg-ovd", images=store)
    files.pipe(f"/{data.name}/{FILE_OF[139]}", found.getvalue())
    try:
        images = open_split("fg-ovd", images=store).reader.images()
        assert isinstance(images, PlacedImages)
        assert images["139"].tobytes() == PHOTO.tobytes()
        again: Any = images.__reduce__()
        sent = again[0](*again[1])  # as in another process
        assert isinstance(sent, PlacedImages) and sent["139"].size == SIZE
        assert sent.content("139") == found.getvalue() and sent.fetch("139") == store
        files.pipe(f"/{data.name}/{FILE_OF[139]}", b"no image")
        with pytest.raises(ValueError, match=f"{store}: 139"):
            images["139"]
        absent = next(image for image in images if image != "139")
        placed = PlacedImages(
            {absent: ImageLocation("absent.jpg", "")}, "http://127.0.0.1:9/", ObjectStore(store)
        )
        with pytest.raises(DownloadError):
            placed[absent]
    finally:
        files.rm(f"/{data.name}", recursive=True)


def test_a_store_that_nothing_reads_is_refused_in_words():
    with pytest.raises(
        ValueError, match=r"FG_IMAGES: expected a folder that fsspec reads, got nosuch://coco: "
    ):
        open_split("fg-ovd", images="nosuch://coco")


@pytest.mark.parametrize(
    ("stated", "seen"), [((64, 48), (64, 48)), ((48, 64), (48, 64)), (None, (48, 64)), ((9, 9), None)]
)
def test_the_stated_size_decides_how_a_photograph_stored_turned_lies(
    stated: tuple[int, int] | None, seen: tuple[int, int] | None
):
    exif = Image.Exif()
    exif[274] = 6
    stream, photo = io.BytesIO(), Image.linear_gradient("L").resize(SIZE)
    photo.save(stream, "PNG", exif=exif)
    if seen is None:
        with pytest.raises(ValueError, match=r"1\.png: expected \(9, 9\) px .* got \(48, 64\)"):
            annotated_image(stream.getvalue(), "1.png", stated)
        return
    image = annotated_image(stream.getvalue(), "1.png", stated)
    expected = photo if seen == SIZE else photo.transpose(Image.Transpose.ROTATE_270)
    assert image.size == seen and image.tobytes() == expected.convert("RGB").tobytes()
