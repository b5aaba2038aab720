"""From pixels and words to embeddings: beside what the machine multiplies at best, and beside one by one."""

import json
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from transformers import AutoImageProcessor, AutoTokenizer, CLIPModel

from fg_demo.boxes import Box, crop
from fg_demo.models.backbone import Backbone
from fg_demo.models.clip import MINI_CLIP_FOLDER, load_backbone
from heads import Candidates
from leaderboard.benchmarks.samples import Sample
from leaderboard.benchmarks.split import load_benchmark, open_split
from leaderboard.embedding.batches import IMAGE_BATCH, TEXT_BATCH
from leaderboard.embedding.embed import Embedder
from tests.bench.bench_demo import write_vit_b16
from tests.bench.bench_fed import fed_row, tokenized_row
from tests.bench.bench_row import Row, in_turn, seconds_of
from tests.support.author_files import FG_OVD

LINES = FG_OVD / "jsonl"
"""FG-OVD's own files of three subsets, which are no part of the project; without them fg-rendered's."""

SUBSET_NAMES = ("hard", "medium", "trivial")
REGIONS = IMAGE_BATCH
VOCABULARY = 8000
"""Tokens, enough for nearly all of the captions' words to be one each, as they are to CLIP."""

CONTEXT = 77
THIN = (8000, 2)
"""Pixels of a crop of which the processor of CLIP would make 896,000 × 224."""

SQUARE = 2048
"""Rows and columns of the matrices whose product measures the limit."""


@dataclass(frozen=True)
class Work:
    """Rows of a benchmark about a few regions, and their images."""

    title: str
    subsets: dict[str, list[Sample]]
    images: Mapping[str, Image.Image]

    def samples(self) -> list[Sample]:
        return [sample for samples in self.subsets.values() for sample in samples]

    def regions(self) -> list[tuple[str, Box]]:
        """The distinct ones."""
        return list(dict.fromkeys((sample.image, sample.box) for sample in self.samples()))

    def captions(self) -> list[str]:
        """The distinct ones, shortest first."""
        return sorted({text for sample in self.samples() for text in _texts(sample)}, key=len)

    def crop(self, region: tuple[str, Box]) -> Image.Image:
        image, box = region
        return crop(self.images[image], box)


def measure_embed(repetitions: int = 3) -> list[Row]:
    """The rows. Raises RuntimeError when ours and one by one do not give the same embeddings."""
    work = fg_ovd_work(LINES) if LINES.is_dir() else rendered_work()
    with tempfile.TemporaryDirectory(prefix="bench-embed-") as folder:
        tokenizer = word_tokenizer(text for sample in work.samples() for text in _texts(sample))
        source = write_vit_b16(Path(folder) / "vit-b-16", tokenizer)
        backbone = load_backbone(str(source), device="cpu")
        rows = limit_rows(work, backbone, tokenizer, repetitions)
        rows.append(thin_row(backbone, repetitions))
        captions = work.captions()[: 4 * TEXT_BATCH]
        for what, encoder in (
            ("ViT-B/16", backbone),
            ("mini-clip", load_backbone("mini-clip", device="cpu")),
        ):
            rows.append(fed_row(work.images, work.regions(), what, encoder, Path(folder), repetitions))
            rows.append(tokenized_row(captions, what, encoder, Path(folder), repetitions))
        return [*rows, *one_by_one_rows(work, backbone, OneByOne(source), Path(folder))]


