"""Files that a system or an editor leaves in any folder: they are nobody's content."""

import re
from pathlib import PurePosixPath

_NAMES = {
    ".DS_Store", ".localized", ".fseventsd", ".Trashes", ".TemporaryItems", ".AppleDouble", "__MACOSX", "Icon\r",
    "Thumbs.db", "ehthumbs.db", "desktop.ini", "$RECYCLE.BIN", "System Volume Information",
    ".directory", ".ipynb_checkpoints", "__pycache__",
}  # fmt: skip
_FOLDED = {name.casefold() for name in _NAMES}
_PATTERNS = re.compile(
    r"\._.*|\.(Spotlight-V|Trash-|nfs|fuse_hidden|~lock\.).*|.*~|.*\.sw[op]", re.IGNORECASE
)
"""AppleDouble's halves; indices, bins and files that are deleted while open; locks, copies and swap files of editors."""


def is_system_file(path: str) -> bool:
    """Whether the file or folder, or a folder that it lies in, is one of a system's or an editor's own."""
    return any(part.casefold() in _FOLDED or _PATTERNS.fullmatch(part) for part in PurePosixPath(path).parts)
