"""A kill at any moment leaves a head's folder that loads and that training goes on with."""

import itertools
import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from heads import load_head, save_candidates, save_head
from heads.__main__ import main
from heads.head import Head
from heads.io import atomic
from heads.persistence.folder import add_to_head, load_whole
from heads.training.seeds import check_seeds_folder
from tests.support.head_samples import hidden_attribute, make_head
from tests.support.killed import kills

ABOUT = {"backbone": "mini-clip", "backbone_revision": "abc"}


@pytest.fixture(params=["exchange", "two renames"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "two renames":
        monkeypatch.setattr(atomic.ctypes, "CDLL", lambda *_, **__: object())
    return request.param


def weight_of(folder: Path) -> float:
    """That of the head in the folder."""
    return number_of(load_head(folder))


def number_of(head: Head) -> float:
    """The one number that all weights of the test's heads are, which says whose they are."""
    (value,) = set(torch.cat([one.flatten() for one in head.state_dict().values()]).tolist())
    return value


def head_of(number: float):
    head = make_head("linear", 4)
    for weight in head.parameters():
        weight.data.fill_(number)
    return head


@pytest.mark.usefixtures("system")
def test_a_save_killed_at_any_moment_leaves_the_old_head_or_the_new_one(tmp_path: Path):
    folder = save_head(head_of(1.0), tmp_path / "head", number=1)

    def save() -> None:
        save_head(head_of(2.0), folder, number=2)
        add_to_head(folder, {"history.json": b"[]"})

    seen = []
    for _ in kills(save, tmp_path):
        seen.append(weight_of(folder))
        save_head(head_of(1.0), folder, number=1)
    assert len(seen) >= 10 and set(seen) == {1.0, 2.0}
    assert weight_of(folder) == 2.0


def test_whoever_loads_while_a_head_is_replaced_has_one_whole_head(tmp_path: Path, system: str):
    folder, done = save_head(head_of(0.0), tmp_path / "head"), threading.Event()

    def replace() -> None:
        for number in range(60):
            save_head(head_of(float(number)), folder)
        done.set()

    writer = threading.Thread(target=replace)
    writer.start()
    seen = [weight_of(folder)]
    while not done.is_set():
        seen.append(weight_of(folder))
    writer.join()
    assert seen == sorted(seen), system


def test_a_folder_that_is_gone_when_it_is_looked_at_is_looked_for_again(tmp_path: Path):
    """As while a new one comes in its place on a system that cannot exchange two folders."""
    folder = save_head(head_of(1.0), tmp_path / "head")
    old = folder.with_name(".head.0123abcd.old.partial")

    moves = iter([(folder, old), (old, folder)])  # gone when it is named first, back when it is named again

    def find() -> Path:
        for one, other in itertools.islice(moves, 1):
            one.rename(other)
        return folder

    assert number_of(load_whole(find)) == 1.0


def test_a_folder_stands_where_it_is_or_under_the_name_it_has_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder, old = tmp_path / "head", tmp_path / ".head.0123abcd.old.partial"
    assert atomic.standing(folder) is None
    old.mkdir()
    assert atomic.standing(folder) == old

    def listed(place: Path) -> Iterator[Path]:
        old.rename(folder)  # between a look at its own name and one at the others
        monkeypatch.undo()
        return place.iterdir()

    monkeypatch.setattr(Path, "iterdir", listed)
    assert atomic.standing(folder) == folder


def line(files: Path, *more: str) -> list[str]:
    paths = {"--hard": "hard", "--validation": "validation"}
    given = [one for flag, name in paths.items() for one in (flag, str(files / f"{name}.safetensors"))]
    quick = ["--hard-epochs", "2", "--warm-up-epochs", "0", "--device", "cpu"]
    return ["train", *given, "--output", str(files / "out" / "head"), *quick, *more]


@pytest.fixture
def without_curves(monkeypatch: pytest.MonkeyPatch) -> None:
    """No drawings, which take most of a short training's time."""
    monkeypatch.setattr("heads.training.run.draws_pictures", lambda: False)
    monkeypatch.setattr("heads.training.run.curve_page", str)


@pytest.mark.usefixtures("without_curves")
def test_a_training_killed_at_any_moment_goes_on_to_the_same_bits(tmp_path: Path):
    save_candidates(hidden_attribute(30, seed=1), tmp_path / "hard.safetensors", **ABOUT)
    save_candidates(hidden_attribute(10, seed=2), tmp_path / "validation.safetensors", **ABOUT)
    assert main(line(tmp_path)) == 0
    output = tmp_path / "out" / "head"
    whole = {path.name: path.read_bytes() for path in output.iterdir()}

    count = 0
    for _ in kills(lambda: main(line(tmp_path)), tmp_path / "out", every=9):
        count += 1
        assert load_head(output).dim == 24
        assert main(line(tmp_path, "--resume")) == 0
        assert {path.name: path.read_bytes() for path in output.iterdir()} == whole
    assert count >= 5


@pytest.mark.usefixtures("without_curves")
def test_resume_leaves_a_head_that_is_done_and_refuses_another_s(tmp_path: Path, capsys):
    for name, seed in (("hard", 1), ("validation", 2)):
        save_candidates(hidden_attribute(30, seed=seed), tmp_path / f"{name}.safetensors", **ABOUT)
    assert main(line(tmp_path, "--resume")) == 0
    assert "nothing to go on with; the training begins" in capsys.readouterr().err
    weights = tmp_path / "out" / "head" / "model.safetensors"
    before = weights.stat().st_mtime_ns
    assert main(line(tmp_path, "--resume")) == 0
    assert "done before" in capsys.readouterr().out
    assert main(line(tmp_path, "--resume", "--hard-margin", "0.3")) == 2
    assert "expected a head of this training, found one made by another" in capsys.readouterr().err
    assert weights.stat().st_mtime_ns == before


def leftover(place: Path, name: str, age: float) -> Path:
    left = place / f".{name}.0123abcd.partial"
    left.mkdir(parents=True)
    (left / "config.json").write_text("{")
    os.utime(left, (time.time() - age, time.time() - age))
    return left


def test_what_kills_left_is_removed_once_it_is_old_or_of_a_time_to_come(tmp_path: Path):
    old, new, to_come = (
        leftover(tmp_path / name, "head", age) for name, age in (("a", 7200), ("b", 60), ("c", -(10**8)))
    )
    foreign = leftover(tmp_path / "a", "other", 7200)
    for name in ("a", "b", "c"):
        save_head(head_of(1.0), tmp_path / name / "head")
    assert [one.exists() for one in (old, new, to_come, foreign)] == [False, True, False, True]


def test_what_kills_and_systems_left_inside_a_folder_is_no_content(tmp_path: Path):
    folder = save_head(head_of(1.0), tmp_path / "seeds" / "seed-1")
    for name in (".DS_Store", "._config.json", "Thumbs.db", "desktop.ini", ".history.json.0123abcd.partial"):
        (folder / name).write_bytes(b"x")
        (folder.parent / name).write_bytes(b"x")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "config-checkpoint.json").write_text(json.dumps({}))
    check_seeds_folder(folder.parent)
    assert weight_of(save_head(head_of(2.0), folder)) == 2.0
    (folder / "thesis.tex").write_text("years of work")
    with pytest.raises(ValueError, match=r"found thesis\.tex$"):
        save_head(head_of(3.0), folder)
