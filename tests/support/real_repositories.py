"""The repositories that the catalogue names, laid out as they are: their file names and columns, rows of our own.

Which file lies where decides what `datasets` makes of a repository: a layout that is only like the real one
proves nothing. Sources: the repositories' own trees at the pinned commits; of the two ARO copies the card of
the relation one (columns) and the number of shards of the attribution one, written by `push_to_hub` both.
"""

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, Features, List, Value
from datasets import Image as ImageFeature
from PIL import Image

from leaderboard.benchmarks.catalogue import BENCHMARKS, GITHUB, Benchmark
from leaderboard.benchmarks.readers import file_reader as annotation_files
from leaderboard.benchmarks.readers import hub_reader
from leaderboard.benchmarks.readers import remote_images as coco_images
from leaderboard.benchmarks.readers import source as benchmarks
from leaderboard.benchmarks.readers.github_files import FILE_LIMITS, fetch_annotations
from leaderboard.benchmarks.readers.remote_images import IMAGE_LIMITS, PlacedImages
from tests.fake_hub.server import HubServer
from tests.support.annotation_samples import FILE_OF, SIZE, write_lvis, write_sugarcrepe
from tests.support.file_server import Answer, Server
from tests.support.tiny_benchmark import paint

KARPATHY = Features(
    {
        "filepath": Value("string"),
        "sentids": List(Value("int64")),
        "filename": Value("string"),
        "imgid": Value("int64"),
        "sentences": List(Value("string")),
        "cocoid": Value("int64"),
        "url": Value("string"),
    }
)
IMAGES_OF = {"train": (1, 2), "restval": (3,), "validation": (4,), "test": (139, 285)}
"""COCO's numbers of the images of each split of the Hub copy of the Karpathy split."""
KARPATHY_FILES = {split: f"data/{split}-00000-of-00001.parquet" for split in IMAGES_OF}
BEFORE_THE_RENAMING = {
    split: KARPATHY_FILES[split] if split == "restval" else f"data/{split}.parquet" for split in IMAGES_OF
}
"""Where they lay at commit db236693: `datasets` finds restval by its pattern and looks no further."""

BOX = {edge: Value("float32") for edge in "xywh"}
RELATION = Features(
    {
        "image": ImageFeature(),
        "relation_name": Value("string"),
        "true_caption": Value("string"),
        "false_caption": Value("string"),
        "bbox": BOX,
    }
)
ATTRIBUTION = Features(
    {
        "image": ImageFeature(),
        "attributes": List(Value("string")),
        "obj1_name": Value("string"),
        "obj2_name": Value("string"),
        "bbox": BOX,
        "true_caption": Value("string"),
        "false_caption": Value("string"),
    }
)
SHARDS = 8


def on_github(row: Benchmark, server: Server, folder: Path) -> Benchmark:
    """The row with its files served under the paths they have, git's ids being those of our content."""
    blobs = {}
    for number, path in enumerate(row.blobs):
        write = write_sugarcrepe if row.name == "sugarcrepe" else write_lvis
        content = write(folder / row.name / path).read_bytes() + b" " * number
        blobs[path] = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        address = f"/{row.path.removeprefix(GITHUB)}/{row.revision}/{path}"
        server.answers[address] = [Answer(content)]
    return replace(row, blobs=blobs)


def on_hub(row: Benchmark, hub: HubServer, folder: Path) -> Benchmark:
    """The row at the commit that the tests' Hub gave its repository."""
    files = karpathy(folder) if row.name == "coco-karpathy" else aro(row.name, folder)
    commit = hub.create_repo(row.path, "dataset", files)
    return replace(row, revision=commit)


def karpathy(folder: Path, names: Mapping[str, str] = KARPATHY_FILES) -> dict[str, bytes]:
    """Path → content of the Hub copy of the Karpathy split."""
    files = {"README.md": b"---\ntask_categories:\n- image-to-text\n---\n# COCO Karpathy\n"}
    for split, name in names.items():
        rows = [_captioned(number) for number in IMAGES_OF[split]]
        files[name] = _parquet(rows, KARPATHY, folder / "karpathy" / name)
    return files


