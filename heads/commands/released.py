"""`python -m heads released`: the authors' own heads, as folders of this project."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from heads.commands.catalogue import add_catalogue_flags, convert_catalogue
from heads.head import SIMILARITIES
from heads.hub.paper import CATALOGUE, PAPER, released_folder


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    add_catalogue_flags(parser, CATALOGUE, released_folder(), PAPER.base_url)
    words = "what compares their projections; dot, as they were trained"
    parser.add_argument("--similarity", choices=SIMILARITIES, default="dot", help=words)


def run(
    names: Sequence[str] = (),
    output: Path | None = None,
    source: str = PAPER.base_url,
    similarity: str = "dot",
    timeout: float = 60.0,
) -> int:
    """The exit status: INCOMPLETE when some of the wanted heads could not be had."""
    return convert_catalogue(CATALOGUE, names, output or released_folder(), source, similarity, timeout)
