"""A benchmark of other captions on the scenes that ship: its files, from rows."""

import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from datasets import Dataset, Features

from heads.io.atomic import replacing
from leaderboard.rendered.card import write_card

SHIPPED_SPLITS = ("test", "validation")
"""Those whose scenes ship."""

Rows = Sequence[Mapping[str, Any]]


def write_derived(
    scenes: Path, folder: Path, splits: Mapping[str, Mapping[str, Rows]], columns: Features, card: Path
) -> Path:
    """The folder, with a Parquet file for each split's subsets, the images of `scenes`, and the card."""
    with ExitStack() as files:
        for split, subsets in splits.items():
            for subset, rows in subsets.items():
                table = Dataset.from_dict(
                    {name: [row[name] for row in rows] for name in columns}, features=columns
                )
                table.to_parquet(files.enter_context(replacing(folder / subset / f"{split}.parquet")))
            for images in sorted((scenes / "images").glob(f"{split}-*.parquet")):
                shutil.copyfile(images, files.enter_context(replacing(folder / "images" / images.name)))
    write_card(folder, card)
    return folder
