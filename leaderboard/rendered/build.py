"""fg-rendered on disk: Parquet files laid out like a Hub dataset repository, built from seeds alone."""

import io
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from datasets import Dataset, Features, Image, List, Value
from PIL import Image as PillowImage
from tqdm import tqdm

from heads.io.atomic import replacing
from leaderboard.rendered.captions.annotations import SUBSET_NAMES, annotate
from leaderboard.rendered.captions.web_captions import scene_caption
from leaderboard.rendered.card import write_card
from leaderboard.rendered.drawing.objects import ObjectSpec
from leaderboard.rendered.drawing.scenes import render_scene
from leaderboard.rendered.vocabulary import CATEGORIES

JPEG = {"format": "JPEG", "quality": 85, "subsampling": 0, "optimize": True}
CAPTIONS_OF_A_SCENE = 5
ROWS_OF_A_FILE = 400
"""Images in one Parquet file, so that none reaches 9 MB."""


@dataclass(frozen=True)
class Split:
    """Its scenes have the seeds from `first` on, so that no two splits share one; it has these of the subsets."""

    first: int
    scenes: int
    subsets: tuple[str, ...] = SUBSET_NAMES


SPLITS: dict[str, Split] = {
    "test": Split(1_000_000, 1_100),
    "validation": Split(2_000_000, 250),
    "train": Split(3_000_000, 6_000, subsets=("1_attributes",)),
}
"""Heads are trained on Hard alone, as in the paper, so the training split has no other subset."""

BOX = {"annotation_id": Value("int64"), "image_id": Value("int64"), "bbox": List(Value("float32"), length=4)}
ANNOTATIONS = Features({**BOX, "caption": Value("string"), "negatives": List(Value("string"))})
OBJECTS = Features(
    {**BOX, **{name: Value("string") for name in ObjectSpec.__dataclass_fields__}, "part": Value("string")}
)
IMAGES = Features(
    {
        "image_id": Value("int64"),
        "file_name": Value("string"),
        "width": Value("int32"),
        "height": Value("int32"),
        "image": Image(),
        "captions": List(Value("string")),
    }
)


@dataclass(frozen=True)
class DrawnScene:
    """A scene as it is stored: `boxes` are left, top, right, bottom in pixels, one for each of `specs`."""

    seed: int
    jpeg: bytes
    size: tuple[int, int]
    setting: str
    specs: tuple[ObjectSpec, ...]
    boxes: tuple[tuple[int, int, int, int], ...]


def build_split(name: str, folder: Path, processes: int) -> Path:
    """The folder, with the split's files written and its card brought up to date; a progress bar on stderr.

    Files are written aside and renamed, so that a split is there whole or not at all.
    Raises ValueError when the split is unknown.
    """
    if name not in SPLITS:
        raise ValueError(f"split: expected one of {list(SPLITS)}, got {name!r}")
    split = SPLITS[name]
    scenes = list(draw_scenes(range(split.first, split.first + split.scenes), processes))
    with ExitStack() as files:
        for path, table in tables(scenes, name, split):
            table.to_parquet(files.enter_context(replacing(folder / path)))
    write_card(folder)
    return folder


def draw_scenes(seeds: Sequence[int], processes: int) -> Iterator[DrawnScene]:
    """The scenes of `seeds` in their order, drawn by that many processes with a progress bar."""
    with ProcessPoolExecutor(processes) as pool:
        yield from tqdm(
            pool.map(draw_scene, seeds, chunksize=20),
            total=len(seeds),
            desc="rendering",
            unit=" scenes",
            disable=None,
        )


def draw_scene(seed: int) -> DrawnScene:
    """The scene of one seed, objects from left to right."""
    scene = render_scene(seed)
    placed = sorted(scene.objects, key=lambda item: item.box[0] + item.box[2])
    return DrawnScene(
        seed=seed,
        jpeg=encode(scene.image),
        size=scene.image.size,
        setting=scene.setting,
        specs=tuple(item.spec for item in placed),
        boxes=tuple(item.box for item in placed),
    )


def encode(image: PillowImage.Image) -> bytes:
    """The image as the benchmark stores it; training pictures go through the same loss."""
    buffer = io.BytesIO()
    image.save(buffer, **JPEG)
    return buffer.getvalue()


def tables(scenes: Sequence[DrawnScene], name: str, split: Split) -> Iterator[tuple[Path, Dataset]]:
    """Path within the benchmark's folder and table, for the images, the objects and each subset of the split."""
    parts = range(0, len(scenes), ROWS_OF_A_FILE)
    for number, start in enumerate(parts):
        path = Path("images") / f"{name}-{number:05d}-of-{len(parts):05d}.parquet"
        yield path, _table([_image_row(scene) for scene in scenes[start : start + ROWS_OF_A_FILE]], IMAGES)
    located = [(scene, index) for scene in scenes for index in range(len(scene.specs))]
    objects = [_object_row(row, *where) for row, where in enumerate(located)]
    yield Path("objects") / f"{name}.parquet", _table(objects, OBJECTS)
    annotations = annotate([scene.specs[index] for scene, index in located], split.first)
    for subset in split.subsets:
        rows = [
            {
                **_box_row(item.row, *located[item.row]),
                "caption": item.caption,
                "negatives": list(item.negatives),
            }
            for item in annotations[subset]
        ]
        yield Path(subset) / f"{name}.parquet", _table(rows, ANNOTATIONS)


def _table(rows: list[dict[str, Any]], features: Features) -> Dataset:
    return Dataset.from_dict({name: [row[name] for row in rows] for name in features}, features=features)


def _image_row(scene: DrawnScene) -> dict[str, Any]:
    rng = random.Random(scene.seed)
    return {
        "image_id": scene.seed,
        "file_name": f"{scene.seed:08d}.jpg",
        "width": scene.size[0],
        "height": scene.size[1],
        "image": {"bytes": scene.jpeg, "path": f"{scene.seed:08d}.jpg"},
        "captions": [scene_caption(scene.specs, scene.setting, rng) for _ in range(CAPTIONS_OF_A_SCENE)],
    }


def _box_row(row: int, scene: DrawnScene, index: int) -> dict[str, Any]:
    left, top, right, bottom = scene.boxes[index]
    return {"annotation_id": row, "image_id": scene.seed, "bbox": [left, top, right - left, bottom - top]}


def _object_row(row: int, scene: DrawnScene, index: int) -> dict[str, Any]:
    spec = scene.specs[index]
    return {**_box_row(row, scene, index), **asdict(spec), "part": CATEGORIES[spec.category]}
