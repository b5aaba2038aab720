"""A benchmark of a few painted images in the layout of a Hub dataset repo, and a backbone that counts its
calls.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from datasets import Dataset, Features, Image, List, Value
from jaxtyping import Float
from PIL import Image as Pillow
from PIL import ImageDraw
from torch import Tensor

SUBSET_FEATURES = Features(
    {
        "annotation_id": Value("int64"),
        "image_id": Value("int64"),
        "bbox": List(Value("float32"), length=4),
        "caption": Value("string"),
        "negatives": List(Value("string")),
    }
)
IMAGE_FEATURES = Features(
    {
        "image_id": Value("int64"),
        "file_name": Value("string"),
        "width": Value("int32"),
        "height": Value("int32"),
        "image": Image(),
        "captions": List(Value("string")),
    }
)
COLORS = (
    "red",
    "green",
    "blue",
    "yellow",
    "purple",
    "orange",
    "brown",
    "pink",
    "white",
    "black",
    "gray",
    "cyan",
)
CONFIGS = {
    "1_attributes": 10,
    "2_attributes": 10,
    "3_attributes": 10,
    "shuffle_negatives": 10,
    "color": 10,
    "material": 10,
    "pattern": 7,
    "transparency": 2,
}


class CountingBackbone:
    """Embeddings drawn from a hash of what goes in: equal input, equal embedding. Counts what it is asked."""

    name = "counting"
    dim = 8
    device, precision = "cpu", "full"

    def __init__(self, revision: str = "r1"):
        self.revision = revision
        self.images: list[bytes] = []
        self.texts: list[str] = []

    def encode_images(self, images: Sequence[Pillow.Image]) -> Float[Tensor, "n 8"]:
        pixels = [repr(image.size).encode() + image.tobytes() for image in images]
        self.images += pixels
        return torch.stack([self._vector(one) for one in pixels])

    def encode_texts(self, texts: Sequence[str]) -> Float[Tensor, "n 8"]:
        self.texts += texts
        return torch.stack([self._vector(text.encode()) for text in texts])

    def _vector(self, content: bytes) -> Float[Tensor, " 8"]:
        seed = int.from_bytes(hashlib.sha256(self.revision.encode() + content).digest()[:7], "big")
        return torch.randn(self.dim, generator=torch.Generator().manual_seed(seed))


def paint(number: int, size: tuple[int, int] = (96, 72)) -> Pillow.Image:
    """A scene of two rectangles whose colours follow from `number`."""
    scene = Pillow.new("RGB", size, COLORS[number % len(COLORS)])
    draw = ImageDraw.Draw(scene)
    draw.rectangle((10, 10, 39, 49), fill=COLORS[(number + 3) % len(COLORS)])
    draw.rectangle((50, 20, 79, 59), fill=COLORS[(number + 5) % len(COLORS)])
    scene.putpixel((0, 0), (number % 256, number // 256, 7))
    return scene


def annotations(images: int, negatives: int) -> list[dict[str, Any]]:
    """Two regions an image; the second has one negative fewer, so that the benchmark is ragged."""
    rows = []
    for image_id in range(images):
        for place, box in enumerate(([10.0, 10.0, 30.0, 40.0], [50.0, 20.0, 30.0, 40.0])):
            color = COLORS[(image_id + 3 + 2 * place) % len(COLORS)]
            others = [f"a {other} box" for other in COLORS if other != color]
            rows.append(
                {
                    "annotation_id": 2 * image_id + place,
                    "image_id": image_id,
                    "bbox": box,
                    "caption": f"a {color} box",
                    "negatives": others[: negatives - place],
                }
            )
    return rows


def scenes(images: int) -> list[dict[str, Any]]:
    return [
        {
            "image_id": number,
            "file_name": f"{number}.png",
            "width": 96,
            "height": 72,
            "image": paint(number),
            "captions": [f"scene {number}, view {view}" for view in range(5)],
        }
        for number in range(images)
    ]


def write_benchmark(
    folder: Path,
    images: int = 4,
    splits: tuple[str, ...] = ("test", "validation"),
    configs: Mapping[str, int] = CONFIGS,
) -> Path:
    """The folder, laid out like a Hub dataset repo: README.md naming the configs, Parquet files below."""
    for split in splits:
        for config, negatives in configs.items():
            rows = annotations(images, negatives)
            _write(Dataset.from_list(rows, features=SUBSET_FEATURES), folder / config / f"{split}.parquet")
        _write(
            Dataset.from_list(scenes(images), features=IMAGE_FEATURES), folder / "images" / f"{split}.parquet"
        )
    (folder / "README.md").write_text(_front_matter([*configs, "images"], splits))
    return folder


def truncate_image(folder: Path, row: int, split: str = "test") -> None:
    """Of the image in that row of the benchmark there is only the beginning left from now on."""
    path = folder / "images" / f"{split}.parquet"
    table = pq.read_table(path)
    at = table.column_names.index("image")
    images = table["image"].to_pylist()
    images[row]["bytes"] = images[row]["bytes"][:80]
    pq.write_table(table.set_column(at, table.field(at), pa.array(images, table.field(at).type)), path)


def _write(dataset: Dataset, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.to_parquet(str(path))


def _front_matter(configs: Sequence[str], splits: Sequence[str]) -> str:
    lines = ["---", "configs:"]
    for config in configs:
        lines += [f"- config_name: {config}", "  data_files:"]
        for split in splits:
            lines += [f"  - split: {split}", f"    path: {config}/{split}.parquet"]
    return "\n".join([*lines, "---", ""])
