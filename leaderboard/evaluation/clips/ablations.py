"""An adaptation on clips, and the same without one of its parts, as the paper takes them away: trained and measured.

Each line is a training by `python -m fg_demo adapt` and a record by `python -m leaderboard evaluate-clips`; what is there
already is not done again.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fg_demo.adaptation.folder.files import CONTEXTUALISER, TRAINING
from fg_demo.adaptation.settings import FULL, PUBLISHED, settings_for
from heads.io.text_table import TextColumn, text_table
from leaderboard.records.files import load_results, slug
from leaderboard.records.record import Record
from leaderboard.tables.column import Column
from leaderboard.tables.columns import column
from leaderboard.tables.shown import of_events

Run = Callable[[Sequence[str]], None]
"""Runs `python -m` with these arguments. Raises OSError when that fails."""


@dataclass(frozen=True, slots=True)
class Ablation:
    """`changed` are settings of `fg_demo adapt`, in place of those of all of it and of the backbone; `rate` is what the
    rate of such a training is multiplied by; `of_tower`: the image tower itself is trained, whatever the backbone's own
    settings train; `published` is what the paper's second version states: verb@1 and CIDEr on VidSitu, 52.36 and 76.24
    for all of it.
    """

    name: str
    changed: Mapping[str, str] = field(default_factory=dict)
    rate: float = 1.0
    of_tower: bool = False
    published: str = ""


CONTEXT = "contextualiser_layers"
WHOLE = Ablation("all of it", {CONTEXT: str(PUBLISHED.contextualiser_layers)}, published="52.36, 76.24")
"""With the contextualiser, whatever the backbone's own settings say of it."""
ABLATIONS = (
    Ablation("no contextualiser", {CONTEXT: "0"}, published="52.78, 59.08"),
    Ablation("no made negatives", {"made_negatives": "0"}, published="52.38, 75.63"),
    Ablation("no clip losses", {"clip_weight": "0"}),
    Ablation("fluent captions", {"captions": "fluent"}, published="worse"),
    Ablation("LoRA on q, k, v", {"targets": "q_proj,k_proj,v_proj"}, of_tower=True, published="52.36, 76.24"),
    Ablation(
        "LoRA everywhere",
        {"targets": "q_proj,k_proj,v_proj,out_proj,fc1,fc2"},
        of_tower=True,
        published="CIDEr 71.86",
    ),
    Ablation(
        "full fine-tuning",
        {"tuning": FULL},
        rate=0.1,
        of_tower=True,
        published="43.53, 70.27; LoRA 45.53, 71.27",
    ),
)
"""All weights at once are trained at a tenth of LoRA's rate, which is ours."""
BASE, USED = "backbone alone", "contextualiser used"
PUBLISHED_OF_USED = {USED: "R@10 43.5 of 73.8"}
SHOWN = (
    *("image_to_text_r1", "text_to_image_r1", "clip_to_text_r1", "text_to_clip_r1"),
    *("clip_event", "clip_verb_top1", "clip_verb_one_frame_top1"),
)


@dataclass(frozen=True)
class Study:
    """What the trainings have in common: the backbone, the folder of clips, further flags of `fg_demo adapt`, and those
    where the image tower itself is trained, where everything is written, the device, and what runs a program.
    """

    backbone: str
    clips: Path
    flags: Sequence[str]
    tower_flags: Sequence[str]
    output: Path
    device: str
    run: Run

    def measure(self) -> list[tuple[str, Record]]:
        """The name and record of each line, the backbone alone first. Raises what `run` does."""
        found = [(BASE, self._record(BASE, ["--backbone", self.backbone, *self._wording()]))]
        for ablation in (WHOLE, *self.ablations()):
            folder = self._trained(ablation)
            found.append((ablation.name, self._record(ablation.name, self._model(ablation, folder))))
            if ablation is WHOLE:
                context = ["--contextualiser", str(folder / CONTEXTUALISER)]
                found.append((USED, self._record(USED, [*self._model(ablation, folder), *context])))
        return found

    def ablations(self) -> list[Ablation]:
        """Those that change something of all of it."""
        own = settings_for(self.backbone, contextualiser_layers=PUBLISHED.contextualiser_layers)
        return [
            one
            for one in ABLATIONS
            if any(str(getattr(own, name)) != value for name, value in one.changed.items())
        ]

    def _trained(self, ablation: Ablation) -> Path:
        """The folder of the training, made unless it is there."""
        folder = self.output / _folder(ablation.name)
        if (folder / TRAINING).is_file():
            return folder
        changed = {**WHOLE.changed, **ablation.changed}
        flags = [f"--{name.replace('_', '-')}={value}" for name, value in changed.items()]
        data = ["--vidsitu", str(self.clips), "--frames", str(self.clips / "frames")]
        where = ["--output", str(folder), "--backbone", self.backbone, "--device", self.device, "--resume"]
        common = [*self.flags, *(self.tower_flags if ablation.of_tower else ())]
        if ablation.rate != 1:
            flags.append(f"--learning-rate={ablation.rate * self._rate(common):g}")
        self.run(["fg_demo", "adapt", *where, *data, *common, *flags])
        return folder

    def _rate(self, flags: Sequence[str]) -> float:
        """The rate that the flags of `fg_demo adapt` name, else the backbone's own."""
        parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
        parser.add_argument("--learning-rate", type=float, default=settings_for(self.backbone).learning_rate)
        return parser.parse_known_args(flags)[0].learning_rate

    def _model(self, ablation: Ablation, folder: Path) -> list[str]:
        if ablation.changed.get("tuning") == FULL:
            named = ["--backbone", str(folder)]
        else:
            named = ["--backbone", self.backbone, "--adapter", str(folder)]
        # In its own wording, since what is asked is whether that one is the better teacher.
        return [*named, *self._wording(ablation.changed.get("captions"))]

    def _wording(self, changed: str | None = None) -> list[str]:
        return ["--captions", changed or settings_for(self.backbone).captions]

    def _record(self, name: str, model: Sequence[str]) -> Record:
        """The record of the model, measured unless it is there."""
        results = self.output / "results" / _folder(name)
        records, _ = load_results(results)
        if not records:
            where = ["--clips", str(self.clips), "--results", str(results), "--device", self.device]
            self.run(["leaderboard", "evaluate-clips", *where, *model])
            records, _ = load_results(results)
        return records[0]


def ablation_table(found: Sequence[tuple[str, Record]]) -> str:
    """A line each: recall of events and clips, where the caption ranks among its hard negatives, verbs, and what is
    published; 95 % intervals are in the records.
    """
    figures = [of_events(column(name)) for name in SHOWN]
    titles = [TextColumn("", left=True), *(TextColumn(one.short) for one in figures)]
    published = {one.name: one.published for one in (WHOLE, *ABLATIONS)} | PUBLISHED_OF_USED
    rows = [[name, *_cells(record, figures), published.get(name, "")] for name, record in found]
    return text_table([*titles, TextColumn("published", left=True)], rows)


def _folder(name: str) -> str:
    return slug(name.lower())


def _cells(record: Record, figures: Sequence[Column]) -> Iterator[str]:
    return (one.text(one.value(record)) for one in figures)
