"""fg-rendered-categories: what a drawn thing is, of all 24 categories, as zero-shot classification asks it.

Coarse where fg-rendered is fine: a head or an adapter that bought attributes with categories shows it here.
"""

from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
from datasets import Features, List, Value

from leaderboard.rendered.captions.hard_negatives import with_article
from leaderboard.rendered.derived import SHIPPED_SPLITS, write_derived
from leaderboard.rendered.vocabulary import CATEGORIES

CATEGORY = "category"
"""The subset, and its config."""
ROWS = Features(
    {
        "image_id": Value("int64"),
        "bbox": List(Value("float64")),
        "caption": Value("string"),
        "negatives": List(Value("string")),
    }
)
CARD = Path(__file__).with_name("categories_card.md")


def prompt(category: str) -> str:
    """CLIP's own prompt for a class (Radford et al., arXiv 2103.00020, section 3.1.4), with the article that fits."""
    return f"a photo of {with_article(category)}"


def build_categories(scenes: Path, folder: Path) -> Path:
    """The folder: a row for each drawn thing of both splits of `scenes`, their images and a card."""
    splits = {split: {CATEGORY: category_rows(scenes, split)} for split in SHIPPED_SPLITS}
    return write_derived(scenes, folder, splits, ROWS, CARD)


def category_rows(scenes: Path, split: str) -> list[dict[str, Any]]:
    """The prompt of each thing's category, and those of all others."""
    things = parquet.read_table(scenes / "objects" / f"{split}.parquet").to_pylist()
    return [
        {
            "image_id": thing["image_id"],
            "bbox": thing["bbox"],
            "caption": prompt(thing["category"]),
            "negatives": [prompt(one) for one in CATEGORIES if one != thing["category"]],
        }
        for thing in things
    ]
