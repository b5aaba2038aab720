"""The reader of a benchmark that is one CSV file (`own_csv`), its images beside it."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import final

from PIL import Image

from fg_demo.images import open_image
from fg_demo.upright import upright
from leaderboard.benchmarks.annotation import Row
from leaderboard.benchmarks.catalogue import Benchmark, Subset
from leaderboard.benchmarks.own_csv import read_regions
from leaderboard.benchmarks.readers.reader import Reader


@final
class CsvReader(Reader):
    """The file's rows; it has no captions of whole images, so no coarse retrieval."""

    def __init__(self, benchmark: Benchmark):
        super().__init__(benchmark)
        self.path = Path(benchmark.path)

    def configs(self) -> list[str]:
        """The benchmark's configs that this source has."""
        return [subset.config for subset in self.benchmark.subsets.values()]

    def rows(self, subset: Subset, streaming: bool = False) -> Iterator[Row]:
        """The rows of a subset, in the benchmark's order, not yet checked."""
        return (region.row for region in read_regions(self.path) if region.subset == subset.name)

    def images(self) -> Mapping[str, Image.Image]:
        """The split's images by id, decoded on access."""
        return _Images(self._files())

    def captions(self) -> dict[str, tuple[str, ...]]:
        """The captions of each image, by its id."""
        return {}

    def revision(self) -> str:
        """What the rows were: a commit, or the first 12 hex digits of a digest."""
        digest = hashlib.sha256(self.path.read_bytes())
        for name, file in sorted(self._files().items()):
            digest.update(name.encode() + hashlib.sha256(file.read_bytes()).digest())
        return digest.hexdigest()[:12]

    def _files(self) -> dict[str, Path]:
        names = (str(region.row.values["image"]) for region in read_regions(self.path))
        return {name: self.path.parent / name for name in names}


@final
class _Images(Mapping[str, Image.Image]):
    def __init__(self, files: Mapping[str, Path]):
        self._files = files

    def __getitem__(self, image_id: str) -> Image.Image:
        file = self._files[image_id]
        return upright(open_image(file.read_bytes(), str(file)))

    def __contains__(self, image_id: object) -> bool:
        return image_id in self._files

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)
