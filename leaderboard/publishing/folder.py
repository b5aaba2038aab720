"""A benchmark as a folder laid out like a Hub dataset repo: Parquet files, card, eval.yaml."""

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from uuid import uuid4

from datasets import Dataset, Features, List, Value
from datasets import Image as ImageFeature
from PIL import Image

from heads.persistence.card import signed
from leaderboard.benchmarks.annotation import Annotation
from leaderboard.benchmarks.readers.hub_reader import IMAGES
from leaderboard.benchmarks.readers.reader import Reader
from leaderboard.benchmarks.readers.remote_images import PlacedImages
from leaderboard.publishing.card import card, eval_yaml
from leaderboard.publishing.check import Part

PLACE = {
    "file_name": Value("string"),
    "coco_url": Value("string"),
    "width": Value("int32"),
    "height": Value("int32"),
}
# Boxes in double precision: rounded to single, an edge on a whole pixel may pass it, and the crop changes.
ROWS = Features(
    {
        "annotation_id": Value("int64"),
        "image_id": Value("string"),
        **PLACE,
        "bbox": List(Value("float64")),
        "caption": Value("string"),
        "negatives": List(Value("string")),
    }
)
IMAGE_ROWS = Features({"image_id": Value("string"), **PLACE, "captions": List(Value("string"))})


def write_dataset(parts: Sequence[Part], folder: Path, name: str, with_images: bool) -> Path:
    """The folder with everything in it that is to be pushed as `name`; the images themselves only if asked."""
    benchmark = parts[0].source.benchmark
    for part in parts:
        rows = [_values(number, row, benchmark.images) for number, row in enumerate(part.rows)]
        _write_rows(rows, ROWS, folder / part.subset.config / f"{part.split}.parquet")
    for split, source in {part.split: part.source for part in parts}.items():
        rows = [row for part in parts if part.split == split for row in part.rows]
        path = folder / IMAGES / f"{split}.parquet"
        _write_images(source.reader, rows, benchmark.images, path, with_images)
    (folder / "README.md").write_text(signed(card(benchmark, parts, name, with_images)), encoding="utf-8")
    (folder / "eval.yaml").write_text(eval_yaml(benchmark, parts, name), encoding="utf-8")
    return folder


def _values(number: int, row: Annotation, base: str) -> dict[str, Any]:
    return {
        "annotation_id": number,
        "image_id": row.image,
        **_place(row, base),
        "bbox": list(row.xywh) if row.xywh else None,
        "caption": row.caption,
        "negatives": list(row.negatives),
    }


def _place(row: Annotation, base: str) -> dict[str, Any]:
    url = row.url or (base + row.file_name if row.file_name else "")
    width, height = row.size or (None, None)
    return {"file_name": row.file_name, "coco_url": url, "width": width, "height": height}


def _write_images(
    reader: Reader, rows: Sequence[Annotation], base: str, path: Path, with_images: bool
) -> None:
    listed = _image_rows(reader, rows, base)
    if with_images:
        _write_pixels(listed, reader.images(), path)
        return
    nowhere = sum(not row["coco_url"] for row in listed)
    if nowhere:
        raise ValueError(
            f"{path.stem}: the rows of {nowhere:,} of {len(listed):,} images name neither file nor address: "
            "without the pixels nobody could use them; push these too by --images"
        )
    _write_rows(listed, IMAGE_ROWS, path)


def _image_rows(reader: Reader, rows: Sequence[Annotation], base: str) -> list[dict[str, Any]]:
    """A row an image: of those that the rows show, and of those that have captions alone."""
    captions = reader.captions()
    nowhere = dict.fromkeys(PLACE)
    places = dict.fromkeys(captions, nowhere) | {row.image: _place(row, base) for row in rows}
    return [
        {"image_id": image, **place, "captions": list(captions.get(image, ()))}
        for image, place in places.items()
    ]


def _write_pixels(listed: Sequence[dict[str, Any]], images: Mapping[str, Image.Image], path: Path) -> None:
    def rows() -> Iterator[dict[str, Any]]:
        for row in listed:
            content = {"path": row["file_name"] or None, "bytes": _encoded(images, row["image_id"])}
            yield {**row, "image": content}

    path.parent.mkdir(parents=True, exist_ok=True)
    features = Features({**IMAGE_ROWS, "image": ImageFeature()})
    with TemporaryDirectory() as cache:
        # Named, since what the generator holds cannot be hashed into a name.
        made = Dataset.from_generator(rows, features=features, cache_dir=cache, fingerprint=uuid4().hex)
        cast(Dataset, made).to_parquet(str(path))


def _encoded(images: Mapping[str, Image.Image], image_id: str) -> bytes:
    """The image's file as it is where there is one, else a lossless one."""
    if isinstance(images, PlacedImages):
        return images.content(image_id)
    buffer = io.BytesIO()
    images[image_id].save(buffer, "PNG")
    return buffer.getvalue()


def _write_rows(rows: Sequence[dict[str, Any]], features: Features, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = {name: [row[name] for row in rows] for name in features}
    Dataset.from_dict(columns, features=features).to_parquet(str(path))