def limit_rows(work: Work, backbone: Backbone, tokenizer: Any, repetitions: int) -> list[Row]:
    """A batch of crops, and some of captions, beside a matrix product of as many operations."""
    crops = [work.crop(region) for region in work.regions()][:IMAGE_BATCH]
    captions = work.captions()[: 4 * TEXT_BATCH]
    batches = [captions[start : start + TEXT_BATCH] for start in range(0, len(captions), TEXT_BATCH)]
    square = torch.randn(SQUARE, SQUARE)
    seconds = in_turn(
        {
            "crops": lambda: backbone.encode_images(crops),
            "captions": lambda: [backbone.encode_texts(batch) for batch in batches],
            "matmul": lambda: torch.mm(square, square),
        },
        repetitions,
    )
    tokens = [len(ids) for ids in tokenizer(captions, max_length=CONTEXT, truncation=True)["input_ids"]]
    work_of = {"crops": len(crops) * image_operations(), "captions": sum(map(text_operations, tokens))}
    many = {"crops": len(crops), "captions": len(captions)}
    return [
        Row(
            f"embed: one of {many[what]} {what}, ViT-B/16",
            "ms",
            tuple(1000 * spent / many[what] for spent in seconds[what]),
            "matmul limit",
            tuple(1000 * spent * operations / 2 / SQUARE**3 / many[what] for spent in seconds["matmul"]),
            "≥ 0.6 ×" if what == "crops" else "",
        )
        for what, operations in work_of.items()
    ]


