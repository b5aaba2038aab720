"""The real run, on this machine: real addresses, file names, columns and formats, a random backbone, a few rows."""

import importlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from heads.commands import released
from heads.head import KINDS
from heads.hub.paper import CATALOGUE
from heads.hub.released import Publication, _released_name
from heads.io.digests import blob_id
from leaderboard.__main__ import main
from leaderboard.benchmarks.catalogue import BENCHMARKS
from leaderboard.records.files import load_results
from leaderboard.reproduction import plan
from leaderboard.reproduction.pipeline import Pipeline
from leaderboard.reproduction.run import steps_of, write_figures
from leaderboard.reproduction.steps import StepsDone, run_steps
from leaderboard.reproduction.subprocesses import run_module
from tests.fake_hub.server import ORG, HubServer
from tests.support import real_repositories
from tests.support.annotation_samples import FILE_OF, SIZE, write_lvis
from tests.support.file_server import Answer, Server, file_server
from tests.support.killed import is_killed
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
EMBEDDED = ("hard", "captions", "swaps", "values")
FILES_READ = [
    path
    for path in BENCHMARKS["fg-ovd"].blobs
    if path.startswith("benchmarks/") or path.endswith("1_attributes.json")
]
"""Of the test split all subsets, of the others the one that heads are trained on."""
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
    """A step in this process, which is pointed at the servers of this machine; the Hub's own command in its own."""
    if command[0] == "huggingface_hub.cli.hf":
        return run_module(command)
    module = importlib.import_module(f"{command[0]}.__main__")
    if status := module.main(command[1:]):
        raise OSError(f"python -m {' '.join(command)} ended with {status}")
    return None


def serve_authors_heads(server: Server, patch: pytest.MonkeyPatch) -> None:
    """Heads of the authors' kinds, sizes and file names, at the paths where theirs lie; git's ids are of our bytes."""
    entries = []
    for seed, entry in enumerate(CATALOGUE):
        torch.manual_seed(seed)
        made = KINDS[entry.kind](dim=entry.dim, similarity="dot", logit_scale=1.0, **entry.arguments)
        buffer = io.BytesIO()
        torch.save({_released_name(name): value for name, value in made.state_dict().items()}, buffer)
        content = buffer.getvalue()
        at = entry.published
        address = f"/{at.repository}/{at.commit}/{at.folder}/{entry.file_name}"
        server.answers[address] = [Answer(content, type="application/octet-stream")]
        entries.append(replace(entry, size=len(content), blob=blob_id(content)))
    patch.setattr(released, "CATALOGUE", tuple(entries))
    base = property(lambda of: f"{server.url}/{of.repository}/{of.commit}/{of.folder}")
    patch.setattr(Publication, "base_url", base)


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
    serve_authors_heads(server, monkeypatch)
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


def test_the_whole_way(world: HubServer, server: Server, capsys: pytest.CaptureFixture[str], monkeypatch):
    """From addresses to published repositories, killed in the middle of a training; the same command goes on, and
    asks for nothing that it has.
    """
    monkeypatch.setenv("HF_TOKEN", world.add_token("alice"))
    made = Path("build/heads-clip-vit-base-patch16")

    def go() -> int:
        return reproduce("--heads", "linear", "--publish", ORG)

    assert is_killed(go, made / "linear", moment=30)
    assert "train linear: to do" in capsys.readouterr().err
    fetched = list(server.asked)
    check_asked(fetched, server)
    assert go() == 0
    said = capsys.readouterr()
    assert "embed train: done before" in said.err and "train linear: to go on with" in said.err
    assert server.asked == fetched
    check_made(made)
    check_published(world, made)
    requests = len(world.requests)
    assert go() == 0
    assert capsys.readouterr().err.count("done before") == len(list((made / "steps").glob("*.json"))) - 1
    assert server.asked == fetched and len(world.requests) == requests


