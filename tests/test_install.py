"""What `pip install .` gives a researcher: the three packages with their data, in any folder."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = """
from pathlib import Path

from PIL import Image

import fg_demo
from fg_demo import Box, compare, load_backbone
from heads import load_head, shipped_heads
from leaderboard import load_benchmark, load_results
from leaderboard.__main__ import main

backbone = load_backbone("mini-clip")
name = next(iter(shipped_heads()))
picture = next((Path(fg_demo.__file__).parent / "samples").glob("*.jpg"))
table = compare(Image.open(picture), Box(10, 10, 90, 90), ["a red mug", "a blue mug"], backbone, {name: load_head(name)})
assert len(table) == 4, table
assert load_benchmark("fg-rendered", "hard", "test")
assert main(["table"]) == 0
print(Path(fg_demo.__file__).parent.parent)
"""


@pytest.mark.slow
def test_an_installed_project_works_in_any_folder(tmp_path: Path):
    source, target, elsewhere = tmp_path / "source", tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    # A copy, because a build writes beside what it builds.
    leave_out = shutil.ignore_patterns(".*", "build", "__pycache__", "*.egg-info")
    shutil.copytree(ROOT, source, ignore=leave_out)
    offline = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    built = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", *offline, "--target", str(target), str(source)],
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    for package in ("heads", "fg_demo", "leaderboard"):
        assert (target / package / "py.typed").is_file()
    assert not (target / "tests").exists()
    environment = {**os.environ, "PYTHONPATH": str(target)}
    ran = subprocess.run(
        [sys.executable, "-P", "-c", SCRIPT], cwd=elsewhere, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert Path(ran.stdout.splitlines()[-1]) == target
