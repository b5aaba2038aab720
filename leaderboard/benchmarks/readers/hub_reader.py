"""Rows, images and captions of a Hub dataset repo, or of a local folder laid out the same."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast, final

from datasets import (
    Dataset,
    DatasetBuilder,
    Features,
    IterableDataset,
    get_dataset_config_names,
    load_dataset_builder,
)
from datasets import Image as ImageFeature
from datasets.config import HF_DATASETS_CACHE
from datasets.exceptions import DatasetNotFoundError, DatasetsError
from huggingface_hub.errors import (
    HTTPError,  # pyright: ignore[reportPrivateImportUsage]
    RepositoryNotFoundError,
)
from PIL import Image

from heads.hub.client import explained, hub_api, reason
from heads.io.object_store import ObjectStore
from leaderboard.benchmarks.annotation import SIZE_FIELDS, ImageLocation, Row
from leaderboard.benchmarks.catalogue import Benchmark, Subset
from leaderboard.benchmarks.readers.reader import CAPTION_SPLITS, Reader, caption_row
from leaderboard.benchmarks.readers.remote_images import PlacedImages, annotated_image

COMMIT = re.compile(r"[0-9a-f]{40}")
IMAGES = "images"
"""The config of the images and their captions, where a dataset has one."""


class Images(Mapping[str, Image.Image]):
    """Upright RGB images by id, each decoded when it is asked for and not kept."""

    def __init__(self, dataset: Dataset):
        ids = dataset.select_columns(["image_id"])["image_id"]
        self._row = {str(image_id): row for row, image_id in enumerate(ids)}
        self._images = _stored(dataset)

    def __getitem__(self, image_id: str) -> Image.Image:
        return _image(self._images[self._row[image_id]], image_id)

    def __contains__(self, image_id: object) -> bool:
        return image_id in self._row  # by itself a mapping asks for the image, which is decoding it

    def __iter__(self) -> Iterator[str]:
        return iter(self._row)

    def __len__(self) -> int:
        return len(self._row)


@final
class HubReader(Reader):
    """A split of the dataset at `path`, a Hub repo at `revision` or a local folder."""

    def __init__(
        self,
        benchmark: Benchmark,
        path: str,
        split: str,
        revision: str | None,
        images_folder: Path | ObjectStore | None = None,
    ):
        super().__init__(benchmark)
        self.path, self.split, self.images_folder = path, split, images_folder
        self._pinned = revision or benchmark.revision

    def configs(self) -> list[str]:
        """The benchmark's configs that this source has."""
        with reachable(self.path):
            return list(get_dataset_config_names(self.path, revision=self._pinned))

    def rows(self, subset: Subset, streaming: bool = False) -> Iterator[Row]:
        """The rows of a subset, in the benchmark's order, not yet checked."""
        dataset = self._stream(subset.config) if streaming else self._read(subset.config)
        where = f"{self.benchmark.name}, {subset.config} {self.split}"
        with reachable(self.path):
            for number, values in enumerate(_with_image_ids(dataset)):
                yield Row(f"{where}, row {number}", values)

    def images(self) -> Mapping[str, Image.Image]:
        """The split's images by id, decoded on access."""
        if IMAGES in self.configs():
            dataset = self._read(IMAGES)
            if "image" in dataset.column_names:
                return Images(dataset)
        if IMAGES in self.configs() or not self.benchmark.subsets:
            places = {image: place for image, _, place in self._captions()}
            return PlacedImages(places, self.benchmark.images, self.images_folder)
        return self._images_of_rows()

    def captions(self) -> dict[str, tuple[str, ...]]:
        """The captions of each image, by its id."""
        return {image: texts for image, texts, _ in self._captions()}

    def revision(self) -> str:
        """What the rows were: a commit, or the first 12 hex digits of a digest."""
        if Path(self.path).is_dir():
            return _content_hash(Path(self.path))
        if self._pinned and COMMIT.fullmatch(self._pinned):
            return self._pinned
        with reachable(self.path):
            return str(hub_api().dataset_info(self.path, revision=self._pinned).sha)

    def _captions(self) -> Iterator[tuple[str, tuple[str, ...], ImageLocation]]:
        configs = self.configs()
        if IMAGES not in configs and self.benchmark.subsets:
            return
        dataset = self._read(IMAGES if IMAGES in configs else configs[0], CAPTION_SPLITS.get(self.split, ()))
        if "image" in dataset.column_names:
            dataset = dataset.remove_columns("image")
        for number, values in enumerate(dataset):
            yield caption_row(Row(f"{self.benchmark.name}, row {number}", cast(dict[str, Any], values)))

    def _images_of_rows(self) -> Mapping[str, Image.Image]:
        """Images that lie in the subsets' own rows, or whose place those rows name."""
        there = set(self.configs())
        subsets = [subset for subset in self.benchmark.subsets.values() if subset.config in there]
        parts = [self._read(subset.config) for subset in subsets]
        if any(isinstance(part.features.get("image"), ImageFeature) for part in parts):
            return _RowImages(parts)
        rows = (row for subset in subsets for row in self.annotations(subset))
        places = {row.image: ImageLocation(row.file_name, row.url, row.size) for row in rows}
        return PlacedImages(places, self.benchmark.images, self.images_folder)

    def _read(self, config: str, together: Sequence[str] = ()) -> Dataset:
        """The config's rows of the split, and after them those of the splits that belong together with it."""
        builder = self._builder(config)
        others = [name for name in together if name != self.split and name in _splits(builder)]
        with reachable(self.path):
            builder.download_and_prepare()
            return cast(Dataset, builder.as_dataset(split="+".join([self.split, *others])))

    def _stream(self, config: str) -> IterableDataset:
        builder = self._builder(config)
        with reachable(self.path):
            return cast(IterableDataset, builder.as_streaming_dataset(split=self.split))

    def _builder(self, config: str) -> DatasetBuilder:
        with reachable(self.path):
            builder = load_dataset_builder(
                self.path, config, revision=self._pinned, cache_dir=_rows_cache(self.path)
            )
        if self.split not in _splits(builder):
            raise ValueError(
                f"split: expected one of {_splits(builder)}, those of {self.benchmark.name} {config}, "
                f"got {self.split!r}"
            )
        return builder