def test_the_authors_heads_are_measured_beside_ours(world: HubServer, server: Server):
    """One of each kind, as the run of all heads measures all eight."""
    every = Pipeline(CLIP, "fg-ovd", "cpu", results=Path("results"))
    names = ("fg-ovd_linear-mlp_te-freezed", "fg-ovd_non-linear-mlp")
    wanted = {"fetch test", "fetch the authors' heads", *(f"evaluate {name}" for name in names)}
    steps = [step for step in steps_of(every) if step.name in wanted]
    run_steps(steps, StepsDone(every.made / "steps"), run_here, lambda line: None)
    records, problems = load_results("results")
    assert {record.head.name for record in records} == set(names) and not problems
    assert len([path for path in server.asked if path.endswith(".pt")]) == len(CATALOGUE)
    table = write_figures(every)
    assert all(f"| `{name}` | mean rank |" in table for name in names)


def check_asked(asked: Sequence[str], server: Server) -> None:
    """Every file of every split that the pipeline reads, and every image of its rows, once."""
    fg_ovd = [
        f"/{path}"
        for path in (
            *(f"lorebianchi98/FG-OVD/{BENCHMARKS['fg-ovd'].revision}/{file}" for file in FILES_READ),
            *(f"images.cocodataset.org/train2017/{number:012d}.jpg" for number in REGIONS_ON),
        )
    ]
    captioned = [number for numbers in CAPTIONED.values() for number in numbers]
    of_captions = [path for path in asked if "2014/COCO_" in path]
    assert set(fg_ovd) <= set(asked) <= set(server.answers)
    assert sorted(int(path[-16:-4]) for path in of_captions) == sorted(captioned)
    assert len(set(asked)) == len(asked)


def check_made(made: Path) -> None:
    """Heads of both stages and seeds with their cards, a record of each with its controls, and the table."""
    for name in ("linear", "linear-warm-up"):
        assert sorted(path.name for path in (made / name).glob("seed-*")) == ["seed-123", "seed-124"]
        card = (made / "shipped" / f"{name}-clip-vit-base-patch16" / "README.md").read_text(encoding="utf-8")
        assert CLIP in card
    records, problems = load_results("results")
    assert not problems
    of = {record.head.name: record for record in records}
    looking = ("cosine", "linear-clip-vit-base-patch16", "linear-warm-up-clip-vit-base-patch16")
    assert set(looking) < set(of)
    for name in looking:
        record = of[name]
        assert (record.backbone.name, record.backbone.dim) == (CLIP, DIM)
        assert set(record.subsets) == set(BENCHMARKS["fg-ovd"].subsets) and record.retrieval
        assert all(result.blind and result.blind.other_crop for result in record.subsets.values())
        assert len(record.seeds) == (0 if name == "cosine" else 2)
    assert any(not record.head.sees_image for record in records)
    assert list((made.parent / "balanced").glob("fg-ovd--test--*.json"))
    table = (made / "figures.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if " | mean rank | " in line]
    assert {row[0].strip("`"): bool(row[3]) for row in rows} == dict.fromkeys(looking, True)


def check_published(world: HubServer, made: Path) -> None:
    """Benchmark, embeddings, heads with their figures, results."""
    names = ("fg-ovd", "fg-ovd-embeddings-clip-vit-base-patch16", "results")
    data = {name: world.files(f"{ORG}/{name}", kind="dataset") for name in names}
    parquet = [path for path in data["fg-ovd"] if path.endswith(".parquet")]
    assert {Path(path).stem for path in parquet} == {"train", "validation", "test"}
    files = {f"{split}/{name}.safetensors" for split in ("train", "validation") for name in EMBEDDED}
    assert set(data[names[1]]) == files
    # The records of this backbone; those without images are of the benchmark.
    assert len(data["results"]) == 3 and all(path.startswith("results/fg-ovd--") for path in data["results"])
    for name in ("linear", "linear-warm-up"):
        head = f"{name}-clip-vit-base-patch16"
        kept = world.files(f"{ORG}/{head}", kind="model")
        weights = "model.safetensors"
        assert kept[weights] == (made / "shipped" / head / weights).read_bytes()
        assert b"mean rank, 1 is best" in kept["README.md"]
