"""What mini-owl finds, measured on the test split and written into its model card."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from datasets import load_dataset
from faster_coco_eval import COCO, COCOeval_faster
from PIL import Image

from fg_demo.models.detectors.detector import Detections, Detector
from fg_demo.models.detectors.load import MINI_OWL, MINI_OWL_FOLDER, load_detector
from fg_demo.models.detectors.suppression import suppress
from heads.io.atomic import replacing
from leaderboard.benchmarks.lookup import find_benchmark
from leaderboard.benchmarks.readers.rebuilt import locate
from leaderboard.benchmarks.split import open_split
from leaderboard.evaluation.detection.ranking import SUPPRESSION
from leaderboard.rendered.captions.hard_negatives import with_article
from leaderboard.rendered.mini_owl.scenes import BENCHMARK, NAMES

CARD_TEMPLATE = Path(__file__).with_name("mini_owl_card.md")
AT_ONCE = 16


def measure_mini_owl() -> Path:
    """The model card of the shipped detector, rewritten with what was just measured."""
    detector, test = load_detector(MINI_OWL, "cpu"), open_split(BENCHMARK)
    objects = load_dataset(locate(find_benchmark(BENCHMARK), "test"), "objects", split="test").to_list()
    both, at_half = category_precision(detector, objects, test.images)
    recipe = json.loads((MINI_OWL_FOLDER / "training.json").read_text(encoding="utf-8"))
    figures = {
        "revision": detector.revision,
        "benchmark_revision": test.revision,
        "ap": f"{100 * both:.1f}",
        "ap50": f"{100 * at_half:.1f}",
        "objects": f"{len(objects):,}",
        "steps": f"{recipe['steps']:,}",
        "batch": str(recipe["batch"]),
    }
    card = MINI_OWL_FOLDER / "README.md"
    with replacing(card) as aside:
        aside.write_text(CARD_TEMPLATE.read_text(encoding="utf-8").format(**figures), encoding="utf-8")
    return card


def category_precision(
    detector: Detector, objects: Sequence[Mapping[str, Any]], images: Mapping[str, Image.Image]
) -> tuple[float, float]:
    """AP over the categories, looked for all at once as "a mug", "a chair" …, over IoU 0.50 to 0.95 and at 0.50.

    A box counts for the category it scores highest, after class-agnostic suppression; COCO's evaluation.
    """
    words = [with_article(name) for name in NAMES]
    names = list(dict.fromkeys(str(row["image_id"]) for row in objects))
    found: list[dict[str, Any]] = []
    for start in range(0, len(names), AT_ONCE):
        part = names[start : start + AT_ONCE]
        answers = detector.detect([images[name] for name in part], [[words]] * len(part))
        for name, (one,) in zip(part, answers, strict=True):
            found += _boxes(int(name), one)
    truths = [_truth(number, row) for number, row in enumerate(objects, start=1)]
    ids = [{"id": int(name)} for name in names]
    categories = [{"id": number, "name": name} for number, name in enumerate(NAMES, start=1)]
    truth = COCO({"images": ids, "annotations": truths, "categories": categories})
    evaluation: Any = COCOeval_faster(truth, truth.loadRes(found), "bbox", print_function=lambda *_: None)
    evaluation.evaluate()
    evaluation.accumulate()
    precision = np.asarray(evaluation.eval["precision"])[..., 0, -1].mean(axis=1)
    return float(precision.mean()), float(precision[0].mean())


def _boxes(image: int, found: Detections) -> list[dict[str, Any]]:
    boxes, best = found.boxes.double().numpy(), found.best.double().numpy()
    category = found.scores.argmax(dim=1).tolist()
    return [
        {
            "image_id": image,
            "category_id": category[row] + 1,
            "bbox": [*boxes[row, :2].tolist(), *(boxes[row, 2:] - boxes[row, :2]).tolist()],
            "score": float(best[row]),
        }
        for row in suppress(boxes, best, SUPPRESSION)
    ]


def _truth(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": number,
        "image_id": int(row["image_id"]),
        "category_id": NAMES.index(row["category"]) + 1,
        "bbox": list(row["bbox"]),
        "area": row["bbox"][2] * row["bbox"][3],
        "iscrowd": 0,
    }
