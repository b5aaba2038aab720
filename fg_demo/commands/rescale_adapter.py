"""`python -m fg_demo rescale-adapter`: an adapter at another alpha, given or chosen on validation data."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from heads.commands.program import DONE, INCOMPLETE
from heads.io.device import DEVICES

if TYPE_CHECKING:
    from fg_demo.adaptation.folder.made import Made


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    parser.add_argument("folder", type=Path, help="the adapter's folder, as `fg_demo adapt` writes it")
    words = "what its weights are to count by; of several, with commas between, the best on validation data"
    parser.add_argument("--alpha", required=True, metavar="N,N", help=words)
    words = (
        "folder it is written to, without the contextualiser, which training alone needs; default: in place"
    )
    parser.add_argument("--output", type=Path, metavar="FOLDER", help=words)
    parser.add_argument("--backbone", help="the backbone it was trained on; default: the one it names")
    group = parser.add_argument_group("validation data, measured at each alpha")
    words = "CSV file as for `adapt`; of rows without negatives, the recall of whole images is to be kept"
    group.add_argument("--validation-regions", type=Path, metavar="FILE", help=words)
    group.add_argument("--vidsitu", type=Path, metavar="FOLDER", help="VidSitu's annotations, as for `adapt`")
    group.add_argument("--frames", type=Path, metavar="FOLDER", help="a folder of frames a clip below it")
    parser.add_argument("--device", choices=DEVICES, default="auto", help="where to measure; %(default)s")


def run(
    folder: Path,
    alpha: str,
    output: Path | None = None,
    backbone: str | None = None,
    validation_regions: Path | None = None,
    vidsitu: Path | None = None,
    frames: Path | None = None,
    device: str = "auto",
) -> int:
    """Measures the adapter where there is something to measure it on, and sets its alpha. Returns the exit status:
    INCOMPLETE when every alpha loses too much, and nothing is changed.
    """
    alphas = _alphas(alpha)
    from fg_demo.adaptation.folder.alpha import check_rescalable, rescale
    from fg_demo.adaptation.folder.made import read_made
    from fg_demo.adaptation.training.alphas import best_alpha

    made = read_made(folder)
    check_rescalable(made, output or folder)
    if (vidsitu is None) != (frames is None):
        raise ValueError("data: expected --vidsitu and --frames together, got one of them")
    if validation_regions or vidsitu:
        rows = _measured(made, alphas, backbone, validation_regions, vidsitu, frames, device)
        chosen = best_alpha(rows) if len(alphas) > 1 else alphas[0]
    else:
        if len(alphas) > 1:
            raise ValueError(f"alpha: expected one, or validation data to choose by, got {len(alphas)}")
        rows, chosen = [], alphas[0]
    if chosen is None:
        print("every alpha loses more than a point of the recall of whole images; nothing is changed")
        return INCOMPLETE
    rescale(folder, chosen, output, rows)
    print(f"{output or folder}: alpha {chosen:g}; it was trained at {made.settings.alpha}")
    return DONE


def _alphas(text: str) -> list[float]:
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise ValueError(f"alpha: expected numbers with commas between, got {text!r:.60}") from error
    if not all(0 < one < float("inf") for one in found):
        raise ValueError(f"alpha: expected numbers above 0, got {text!r:.60}")
    return found


def _measured(
    made: "Made",
    alphas: Sequence[float],
    backbone: str | None,
    regions: Path | None,
    vidsitu: Path | None,
    frames: Path | None,
    device: str,
) -> list[dict[str, float]]:
    from fg_demo.adaptation.data import read_regions
    from fg_demo.adaptation.training.alphas import loaded, measured_alphas, validation_sets
    from fg_demo.adaptation.training.bars import bars
    from fg_demo.adaptation.training.sets import clips_of
    from fg_demo.models.clip import load_backbone
    from heads.io.text_table import TextColumn, text_table

    clips = clips_of(made.settings, vidsitu, frames)[1] if vidsitu and frames else None
    sets = validation_sets(read_regions(regions) if regions else None, clips)
    base = load_backbone(backbone or made.about["backbone"], device=device)
    rows = measured_alphas(loaded(made, base, bars()), sets, alphas)
    cells = [[f"{row['alpha']:g}", *(f"{row[name]:.3f}" for name in list(row)[1:])] for row in rows]
    print(text_table([TextColumn(name) for name in rows[0]], cells))
    return rows
