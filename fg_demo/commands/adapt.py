"""`python -m fg_demo adapt`: an adapter of a backbone's image tower, from clips or regions."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fg_demo.adaptation.captions import TEMPLATES
from fg_demo.adaptation.settings import HELP, Settings, settings_for
from heads.commands.program import DONE, INTERRUPTED
from heads.io.device import DEVICES

if TYPE_CHECKING:
    from fg_demo.adaptation.run import Sets
    from fg_demo.adaptation.train import Report


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    parser.add_argument("--output", type=Path, required=True, help="folder the adapter is written to")
    words = "mini-clip, a Hub id or a folder; %(default)s"
    parser.add_argument("--backbone", default="mini-clip", help=words)
    regions = parser.add_argument_group("regions, the image-only reduction, alone or beside clips")
    words = "CSV file of regions, captions and negatives, as `leaderboard export-regions` writes it"
    regions.add_argument("--regions", type=Path, metavar="FILE", help=words)
    words = "the same of the regions that epochs are chosen by; beside clips, these choose"
    regions.add_argument("--validation-regions", type=Path, metavar="FILE", help=words)
    clips = parser.add_argument_group("clips")
    words = "VidSitu's annotations: split_files/ and vseg_ann_files/ below it"
    clips.add_argument("--vidsitu", type=Path, metavar="FOLDER", help=words)
    clips.add_argument("--frames", type=Path, metavar="FOLDER", help="a folder of frames a clip below it")
    words = "go on with a training that stopped; its flags must be the same"
    parser.add_argument("--resume", action="store_true", help=words)
    words = "compute intermediate values twice instead of keeping them: less memory, a third more time"
    parser.add_argument("--recompute", action="store_true", help=words)
    parser.add_argument("--device", choices=DEVICES, default="auto", help="where to train; %(default)s")
    group = parser.add_argument_group("settings", "by default the published ones, on mini-clip its own")
    for setting in fields(Settings):
        kind: Callable[[str], Any] = setting.type  # pyright: ignore[reportAssignmentType]
        name = f"--{setting.name.replace('_', '-')}"
        group.add_argument(
            name, type=kind, metavar="N" if kind is not str else "WORDS", help=HELP[setting.name]
        )


def run(
    output: Path,
    backbone: str = "mini-clip",
    regions: Path | None = None,
    validation_regions: Path | None = None,
    vidsitu: Path | None = None,
    frames: Path | None = None,
    resume: bool = False,
    recompute: bool = False,
    device: str = "auto",
    **changed: Any,
) -> int:
    """Trains an adapter and writes its folder. Returns the exit status."""
    settings = settings_for(backbone, **changed)
    from fg_demo.adaptation.folder import check_replaceable
    from fg_demo.adaptation.run import adapt
    from fg_demo.models.clip import load_backbone

    check_replaceable(output)
    given = [one for one in (regions, validation_regions, vidsitu, frames) if one is not None]
    if regions and validation_regions and len(given) == 2:
        sets = _region_sets(regions, validation_regions)
    elif vidsitu and frames and not validation_regions:
        sets = _clip_sets(vidsitu, frames, regions, settings)
    else:
        raise ValueError(
            "data: expected --regions and --validation-regions, or --vidsitu and --frames, with --regions or without, "
            f"got {', '.join(map(str, given)) or 'none of them'}"
        )
    for data in filter(None, (sets.training, sets.validation, sets.regions)):
        for reason, count in data.left_out.items():
            print(f"{data.about}: left out {count:,} {reason}", file=sys.stderr)
    loaded = load_backbone(backbone, device=device)
    done = adapt(loaded, settings, sets, output, resume, _bars(), recompute)
    return DONE if done else INTERRUPTED


def _bars() -> "Report":
    """Shows progress as a bar for each thing that is done."""
    from tqdm import tqdm

    bars: dict[str, Any] = {}

    def report(what: str, done: int, total: int) -> None:
        if what not in bars:
            bars[what] = tqdm(total=total, desc=what, leave=False, disable=None)
        bars[what].update(done - bars[what].n)
        if done == total:
            bars.pop(what).close()

    return report


def _region_sets(training: Path, validation: Path) -> "Sets":
    from fg_demo.adaptation.data import read_regions
    from fg_demo.adaptation.run import Sets

    return Sets(read_regions(training), read_regions(validation))


def _clip_sets(annotations: Path, frames: Path, regions: Path | None, settings: Settings) -> "Sets":
    """Training and validation clips, and regions beside them; verbs stand in for each other as the training clips show
    them.
    """
    from fg_demo.adaptation.data import read_regions, vidsitu_data
    from fg_demo.adaptation.negatives import verb_frames
    from fg_demo.adaptation.run import Sets
    from fg_demo.adaptation.vidsitu import read_vidsitu

    read = {split: read_vidsitu(annotations, split) for split in ("train", "valid")}
    known = verb_frames(event for clip in read["train"].clips for event in clip.events)
    template, made, seed = TEMPLATES[settings.captions], settings.made_negatives, settings.seed
    training, validation = (
        vidsitu_data(one, frames, known, template, made, seed) for one in (read["train"], read["valid"])
    )
    return Sets(training, validation, regions and read_regions(regions))
