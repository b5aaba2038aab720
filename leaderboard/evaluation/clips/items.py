"""A split of clips in VidSitu's layout as heads are measured on it."""

import hashlib
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from fg_demo.adaptation.captions import TEMPLATES, Template, event_caption
from fg_demo.adaptation.data import FRAMES_OF_AN_EVENT, Frame, frame_files, frames_of_part
from fg_demo.adaptation.events import Event
from fg_demo.adaptation.negatives import VerbFrames, made_negatives, verb_frames
from fg_demo.adaptation.vidsitu import EVENTS, VidSitu, annotations_file, read_vidsitu
from fg_demo.boxes import Box
from leaderboard.benchmarks.protocol import Clips
from leaderboard.benchmarks.samples import Sample

TRAINING = "train"
MADE, SEED = 4, 123
"""Negatives made of an event, and what draws their verbs."""


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """An annotation's event: of which annotation of which clip, which part of it, its frames, none where they are not
    asked for, its verb, its caption, and the captions of the events made of it by another verb.
    """

    clip: str
    annotation: int
    part: int
    frames: tuple[Frame, ...]
    verb: str
    caption: str
    made: tuple[str, ...]

    @property
    def moment(self) -> tuple[str, int]:
        """What it is told of: several annotations may tell the same."""
        return self.clip, self.part


@dataclass(frozen=True)
class ClipItems:
    """A split's events, those of an annotation together; `verbs` are all that the annotations know, told as `template`
    tells an event of which nothing else is said. `left_out`: reason → count.
    """

    name: str
    split: str
    revision: str
    wording: str
    events: tuple[ToldEvent, ...]
    verbs: tuple[str, ...]
    left_out: Mapping[str, int]

    @property
    def protocol(self) -> Clips:
        """How they are measured."""
        return Clips(self.wording, MADE, len(EVENTS), FRAMES_OF_AN_EVENT)

    @cached_property
    def event_samples(self) -> list[Sample]:
        """Each event's caption against those of the other events of its clip and those made of it."""
        said: dict[tuple[str, int], set[str]] = {}
        told: dict[int, list[str]] = {}
        for event in self.events:
            said.setdefault(event.moment, set()).add(event.caption)
            told.setdefault(event.annotation, []).append(event.caption)
        return [
            self._sample(event, event.caption, (*told[event.annotation], *event.made), said[event.moment])
            for event in self.events
        ]

    @cached_property
    def verb_samples(self) -> list[Sample]:
        """Each event's verb against all others but those that another annotation has for it."""
        telling = {verb: event_caption(Event(verb), TEMPLATES[self.wording]) for verb in self.verbs}
        said: dict[tuple[str, int], set[str]] = {}
        for event in self.events:
            said.setdefault(event.moment, set()).add(telling[event.verb])
        return [
            self._sample(event, telling[event.verb], tuple(telling.values()), said[event.moment])
            for event in self.events
        ]

    def _sample(self, event: ToldEvent, true: str, others: tuple[str, ...], said: set[str]) -> Sample:
        """The image is the clip, since its events are no independent evidence, the box the part of it."""
        negatives = tuple(text for text in dict.fromkeys(others) if text not in said)
        return Sample(event.clip, Box(event.part, 0, event.part + 1, 1), true, negatives)


def read_items(
    folder: Path, split: str, frames: Path | None, wording: str = "explicit", name: str | None = None
) -> ClipItems:
    """The clips of the split of which `frames` holds a folder of frames; all of them, without frames, where it is None.

    Verbs are known from the split and from the training split where its annotations are there. `name` is what the
    benchmark is called, by default as the folder. Raises FileNotFoundError, or ValueError naming what is wrong or that
    no clip is left.
    """
    read = read_vidsitu(folder, split)
    known = _known_verbs(folder, read)
    rng = random.Random(SEED)
    digest = hashlib.sha256(repr(sorted(known.names)).encode())
    events: list[ToldEvent] = []
    missing = 0
    for number, clip in enumerate(read.clips):
        files = frame_files(frames / clip.name) if frames else []
        told = [
            replace(
                event,
                clip=clip.name,
                annotation=number,
                part=part,
                frames=frames_of_part(files, part, clip.parts),
            )
            for event, part in zip(
                _told(clip.events, known, TEMPLATES[wording], rng), clip.places, strict=True
            )
        ]
        if frames and not files:
            missing += 1
            continue
        events += told
        shown = [(frame.path.name, frame.path.stat().st_size) for event in told for frame in event.frames]
        digest.update(repr((clip, shown)).encode())
    left_out = {**read.left_out, **({"clips without a folder of frames": missing} if missing else {})}
    if not events:
        found = "; ".join(f"{count:,} {reason}" for reason, count in left_out.items())
        raise ValueError(
            f"clips: expected at least one in {folder}, {split}, got none ({found or 'an empty list'})"
        )
    called = name or folder.resolve().name
    return ClipItems(
        called, split, digest.hexdigest()[:12], wording, tuple(events), tuple(sorted(known.names)), left_out
    )


def _told(
    events: tuple[Event, ...], known: VerbFrames, template: Template, rng: random.Random
) -> Iterator[ToldEvent]:
    for event in events:
        made = (event_caption(one, template) for one in made_negatives(event, known, MADE, rng))
        yield ToldEvent("", 0, 0, (), event.verb, event_caption(event, template), tuple(made))


def _known_verbs(folder: Path, read: VidSitu) -> VerbFrames:
    there = annotations_file(folder, TRAINING).is_file()
    training = read_vidsitu(folder, TRAINING).clips if there else ()
    return verb_frames(event for clip in (*training, *read.clips) for event in clip.events)
