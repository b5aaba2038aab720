"""An adapter at another alpha than it was trained at: its weights stay, what they count by changes.

LoRA adds alpha / rank · B A to a weight, so that a smaller alpha is a point on the straight way from the backbone to the
adapter, and loses less of what the backbone knew (as weights are interpolated in WiSE-FT, arXiv 2109.01903).
"""

import json
import math
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fg_demo.adaptation.folder.files import CARD, CONTEXTUALISER, TRAINING, check_replaceable
from fg_demo.adaptation.folder.made import Made, read_made
from fg_demo.models.adapter import ADAPTER_CONFIG
from heads.io.atomic import replacing
from heads.io.strict_json import read_json


def check_rescalable(made: Made, output: Path) -> None:
    """Nothing, or ValueError when writing to `output` would lose something: what is no adapter's, or somebody's own words
    in the card of the one that is there.
    """
    there: Made | None = made
    if output.resolve() != made.folder.resolve():
        check_replaceable(output)
        there = read_made(output) if (output / ADAPTER_CONFIG).is_file() else None
    if there is not None and not there.has_own_card():
        raise ValueError(
            f"{output / CARD}: expected the card as it was written, found one that somebody wrote or changed; "
            "move it away, and put your words into the new one"
        )


def rescale(
    folder: Path, alpha: float, output: Path | None = None, measured: Sequence[Mapping[str, Any]] = ()
) -> None:
    """Lets the adapter in the folder count by `alpha`; training.json and card say which alpha it was trained at, and what
    was `measured` at which, if anything: a row each, `alpha` among its figures.

    It is written to `output`, as the part that is used, without the contextualiser; by default in place, with all that is
    there. Raises as `read_made` and `check_rescalable` do, and ValueError when alpha is no number above 0.
    """
    if not 0 < alpha < math.inf:
        raise ValueError(f"alpha: expected a number above 0, got {alpha}")
    made, target = read_made(folder), output or folder
    check_rescalable(made, target)
    number = int(alpha) if float(alpha).is_integer() else alpha
    said = {"trained": made.settings.alpha, "shipped": number, "measured": list(measured)}
    left_out = [] if target.resolve() == folder.resolve() else [CONTEXTUALISER]
    with replacing(target) as aside:
        shutil.copytree(folder, aside, ignore=shutil.ignore_patterns(*left_out))
        config = read_json((folder / ADAPTER_CONFIG).read_bytes()) | {"lora_alpha": number}
        text = json.dumps(config, indent=2, sort_keys=True)
        (aside / ADAPTER_CONFIG).write_text(text + "\n", encoding="utf-8")
        text = json.dumps({**made.about, "alpha": said}, indent=1)
        (aside / TRAINING).write_text(text + "\n", encoding="utf-8")
        (aside / CARD).write_text(read_made(aside).card(target.name), encoding="utf-8")
