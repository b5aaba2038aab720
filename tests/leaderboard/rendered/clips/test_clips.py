"""Drawn clips: evenly drawn events, frames that move as the verb says, and files that VidSitu's reader reads."""

import json
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fg_demo.adaptation.captions import EXPLICIT, event_caption
from fg_demo.adaptation.data import vidsitu_data
from fg_demo.adaptation.negatives import made_negatives, verb_frames
from fg_demo.adaptation.vidsitu import read_vidsitu
from leaderboard.rendered.__main__ import main
from leaderboard.rendered.clips.build import FIRST, build_clips, write_frames
from leaderboard.rendered.clips.events import EVENTS, Happening, sample_clip
from leaderboard.rendered.clips.frames import FRAMES, SIZE, draw_event
from leaderboard.rendered.clips.verbs import MANNERS, VERBS
from leaderboard.rendered.drawing.objects import ObjectSpec
from leaderboard.rendered.drawing.surfaces import Light

MUG = ObjectSpec("mug", "red", "plastic", "plain", "opaque", "blue", "metal")
BOX = ObjectSpec("box", "green", "plastic", "plain", "opaque", "white", "metal")
LIGHT = Light((0.0, -0.6, 0.8), 0.5)


def frames_of(word: str, side: int = 1, manner: str = "quickly") -> list[np.ndarray]:
    verb = next(verb for verb in VERBS if verb.word == word)
    happening = Happening(verb, (MUG, BOX)[: len(verb.roles)], side, manner, "snow")
    grey = np.full((SIZE, SIZE, 3), 0.5, np.float32)
    return [np.asarray(image, np.float32) for image in draw_event(happening, grey, LIGHT, seed=3)]


def redness(frame: np.ndarray) -> np.ndarray:
    """Where the mug is: much more red than green."""
    return np.clip(frame[..., 0] - frame[..., 1] - 40, 0, None)


def centre(frame: np.ndarray) -> tuple[float, float]:
    weights = redness(frame)
    rows, columns = np.mgrid[0:SIZE, 0:SIZE]
    return float((rows * weights).sum() / weights.sum()), float((columns * weights).sum() / weights.sum())


def test_every_verb_draws_four_frames_that_differ():
    for verb in VERBS:
        drawn = frames_of(verb.word)
        assert len(drawn) == FRAMES and all(frame.shape == (SIZE, SIZE, 3) for frame in drawn)
        assert np.abs(drawn[0] - drawn[-1]).mean() > 1.0, verb.word


@pytest.mark.parametrize(("side", "sign"), [(-1, -1), (1, 1)])
@pytest.mark.parametrize("word", [verb.word for verb in VERBS if verb.directions is not None])
def test_what_moves_sideways_moves_to_the_side_that_is_said(word: str, side: int, sign: int):
    first, *_, last = frames_of(word, side)
    directions = next(verb for verb in VERBS if verb.word == word).directions
    said = {"to the left": -1, "to the right": 1}[directions[side > 0]]  # type: ignore[index]
    assert said == (-sign if word == "leave" else sign)
    assert said * (centre(last)[1] - centre(first)[1]) > 8


def test_rising_falling_growing_and_vanishing_are_what_they_say():
    ends = {word: (frames_of(word)[0], frames_of(word)[-1]) for word in ("rise", "fall", "grow", "vanish")}
    assert centre(ends["rise"][1])[0] < centre(ends["rise"][0])[0] - 8
    assert centre(ends["fall"][1])[0] > centre(ends["fall"][0])[0] + 8
    assert redness(ends["grow"][1]).sum() > 1.3 * redness(ends["grow"][0]).sum()
    assert redness(ends["vanish"][1]).sum() < 0.7 * redness(ends["vanish"][0]).sum()


def test_slowly_moves_less_than_quickly():
    moved = {manner: centre(frames_of("slide", 1, manner)[-1])[1] for manner in MANNERS}
    assert moved["quickly"] > moved["slowly"] + 4


