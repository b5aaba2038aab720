"""A detector on a benchmark: its boxes and scores in one Parquet file, which an interrupted run goes on from.

A row is an image and a vocabulary; boxes and scores are lists, row by row. Detector, settings and benchmark stand in the
file's metadata, so that any two files can be compared later without a model.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import torch
from PIL import Image

from fg_demo.models.detectors.detector import Detections, Detector
from heads.io.atomic import replacing
from leaderboard.embedding.embed import Progress
from leaderboard.evaluation.detection.items import Key

Found = dict[Key, Detections]

AT_ONCE = 8
"""Images that a detector is shown together."""

SAVED_EVERY = 200
"""Images after which what is found is written."""

ABOUT = b"detections"
COLUMNS = pa.schema(
    [
        ("image", pa.string()),
        ("captions", pa.list_(pa.string())),
        ("boxes", pa.list_(pa.float32())),
        ("scores", pa.list_(pa.float32())),
        ("apart", pa.bool_()),
    ]
)


@dataclass(frozen=True)
class Predictions:
    """What a detector found, by image and vocabulary; `about`: detector, settings and benchmark."""

    about: Mapping[str, Any]
    found: Found


def about(detector: Detector, benchmark: str, split: str, revision: str) -> dict[str, Any]:
    """What predictions are of."""
    return {
        "detector": detector.name,
        "revision": detector.revision,
        "precision": "full" if detector.device == "cpu" else "half",
        **asdict(detector.settings),
        "benchmark": benchmark,
        "split": split,
        "benchmark_revision": revision,
    }


@dataclass(frozen=True)
class Run:
    """A detector, the file that keeps what it finds, and what that is of."""

    detector: Detector
    path: Path
    of: Mapping[str, Any]


def detect_all(
    runs: Sequence[Run],
    keys: Sequence[Key],
    images: Mapping[str, Image.Image],
    progress: Progress | None = None,
) -> list[Predictions]:
    """The predictions of each run for all vocabularies, those of an image together in `keys`; what its file holds already
    is not made again, and what is found is kept there, whatever ends the run. Image by image, so that detectors that
    share what they see look once.

    Raises ValueError when a file holds other predictions, and, once all others are done, when an image cannot be read.
    """
    found = [read_predictions(run.path, run.of).found if run.path.exists() else {} for run in runs]
    asked = [(image, list(group)) for image, group in groupby(keys, key=lambda key: key[0])]
    missing = [one for one in asked if any(key not in kept for kept in found for key in one[1])]
    done, broken = len(asked) - len(missing), []
    saved = [len(kept) for kept in found]
    try:
        for start in range(0, len(missing), AT_ONCE):
            part = missing[start : start + AT_ONCE]
            broken += _detect([run.detector for run in runs], part, images, found)
            if progress:
                progress("images", done + start + len(part), len(asked))
            if (start // AT_ONCE + 1) % (SAVED_EVERY // AT_ONCE) == 0:
                saved = _save(runs, found, saved)
    finally:
        _save(runs, found, saved)
    if broken:
        raise ValueError(
            f"images: expected {len(asked)} that can be read, got {len(broken)} that cannot: {'; '.join(broken[:3])}; "
            f"the predictions for all others are kept in {', '.join(str(run.path) for run in runs)}"
        )
    return [
        Predictions(run.of, {key: kept[key] for key in keys}) for run, kept in zip(runs, found, strict=True)
    ]


def _save(runs: Sequence[Run], found: Sequence[Found], saved: Sequence[int]) -> list[int]:
    """How many are kept now: of each run, what was found since so many were is written."""
    for run, kept, before in zip(runs, found, saved, strict=True):
        if len(kept) > before:
            write_predictions(Predictions(run.of, kept), run.path)
    return [len(kept) for kept in found]


def write_predictions(predictions: Predictions, path: Path) -> Path:
    """The written file; the same predictions give the same rows in the same order."""
    rows = {name: [] for name in COLUMNS.names}
    for (image, captions), one in predictions.found.items():
        rows["image"].append(image)
        rows["captions"].append(list(captions))
        rows["boxes"].append(one.boxes.numpy().ravel())
        rows["scores"].append(one.scores.numpy().ravel())
        rows["apart"].append(one.apart)
    columns = COLUMNS.with_metadata({ABOUT: json.dumps(dict(predictions.about), sort_keys=True)})
    with replacing(path) as aside:
        parquet.write_table(pa.table(rows, schema=columns), aside, compression="zstd")
    return path


def read_predictions(path: Path, of: Mapping[str, Any] | None = None) -> Predictions:
    """The predictions in the file. Raises ValueError when it holds none, or others than `of`: the fields that differ."""
    try:
        table = parquet.read_table(path)
    except pa.ArrowInvalid as error:
        raise ValueError(
            f"{path}: expected predictions as Parquet, got {str(error).splitlines()[0]}"
        ) from error
    told: dict[str, Any] = {}
    with suppress(json.JSONDecodeError):
        told = json.loads((table.schema.metadata or {}).get(ABOUT, b"{}"))
    if not told or table.schema.names != COLUMNS.names:
        raise ValueError(
            f"{path}: expected the columns {COLUMNS.names} of predictions, got {table.schema.names}"
        )
    differing = [name for name in of or {} if told.get(name) != (of or {})[name]]
    if differing:
        words = ", ".join(f"{name} {(of or {})[name]!r}, got {told.get(name)!r}" for name in differing)
        raise ValueError(f"{path}: expected predictions of {words}")
    found: Found = {}
    for row in table.to_batches():
        found |= dict(_row(one) for one in _rows(row))
    return Predictions(told, found)


def _rows(batch: pa.RecordBatch) -> list[tuple[Any, ...]]:
    return list(zip(*(batch.column(name) for name in COLUMNS.names), strict=True))


def _row(values: tuple[Any, ...]) -> tuple[Key, Detections]:
    image, captions, boxes, scores, apart = values
    texts = tuple(captions.as_py())
    places = torch.from_numpy(np.array(boxes.values, np.float32)).reshape(-1, 4)
    each = torch.from_numpy(np.array(scores.values, np.float32)).reshape(-1, len(texts))
    return (image.as_py(), texts), Detections(places, each, apart.as_py())


def _detect(
    detectors: Sequence[Detector],
    part: Sequence[tuple[str, list[Key]]],
    images: Mapping[str, Image.Image],
    found: Sequence[Found],
) -> list[str]:
    """Adds what each detector finds anew to its `found`; in words the images that cannot be read."""
    opened, groups, broken = [], [], []
    for image, group in part:
        try:
            opened.append(images[image])
        except (ValueError, OSError) as error:
            broken.append(f"{image}: {error}")
        except KeyError:
            broken.append(f"{image}: it is not among the benchmark's images")
        else:
            groups.append(group)
    for detector, kept in zip(detectors, found, strict=True):
        asked = [[key for key in group if key not in kept] for group in groups]
        if not any(asked):
            continue
        answers = detector.detect(opened, [[captions for _, captions in group] for group in asked])
        for group, of_image in zip(asked, answers, strict=True):
            kept.update(zip(group, of_image, strict=True))
    return broken
