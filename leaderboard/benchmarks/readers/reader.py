"""What every source of a benchmark offers: its configs, rows, images and captions."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping

from PIL import Image

from leaderboard.benchmarks.annotation import Annotation, ImageLocation, Row, annotation
from leaderboard.benchmarks.catalogue import Benchmark, Subset

CAPTION_SPLITS = {"train": ("train", "restval"), "validation": ("validation", "val"), "test": ("test",)}
"""The Karpathy split's names for ours (create_karpathy_splits.py of lorebianchi98/FG-CLIP trains on both).
In dataset_coco.json it is val, in the Hub copy validation.
"""


class Reader(ABC):
    """One split of a benchmark, read from one kind of source. Every method raises ValueError, naming the
    place, when the source holds something else than expected, and OSError when it cannot be read.
    """

    def __init__(self, benchmark: Benchmark):
        self.benchmark = benchmark
        self._annotations: dict[str, tuple[Annotation, ...]] = {}

    def annotations(self, subset: Subset, streaming: bool = False) -> tuple[Annotation, ...]:
        """The subset's rows in their order, checked: read once, and kept."""
        if subset.name not in self._annotations:
            rows = self.rows(subset, streaming)
            self._annotations[subset.name] = tuple(annotation(row, self.benchmark.columns) for row in rows)
        return self._annotations[subset.name]

    @abstractmethod
    def configs(self) -> list[str]:
        """The configs there are: those of its subsets, and further ones."""

    @abstractmethod
    def rows(self, subset: Subset, streaming: bool = False) -> Iterator[Row]:
        """The subset's rows in their order. `streaming` reads them as they arrive, without a copy on disk."""

    @abstractmethod
    def images(self) -> Mapping[str, Image.Image]:
        """Upright RGB images by id, each decoded when it is asked for."""

    @abstractmethod
    def captions(self) -> dict[str, tuple[str, ...]]:
        """The captions of each image, by image id; empty when there are none."""

    @abstractmethod
    def revision(self) -> str:
        """What the rows were: a commit, or the first 12 hex digits of a digest of the files."""


def caption_row(row: Row) -> tuple[str, tuple[str, ...], ImageLocation]:
    """Image id, captions and place of a row of captions: `image_id` and `captions`, or the fields of the
    Karpathy split (dataset_coco.json and its Hub copies): `cocoid`, `sentences`, `filepath`, `filename`.
    """
    values = row.values
    if "captions" in values and "image_id" in values:
        width, height = values.get("width"), values.get("height")
        size = (int(width), int(height)) if width and height else None
        place = ImageLocation(str(values.get("file_name") or ""), str(values.get("coco_url") or ""), size)
        return str(values["image_id"]), tuple(values["captions"] or ()), place
    wanted = ("cocoid", "sentences", "filepath", "filename")
    if not all(field in values for field in wanted):
        raise ValueError(
            f"{row.where}: fields: expected image_id, captions or {', '.join(wanted)}, got {sorted(values)}"
        )
    texts = [text["raw"] if isinstance(text, Mapping) else text for text in values["sentences"]]
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise ValueError(f"{row.where}: sentences: expected captions, none of them empty, got {texts}")
    place = ImageLocation(f"{values['filepath']}/{values['filename']}", str(values.get("url") or ""))
    return str(values["cocoid"]), tuple(texts), place