def test_the_same_seed_draws_the_same_files(tmp_path: Path):
    for name in ("one", "two"):
        write_frames(7, tmp_path / name)
    one, two = (sorted((tmp_path / name).rglob("*.jpg")) for name in ("one", "two"))
    assert len(one) == EVENTS * FRAMES
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_events_are_drawn_evenly_and_no_verb_comes_twice_in_a_clip():
    clips = [sample_clip(seed) for seed in range(2_000)]
    assert all(len({happening.verb.word for happening in clip}) == EVENTS for clip in clips)
    happenings = [happening for clip in clips for happening in clip]
    for values, count in (
        ([happening.verb.word for happening in happenings], len(VERBS)),
        ([happening.manner for happening in happenings], len(MANNERS)),
        ([happening.side for happening in happenings], 2),
        ([(happening.verb.word, happening.manner) for happening in happenings], 2 * len(VERBS)),
        ([happening.things[0].category for happening in happenings], 24),
        ([happening.things[0].material for happening in happenings], 12),
    ):
        counts, mean = Counter(values), len(values) / count
        assert len(counts) == count
        assert all(abs(found - mean) < 5 * mean**0.5 for found in counts.values())


def test_every_event_has_four_made_negatives():
    events = [happening.event() for seed in range(40) for happening in sample_clip(seed)]
    frames = verb_frames(events)
    for event in events:
        made = made_negatives(event, frames, 4, random.Random(1))
        captions = {event_caption(one) for one in made}
        assert len(captions) == 4 and event_caption(event) not in captions


def test_a_made_negative_might_have_been_drawn():
    """Its verb has just these roles and says a direction where the event does: the wording does not give it away."""
    events = [happening.event() for seed in range(40) for happening in sample_clip(seed)]
    frames, verbs = verb_frames(events), {verb.word: verb for verb in VERBS}
    for event in events:
        for made in made_negatives(event, frames, 4, random.Random(1)):
            verb = verbs[made.verb]
            assert tuple((role.slot, role.name) for role in made.roles) == verb.roles
            assert made.direction in (verb.directions or (None,))


def test_files_are_read_by_vidsitus_reader(tmp_path: Path):
    build_clips("train", 2, tmp_path, processes=1)
    assert (
        main(["clips", "--split", "valid", "--clips", "1", "--processes", "1", "--output", str(tmp_path)])
        == 0
    )
    train, valid = (read_vidsitu(tmp_path, split) for split in ("train", "valid"))
    assert (len(train.clips), len(valid.clips)) == (2, 1) and not train.left_out and not valid.left_out
    expected = tuple(happening.event() for happening in sample_clip(FIRST["train"]))
    assert train.clips[0].events == expected
    data = vidsitu_data(train, tmp_path / "frames", verb_frames(expected), EXPLICIT, 4, seed=1)
    moments = list(data.moments())
    assert len(moments) == 10 and all(len(set(moment.frames)) == FRAMES for moment in moments)
    assert moments[0].frames[0].image().size == (SIZE, SIZE)
    assert [Image.open(frame.path).format for frame in moments[-1].frames] == ["JPEG"] * 4
    nested = json.loads((tmp_path / "vseg_ann_files" / "vsann_valid_lb.json").read_text())
    assert isinstance(nested[0], list)


def test_clips_that_are_left_out_are_those_of_the_beginning(tmp_path: Path):
    whole, rest = tmp_path / "whole", tmp_path / "rest"
    build_clips("valid", 3, whole, processes=1)
    command = ["clips", "--split", "valid", "--skip", "2", "--clips", "1", "--processes", "1"]
    assert main([*command, "--output", str(rest)]) == 0
    assert read_vidsitu(rest, "valid").clips == read_vidsitu(whole, "valid").clips[2:]
    assert len(list((rest / "frames").iterdir())) == 1
    assert main([*command[:4], "-1", "--output", str(rest)]) == 2


@pytest.mark.parametrize(
    ("split", "clips", "message"),
    [("test", 1, "split: expected one of train, valid, got 'test'"), ("train", 0, "clips: expected 1 to")],
)
def test_other_splits_and_no_clips_are_refused(tmp_path: Path, split: str, clips: int, message: str):
    with pytest.raises(ValueError, match=message):
        build_clips(split, clips, tmp_path, processes=1)
