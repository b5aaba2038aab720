"""`python -m heads ground`: a grounded head from a file of attribute values."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from heads.candidates import Candidates
from heads.commands.program import DONE
from heads.kinds.grounded import GroundedHead
from heads.scoring import mean_rank
from heads.training.calibration import save_untrained
from heads.training.data import read_data

STRENGTHS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""What is tried for each factor; captions have length 1."""
ROUNDS = 2
"""How often each factor's strength is chosen, given the others'."""


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    words = "Values file the directions are of, as `leaderboard embed --values` writes it"
    parser.add_argument("--values", type=Path, required=True, help=words)
    words = "Candidates file the strengths and the logit scale are chosen on"
    parser.add_argument("--validation", type=Path, required=True, help=words)
    parser.add_argument("--output", type=Path, required=True, help="folder the head is written to")


def run(values: Path, validation: Path, output: Path) -> int:
    """The exit status of `python -m heads ground`. Errors are those of `read_data`, `GroundedHead.take_values` and
    `save_head`.
    """
    data = read_data({"validation": validation, "values": values})
    assert data.values is not None  # a file of them was read
    factors = {factor: list(names) for factor, names in data.values.factors.items()}
    head = GroundedHead(data.validation.dim, factors)
    head.take_values(data.values)
    choose_strengths(head, data.validation)
    written = save_untrained(head, data, output)
    for factor, strength in zip(factors, head.strength.tolist(), strict=True):
        print(f"{factor}: strength {strength:g}")
    print(written)
    return DONE


def choose_strengths(
    head: GroundedHead, candidates: Candidates, strengths: Sequence[float] = STRENGTHS
) -> None:
    """Sets each factor's strength to the one of `strengths` at which the candidates' mean rank is lowest, the first of
    those that are as good; one factor after another, all of them ROUNDS times, from zero on.
    """
    head.strength.zero_()
    for factor in [*range(len(head.strength))] * ROUNDS:
        found = {}
        for strength in strengths:
            head.strength[factor] = strength
            found[strength] = mean_rank(head, candidates)
        head.strength[factor] = min(found, key=lambda strength: found[strength])
