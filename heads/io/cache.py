"""The cache folder (FG_CACHE), for things that can be made again."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """Folder of embeddings, rebuilt splits, converted heads: the variable FG_CACHE, else ~/.cache/reprojection-heads."""
    named = os.environ.get("FG_CACHE")
    return Path(named) if named else Path.home() / ".cache" / "reprojection-heads"
