"""The files of scores that visitors download, kept for a while in a temporary folder."""

import hashlib
import shutil
import tempfile
from functools import cache
from pathlib import Path
from threading import Lock

import pandas as pd

from heads.io.atomic import replacing

MAX_DOWNLOADS = 500
_writing = Lock()


def write_csv(table: pd.DataFrame) -> Path:
    """A file in a folder named by its content: visitors who see the same scores write the same one."""
    content = table.to_csv(index=False)
    with _writing:  # else another visitor's may drop the folder
        path = Path(_folder().name) / hashlib.sha256(content.encode()).hexdigest()[:16] / "scores.csv"
        with replacing(path) as aside:
            aside.write_text(content, encoding="utf-8")
        _drop_oldest(path.parents[1])
    return path


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Made when first needed, gone with the process."""
    return tempfile.TemporaryDirectory(prefix="reprojection-heads-")


def _drop_oldest(folder: Path) -> None:
    """Keep the downloads written last: the page copies each as soon as it is shown."""
    by_age = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in by_age[MAX_DOWNLOADS:]:
        shutil.rmtree(old, ignore_errors=True)
