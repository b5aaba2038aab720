"""A benchmark as a folder laid out like a Hub dataset repo: Parquet files, card, eval.yaml."""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from uuid import uuid4

import yaml
from datasets import Dataset, Features, List, Value
from datasets import Image as ImageFeature
from huggingface_hub import DatasetCardData
from PIL import Image

from leaderboard.annotation import Annotation, annotation
from leaderboard.benchmark import find_benchmark, open_reader
from leaderboard.catalogue import Benchmark, Subset
from leaderboard.coco_images import PlacedImages
from leaderboard.hub_reader import IMAGES
from leaderboard.reader import Reader
from leaderboard.samples import to_samples

CARD = Path(__file__).with_name("dataset_card.md")
MOST_PROBLEMS = 20
LICENCES = {"MIT": "mit", "Apache-2.0": "apache-2.0", "CC BY 4.0": "cc-by-4.0"}
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
WITH_PIXELS = "The config `images` holds the pixels."
WITHOUT_PIXELS = (
    "Only annotations: images are named by `file_name` and `coco_url`, and belong to their owners."
)
IMAGE_ROWS = Features({"image_id": Value("string"), **PLACE, "captions": List(Value("string"))})


@dataclass(frozen=True, slots=True)
class Part:
    """One config and split of the folder: its rows, checked, and what is odd about them."""

    subset: Subset
    split: str
    rows: tuple[Annotation, ...]
    oddities: Mapping[str, int]


def check_source(source: str, splits: Sequence[str]) -> list[Part]:
    """All subsets that the source has in these splits, every row checked.

    Raises ValueError naming each wrong row's place, field, what was expected and found (the first twenty),
    or saying that a split has no subset.
    """
    parts, problems = [], []
    for split in splits:
        reader, benchmark = open_reader(source, split), find_benchmark(source)
        there = set(reader.configs())
        found = [subset for subset in benchmark.subsets.values() if subset.config in there]
        if not found:
            names = [subset.config for subset in benchmark.subsets.values()]
            raise ValueError(f"{source}, {split}: expected some of the subsets {names}, found none")
        for subset in found:
            rows = _checked(reader, subset, benchmark, problems)
            parts.append(Part(subset, split, rows, to_samples(rows, subset)[1]))
    if problems:
        more = [f"and {len(problems) - MOST_PROBLEMS:,} more"] if len(problems) > MOST_PROBLEMS else []
        raise ValueError("\n".join([f"{len(problems):,} wrong rows:", *problems[:MOST_PROBLEMS], *more]))
    return parts


def write_dataset(source: str, parts: Sequence[Part], folder: Path, name: str, with_images: bool) -> Path:
    """The folder with everything in it that is to be pushed as `name`; the images themselves only if asked."""
    benchmark = find_benchmark(source)
    for part in parts:
        rows = [_values(number, row, benchmark.images) for number, row in enumerate(part.rows)]
        _write_rows(rows, ROWS, folder / part.subset.config / f"{part.split}.parquet")
    for split in dict.fromkeys(part.split for part in parts):
        rows = [row for part in parts if part.split == split for row in part.rows]
        _write_images(
            open_reader(source, split),
            rows,
            benchmark.images,
            folder / IMAGES / f"{split}.parquet",
            with_images,
        )
    (folder / "README.md").write_text(card(benchmark, parts, name, with_images), encoding="utf-8")
    (folder / "eval.yaml").write_text(eval_yaml(benchmark, parts, name), encoding="utf-8")
    return folder


