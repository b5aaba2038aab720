"""`python -m heads guided`: the text heads of GUIDED, as folders of this project."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from heads.commands.catalogue import add_catalogue_flags, convert_catalogue
from heads.hub.guided import CATALOGUE, GUIDED, guided_folder


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    add_catalogue_flags(parser, CATALOGUE, guided_folder(), GUIDED.base_url)


def run(
    names: Sequence[str] = (),
    output: Path | None = None,
    source: str = GUIDED.base_url,
    timeout: float = 60.0,
) -> int:
    """The exit status: INCOMPLETE when some of the wanted heads could not be had."""
    return convert_catalogue(CATALOGUE, names, output or guided_folder(), source, "cosine", timeout)
