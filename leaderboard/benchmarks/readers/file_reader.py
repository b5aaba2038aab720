"""Annotation files as their authors publish them: LVIS-style JSON, a line per box, lists of records."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, final

from PIL import Image

from heads.io.object_store import ObjectStore
from leaderboard.benchmarks.annotation import ImageLocation, Row
from leaderboard.benchmarks.catalogue import Benchmark, Subset
from leaderboard.benchmarks.readers.reader import CAPTION_SPLITS, Reader, caption_row
from leaderboard.benchmarks.readers.remote_images import PlacedImages

ENDINGS = (".json", ".jsonl")
LVIS_FIELDS = ("image_id", "bbox", "category_id", "neg_category_ids")


@final
class FileReader(Reader):
    """Annotation files below a folder, one a subset, named by the subset or its config.

    A file below a folder whose name begins with "validation" or "train" belongs to that split, any other to
    the test split: so lies the authors' repository.
    """

    def __init__(
        self, benchmark: Benchmark, folder: Path, split: str, images_folder: Path | ObjectStore | None = None
    ):
        super().__init__(benchmark)
        self.folder, self.split, self.images_folder = folder, split, images_folder

    def configs(self) -> list[str]:
        """The benchmark's configs that this source has."""
        return [subset.config for subset in self.benchmark.subsets.values() if self._paths(subset)]

    def rows(self, subset: Subset, streaming: bool = False) -> Iterator[Row]:
        """The rows of a subset, in the benchmark's order, not yet checked."""
        return file_rows(self._path(subset))

    def images(self) -> Mapping[str, Image.Image]:
        """The split's images by id, decoded on access."""
        return PlacedImages(self.places(), self.benchmark.images, self.images_folder)

    def places(self) -> dict[str, ImageLocation]:
        """Where each image is that a row or a caption names."""
        there = {}
        for subset in self.benchmark.subsets.values():
            for row in self.annotations(subset) if self._paths(subset) else ():
                there.setdefault(row.image, ImageLocation(row.file_name, row.url, row.size))
        return there | {image: place for image, _, place in self._captions() if image not in there}

    def captions(self) -> dict[str, tuple[str, ...]]:
        """The captions of each image, by its id."""
        return {image: texts for image, texts, _ in self._captions()}

    def revision(self) -> str:
        """What the rows were: a commit, or the first 12 hex digits of a digest."""
        digest = hashlib.sha256()
        for path in sorted(self._all()):
            digest.update(path.name.encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()[:12]

    def _captions(self) -> Iterator[tuple[str, tuple[str, ...], ImageLocation]]:
        wanted = CAPTION_SPLITS.get(self.split, ())
        for path in self._all() if not self.benchmark.subsets else ():
            for row in file_rows(path):
                if row.values.get("split") in wanted:
                    yield caption_row(row)

    def _all(self) -> list[Path]:
        if not self.benchmark.subsets:  # captions alone: one file holds all splits
            return [path for path in sorted(self.folder.rglob("*")) if path.suffix in ENDINGS]
        return [path for subset in self.benchmark.subsets.values() for path in self._paths(subset)]

    def _paths(self, subset: Subset) -> list[Path]:
        stems = {subset.name, subset.config, subset.file}
        return [
            path
            for path in sorted(self.folder.rglob("*"))
            if path.stem in stems and path.suffix in ENDINGS and self._split_of(path) == self.split
        ]

    def _path(self, subset: Subset) -> Path:
        paths = self._paths(subset)
        if len(paths) != 1:
            wanted = " or ".join(
                f"{stem}{ending}" for stem in (subset.name, subset.config) for ending in ENDINGS
            )
            found = ", ".join(str(path) for path in paths) or "none"
            raise ValueError(
                f"{self.benchmark.name} {self.split}: expected one file {wanted} in {self.folder}, found {found}"
            )
        return paths[0]

    def _split_of(self, path: Path) -> str:
        folders = path.relative_to(self.folder).parts[:-1]
        for split in ("validation", "train"):
            if any(name.startswith(split) for name in folders):
                return split
        return "test"


def has_annotations(folder: Path, benchmark: Benchmark) -> bool:
    """Whether the folder holds annotation files, and not a dataset laid out like a Hub repo."""
    if (folder / "README.md").is_file() and any(folder.rglob("*.parquet")):
        return False
    reader = FileReader(benchmark, folder, "test")
    return any(path.suffix in ENDINGS for path in folder.rglob("*")) and bool(
        reader.configs() or not benchmark.subsets
    )


def file_rows(path: Path) -> Iterator[Row]:
    """The rows of an annotation file in their order, whatever its form. Raises ValueError when it has none."""
    if path.suffix == ".jsonl":
        yield from _lines(path)
        return
    content = _parsed(path.read_bytes(), str(path))
    if isinstance(content, dict) and {"images", "annotations", "categories"} <= content.keys():
        yield from _lvis(path, content)
    elif isinstance(content, dict) and isinstance(content.get("images"), list):
        yield from _records(path, content["images"])
    elif isinstance(content, list):
        yield from _records(path, content)
    elif isinstance(content, dict) and all(isinstance(value, dict) for value in content.values()):
        yield from _records(path, list(content.values()))
    else:
        raise ValueError(f"{path}: expected LVIS annotations or records, got {type(content).__name__}")


def _lines(path: Path) -> Iterator[Row]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                where = f"{path}, line {number}"
                yield _record(where, _parsed(line, where))


def _records(path: Path, records: list[Any]) -> Iterator[Row]:
    for number, record in enumerate(records):
        yield _record(f"{path}, record {number}", record)


def _record(where: str, record: object) -> Row:
    if not isinstance(record, dict):
        raise ValueError(f"{where}: expected an object with fields, got {type(record).__name__}")
    return Row(where, record)


def _lvis(path: Path, content: dict[str, Any]) -> Iterator[Row]:
    """FG-OVD's form of LVIS: a category is a caption; `neg_category_ids` of an annotation are its negatives,
    those of an image are LVIS's own and mean something else.
    """
    images = _by_id(path, content, "images")
    categories = _by_id(path, content, "categories")
    for number, row in enumerate(content["annotations"]):
        where, values = _lvis_annotation(path, number, row)
        image = _lookup(where, "image_id", values["image_id"], images)
        positive = _lookup(where, "category_id", values["category_id"], categories)
        texts = [_lookup(where, "neg_category_ids", key, categories) for key in values["neg_category_ids"]]
        shown = {field: image.get(field) for field in ("file_name", "coco_url", "width", "height")}
        captions = {"caption": positive.get("name"), "negatives": [text.get("name") for text in texts]}
        yield Row(where, {"image_id": values["image_id"], "bbox": values["bbox"], **shown, **captions})


def _lvis_annotation(path: Path, number: int, row: object) -> Row:
    values = _record(f"{path}, annotation {number}", row).values
    where = f"{path}, annotation {values.get('id', number)}"
    absent = [field for field in LVIS_FIELDS if values.get(field) is None]
    if absent or not isinstance(values["neg_category_ids"], list):
        raise ValueError(f"{where}: fields: expected {list(LVIS_FIELDS)}, got {sorted(values)}")
    return Row(where, values)


def _by_id(path: Path, content: dict[str, Any], part: str) -> dict[Any, dict[str, Any]]:
    entries = [
        _record(f"{path}, {part} {number}", entry).values for number, entry in enumerate(content[part])
    ]
    return {entry.get("id"): dict(entry) for entry in entries}


def _lookup(where: str, field: str, key: object, entries: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    if not isinstance(key, int | str) or key not in entries:
        raise ValueError(f"{where}: {field}: expected the id of an entry of this file, got {key!r}")
    return entries[key]


def _parsed(content: bytes, where: str) -> object:
    try:
        return json.loads(content)
    except ValueError as error:
        raise ValueError(f"{where}: expected JSON, got {error}") from error
