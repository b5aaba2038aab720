"""A split's regions as pictures beside one CSV file, which `python -m fg_demo adapt` trains on.

The file has the form of a benchmark of one's own: the pictures are the crops that heads are measured on, so all edges
are empty; whole images with captions and no negatives may follow.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from PIL import Image

from fg_demo.boxes import crop
from heads.io.atomic import replacing
from leaderboard.benchmarks.own_csv import EDGES
from leaderboard.benchmarks.samples import Sample

FILE = "regions.csv"


def write_regions(
    samples: Sequence[Sample],
    captions: Mapping[str, Sequence[str]],
    images: Mapping[str, Image.Image],
    folder: Path,
    report: Callable[[str, int, int], None] | None = None,
) -> Path:
    """The written CSV file: a row a sample, then a row a caption of a whole image. The folder takes the place of an
    older one as a whole.

    Raises ValueError when the folder holds anything but such a file and its pictures.
    """
    _check_replaceable(folder)
    most = max((len(sample.negatives) for sample in samples), default=0)
    header = ["image", *EDGES, "caption", *(f"negative_{number}" for number in range(1, most + 1))]
    with replacing(folder) as aside:
        (aside / "pictures").mkdir(parents=True)
        with (aside / FILE).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            for done, row in enumerate(_rows(samples, captions, images, aside, most), start=1):
                writer.writerow(row)
                if report is not None:
                    report("regions", done, len(samples) + sum(map(len, captions.values())))
    return folder / FILE


def one_in(
    every: int, samples: Sequence[Sample], captions: Sequence[tuple[str, str]]
) -> tuple[list[Sample], list[tuple[str, str]]]:
    """Of the rows that a file would have, those whose lines `every` divides, the header being line 1."""
    offset = len(samples) + 2
    kept = [sample for line, sample in enumerate(samples, start=2) if line % every == 0]
    return kept, [caption for line, caption in enumerate(captions, start=offset) if line % every == 0]


def _rows(
    samples: Sequence[Sample],
    captions: Mapping[str, Sequence[str]],
    images: Mapping[str, Image.Image],
    folder: Path,
    most: int,
) -> Iterator[list[str]]:
    """A row each, its picture written; an image is decoded once for all of its samples that stand together."""
    number = 0
    for name, group in groupby(samples, key=lambda sample: sample.image):
        image = images[name]
        for sample in group:
            negatives = [*sample.negatives, *[""] * (most - len(sample.negatives))]
            yield [_write(crop(image, sample.box), folder, number), *[""] * 4, sample.positive, *negatives]
            number += 1
    for name, texts in captions.items():
        picture = _write(images[name], folder, number)
        number += 1
        for text in texts:
            yield [picture, *[""] * 4, text, *[""] * most]


def _write(image: Image.Image, folder: Path, number: int) -> str:
    """The name of the picture from the CSV's folder; without loss."""
    name = f"pictures/{number:07d}.png"
    image.save(folder / name, compress_level=1)
    return name


def _check_replaceable(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    others = sorted(names - {FILE, "pictures"})
    if others or folder.is_file():
        raise ValueError(
            f"output: expected a new folder or one of regions, found {', '.join(others[:5]) or 'a file'}"
        )