def thin_row(backbone: Backbone, repetitions: int) -> Row:
    """A crop of a few pixels' height beside a square one of 400 px."""
    thin, square = Image.new("RGB", THIN, "red"), Image.new("RGB", (THIN[0] // 20, THIN[0] // 20), "red")
    seconds = in_turn(
        {"thin": lambda: backbone.encode_images([thin]), "square": lambda: backbone.encode_images([square])},
        repetitions,
    )
    thins, squares = (tuple(1000 * spent for spent in seconds[name]) for name in ("thin", "square"))
    return Row(
        f"embed: a crop of {THIN[0]} × {THIN[1]} px, ViT-B/16",
        "ms",
        thins,
        "a square crop",
        squares,
        "≥ 0.8 ×",
    )


def one_by_one_rows(work: Work, backbone: Backbone, peer: "OneByOne", folder: Path) -> list[Row]:
    """Ours from images and rows to `Candidates`, the cache on disk included, beside the peer on the distinct
    crops and captions, and on every row's. The latter is the peer's time for the distinct ones times how
    often the rows repeat them.
    """
    candidates: dict[str, Candidates] = {}
    ours = seconds_of(
        lambda: candidates.update(Embedder(backbone, folder / "cache").candidates(work.subsets, work.images))
    )
    samples, regions, captions = work.samples(), work.regions(), work.captions()
    crops: list[Tensor] = []
    texts: list[Tensor] = []
    for_crops = seconds_of(lambda: crops.extend(peer.image(work.crop(region)) for region in regions))
    for_captions = seconds_of(lambda: texts.extend(map(peer.text, captions)))
    _check_same(
        work, candidates, dict(zip(regions, crops, strict=True)), dict(zip(captions, texts, strict=True))
    )
    repeated = for_crops * len(samples) / len(regions)
    repeated += for_captions * sum(len(_texts(sample)) for sample in samples) / len(captions)
    what = f"embed: {len(regions)} regions and {len(captions)} captions, {work.title}"
    return [
        Row(what, "s", (ours,), "one by one, padded to 77", (for_crops + for_captions,), "≥ 4 ×"),
        Row(what, "s", (ours,), "… and for each row anew", (repeated,), "≥ 4 ×"),
    ]


class OneByOne:
    """The model as its own library's examples run it: one input at a time, texts padded to full length."""

    def __init__(self, source: Path):
        self.model: Any = CLIPModel.from_pretrained(source).eval()
        self.tokenizer = AutoTokenizer.from_pretrained(source)
        self.processor = AutoImageProcessor.from_pretrained(source)

    @torch.no_grad()
    def image(self, image: Image.Image) -> Tensor:
        inputs = self.processor(images=image, return_tensors="pt")
        return self.model.get_image_features(**inputs).pooler_output[0]

    @torch.no_grad()
    def text(self, text: str) -> Tensor:
        inputs = self.tokenizer(
            text, padding="max_length", max_length=CONTEXT, truncation=True, return_tensors="pt"
        )
        return self.model.get_text_features(**inputs).pooler_output[0]


def image_operations(width: int = 768, layers: int = 12, pixels: int = 224, patch: int = 16) -> int:
    """Additions and multiplications that a crop takes: patches, layers, the projection to 512."""
    patches = (pixels // patch) ** 2
    return (
        2 * patches * 3 * patch**2 * width + layer_operations(patches + 1, width) * layers + 2 * width * 512
    )


def text_operations(tokens: int, width: int = 512, layers: int = 12) -> int:
    """Those that a caption of so many tokens takes, without padding."""
    return layer_operations(tokens, width) * layers + 2 * width * 512


def layer_operations(tokens: int, width: int) -> int:
    """A layer's: four maps of width × width, two of width × 4 width, queries by keys, weights by values."""
    return 24 * tokens * width**2 + 4 * tokens**2 * width


def fg_ovd_work(folder: Path) -> Work:
    """`REGIONS` of Hard, spread over the file, and their rows in all three; stand-in images of their sizes."""
    rows = {name: _read_jsonl(folder / f"{name}.jsonl") for name in SUBSET_NAMES}
    chosen = {_region(row) for row in rows["hard"][:: len(rows["hard"]) // REGIONS]}
    kept = {name: [row for row in rows[name] if _region(row) in chosen] for name in SUBSET_NAMES}
    sizes = {row["img_path"]: (row["width"], row["height"]) for row in kept["hard"]}
    subsets = {name: [_sample(row) for row in some] for name, some in kept.items()}
    return Work("FG-OVD", subsets, {path: _stand_in(size) for path, size in sizes.items()})


def rendered_work() -> Work:
    """The same of fg-rendered."""
    rows = {name: load_benchmark("fg-rendered", name) for name in SUBSET_NAMES}
    chosen = {(sample.image, sample.box) for sample in rows["hard"][:: len(rows["hard"]) // REGIONS]}
    subsets = {
        name: [sample for sample in samples if (sample.image, sample.box) in chosen]
        for name, samples in rows.items()
    }
    images = open_split("fg-rendered").images
    return Work("fg-rendered", subsets, {image: images[image] for image, _ in chosen})


def word_tokenizer(captions: Iterable[str]) -> Any:
    """mini-clip's kind of tokenizer with a vocabulary of these captions, as CLIP's is one of the web's."""
    tokenizer = AutoTokenizer.from_pretrained(MINI_CLIP_FOLDER, model_max_length=CONTEXT)
    return tokenizer.train_new_from_iterator(captions, VOCABULARY)


def _read_jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _region(row: dict[str, Any]) -> tuple[str, tuple[float, ...]]:
    return row["img_path"], tuple(row["bbox"])


def _sample(row: dict[str, Any]) -> Sample:
    box = Box.from_xywh(*row["bbox"])
    return Sample(row["img_path"], box, row["pos_expression"][0], tuple(row["neg_expression"]))


def _stand_in(size: tuple[int, int]) -> Image.Image:
    """Noise of that size: the time an image takes does not depend on what it shows."""
    pixels = np.random.default_rng(size).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def _texts(sample: Sample) -> tuple[str, ...]:
    return sample.positive, *sample.negatives


def _check_same(
    work: Work,
    candidates: Mapping[str, Candidates],
    crops: Mapping[tuple[str, Box], Tensor],
    texts: Mapping[str, Tensor],
) -> None:
    for name, samples in work.subsets.items():
        theirs = torch.stack([crops[sample.image, sample.box] for sample in samples])
        positives = torch.stack([texts[sample.positive] for sample in samples])
        for ours, other in ((candidates[name].image, theirs), (candidates[name].text[:, 0], positives)):
            if not torch.allclose(ours, other, atol=1e-3 * other.abs().max().item()):
                raise RuntimeError(f"{name}: expected the embeddings that one by one gives, got others")
