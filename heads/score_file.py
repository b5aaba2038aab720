"""`python -m heads.score_file HEAD CANDIDATES OUTPUT`: a head's scores of a Candidates file, for the sandbox."""

import sys
from pathlib import Path

import torch

from heads.candidates import load_candidates
from heads.folder import load_head
from heads.sandbox import SCORES_NAME
from heads.tensor_file import save_tensors

ROWS = 256
"""Regions scored at a time: some 256 x 11 x 512 floats, 6 MB."""


def main(folder: str, candidates_file: str, output: str) -> None:
    """Writes the scores, a row a region; masked columns hold zeros."""
    head, candidates = load_head(Path(folder)), load_candidates(candidates_file)
    found = []
    with torch.inference_mode():
        for rows in torch.arange(len(candidates)).split(ROWS):
            some = candidates.rows(rows)
            found.append(head.score(some.image, some.text).masked_fill(~some.mask, 0.0))
    save_tensors({SCORES_NAME: torch.cat(found)}, output, {})


if __name__ == "__main__":
    main(*sys.argv[1:])
