"""`python -m leaderboard export-regions`: a split's regions as pictures and one CSV file."""

import argparse
from pathlib import Path

from heads.commands.program import DONE
from leaderboard.flags import add_benchmark, add_images, names


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    parser.add_argument("--output", type=Path, required=True, help="folder for the file and its pictures")
    add_benchmark(parser)
    add_images(parser)
    words = "captions of each whole image that follow the regions, without negatives; %(default)s"
    parser.add_argument("--captions", type=int, default=0, metavar="N", help=words)
    words = "keep one row in so many: those of the file's lines that it divides; %(default)s"
    parser.add_argument("--every", type=int, default=1, metavar="N", help=words)


def run(
    output: Path,
    benchmark: str = "fg-rendered",
    data: Path | None = None,
    image_folder: str | None = None,
    split: str = "test",
    revision: str | None = None,
    subsets: str | None = None,
    captions: int = 0,
    every: int = 1,
) -> int:
    """Writes the regions of the subsets, each once. Returns the exit status."""
    from leaderboard.benchmarks.split import open_split
    from leaderboard.embedding.progress import ProgressBars, silence_off_terminal
    from leaderboard.publishing.regions import one_in, write_regions

    if captions < 0:
        raise ValueError(f"captions: expected at least 0, got {captions}")
    if every < 1:
        raise ValueError(f"every: expected at least 1, got {every}")
    silence_off_terminal()
    opened = open_split(benchmark, split, revision, data, image_folder, names(subsets))
    opened.build_missing()
    opened = opened.pinned()
    samples = [one for of_subset in opened.samples_by_subset().values() for one in of_subset]
    texts = [(image, text) for image, of in opened.captions.items() for text in of[:captions]]
    samples, texts = one_in(every, samples, texts)
    chosen: dict[str, list[str]] = {}
    for image, text in texts:
        chosen.setdefault(image, []).append(text)
    with ProgressBars() as progress:
        path = write_regions(samples, chosen, opened.images, output, progress)
    print(f"{path}: {len(samples):,} regions, {sum(map(len, chosen.values())):,} captions of whole images")
    return DONE
