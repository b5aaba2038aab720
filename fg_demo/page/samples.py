"""The sample images a visitor starts with, drawn scenes and photographs, each with a box and queries."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from fg_demo.boxes import Box, crop
from fg_demo.images import using
from fg_demo.models.adapter import split_name
from fg_demo.models.clip import MINI_CLIP
from fg_demo.scores import true_query

SAMPLES_FOLDER = Path(__file__).parents[1] / "samples"
PHOTOGRAPHS_FOLDER = SAMPLES_FOLDER / "photographs"


@dataclass(frozen=True, slots=True)
class SampleImage:
    """An image file, a box on it in pixels, queries about what is in the box, and the question they put, in words; of a
    photograph also what it is, by whom and under which licence, its `source`. Scenes drawn for this project have none.
    """

    path: Path
    box: Box
    queries: tuple[str, ...]
    story: str = ""
    source: str = ""

    @property
    def description(self) -> str:
        """The query that is marked as the true one, the first one where none is."""
        return true_query(self.queries) or self.queries[0]


def samples_for(backbone: str) -> list[SampleImage]:
    """All samples, those first that the backbone knows: drawn scenes on mini-clip, photographs on any other."""
    drawn, photographs = load_samples(), load_samples(PHOTOGRAPHS_FOLDER)
    return drawn + photographs if split_name(backbone)[0] == MINI_CLIP else photographs + drawn


def load_samples(folder: str | Path = SAMPLES_FOLDER) -> list[SampleImage]:
    """The samples in the folder's samples.json: `[{"file", "box": [left, top, right, bottom], "queries"}]`, each with a
    `"story"` and a `"source"` where it has them.

    Raises FileNotFoundError when the list or an image is missing, ValueError when an entry lacks a field.
    """
    folder = Path(folder)
    entries = json.loads((folder / "samples.json").read_text(encoding="utf-8"))
    return [_sample(folder, number, entry) for number, entry in enumerate(entries, start=1)]


def _sample(folder: Path, number: int, entry: dict) -> SampleImage:
    missing = {"file", "box", "queries"} - set(entry)
    if missing:
        raise ValueError(
            f"samples.json: entry {number}: expected the fields file, box and queries, got {list(entry)}"
        )
    path = folder / entry["file"]
    if not path.is_file():
        raise FileNotFoundError(f"samples.json: entry {number}: expected the image {path}, found none")
    return SampleImage(
        path, Box(*entry["box"]), tuple(entry["queries"]), entry.get("story", ""), entry.get("source", "")
    )


def sample_crops(samples: Sequence[SampleImage]) -> list[Image.Image]:
    """What the boxes of the samples hold, and the quarters of each image."""
    found = []
    for sample in samples:
        with using(sample.path) as image:
            across, down = image.width / 2, image.height / 2
            quarters = [
                Box(x * across, y * down, (x + 1) * across, (y + 1) * down) for x in (0, 1) for y in (0, 1)
            ]
            found += [crop(image, box).copy() for box in (sample.box, *quarters)]
    return found
