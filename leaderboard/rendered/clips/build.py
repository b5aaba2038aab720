"""A split's clips on disk: VidSitu's annotation files, and a folder of frames a clip."""

import json
import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from fg_demo.adaptation.events import Event
from heads.io.atomic import replacing
from leaderboard.rendered.clips.events import Happening, sample_clip
from leaderboard.rendered.clips.frames import SIZE, draw_event
from leaderboard.rendered.drawing.backgrounds import background
from leaderboard.rendered.drawing.scenes import sample_light

FIRST = {"train": 4_000_000, "valid": 5_000_000}
"""The first seed of each split, so that no two share a clip; those of scenes are others."""
MOST = 1_000_000
JPEG = {"format": "JPEG", "quality": 90, "subsampling": 0}


def build_clips(split: str, clips: int, folder: Path, processes: int) -> Path:
    """The folder, with `frames/` and the annotation files of the split in it; a progress bar on stderr.

    Raises ValueError when the split is unknown or the number of clips is out of range.
    """
    if split not in FIRST:
        raise ValueError(f"split: expected one of {', '.join(FIRST)}, got {split!r}")
    if not 1 <= clips <= MOST:
        raise ValueError(f"clips: expected 1 to {MOST:,}, got {clips}")
    seeds = range(FIRST[split], FIRST[split] + clips)
    with ProcessPoolExecutor(processes) as pool:
        drawn = pool.map(partial(write_frames, folder=folder / "frames"), seeds, chunksize=4)
        for _ in tqdm(drawn, total=clips, desc="rendering", unit=" clips", disable=None):
            pass
    names = [clip_name(seed) for seed in seeds]
    entries: list[Any] = [annotation(seed) for seed in seeds]
    if split == "valid":
        entries = [[entry] for entry in entries]  # there are several of a clip in VidSitu
    _write(folder / "split_files" / f"vseg_split_{split}_lb.json", names)
    _write(folder / "vseg_ann_files" / f"vsann_{split}_lb.json", entries)
    return folder


def clip_name(seed: int) -> str:
    """What the clip of a seed is called."""
    return f"v_rendered{seed:08d}_seg_0_10"


def write_frames(seed: int, folder: Path) -> None:
    """Writes a clip's frames, five events of four, into a folder of its own."""
    with replacing(folder / clip_name(seed)) as aside:
        aside.mkdir(parents=True)
        happenings = sample_clip(seed)
        for number, image in enumerate(clip_frames(happenings, seed)):
            image.save(aside / f"{number:02d}.jpg", **JPEG)


def annotation(seed: int) -> dict[str, Any]:
    """A clip's events as VidSitu's files have them."""
    events = [happening.event() for happening in sample_clip(seed)]
    return {f"Ev{number}": _event(event, clip_name(seed)) for number, event in enumerate(events, start=1)}


def clip_frames(happenings: tuple[Happening, ...], seed: int) -> Iterator[Any]:
    """The frames of the clip of a seed, in order."""
    rng = random.Random(seed + 1)
    light, behind = sample_light(rng), background(happenings[0].setting, SIZE, rng)
    for place, happening in enumerate(happenings):
        yield from draw_event(happening, behind, light, 10 * seed + place)


def _event(event: Event, name: str) -> dict[str, Any]:
    said = {
        "ArgM (direction)": event.direction,
        "ArgM (manner)": event.manner,
        "Scene of the Event": event.scene,
    }
    args = {f"{role.slot} ({role.name})": role.phrase for role in event.roles}
    args |= {key: words for key, words in said.items() if words is not None}
    order = {key: str(place) for place, key in enumerate(args)}
    return {"vid_seg_int": name, "Verb": event.verb, "Args": args, "Arg_List": order}


def _write(path: Path, content: Any) -> None:
    with replacing(path) as aside:
        aside.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
