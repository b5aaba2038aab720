"""What stands beside a published benchmark's rows: the dataset card, and the Hub's eval.yaml."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml
from huggingface_hub import DatasetCardData

from leaderboard.benchmarks.catalogue import Benchmark
from leaderboard.benchmarks.readers.hub_reader import IMAGES
from leaderboard.publishing.check import Part

CARD = Path(__file__).with_name("dataset_card.md")
LICENCES = {"MIT": "mit", "Apache-2.0": "apache-2.0", "CC BY 4.0": "cc-by-4.0"}
WITH_PIXELS = "The config `images` holds the pixels."
WITHOUT_PIXELS = (
    "Only annotations: images are named by `file_name` and `coco_url`, and belong to their owners."
)


def card(benchmark: Benchmark, parts: Sequence[Part], name: str, with_images: bool) -> str:
    """The dataset card: front matter that names the files of each config, counts, oddities, licence, source."""
    filled = CARD.read_text(encoding="utf-8").format(
        name=name,
        source=benchmark.name,
        counts="\n".join(_count_line(part) for part in parts),
        pixels=WITH_PIXELS if with_images else WITHOUT_PIXELS,
        oddities="\n".join(_oddity_lines(parts)) or "Nothing was found.",
        licence=benchmark.licence,
        citation=benchmark.citation or "No citation is known.",
    )
    return f"---\n{_front_matter(benchmark, parts, name).to_yaml()}\n---\n\n{filled}"


def _front_matter(benchmark: Benchmark, parts: Sequence[Part], name: str) -> DatasetCardData:
    licence = LICENCES.get(benchmark.licence)
    splits: dict[str, list[str]] = {}
    for part in parts:
        splits.setdefault(part.subset.config, []).append(part.split)
    splits[IMAGES] = list(dict.fromkeys(part.split for part in parts))
    return DatasetCardData(
        license=licence or "other",
        license_name=None if licence else "see-card",
        pretty_name=name,
        task_categories=["zero-shot-image-classification"],
        tags=["fine-grained", "hard-negatives"],
        configs=[{"config_name": config, "data_files": _files(config, of)} for config, of in splits.items()],
    )


def _files(config: str, splits: Sequence[str]) -> list[dict[str, str]]:
    return [{"split": split, "path": f"{config}/{split}.parquet"} for split in splits]


def eval_yaml(benchmark: Benchmark, parts: Sequence[Part], name: str) -> str:
    """The Hub's description of a benchmark: a task for each subset of the test split."""
    tasks = [
        {"id": part.subset.name, "config": part.subset.config, "split": part.split}
        for part in parts
        if part.split == "test"
    ]
    description = f"Top-1 among hard negatives. {benchmark.citation}".strip()
    content = {
        "name": name,
        "description": description,
        "evaluation_framework": "reprojection-heads",
        "tasks": tasks,
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def _count_line(part: Part) -> str:
    lengths = [len(row.negatives) for row in part.rows]
    images = len({row.image for row in part.rows})
    span = f"{min(lengths)} to {max(lengths)}" if len(set(lengths)) > 1 else str(lengths[0] if lengths else 0)
    return f"| `{part.subset.config}` | {part.split} | {len(part.rows):,} | {images:,} | {span} |"


def _oddity_lines(parts: Sequence[Part]) -> Iterator[str]:
    for part in parts:
        for why, count in part.oddities.items():
            yield f"- {part.subset.title}, {part.split}: {count:,} {why}."
