"""The same few regions in each of the forms that annotation files come in."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

REGIONS: list[dict[str, Any]] = [
    {
        "image": 139,
        "box": [10.5, 20.25, 30.0, 40.5],
        "caption": "A red mug.",
        "negatives": ["A blue mug.", "A green mug."],
    },
    {"image": 139, "box": [0.07, 0.5, 0.07, 0.08], "caption": "A plate. .", "negatives": ["A bowl."]},
    {
        "image": 285,
        "box": [1.0, 2.0, 3.0, 4.0],
        "caption": "A wool hat.",
        "negatives": ["A wool hat.", "A metal hat.", "A metal hat."],
    },
]
FILE_OF = {139: "val2017/000000000139.jpg", 285: "train2017/000000000285.jpg"}
SIZE = (64, 48)


def write_lines(path: Path, regions: Sequence[dict[str, Any]] = REGIONS) -> Path:
    """A line per box, the fields that FG-CLIP's files have."""
    rows = [
        {
            "img_path": FILE_OF[region["image"]],
            "bbox": region["box"],
            "pos_expression": [region["caption"]],
            "neg_expression": region["negatives"],
            "width": SIZE[0],
            "height": SIZE[1],
            "image_id": region["image"],
        }
        for region in regions
    ]
    return write(path, "".join(json.dumps(row) + "\n" for row in rows))


def write_lvis(path: Path, regions: Sequence[dict[str, Any]] = REGIONS) -> Path:
    """FG-OVD's own form: a category a caption, the negatives after their positive."""
    categories, annotations = [], []
    for number, region in enumerate(regions):
        first = len(categories)
        texts = [region["caption"], *region["negatives"]]
        categories += [{"id": first + place, "name": text} for place, text in enumerate(texts)]
        annotations.append(
            {
                "id": number,
                "image_id": region["image"],
                "bbox": region["box"],
                "category_id": first,
                "neg_category_ids": list(range(first + 1, len(categories))),
            }
        )
    images = [
        {
            "id": image,
            "file_name": name,
            "coco_url": f"http://images.cocodataset.org/{name}",
            "width": SIZE[0],
            "height": SIZE[1],
            "neg_category_ids": [7],  # LVIS's own, of another meaning
        }
        for image, name in FILE_OF.items()
    ]
    content = {"images": images, "annotations": annotations, "categories": categories}
    return write(path, json.dumps(content))


def write_sugarcrepe(path: Path) -> Path:
    """Whole images of val2017, one negative each."""
    rows = {
        str(number): {"filename": f"{number:012d}.jpg", "caption": "two cats", "negative_caption": "two dogs"}
        for number in range(3)
    }
    return write(path, json.dumps(rows))


def write_karpathy(path: Path) -> Path:
    """Two images of the test split, one of restval, with the fields of dataset_coco.json."""
    images = [
        {
            "filepath": "val2014",
            "filename": f"COCO_val2014_{image:012d}.jpg",
            "cocoid": image,
            "split": split,
            "sentences": [{"raw": f"scene {image}, view {view}", "tokens": []} for view in range(5)],
        }
        for image, split in ((139, "test"), (285, "restval"), (42, "test"))
    ]
    return write(path, json.dumps({"images": images, "dataset": "coco"}))


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
