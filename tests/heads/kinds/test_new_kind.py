"""A new kind is one file in `heads/kinds/`: trained, saved, loaded and shown for a push without a change to any other."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from heads import KINDS, load_head, save_candidates, vet_folder
from heads.commands.train import kind_arguments
from heads.head import kind_modules
from tests.support.head_samples import hidden_attribute

ROOT = Path(__file__).parents[3]
NEW_KIND = '''
from typing import Any, final

from torch import nn

from heads.head import ProjectionHead, checked_dim, checked_logit_scale


@final
class LowRankHead(
    ProjectionHead,
    kind="low-rank",
):
    """What the embedding is, and a correction of so many dimensions."""

    def __init__(self, dim: int, rank: int = 4, scaled: bool = False, logit_scale: float = 100.0):
        super().__init__()
        self.dim, self.rank, self.scaled = checked_dim(dim), rank, scaled
        self.logit_scale = checked_logit_scale(logit_scale)
        self.down, self.up = nn.Linear(dim, rank), nn.Linear(rank, dim)

    def config(self) -> dict[str, Any]:
        return {"dim": self.dim, "rank": self.rank, "scaled": self.scaled, "logit_scale": self.logit_scale}

    def project_image(self, image):
        return image + self.up(self.down(image))

    def project_text(self, text):
        return text
'''
USE = """
import sys
from heads import load_head
from heads.__main__ import main

flags = ["--hard", "hard.safetensors", "--validation", "val.safetensors", "--warm-up-epochs", "0"]
quick = ["--hard-epochs", "2", "--hard-learning-rate", "3e-3", "--output", "mine"]
assert main(["train", "--kind", "low-rank", "--set", "rank=2", "--set", "scaled=true", *flags, *quick]) == 0
head = load_head("mine")
print(type(head).__module__, head.kind, head.rank, head.scaled, tuple(head.down.weight.shape))
assert main(["push", "mine", "--repo", "alice/mine", "--dry-run"]) == 0
"""


@pytest.fixture
def used(tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """What a copy of the library with one more file in it does, in a folder with two files of embeddings."""
    library = tmp_path / "copy" / "heads"
    library.mkdir(parents=True)
    (library / "kinds").mkdir()
    for path in (ROOT / "heads").iterdir():
        if path.name != "kinds":
            (library / path.name).symlink_to(path)
    for path in (ROOT / "heads" / "kinds").iterdir():
        (library / "kinds" / path.name).symlink_to(path)
    (library / "kinds" / "low_rank.py").write_text(NEW_KIND)
    about = {"backbone": "mini-clip", "backbone_revision": "abc", "benchmark": "b"}
    save_candidates(hidden_attribute(100, seed=1), tmp_path / "hard.safetensors", **about, split="train")
    save_candidates(hidden_attribute(40, seed=2), tmp_path / "val.safetensors", **about, split="validation")
    return subprocess.run(
        [sys.executable, "-c", USE],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(library.parent), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_one_file_is_all_that_a_new_kind_needs(used: subprocess.CompletedProcess[str], tmp_path: Path):
    assert used.returncode == 0, used.stderr
    assert "heads.kinds.low_rank low-rank 2 True (2, 24)" in used.stdout
    assert "model.safetensors" in used.stdout and "alice/mine" in used.stdout
    # Where the file is not, the head is refused in words, and nothing that lies beside its weights is run.
    (tmp_path / "mine" / "low_rank.py").write_text("raise SystemExit('run')")
    with pytest.raises(ValueError, match=r"kind: expected one of .*, got 'low-rank'; no code is taken from"):
        load_head(tmp_path / "mine")
    assert not vet_folder(tmp_path / "mine").passed
    assert "low-rank" not in KINDS


def test_kinds_are_found_by_reading_and_not_by_running(tmp_path: Path):
    (tmp_path / "mine.py").write_text("class Mine(\n    Head, kind='mine'\n):\n    pass\nraise SystemExit")
    (tmp_path / "other.py").write_text('"""Says class Mine(Head, kind="mine")."""\nkind = 1\n')
    (tmp_path / "notes.txt").write_text("class Mine(Head, kind='mine'): ...")
    assert kind_modules(tmp_path) == ["mine"]
    assert set(kind_modules(ROOT / "heads" / "kinds")) == {
        KINDS[kind].__module__.removeprefix("heads.kinds.") for kind in KINDS
    }


def test_a_kinds_own_arguments_are_read_as_what_they_are():
    assert kind_arguments("mlp", ["hidden=12", "similarity=dot"]) == {"hidden": 12, "similarity": "dot"}
    assert kind_arguments("mlp", ["hidden=null"]) == {"hidden": None}
    assert kind_arguments("linear", []) == {}


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        ("mlp", ["hidden=wide"], r"hidden: expected int or null, got 'wide'"),
        ("mlp", ["hidden=1.5"], r"hidden: expected int or null, got '1.5'"),
        ("mlp", ["hidden=true"], r"hidden: expected int or null, got 'true'"),
        ("mlp", ["hidden"], r"set: expected NAME=VALUE, got 'hidden'"),
        ("mlp", ["hidden=1", "hidden=2"], r"hidden: expected once, got 1 and '2'"),
        ("mlp", ["rank=8"], r"set: expected an argument of mlp, hidden, similarity, got 'rank'"),
        ("mlp", ["dim=8"], r"set: expected an argument of mlp, hidden, similarity, got 'dim'"),
        ("cosine", ["rank=8"], r"set: expected an argument of cosine, .*, got 'rank'"),
    ],
)
def test_a_wrong_argument_of_a_kind_is_named(kind: str, given: list[str], message: str):
    with pytest.raises(ValueError, match=message):
        kind_arguments(kind, given)
