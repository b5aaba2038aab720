"""Benchmarks in FG-OVD's shape, read from a Hub dataset repo or a local folder laid out the same."""

import hashlib
import logging
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from datasets import Dataset, get_dataset_config_names, load_dataset_builder
from huggingface_hub import HfApi
from PIL import Image

from fg_demo.boxes import Box, upright
from heads.cache import cache_folder

logger = logging.getLogger(__name__)

COMMIT = re.compile(r"[0-9a-f]{40}")
RETRIEVAL_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Subset:
    """One of FG-OVD's eight: `config` is its file's name there, `negatives` how many of them are scored."""

    name: str
    config: str
    title: str
    negatives: int

    @property
    def chance_rank(self) -> float:
        """Expected rank of the positive among `negatives` + 1 candidates in random order: (N + 2) / 2."""
        return (self.negatives + 2) / 2


SUBSETS: dict[str, Subset] = {
    subset.name: subset
    for subset in (
        Subset("hard", "1_attributes", "Hard", 10),
        Subset("medium", "2_attributes", "Medium", 10),
        Subset("easy", "3_attributes", "Easy", 10),
        Subset("trivial", "shuffle_negatives", "Trivial", 10),
        Subset("color", "color", "Color", 10),
        Subset("material", "material", "Material", 10),
        Subset("pattern", "pattern", "Pattern", 7),
        Subset("transparency", "transparency", "Transparency", 2),
    )
}
"""Numbers of negatives: `limits` in eval_util.py of lorebianchi98/FG-CLIP, the evaluation code of arXiv
2404.03539.
"""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Where a benchmark's rows are: `path` is a Hub dataset repo or a local folder.

    `revision` pins a Hub repo. `rebuilt` says by which command a split comes into being that is too large to
    ship; it then lies in the cache folder, under the benchmark's name.
    """

    name: str
    path: str
    revision: str | None = None
    licence: str = "unknown"
    citation: str = ""
    rebuilt: Mapping[str, str] = field(default_factory=dict)


BENCHMARKS: dict[str, Benchmark] = {
    benchmark.name: benchmark
    for benchmark in (
        Benchmark(
            name="fg-rendered",
            path=str(Path(__file__).parent / "rendered" / "data"),
            licence="Apache-2.0",
            citation="Rendered scenes in the shape of FG-OVD (Bianchi et al., CVPR 2024, arXiv 2311.17518)",
            rebuilt={"train": "python -m leaderboard.rendered build --split train"},
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Sample:
    """A region (pixels of the upright image), the caption that describes it, and captions that nearly do."""

    image: str
    box: Box
    positive: str
    negatives: tuple[str, ...]


class Images(Mapping[str, Image.Image]):
    """Upright RGB images by id, each decoded when it is asked for and not kept."""

    def __init__(self, dataset: Dataset):
        ids = dataset.select_columns(["image_id"])["image_id"]
        self._row = {str(image_id): row for row, image_id in enumerate(ids)}
        self._images = dataset.select_columns(["image"])

    def __getitem__(self, image_id: str) -> Image.Image:
        return upright(self._images[self._row[image_id]]["image"])

    def __iter__(self) -> Iterator[str]:
        return iter(self._row)

    def __len__(self) -> int:
        return len(self._row)


def find_benchmark(name: str) -> Benchmark:
    """The benchmark called `name`: a row of BENCHMARKS, a local folder, or a Hub dataset repo `owner/name`.

    Raises ValueError when it is none of the three.
    """
    if name in BENCHMARKS:
        return BENCHMARKS[name]
    if Path(name).is_dir():
        return Benchmark(name=Path(name).resolve().name, path=name)
    if re.fullmatch(r"[\w.-]+/[\w.-]+", name) and not name.startswith("."):
        return Benchmark(name=name, path=name)
    raise ValueError(
        f"benchmark: expected one of {sorted(BENCHMARKS)}, an existing folder "
        f"or a Hub dataset repo owner/name, got {name!r}"
    )


def load_benchmark(name: str, subset: str, split: str = "test", revision: str | None = None) -> list[Sample]:
    """The samples of one subset, in the benchmark's order, each with at most the subset's number of
    negatives.

    A negative equal to its positive is dropped before the list is cut, a sample left without negatives is
    dropped whole, and both are counted in a log line; a sample with fewer negatives than the subset asks for
    is kept.

    Raises ValueError when the subset, its config or the split is unknown, FileNotFoundError when the split
    has to be built first (the message says how), and OSError when a Hub repo cannot be reached.
    """
    if subset not in SUBSETS:
        raise ValueError(f"subset: expected one of {list(SUBSETS)}, got {subset!r}")
    rows = _read(find_benchmark(name), SUBSETS[subset].config, split, revision)
    samples, repeated = [], 0
    for row in map(dict, rows):
        negatives = [negative for negative in row["negatives"] if negative != row["caption"]]
        repeated += len(row["negatives"]) - len(negatives)
        samples.append(_sample(row, negatives[: SUBSETS[subset].negatives]))
    kept = [sample for sample in samples if sample.negatives]
    if repeated or len(kept) < len(samples):
        text = "%s %s: dropped %d negatives equal to their positive and %d samples without a negative"
        logger.warning(text, name, subset, repeated, len(samples) - len(kept))
    return kept


def load_images(name: str, split: str = "test", revision: str | None = None) -> Images:
    """The split's images by id, decoded on access. Raises as `load_benchmark` does."""
    return Images(_read(find_benchmark(name), "images", split, revision))