def _rows_cache(path: str) -> str | None:
    """Where `datasets` keeps the rows of a local folder: apart for each state of its files, by path, size and
    time. By itself it knows a folder by its name alone, and gives the rows of another, or those of before.
    """
    folder = Path(path)
    if not folder.is_dir():
        return None
    files = [(str(file.resolve()), file.stat()) for file in sorted(folder.rglob("*")) if file.is_file()]
    state = repr([(name, stat.st_size, stat.st_mtime_ns) for name, stat in files])
    return str(Path(HF_DATASETS_CACHE) / "folders" / hashlib.sha256(state.encode()).hexdigest()[:16])


def _splits(builder: DatasetBuilder) -> list[str]:
    return [str(known) for known in builder.config.data_files or {}]


class _RowImages(Mapping[str, Image.Image]):
    """Images that lie in rows, by the digest of their file, so that rows of one image share it."""

    def __init__(self, parts: list[Dataset]):
        self._parts = [_stored(part) for part in parts]
        self._at = {
            str(values["image"]): (number, row)
            for number, part in enumerate(self._parts)
            for row, values in enumerate(_with_image_ids(part))
        }

    def __getitem__(self, image_id: str) -> Image.Image:
        part, row = self._at[image_id]
        return _image(self._parts[part][row], image_id)

    def __contains__(self, image_id: object) -> bool:
        return image_id in self._at

    def __iter__(self) -> Iterator[str]:
        return iter(self._at)

    def __len__(self) -> int:
        return len(self._at)


def _stored(dataset: Dataset) -> Dataset:
    """The images' files, not decoded, with the size in pixels that rows state, where they do."""
    wanted = [name for name in ("image", *SIZE_FIELDS) if name in dataset.column_names]
    return dataset.select_columns(wanted).cast_column("image", ImageFeature(decode=False))


def _image(row: dict[str, Any], image_id: str) -> Image.Image:
    file, size = row["image"], tuple(row.get(field) for field in SIZE_FIELDS)
    content = file["bytes"] or Path(file["path"]).read_bytes()
    return annotated_image(content, image_id, cast(tuple[int, int], size) if all(size) else None)


@contextmanager
def reachable(path: str) -> Iterator[None]:
    """Turns what the Hub's client raises on the way into an OSError that names the repo and what to do."""
    try:
        yield
    except (DatasetNotFoundError, RepositoryNotFoundError) as error:
        raise explained(path, "a benchmark, a dataset,", error, "datasets/") from error
    except HTTPError as error:  # the base of what the Hub refuses and of what the network does
        raise OSError(f"{path}: {reason(error)}") from error
    except OSError as error:  # not found, or not whole
        if path in str(error):
            raise
        raise OSError(f"{path}: {reason(error)}") from error
    except DatasetsError as error:
        raise OSError(f"{path}: {' '.join(str(error.__cause__ or error).split())}") from error


def _with_image_ids(dataset: Dataset | IterableDataset) -> Iterable[dict[str, Any]]:
    """The rows, an image column replaced by a digest of its file: rows of one image are known as such."""
    columns = [
        name
        for name, feature in (dataset.features or Features()).items()
        if isinstance(feature, ImageFeature)
    ]
    for column in columns:
        dataset = dataset.cast_column(column, ImageFeature(decode=False))
    for values in dataset:
        row = dict(cast(dict[str, Any], values))
        for column in columns:
            row[column] = hashlib.sha256(row[column]["bytes"] or b"").hexdigest()[:16]
        yield row


def _content_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.parquet")):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]
