"""`python -m leaderboard evaluate-clips`: a head's figures on clips of events, and its record."""

import argparse
from pathlib import Path

from fg_demo.adaptation.captions import TEMPLATES
from fg_demo.adaptation.settings import settings_for
from heads.commands.program import DONE
from heads.io.cache import cache_folder
from heads.io.device import DEVICES
from leaderboard.flags import add_results
from leaderboard.records.folders import RESULTS


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    words = "cosine, a shipped head, a folder or a Hub repo; text-only: what the captions alone give away"
    parser.add_argument("--head", default="cosine", help=f"{words}; %(default)s")
    parser.add_argument("--backbone", default="mini-clip", help="mini-clip, a Hub id or a folder")
    words = "LoRA adapter on the backbone: a shipped one, a folder or a Hub repo"
    parser.add_argument("--adapter", metavar="NAME", help=words)
    words = "contextualiser.safetensors of an adapter's folder, to speak for events and clips in place of their means"
    parser.add_argument("--contextualiser", type=Path, metavar="FILE", help=words)
    words = "annotations in VidSitu's layout; default: the drawn clips in the cache"
    parser.add_argument("--clips", type=Path, metavar="FOLDER", help=words)
    words = "a folder of frames a clip below it; default: frames/ in the folder of annotations"
    parser.add_argument("--frames", type=Path, metavar="FOLDER", help=words)
    parser.add_argument("--split", default="valid", help="%(default)s")
    words = "wording of the captions; default: that of the backbone's own settings"
    parser.add_argument("--captions", choices=tuple(TEMPLATES), help=words)
    parser.add_argument("--device", default="auto", choices=DEVICES)
    add_results(parser)


def run(
    command: str,
    head: str = "cosine",
    backbone: str = "mini-clip",
    adapter: str | None = None,
    contextualiser: Path | None = None,
    clips: Path | None = None,
    frames: Path | None = None,
    split: str = "valid",
    captions: str | None = None,
    device: str = "auto",
    results: Path = RESULTS,
) -> int:
    """Measures a head, prints its figures, writes its record, which keeps `command`. Returns the exit status."""
    from fg_demo.models.adapter import joint_name
    from fg_demo.models.clip import load_backbone
    from leaderboard.embedding.embed import Embedder
    from leaderboard.embedding.progress import ProgressBars, silence_off_terminal
    from leaderboard.evaluation.clips.items import TRAINING, read_items
    from leaderboard.evaluation.clips.measured import measure_clips
    from leaderboard.evaluation.clips.text_only import NAME, text_only_record
    from leaderboard.records.files import save_record
    from leaderboard.rendered.clips.build import DRAWN
    from leaderboard.tables.report import report

    silence_off_terminal()
    folder = clips or cache_folder() / DRAWN
    if clips is None and not folder.is_dir():
        raise FileNotFoundError(
            f"clips: expected drawn ones in {folder}, found none: python -m leaderboard.rendered clips --split {split}"
        )
    wording = captions or settings_for(backbone).captions
    items = read_items(folder, split, frames or folder / "frames", wording)
    if head == NAME:
        record = text_only_record(items, read_items(folder, TRAINING, None, wording), command)
    else:
        encoder = load_backbone(joint_name(backbone, adapter), device=device)
        with ProgressBars() as progress:
            record = measure_clips(head, items, Embedder(encoder, progress=progress), command, contextualiser)
    print(report(record))
    print(f"written to {save_record(record, results)}")
    return DONE
