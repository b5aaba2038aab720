"""`python -m heads centre`: a centred head from a file of pairs."""

import argparse
from pathlib import Path

from heads.commands.program import DONE
from heads.kinds.centred import CentredHead
from heads.training.calibration import save_untrained
from heads.training.data import read_data


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    parser.add_argument("--pairs", type=Path, required=True, help="Pairs file the means are of")
    parser.add_argument(
        "--validation", type=Path, required=True, help="Candidates file the logit scale is fitted to"
    )
    parser.add_argument("--output", type=Path, required=True, help="folder the head is written to")


def run(pairs: Path, validation: Path, output: Path) -> int:
    """The exit status of `python -m heads centre`. Errors are those of `read_data` and `save_head`."""
    data = read_data({"validation": validation, "pairs": pairs})
    head = CentredHead(data.validation.dim)
    assert data.pairs is not None  # a file of them was read
    head.take_means(data.pairs)
    print(save_untrained(head, data, output))
    return DONE
