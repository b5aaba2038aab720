"""Files and folders written aside: whole or not at all, whoever writes beside."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from heads.io import atomic
from heads.io.atomic import replacing
from tests.support.forked import Forked


def write_folder(path: Path, content: str) -> None:
    with replacing(path) as aside:
        aside.mkdir()
        for name in ("a", "b"):
            (aside / name).write_text(content)


def test_a_file_takes_the_place_of_the_old_one_and_folders_above_are_made(tmp_path):
    path = tmp_path / "new" / "file.txt"
    for content in ("old", "new"):
        with replacing(path) as aside:
            aside.write_text(content)
            assert path.is_file() == (content == "new")
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("can_exchange", [True, False])
def test_a_folder_takes_the_place_of_the_old_one(tmp_path, monkeypatch, can_exchange):
    if not can_exchange:
        monkeypatch.setattr(atomic.ctypes, "CDLL", lambda *_, **__: object())
    path = tmp_path / "folder"
    write_folder(path, "old")
    (path / "only in the old").touch()
    write_folder(path, "new")
    assert {entry.name: entry.read_text() for entry in path.iterdir()} == {"a": "new", "b": "new"}
    assert list(tmp_path.iterdir()) == [path]


def test_when_writing_fails_the_old_one_stays_and_nothing_is_left(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(path) as aside:
        aside.write_text("half")
        raise ZeroDivisionError
    with pytest.raises(FileNotFoundError), replacing(path):
        pass
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_holds_nothing_else_does_so_while_a_file_in_it_is_written(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    with replacing(folder / "file", beside=folder) as aside:
        aside.write_text("content")
        assert not list(folder.iterdir())
    assert [path.name for path in folder.iterdir()] == ["file"]
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("write", [write_folder, lambda path, content: write_file(path, content)])
def test_many_threads_may_replace_the_same_thing_at_once(tmp_path, write):
    path = tmp_path / "shared"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: write(path, str(number)), range(200)))
    assert list(tmp_path.iterdir()) == [path]


def write_file(path: Path, content: str) -> None:
    with replacing(path) as aside:
        aside.write_text(content)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="copies this process")
def test_a_kill_at_any_moment_leaves_a_whole_folder(tmp_path):
    path = tmp_path / "folder"
    write_folder(path, "0")

    def rewrite(tell) -> None:
        for number in range(10_000):
            write_folder(path, str(number))
            tell(number % 2)

    for wait in range(1, 11):
        writer = Forked(rewrite)
        writer.read(wait)
        writer.kill()
        contents = {entry.read_text() for entry in path.iterdir()}
        assert len(contents) == 1 and len(list(path.iterdir())) == 2
