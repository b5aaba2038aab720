"""The real run, on this machine: real addresses, file names, columns and formats, a random backbone, a few rows."""

import importlib
import io
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from leaderboard.__main__ import main
from leaderboard.reproduction import plan
from tests.fake_hub.server import ORG, HubServer
from tests.support import real_repositories
from tests.support.annotation_samples import FILE_OF, SIZE, write_lvis
from tests.support.file_server import Answer, Server, file_server
from tests.support.real_repositories import IMAGES_OF, serve_repositories
from tests.support.tiny_clip import real_tokenizer, write_tiny_clip

CLIP = "openai/clip-vit-base-patch16"
DIM = 512
"""As the authors' heads have it: they are measured on it too."""


REGIONS_ON = range(1001, 1025)
"""COCO's numbers of the images that FG-OVD's few rows are on."""
CAPTIONED = {
    "train": tuple(range(2001, 2015)),
    "restval": tuple(range(3001, 3005)),
    "validation": tuple(range(4001, 4009)),
    "test": tuple(range(5001, 5009)),
}
COLOURS = ["red", "blue", "green", "black", "white", "brown", "grey", "pink", "orange", "purple", "yellow"]
THINGS = ["mug", "plate", "hat", "lamp", "chair", "spoon"]


def regions() -> list[dict[str, Any]]:
    """A box an image, each with ten negatives of other colours, as Hard has them."""
    made = []
    for place, image in enumerate(REGIONS_ON):
        first, thing = COLOURS[place % len(COLOURS)], THINGS[place % len(THINGS)]
        captions = [f"A {colour} {thing}, view {place}." for colour in (first, *COLOURS) if colour]
        negatives = [text for text in dict.fromkeys(captions) if text != captions[0]]
        box = [float(place % 9), float(place % 7), 30.0, 28.0]
        made.append({"image": image, "box": box, "caption": captions[0], "negatives": negatives})
    return made


def photograph(seed: int) -> bytes:
    """A JPEG of the size that the rows state, no two alike."""
    noise = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).resize(SIZE).save(buffer, "JPEG")
    return buffer.getvalue()


def run_here(command: Sequence[str]) -> None:
    """A step in this process, which is pointed at the servers of this machine."""
    module = importlib.import_module(f"{command[0]}.__main__")
    if status := module.main(command[1:]):
        raise OSError(f"python -m {' '.join(command)} ended with {status}")


@pytest.fixture
def server() -> Iterator[Server]:
    with file_server() as made:
        yield made


@pytest.fixture
def world(hub: HubServer, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HubServer:
    """All that the real run reaches, and an empty folder to run it in."""
    for split, numbers in CAPTIONED.items():
        monkeypatch.setitem(IMAGES_OF, split, numbers)
    for number in REGIONS_ON:
        monkeypatch.setitem(FILE_OF, number, f"train2017/{number:012d}.jpg")
    monkeypatch.setattr(real_repositories, "write_lvis", partial(write_lvis, regions=regions()))
    serve_repositories(hub, server, tmp_path, monkeypatch)
    for seed, path in enumerate(path for path in server.answers if path.endswith(".jpg")):
        server.answers[path] = [Answer(photograph(seed), type="image/jpeg")]
    folder = write_tiny_clip(tmp_path / "clip", dim=DIM, tokenizer=real_tokenizer())
    hub.create_repo(CLIP, "model", {path.name: path.read_bytes() for path in folder.iterdir()})
    monkeypatch.setattr("leaderboard.reproduction.subprocesses.run_module", run_here)
    monkeypatch.setattr(plan, "free_bytes", lambda folder: 10**12)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return hub


def reproduce(*flags: str) -> int:
    return main(
        ["reproduce", "--backbone", CLIP, "--results", "results", "--seeds", "2", "--device", "cpu", *flags]
    )


def test_the_plan_names_what_it_would_do_and_fetches_nothing(world: HubServer, server: Server, capsys):
    assert reproduce("--dry-run", "--publish", ORG) == 0
    text = capsys.readouterr().out
    for words in (
        "113,287 images",
        "lorebianchi98/FG-OVD@d124bc5",
        "yerevann/coco-karpathy@",
        "TFLOP/s",
        "free",
    ):
        assert words in text
    assert "python -m heads train" in text and f"{ORG}/linear-clip-vit-base-patch16" in text
    assert not server.asked and not world.requests


def test_a_disk_that_will_not_hold_it_is_said_before_anything_is_fetched(
    world: HubServer, server: Server, capsys, monkeypatch
):
    monkeypatch.setattr(plan, "free_bytes", lambda folder: 10**9)
    assert reproduce() == 2
    assert "disk: expected" in capsys.readouterr().err
    assert not server.asked
