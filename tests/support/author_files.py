"""Files of the paper's authors that state no licence, and so are not part of the project: their annotations and heads.

AUTHOR_FILES names the folder that holds `fg-ovd/`, `heads/` and `guided/`, those of GUIDED's authors; by default it is
looked for beside the checkout. What needs them is skipped without them.
"""

import os
from pathlib import Path

import pytest

FILES = Path(os.environ.get("AUTHOR_FILES") or Path(__file__).parents[3] / "shared" / "data")
FG_OVD, HEADS, GUIDED = FILES / "fg-ovd", FILES / "heads", FILES / "guided"


def needs(folder: Path) -> pytest.MarkDecorator:
    """Skips what is marked where the folder is not there."""
    return pytest.mark.skipif(not folder.is_dir(), reason=f"no {folder.name} in the folder AUTHOR_FILES")
