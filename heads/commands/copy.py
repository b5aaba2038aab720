"""`python -m heads copy`: a head's folder under another name, which its card then bears too."""

import argparse
import shutil
from pathlib import Path

from heads.commands.program import DONE
from heads.io.atomic import replacing
from heads.persistence.card import CARD_NAME
from heads.persistence.config import read_config
from heads.persistence.folder import check_replaceable


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    parser.add_argument("folder", type=Path, help="the head's folder, as build/heads/mlp/seed-123")
    words = "the new folder, whose name is the head's; an older head there is replaced"
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER", help=words)


def run(folder: Path, output: Path) -> int:
    """The exit status of `python -m heads copy`. Raises FileNotFoundError or ValueError when `folder` is no head, or
    `output` something else.
    """
    read_config(folder)
    target = output.resolve()
    check_replaceable(target)
    old = folder.resolve().name
    with replacing(target) as aside:
        shutil.copytree(folder, aside)
        if (card := aside / CARD_NAME).is_file():
            card.write_text(card.read_text(encoding="utf-8").replace(old, target.name), encoding="utf-8")
    print(output)
    return DONE