def card(benchmark: Benchmark, parts: Sequence[Part], name: str, with_images: bool) -> str:
    """The dataset card: front matter that names the files of each config, counts, oddities, licence, source."""
    configs: dict[str, list[str]] = {}
    for part in parts:
        configs.setdefault(part.subset.config, []).append(part.split)
    configs[IMAGES] = list(dict.fromkeys(part.split for part in parts))
    licence = LICENCES.get(benchmark.licence)
    data = DatasetCardData(
        license=licence or "other",
        license_name=None if licence else "see-card",
        pretty_name=name,
        task_categories=["zero-shot-image-classification"],
        tags=["fine-grained", "hard-negatives"],
        configs=[
            {
                "config_name": config,
                "data_files": [{"split": split, "path": f"{config}/{split}.parquet"} for split in of],
            }
            for config, of in configs.items()
        ],
    )
    filled = CARD.read_text(encoding="utf-8").format(
        name=name,
        source=benchmark.name,
        counts="\n".join(_count_line(part) for part in parts),
        pixels=WITH_PIXELS if with_images else WITHOUT_PIXELS,
        oddities="\n".join(_oddity_lines(parts)) or "Nothing was found.",
        licence=benchmark.licence,
        citation=benchmark.citation or "No citation is known.",
    )
    return f"---\n{data.to_yaml()}\n---\n\n{filled}"


def eval_yaml(benchmark: Benchmark, parts: Sequence[Part], name: str) -> str:
    """The Hub's description of a benchmark: a task for each subset of the test split."""
    tasks = [
        {"id": part.subset.name, "config": part.subset.config, "split": part.split}
        for part in parts
        if part.split == "test"
    ]
    description = f"Top-1 among hard negatives. {benchmark.citation}".strip()
    content = {
        "name": name,
        "description": description,
        "evaluation_framework": "reprojection-heads",
        "tasks": tasks,
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def _checked(
    reader: Reader, subset: Subset, benchmark: Benchmark, problems: list[str]
) -> tuple[Annotation, ...]:
    """The subset's good rows; what is wrong with the others is appended to `problems`."""
    good, rows = [], reader.rows(subset)
    try:
        for row in rows:
            try:
                good.append(annotation(row, benchmark.columns))
            except ValueError as error:
                problems.append(str(error))
    except ValueError as error:  # the file itself: nothing after this place can be read
        problems.append(str(error))
    return tuple(good)


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
    captions = reader.captions()
    places = {row.image: _place(row, base) for row in rows}
    listed = [
        {"image_id": image, **place, "captions": list(captions.get(image, ()))}
        for image, place in places.items()
    ]
    if not with_images:
        _write_rows(listed, IMAGE_ROWS, path)
        return
    images = reader.images()
    features = Features({**IMAGE_ROWS, "image": ImageFeature()})

    def with_pixels() -> Iterator[dict[str, Any]]:
        for row in listed:
            content = {"path": row["file_name"] or None, "bytes": _encoded(images, row["image_id"])}
            yield {**row, "image": content}

    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as cache:
        # Named, since what the generator holds cannot be hashed into a name.
        made = Dataset.from_generator(
            with_pixels, features=features, cache_dir=cache, fingerprint=uuid4().hex
        )
        cast(Dataset, made).to_parquet(str(path))


def _encoded(images: Mapping[str, Image.Image], image_id: str) -> bytes:
    """The image's file as it is where there is one, else a lossless one."""
    if isinstance(images, PlacedImages):
        return images.file(image_id).read_bytes()
    buffer = io.BytesIO()
    images[image_id].save(buffer, "PNG")
    return buffer.getvalue()


def _write_rows(rows: Sequence[dict[str, Any]], features: Features, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = {name: [row[name] for row in rows] for name in features}
    Dataset.from_dict(columns, features=features).to_parquet(str(path))


def _count_line(part: Part) -> str:
    lengths = [len(row.negatives) for row in part.rows]
    images = len({row.image for row in part.rows})
    span = f"{min(lengths)} to {max(lengths)}" if len(set(lengths)) > 1 else str(lengths[0] if lengths else 0)
    return f"| `{part.subset.config}` | {part.split} | {len(part.rows):,} | {images:,} | {span} |"


def _oddity_lines(parts: Sequence[Part]) -> Iterator[str]:
    for part in parts:
        for why, count in part.oddities.items():
            yield f"- {part.subset.title}, {part.split}: {count:,} {why}."
