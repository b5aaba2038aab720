"""May the real thing be begun? What it needs from outside, asked one after the other, each answered in a line."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from transformers import AutoConfig

from fg_demo.models.clip import MINI_CLIP
from fg_demo.models.families import FAMILIES
from fg_demo.models.pretrained import LOADING_ERRORS
from heads.hub.client import HUB_ERRORS, RAW_ERRORS, hub_api, reason
from heads.hub.paper import CATALOGUE, PAPER
from heads.hub.released import check_content, download
from heads.io.cache import cache_folder
from heads.io.device import resolve_device
from leaderboard.benchmarks.annotation import annotation
from leaderboard.benchmarks.catalogue import BENCHMARKS, GITHUB, Benchmark
from leaderboard.benchmarks.readers.remote_images import PlacedImages
from leaderboard.benchmarks.split import BenchmarkSplit, open_split
from leaderboard.reproduction.amounts import amount_of, need_of, shown_bytes

LEAST_GPU = 4 * 2**30
"""Bytes that a GPU should have free: ViT-B/16 in half precision and a batch of its crops take about one."""
CLIP_DIM, CLIP_WEIGHTS = 512, 605_000_000
"""Of openai/clip-vit-base-patch16; the bytes are those of pytorch_model.bin and its small files."""
CHECKPOINTS = PAPER.base_url
"""The address of the authors' heads."""
WRITING_ROLES = ("admin", "write", "contributor")


class Check(NamedTuple):
    """One line of the answer; `words` say what was found, or what is wrong and what to do."""

    name: str
    passed: bool
    words: str


def remote_benchmarks() -> list[str]:
    """Those of the catalogue whose rows are not in this repository."""
    return [name for name, row in BENCHMARKS.items() if not Path(row.path).is_dir()]


def examine(
    backbone: str, benchmarks: Sequence[str], device: str = "auto", organization: str | None = None
) -> Iterator[Check]:
    """A check for the device, the disk, the backbone, the rows and an image of each benchmark, the authors' heads, and
    the right to write to `organization`. Each is made when it is asked for; none raises for what it finds missing.
    """
    yield _answered("device", lambda: _device(device))
    yield _answered("disk", lambda: _disk(backbone, benchmarks))
    yield _answered(f"backbone {backbone}", lambda: _backbone(backbone))
    for name in benchmarks:
        opened = open_split(name, smallest_split(BENCHMARKS[name]))
        yield _answered(f"rows of {name}", lambda opened=opened: _rows(opened))
        yield _answered(f"an image of {name}", lambda opened=opened: _image(opened))
    yield _answered("the authors' heads", _checkpoint)
    if organization:
        yield _answered(f"right to write to {organization}", lambda: _account(organization))


def smallest_split(benchmark: Benchmark) -> str:
    """The split that shows columns and addresses with the fewest bytes: FG-OVD's validation files are small."""
    folders = {path.partition("/")[0] for path in benchmark.blobs}
    return "validation" if "validation_sets" in folders else "test"


def _answered(name: str, ask: Callable[[], str]) -> Check:
    try:
        return Check(name, True, ask())
    except (*HUB_ERRORS, *LOADING_ERRORS) as error:
        words = reason(error) if isinstance(error, RAW_ERRORS) else " ".join(str(error).split())
        return Check(name, False, words)


def _device(device: str) -> str:
    cores = f"{os.cpu_count()} cores"
    if resolve_device(device) == "cpu":
        return (
            f"no GPU is used, {cores}: a full reproduction takes days; see the plan of `reproduce --dry-run`"
        )
    free, total = torch.cuda.mem_get_info()
    words = f"{torch.cuda.get_device_name()}, {free / 2**30:.0f} of {total / 2**30:.0f} GiB free, {cores}"
    if free < LEAST_GPU:
        raise ValueError(
            f"expected {LEAST_GPU / 2**30:.0f} GiB of free GPU memory, got {words}; use --device cpu"
        )
    return words


def _disk(backbone: str, benchmarks: Sequence[str]) -> str:
    parts = [(name, split) for name in benchmarks for split in ("train", "validation", "test")]
    need = need_of(amount_of(parts), CLIP_DIM, 0 if backbone == MINI_CLIP else CLIP_WEIGHTS)
    place = cache_folder()
    free = free_bytes(place)
    words = f"{shown_bytes(free)} free in {place}, at most {shown_bytes(need.kept)} needed"
    if free < need.kept:
        raise ValueError(f"{words}: name a larger disk by FG_CACHE, and the images you have by FG_IMAGES")
    return words


def free_bytes(folder: Path) -> int:
    """What the disk of the folder, which need not be there yet, has free."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    return shutil.disk_usage(there).free


def _backbone(name: str) -> str:
    if name == MINI_CLIP or Path(name).is_dir():
        return "on this machine"
    info = hub_api().model_info(name, files_metadata=True)
    config = AutoConfig.from_pretrained(name, revision=info.sha)
    if config.model_type not in FAMILIES:
        known = ", ".join(family for family in FAMILIES if " " not in family)
        raise ValueError(f"model_type: expected one of {known}, got {config.model_type!r}")
    sizes = {file.rfilename: file.size or 0 for file in info.siblings or []}
    weights = next((one for one in ("model.safetensors", "pytorch_model.bin") if one in sizes), None)
    if weights is None:
        raise ValueError(
            f"expected model.safetensors or pytorch_model.bin, got {', '.join(sorted(sizes)) or 'no file'}"
        )
    return f"commit {str(info.sha)[:12]}, {config.model_type}, {weights} of {shown_bytes(sizes[weights])}"


def _rows(opened: BenchmarkSplit) -> str:
    """Columns as the catalogue says, in the first row of each subset; captions are read whole, being few."""
    row, where = opened.benchmark, f"{opened.benchmark.path}@{str(opened.benchmark.revision)[:7]}"
    if not row.subsets:
        return (
            f"{where}: {len(opened.captions):,} images with captions in {opened.split}, columns as expected"
        )
    there = opened.known
    if missing := sorted(set(row.subsets) - set(there)):
        raise ValueError(f"{where}: expected the subsets {sorted(row.subsets)}, missing {missing}")
    remote = not row.path.startswith(GITHUB)
    for subset in there.values():
        first = next(iter(opened.reader.rows(subset, streaming=remote)), None)
        if first is None:
            raise ValueError(f"{where}: {subset.config} {opened.split}: expected rows, got none")
        annotation(first, row.columns)
    return f"{where}: {len(there)} subsets in {opened.split}, columns as expected"


def _image(opened: BenchmarkSplit) -> str:
    if not opened.benchmark.subsets or opened.benchmark.path.startswith(GITHUB):
        images = opened.reader.images()
        name = next(iter(images))
        width, height = images[name].size
        where = images.fetch(name) if isinstance(images, PlacedImages) else "its rows"
        return f"{width} × {height} px, in {where}"
    return "in its rows, which were read"


def _checkpoint() -> str:
    smallest = min(CATALOGUE, key=lambda entry: entry.size or float("inf"))
    check_content(smallest, download(smallest, CHECKPOINTS, timeout=60.0))
    return f"{smallest.file_name} is byte for byte the file that was released"


def _account(organization: str) -> str:
    account = hub_api().whoami()
    roles = {one["name"]: one.get("roleInOrg") for one in account.get("orgs", [])}
    if organization != account["name"] and roles.get(organization) not in WRITING_ROLES:
        raise ValueError(
            f"signed in as {account['name']}, who may not write there; `hf auth login` as somebody who may"
        )
    return f"signed in as {account['name']}"