def load_captions(name: str, split: str = "test", revision: str | None = None) -> dict[str, tuple[str, ...]]:
    """The captions of each image of the split, by image id. Raises as `load_benchmark` does."""
    rows = _read(find_benchmark(name), "images", split, revision).select_columns(["image_id", "captions"])
    return {str(row["image_id"]): tuple(row["captions"]) for row in map(dict, rows)}


def retrieval_captions(
    captions: Mapping[str, tuple[str, ...]], limit: int = RETRIEVAL_LIMIT
) -> dict[str, tuple[str]]:
    """The pairs that coarse retrieval is measured on: each image with the first of its captions.

    Images whose first caption another image shares are left out, since neither would be wrong; of the rest
    the first `limit` in the benchmark's order are kept.
    """
    firsts = {image: texts[0] for image, texts in captions.items() if texts}
    images_with = Counter(firsts.values())
    unique = [(image, (text,)) for image, text in firsts.items() if images_with[text] == 1]
    return dict(unique[:limit])


def configs(name: str, split: str = "test", revision: str | None = None) -> list[str]:
    """The configs the benchmark has: its subsets, `images`, `objects`. Raises as `load_benchmark` does."""
    benchmark = find_benchmark(name)
    return list(get_dataset_config_names(locate(benchmark, split), revision=revision or benchmark.revision))


def benchmark_revision(name: str, split: str = "test", revision: str | None = None) -> str:
    """What the rows were: a Hub repo's commit, or for a folder the first 12 hex digits of its Parquet files'
    SHA-256.
    """
    benchmark = find_benchmark(name)
    path, wanted = locate(benchmark, split), revision or benchmark.revision
    if Path(path).is_dir():
        return _content_hash(Path(path))
    if wanted and COMMIT.fullmatch(wanted):
        return wanted
    return str(HfApi().dataset_info(path, revision=wanted).sha)


def locate(benchmark: Benchmark, split: str) -> str:
    """The Hub repo or local folder that holds `split`; FileNotFoundError with the command when it is to be
    built first.
    """
    if split not in benchmark.rebuilt:
        return benchmark.path
    folder = cache_folder() / benchmark.name
    if not (folder / "README.md").is_file():
        raise FileNotFoundError(
            f"{benchmark.name}: the split {split!r} is not built yet; build it by {benchmark.rebuilt[split]}"
        )
    return str(folder)


def _read(benchmark: Benchmark, config: str, split: str, revision: str | None) -> Dataset:
    path = locate(benchmark, split)
    builder = load_dataset_builder(path, config, revision=revision or benchmark.revision)
    splits = [str(known) for known in builder.config.data_files or {}]
    if split not in splits:
        raise ValueError(
            f"split: expected one of {splits}, those of {benchmark.name} {config}, got {split!r}"
        )
    builder.download_and_prepare()
    return cast(Dataset, builder.as_dataset(split=split))


def _sample(row: dict[str, Any], negatives: list[str]) -> Sample:
    return Sample(str(row["image_id"]), Box.from_xywh(*row["bbox"]), row["caption"], tuple(negatives))


def _content_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.parquet")):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]
