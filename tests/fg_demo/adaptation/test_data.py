"""Clips and regions from files: which frames, which captions, which negatives; broken rows are named."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from fg_demo.adaptation.captions import EXPLICIT
from fg_demo.adaptation.data import AdaptationData, Frame, frame_files, read_regions, stacked, vidsitu_data
from fg_demo.adaptation.events import Clip, Event, Role
from fg_demo.adaptation.negatives import verb_frames
from fg_demo.adaptation.vidsitu import VidSitu
from fg_demo.boxes import Box

WALK, JOG = (Event(verb, (Role("Arg0", f"{verb}er", "man"),)) for verb in ("walk", "jogg"))


def write_frames(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True)
    for number in range(count):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(folder / f"{number:04d}.png")
    (folder / ".DS_Store").write_bytes(b"x")
    return folder


def numbers(frames: tuple[Frame, ...]) -> list[int]:
    return [int(frame.path.stem) for frame in frames]


@pytest.mark.parametrize(
    ("count", "first", "last"),
    [
        (300, [7, 22, 37, 52], [247, 262, 277, 292]),
        (20, [0, 1, 2, 3], [16, 17, 18, 19]),
        (1, [0] * 4, [0] * 4),
    ],
)
def test_four_frames_are_the_middles_of_the_quarters_of_an_events_fifth(tmp_path: Path, count, first, last):
    write_frames(tmp_path / "v_a", count)
    read = VidSitu((Clip("v_a", (WALK, JOG), (0, 4), 5),), {})
    data = vidsitu_data(read, tmp_path, verb_frames([WALK, JOG]), EXPLICIT, 4, seed=1)
    (clip,) = data.clips
    assert str(tmp_path.parent) not in data.about and tmp_path.name in data.about
    assert [moment is None for moment in clip] == [False, True, True, True, False]
    walk, jog = data.moments()
    assert numbers(walk.frames) == first and numbers(jog.frames) == last
    assert walk.caption == "In this photo, the action is walk, the walker is man"
    assert walk.negatives == ("In this photo, the action is jogg, the jogger is man",)


def test_clips_without_frames_are_counted(tmp_path: Path):
    write_frames(tmp_path / "v_a", 3)
    clips = tuple(Clip(name, (WALK,), (0,), 5) for name in ("v_a", "v_b", "v_b"))
    data = vidsitu_data(VidSitu(clips, {"odd": 1}), tmp_path, verb_frames([]), EXPLICIT, 4, seed=1)
    assert len(data.clips) == 1 and data.left_out == {"odd": 1, "clips without a folder of frames": 2}
    with pytest.raises(ValueError, match=r"expected at least one clip, got none \(1 odd; 2 clips without"):
        vidsitu_data(VidSitu(clips[1:], {"odd": 1}), tmp_path, verb_frames([]), EXPLICIT, 4, seed=1)
    assert frame_files(tmp_path / "nowhere") == []


def write_regions(folder: Path, text: str) -> Path:
    Image.new("RGB", (40, 30), "red").save(folder / "a.png")
    (folder / "regions.csv").write_text(text)
    return folder / "regions.csv"


HEADER = "image,left,top,right,bottom,caption,negative_1,negative_2\n"


def test_regions_are_clips_of_one_event_and_one_frame(tmp_path: Path):
    rows = "a.png,1,2,11,22,a red mug,a blue mug,a blue mug\na.png,,,,,a view,,\na.png,,,,,a red mug,a red mug,a pot\n"
    data = read_regions(write_regions(tmp_path, HEADER + rows))
    assert (data.events, data.frames, len(data.clips)) == (1, 1, 3)
    first, view, third = data.moments()
    assert first.frames == (Frame(tmp_path / "a.png", Box(1, 2, 11, 22)),) and first.negatives == (
        "a blue mug",
    )
    assert first.frames[0].image().size == (10, 20) and view.frames[0].image().size == (40, 30)
    assert view.negatives == () and third.negatives == ("a pot",)
    assert data.captions() == {"a red mug": 0, "a blue mug": 1, "a view": 2, "a pot": 3}
    table = data.table(data.captions())
    assert table.caption.tolist() == [[0], [2], [0]] and table.there.all()
    assert table.negatives[table.mask].tolist() == [1, 3]
    assert table.mask.tolist() == [[[True]], [[False]], [[True]]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image,caption\n", "regions.csv, row 1: expected the column bottom"),
        (HEADER + "a.png,1,2,3,4,,x,\n", "row 2, column caption: expected text, got an empty cell"),
        (
            HEADER + "b.png,,,,,a,x,\n",
            "row 2, column image: expected a file, named from the CSV's folder, got 'b.png'",
        ),
        (
            HEADER + "a.png,5,2,1,4,a,x,\n",
            "row 2, columns left, top, right, bottom: box: expected right > left",
        ),
        (HEADER + "a.png,5,,9,9,a,x,\n", "row 2, columns left, top"),
        (HEADER, "regions of regions.csv: expected at least one clip, got none"),
    ],
)
def test_broken_regions_are_named(tmp_path: Path, text: str, message: str):
    with pytest.raises(ValueError, match=message):
        read_regions(write_regions(tmp_path, text))


def test_a_frame_that_is_no_image_is_named(tmp_path: Path):
    (tmp_path / "bad.png").write_text("no image")
    with pytest.raises(ValueError, match=r"bad\.png"):
        Frame(tmp_path / "bad.png").image()
    with pytest.raises(FileNotFoundError, match="regions: expected a CSV file"):
        read_regions(tmp_path / "none.csv")


def test_pixels_stand_where_their_events_do():
    there = torch.tensor([[True, False], [True, True]])
    pixels = [torch.full((1, 3, 2, 2), float(number)) for number in (1, 2, 3)]
    found = stacked(pixels, there)
    assert found.shape == (2, 2, 1, 3, 2, 2) and found[..., 0, 0, 0, 0].tolist() == [[1.0, 0.0], [2.0, 3.0]]


def test_no_clip_is_no_data():
    with pytest.raises(ValueError, match="nothing: expected at least one clip"):
        AdaptationData((), 1, 1, "nothing")
