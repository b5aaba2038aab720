"""What mini-clip can and cannot do, measured on the test split and written into its model card."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import load_dataset
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from fg_demo.models.backbone import Backbone
from fg_demo.models.clip import MINI_CLIP, MINI_CLIP_FOLDER, load_backbone
from heads.candidates import Candidates
from heads.io.atomic import replacing
from heads.kinds.cosine import CosineHead
from leaderboard.benchmarks.captions import retrieval_captions
from leaderboard.benchmarks.lookup import find_benchmark
from leaderboard.benchmarks.readers.rebuilt import locate
from leaderboard.benchmarks.split import open_split
from leaderboard.embedding.embed import Embedder, embed
from leaderboard.evaluation.evaluate import evaluate
from leaderboard.evaluation.retrieval import retrieval
from leaderboard.rendered.captions.hard_negatives import SEE_THROUGH_MATERIALS, with_article
from leaderboard.rendered.mini_clip.pictures import LABELS
from leaderboard.rendered.mini_clip.probes import probe_accuracy

BENCHMARK = "fg-rendered"
CARD_TEMPLATE = Path(__file__).with_name("mini_clip_card.md")


@dataclass(frozen=True)
class Regions:
    """Every annotated object of a split: its crop's embedding and its row of the `objects` config."""

    image: Float[Tensor, "n d"]
    objects: list[dict[str, Any]]

    def __post_init__(self) -> None:
        if len(self.image) != len(self.objects):
            raise ValueError(f"objects: expected {len(self.image)}, one an image, got {len(self.objects)}")


def measure_mini_clip() -> Path:
    """The model card of the shipped backbone, rewritten with what was just measured.

    Needs the train split, which the probes are fitted on; FileNotFoundError says how to build it.
    """
    backbone = load_backbone(MINI_CLIP)
    test, train = _regions(backbone, "test"), _regions(backbone, "train")
    recipe = json.loads((MINI_CLIP_FOLDER / "training.json").read_text())
    figures = {
        "revision": backbone.revision,
        "benchmark_revision": open_split(BENCHMARK).revision,
        **_shares("", recipe["reliability"]),
        **_shares("words_", recipe["words"]["reliability"]),
        "zero_shot": zero_shot_accuracy(backbone, test),
        **retrieval_figures(backbone),
        **cosine_figures(backbone),
        **probe_figures(train, test),
    }
    card = MINI_CLIP_FOLDER / "README.md"
    with replacing(card) as aside:
        aside.write_text(CARD_TEMPLATE.read_text().format(**figures))
    return card


def zero_shot_accuracy(backbone: Backbone, regions: Regions) -> str:
    """Percentage of crops whose category is the nearest of the prompts "a photo of a …"."""
    categories = LABELS["category"]
    prompts = backbone.encode_texts([f"a photo of {with_article(category)}" for category in categories])
    nearest = (F.normalize(regions.image, dim=-1) @ F.normalize(prompts, dim=-1).T).argmax(1)
    right = torch.tensor(
        [categories[index] == row["category"] for index, row in zip(nearest, regions.objects, strict=True)]
    )
    return _percent(float(right.double().mean()))


def retrieval_figures(backbone: Backbone) -> dict[str, str]:
    """Recall@10 both ways over the test scenes that coarse retrieval is measured on."""
    test = open_split(BENCHMARK)
    captions = retrieval_captions(test.captions)
    result = retrieval(CosineHead(), Embedder(backbone).pairs(captions, test.images))
    return {
        "scenes": str(result.n_images),
        "image_to_text_r10": _percent(result.image_to_text.r10),
        "text_to_image_r10": _percent(result.text_to_image.r10),
    }


def cosine_figures(backbone: Backbone) -> dict[str, str]:
    """Mean rank under cosine for each subset, and the sum of the eight."""
    test = open_split(BENCHMARK)
    subsets = Embedder(backbone).candidates(test.samples_by_subset(), test.images)
    ranks = {name: result.mean_rank or 0.0 for name, result in evaluate(CosineHead(), subsets).items()}
    return {**{name: f"{rank:.2f}" for name, rank in ranks.items()}, "sum": f"{sum(ranks.values()):.1f}"}


def probe_figures(train: Regions, test: Regions) -> dict[str, str]:
    """Accuracy of a linear probe for each label.

    Pattern among the objects that have one; transparency among the materials that can be seen through.
    """
    return {f"probe_{name}": _percent(_probe(name, train, test)) for name in LABELS}


def _probe(name: str, train: Regions, test: Regions) -> float:
    values = LABELS[name]
    parts = []
    for regions in (train, test):
        rows = [row for row, item in enumerate(regions.objects) if _counts(name, item)]
        labels = [values.index(regions.objects[row][name]) for row in rows]
        parts += [regions.image[rows], torch.tensor(labels)]
    return probe_accuracy(*parts)


def _counts(name: str, item: dict[str, Any]) -> bool:
    if name == "pattern":
        return item["pattern"] != "plain"
    return name != "transparency" or item["material"] in SEE_THROUGH_MATERIALS


def _regions(backbone: Backbone, split: str) -> Regions:
    """Hard holds every object, in the order of the `objects` config."""
    objects = load_dataset(locate(find_benchmark(BENCHMARK), split), "objects", split=split).to_list()
    opened = open_split(BENCHMARK, split)
    hard: Candidates = embed(opened.samples("hard").samples, opened.images, backbone)
    return Regions(hard.image, objects)


def _shares(prefix: str, reliability: Mapping[str, float]) -> dict[str, str]:
    return {prefix + name: f"{100 * share:.0f}" for name, share in reliability.items()}


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}"
