"""The sample images a visitor starts with, each with a box and queries."""

import json
from dataclasses import dataclass
from pathlib import Path

from fg_demo.boxes import Box

SAMPLES_FOLDER = Path(__file__).parents[1] / "samples"


@dataclass(frozen=True, slots=True)
class SampleImage:
    """An image file, a box on it in pixels, and queries about what is in the box."""

    path: Path
    box: Box
    queries: tuple[str, ...]


def load_samples(folder: str | Path = SAMPLES_FOLDER) -> list[SampleImage]:
    """The samples in the folder's samples.json: `[{"file", "box": [left, top, right, bottom], "queries"}]`.

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
    return SampleImage(path, Box(*entry["box"]), tuple(entry["queries"]))