def aro(name: str, folder: Path) -> dict[str, bytes]:
    """Path → content of one of the Hub copies of ARO: a row a shard."""
    features = RELATION if name == "aro-relation" else ATTRIBUTION
    paths = [f"data/test-{shard:05d}-of-{SHARDS:05d}.parquet" for shard in range(SHARDS)]
    front = (
        "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: test\n    path: data/test-*\n---\n"
    )
    files = {"README.md": front.encode()}
    for shard, path in enumerate(paths):
        files[path] = _parquet([_region(shard, features)], features, folder / name / path)
    return files


def _captioned(number: int) -> dict[str, Any]:
    year = "train2014" if number in (1, 2) else "val2014"
    file = f"COCO_{year}_{number:012d}.jpg"
    return {
        "filepath": year,
        "sentids": list(range(5 * number, 5 * number + 5)),
        "filename": file,
        "imgid": number,
        "sentences": [f"scene {number}, view {view}" for view in range(5)],
        "cocoid": number,
        "url": f"http://images.cocodataset.org/{year}/{file}",
    }


def _region(number: int, features: Features) -> dict[str, Any]:
    values: dict[str, Any] = {
        "image": paint(number % 4),
        "bbox": {"x": 10.0 + number, "y": 2.0, "w": 30.0, "h": 40.0},
        "true_caption": f"the cat {number} is left of the dog",
        "false_caption": f"the dog is left of the cat {number}",
        "relation_name": "left of",
        "attributes": ["white", "tall"],
        "obj1_name": "cat",
        "obj2_name": "dog",
    }
    return {name: values[name] for name in features}


def _parquet(rows: Sequence[dict[str, Any]], features: Features, path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    Dataset.from_list(list(rows), features=features).to_parquet(str(path))
    return path.read_bytes()


def bucket_of_coco(server: Server) -> str:
    """The address below which the server now holds every image that the rows above name, as COCO's bucket does."""
    buffer = io.BytesIO()
    Image.new("RGB", SIZE, "green").save(buffer, "JPEG")
    captioned = [_captioned(number) for numbers in IMAGES_OF.values() for number in numbers]
    sugarcrepe = [f"val2017/{number:012d}.jpg" for number in range(3)]
    for name in (
        *FILE_OF.values(),
        *sugarcrepe,
        *(f"{row['filepath']}/{row['filename']}" for row in captioned),
    ):
        server.answers[f"/images.cocodataset.org/{name}"] = [Answer(buffer.getvalue(), type="image/jpeg")]
    return f"{server.url}/images.cocodataset.org/"


REMOTE = [name for name, row in BENCHMARKS.items() if not Path(row.path).is_dir()]


def serve_repositories(
    hub: HubServer, server: Server, folder: Path, patch: pytest.MonkeyPatch
) -> dict[str, str]:
    """Name → pinned commit of every row that is not in this repository: each is now served by this machine, and so are
    COCO's images. The cache is `folder`/cache.
    """
    for variable in ("FG_DATA", "FG_IMAGES"):
        patch.delenv(variable, raising=False)
    patch.setenv("FG_CACHE", str(folder / "cache"))
    fetch = partial(fetch_annotations, raw=server.url, limits=server.limits(FILE_LIMITS))
    patch.setattr(benchmarks, "fetch_annotations", fetch)
    patch.setattr(coco_images, "COCO_BUCKET", bucket_of_coco(server))
    for reader in (annotation_files, hub_reader):
        patch.setattr(reader, "PlacedImages", partial(PlacedImages, limits=server.limits(IMAGE_LIMITS)))
    for name in REMOTE:
        row = BENCHMARKS[name]
        made = on_github(row, server, folder) if row.path.startswith(GITHUB) else on_hub(row, hub, folder)
        patch.setitem(BENCHMARKS, name, made)
    return {name: str(BENCHMARKS[name].revision) for name in REMOTE}
