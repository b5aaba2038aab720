"""A Space made of this checkout: its configuration, what goes along, and that the app starts from what arrived."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from tests.fake_hub.server import HubServer
from tests.support.app_server import free_port, stop, wait_for

ROOT = Path(__file__).parents[1]
SPACE = "alice/heads"
AT_THE_TOP = {"app.py", "README.md", "LICENSE", "requirements.txt", "pre-requirements.txt"}
PACKAGES = ("fg_demo", "heads", "leaderboard")
ZEROGPU_TORCH = ("2.8.0", "2.9.1", "2.10.0", "2.11.0")
"""Versions that stand in every list of ZeroGPU's documentation since August 2026 (hub-docs, spaces-zerogpu.md)."""


def requirements(name: str) -> dict[str, Requirement]:
    lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    return {made.name: made for made in map(Requirement, filter(None, lines))}


def front_matter() -> dict:
    return yaml.safe_load((ROOT / "README.md").read_text(encoding="utf-8").split("---\n")[1])


def test_a_spaces_torch_is_one_that_zerogpu_lists_and_the_range_of_all_others_admits():
    pinned, usual = requirements("pre-requirements.txt")["torch"], requirements("requirements.txt")["torch"]
    (pin,) = pinned.specifier
    assert pin.operator == "==" and pin.version in ZEROGPU_TORCH
    assert usual.specifier.contains(pin.version), "or the second installation would replace the first"
    assert list(requirements("pre-requirements.txt")) == ["torch"]


def test_a_spaces_gradio_is_the_one_that_is_required():
    assert requirements("requirements.txt")["gradio"].specifier.contains(front_matter()["sdk_version"])


def test_what_a_space_fetches_when_it_is_built_is_all_that_the_backbone_reads_and_no_other_weights():
    from app import CLIP

    (line,) = front_matter()["preload_from_hub"]
    repo, files = line.split()
    assert repo == CLIP and repo in front_matter()["models"]
    names = files.split(",")
    assert [name for name in names if not name.endswith((".json", ".txt"))] == ["pytorch_model.bin"]
    assert {"config.json", "preprocessor_config.json", "tokenizer.json"} < set(names)


def test_the_front_matter_is_what_the_hub_accepts():
    values = front_matter()
    assert len(values["short_description"]) <= 60 and (ROOT / values["app_file"]).is_file()
    assert set(values["hf_oauth_scopes"]) == {"contribute-repos", "write-discussions"}


@pytest.fixture(scope="module")
def hub_of_spaces() -> Iterator[HubServer]:
    hub = HubServer().start()
    yield hub
    hub.stop()


def upload(hub: HubServer, checkout: Path, home: Path) -> None:
    """`make space` with the real client."""
    make = ["make", "--silent", "--dry-run", "space", f"NAME={SPACE}"]
    printed = subprocess.run(make, cwd=checkout, capture_output=True, text=True, check=True).stdout
    client(hub, shlex.split(printed.splitlines()[-1]), checkout, home)


def client(hub: HubServer, command: list[str], folder: Path, home: Path) -> None:
    """Run the Hub's command-line client in the folder, as alice."""
    program = Path(sys.executable).parent / Path(command[0]).name
    environment = {**os.environ, **hub.environment(home, hub.add_token("alice"))}
    subprocess.run([program, *command[1:]], cwd=folder, env=environment, check=True, capture_output=True)


@pytest.mark.slow
def test_the_app_starts_from_what_was_uploaded_and_nothing_else_was(hub_of_spaces: HubServer, tmp_path: Path):
    hub, checkout = hub_of_spaces, tmp_path / "checkout"
    leave = shutil.ignore_patterns(".venv", ".git", "__pycache__", ".*_cache", "build")
    shutil.copytree(ROOT, checkout, ignore=leave)
    left = [
        "heads/__pycache__/head.pyc",
        "leaderboard/.DS_Store",
        "leaderboard/rendered/data/.test.partial/x",
    ]
    for name in (*left, ".env", "notes.txt"):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text("not for the Space")
    hub.create_repo(SPACE, "space", {"app.py": b"old", "tests/test_old.py": b"old"})
    hub.store.find(SPACE, "space").creator = "alice"
    upload(hub, checkout, tmp_path / "home")
    arrived = hub.files(SPACE, kind="space")
    packages = [
        path.relative_to(checkout).as_posix()
        for package in PACKAGES
        for path in (checkout / package).rglob("*")
        if path.is_file() and path.suffix != ".pyi"
    ]
    documents = {
        f"docs/{path.name}" for path in (checkout / "docs").iterdir() if path.suffix in (".md", ".png")
    }
    assert set(arrived) == AT_THE_TOP | documents | (set(packages) - set(left))
    assert arrived["app.py"] == (ROOT / "app.py").read_bytes()
    assert not re.search(r"tests/|\.venv|__pycache__|/\.", "\n".join(arrived))
    folder = tmp_path / "space"
    client(
        hub, ["hf", "download", SPACE, "--repo-type", "space", "--local-dir", str(folder)], checkout, tmp_path
    )
    starts(hub, folder, tmp_path)


def starts(hub: HubServer, folder: Path, scratch: Path) -> None:
    """The app of the folder answers, as a Space without a GPU would have it."""
    scopes, port, log = "openid profile contribute-repos write-discussions", free_port(), scratch / "log"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= hub.space_environment(scratch / "home", scopes)
    environment |= {
        "FG_BACKBONE": "mini-clip",
        "FG_CACHE": str(scratch / "cache"),
        "GRADIO_SSR_MODE": "False",
    }
    command = [sys.executable, "app.py", "--port", str(port)]
    with log.open("w") as out:
        app = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT)
    try:
        wait_for(app, f"http://127.0.0.1:{port}", log)
    finally:
        stop(app)
