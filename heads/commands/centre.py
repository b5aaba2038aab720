"""`python -m heads centre`: a centred head from a file of pairs."""

import argparse
from pathlib import Path

from heads.kinds.centred import CentredHead
from heads.persistence.folder import save_head
from heads.scoring import mean_rank
from heads.training.calibration import fit_logit_scale
from heads.training.data import read_data

STAGE = "means"
"""What such a head went through in place of a training."""


def add_centre(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command's flags."""
    words = "a head that takes away the mean image and the mean caption; nothing is trained"
    command = commands.add_parser("centre", help=words, description=f"{words.capitalize()}.")
    command.set_defaults(run=centre)
    command.add_argument("--pairs", type=Path, required=True, help="Pairs file the means are of")
    command.add_argument(
        "--validation", type=Path, required=True, help="Candidates file the logit scale is fitted to"
    )
    command.add_argument("--output", type=Path, required=True, help="folder the head is written to")


def centre(options: argparse.Namespace) -> int:
    """The exit status of `python -m heads centre`. Errors are those of `read_data` and `save_head`."""
    data = read_data({"validation": options.validation, "pairs": options.pairs})
    head = CentredHead(data.validation.dim)
    assert data.pairs is not None  # a file of them was read
    head.take_means(data.pairs)
    scale, rank = fit_logit_scale(head, data.validation), mean_rank(head, data.validation)
    folder = save_head(
        head,
        options.output,
        backbone=data.backbone,
        backbone_revision=data.backbone_revision,
        stage=STAGE,
        validation={"mean_rank": rank},
        data=data.about,
    )
    print(f"mean rank {rank:.3f}; logit scale {scale:g}; written to {folder}")
    return 0
