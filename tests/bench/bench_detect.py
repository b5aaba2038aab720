"""How long a detector looks beside a bare forward pass, and how long a benchmark of predictions takes to evaluate: `make
bench`.

The detector has OWL-ViT's sizes (B/32 at 768 px) and random weights. Ours reads captions, makes pixels, looks, scores
every caption in every patch and sorts boxes; the pass is that of the image tower and the heads on pixels that are there.
"""

import tempfile
from pathlib import Path

import torch
from PIL import Image
from transformers import AutoTokenizer, OwlViTConfig, OwlViTForObjectDetection
from transformers.models.owlvit.image_processing_pil_owlvit import OwlViTImageProcessorPil

from fg_demo.models.detectors.owl import OwlDetector
from fg_demo.models.pretrained import Source
from leaderboard.evaluation.detection.items import keys_of
from leaderboard.evaluation.detection.scored import detector_ranks, ranked, scored, with_average_precision
from tests.bench.bench_row import Row, in_turn, seconds_of
from tests.leaderboard.evaluation.detection.cases import HERE, random_detections, region
from tests.support.tiny_detectors import write_tiny_owl

IMAGES, VOCABULARIES, CAPTIONS, BOXES = 2, 4, 6, 100
EVALUATED = 3500
"""As many regions as FG-OVD's Hard has."""
LIMIT = 60.0
"""Seconds."""


def measure_detect(repetitions: int = 5) -> list[Row]:
    """The two rows."""
    return [looking(repetitions), evaluating()]


def looking(repetitions: int) -> Row:
    """Seconds an image, ours and the bare pass."""
    torch.manual_seed(0)
    model = OwlViTForObjectDetection(OwlViTConfig()).eval()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        tokenizer = AutoTokenizer.from_pretrained(write_tiny_owl(Path(folder)))
    processor = OwlViTImageProcessorPil()
    detector = OwlDetector(Source("owl", "random", "", None), model, tokenizer, processor, 100, None)
    images = [Image.effect_noise((640, 480), 60).convert("RGB") for _ in range(IMAGES)]
    words = [[f"a {n} {m}" for m in range(CAPTIONS)] for n in range(VOCABULARIES)]
    pixels = torch.cat([processor(images=[one], return_tensors="pt")["pixel_values"] for one in images])
    queries = torch.randn(1, VOCABULARIES * CAPTIONS, model.class_head.dense0.out_features)

    @torch.no_grad()
    def bare() -> None:
        grid = model.image_embedder(pixels)[0]
        patches = grid.flatten(1, 2)
        model.box_predictor(patches, grid)
        model.class_predictor(patches, queries.expand(len(pixels), -1, -1))

    # Copies, since the detector does not look twice at the very images that it was shown last.
    def ours() -> None:
        detector.detect([one.copy() for one in images], [words] * IMAGES)

    seconds = in_turn({"ours": ours, "bare": bare}, repetitions)
    each = {name: tuple(spent / IMAGES for spent in runs) for name, runs in seconds.items()}
    what = f"an image and {VOCABULARIES} vocabularies by OWL-ViT B/32"
    return Row(what, "s", each["ours"], "its bare forward pass", each["bare"], "≥ 0.6 ×")


def evaluating() -> Row:
    """Seconds for ranks, mean average precision and NMS-AP of a subset."""
    samples = [region(str(number), HERE, negatives=CAPTIONS - 1) for number in range(EVALUATED)]
    found = {
        key: random_detections(number, CAPTIONS, HERE, BOXES) for number, key in enumerate(keys_of(samples))
    }
    items = scored(samples, found)
    spent = seconds_of(lambda: with_average_precision(ranked(detector_ranks(items), items, {}), items))
    return Row(f"ranks and mAP of {EVALUATED:,} vocabularies", "s", (spent,), "limit", (LIMIT,), "≥ 1 ×")
