"""The store: what is added is there again, whoever else writes, is killed, or damages a file meanwhile."""

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from heads.io.tensors import read_metadata
from leaderboard.embedding import shards
from leaderboard.embedding.store import EmbeddingStore, store_folder
from tests.heads.io.test_tensors import full_disk
from tests.support.forked import Forked

DIM = 3


def key(number: int) -> bytes:
    return number.to_bytes(32, "big")


def row(number: int) -> torch.Tensor:
    return torch.tensor([number, number / 2, -number], dtype=torch.float32)


def add(store: EmbeddingStore, numbers: list[int]) -> None:
    store.add([key(number) for number in numbers], torch.stack([row(number) for number in numbers]))


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def check_holds(folder: Path, numbers: list[int]) -> EmbeddingStore:
    store = EmbeddingStore(folder, DIM)
    assert torch.equal(store.rows([key(number) for number in numbers]), torch.stack([*map(row, numbers)]))
    return store


def test_what_is_added_is_on_disk_at_once(tmp_path: Path):
    store = EmbeddingStore(tmp_path / "new" / "folder", DIM)
    add(store, [1, 2])
    add(store, [3])
    again = check_holds(store.folder, [3, 1, 2, 1])
    assert len(again) == 3 and key(2) in again and key(4) not in again
    assert again.rows([]).shape == (0, DIM)
    assert {path.suffix for path in files(store.folder)} == {".safetensors"}


def test_a_shard_says_what_its_embeddings_are_of(tmp_path: Path):
    add(EmbeddingStore(tmp_path, DIM, {"backbone": "b", "precision": "full"}), [1])
    (path,) = files(tmp_path)
    assert {"backbone": "b", "precision": "full"}.items() <= read_metadata(path).items()


def test_an_unknown_key_is_a_key_error(tmp_path: Path):
    with pytest.raises(KeyError):
        EmbeddingStore(tmp_path, DIM).rows([key(1)])


@pytest.mark.parametrize("bad", [torch.full((1, DIM), torch.nan), torch.zeros(1, 4), torch.zeros(2, DIM)])
def test_what_is_no_embedding_is_refused_and_not_remembered(tmp_path: Path, bad: torch.Tensor):
    store = EmbeddingStore(tmp_path, DIM)
    with pytest.raises(ValueError, match="embeddings: expected"):
        store.add([key(1)], bad)
    assert key(1) not in store and not files(tmp_path)


def test_many_small_shards_become_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("leaderboard.embedding.store.MANY_SHARDS", 3)
    store = EmbeddingStore(tmp_path, DIM)
    for number in range(23):
        add(store, [number])
        assert len(files(tmp_path)) <= 3
    check_holds(tmp_path, list(range(23)))


def test_a_full_shard_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("leaderboard.embedding.store.MANY_SHARDS", 1)
    monkeypatch.setattr("leaderboard.embedding.store.FULL_ROWS", 4)
    store = EmbeddingStore(tmp_path, DIM)
    add(store, [1, 2, 3, 4])
    (full,) = files(tmp_path)
    for number in range(5, 20):
        add(store, [number])
    assert full in files(tmp_path)
    check_holds(tmp_path, list(range(1, 20)))


# Each step: one of three stores, each its own process's view of the folder, adds numbers or is opened anew.
steps = st.lists(
    st.tuples(st.integers(0, 2), st.lists(st.integers(0, 30), max_size=4, unique=True)), max_size=25
)


@settings(max_examples=60)
@given(steps=steps, many=st.integers(1, 4), full=st.integers(2, 9))
def test_several_stores_of_one_folder_lose_nothing(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, list[int]]], many: int, full: int
):
    folder = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("leaderboard.embedding.store.MANY_SHARDS", many)
        patch.setattr("leaderboard.embedding.store.FULL_ROWS", full)
        stores = [EmbeddingStore(folder, DIM) for _ in range(3)]
        added = set()
        for which, numbers in steps:
            if numbers:
                add(stores[which], numbers)
            else:
                stores[which] = EmbeddingStore(folder, DIM)
            added.update(numbers)
            if added:
                assert len(check_holds(folder, sorted(added))) == len(added)


def test_a_shard_that_vanishes_while_the_folder_is_read_is_found_in_the_newer_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    add(EmbeddingStore(tmp_path, DIM), [1])
    add(EmbeddingStore(tmp_path, DIM), [2])
    plain, merged = shards._read_shard, []

    def merged_meanwhile(path: Path, dim: int):
        if not merged:
            merged.append(True)
            monkeypatch.setattr("leaderboard.embedding.store.MANY_SHARDS", 1)
            EmbeddingStore(tmp_path, DIM)
        return plain(path, dim)

    monkeypatch.setattr(shards, "_read_shard", merged_meanwhile)
    check_holds(tmp_path, [1, 2])


@settings(max_examples=60)
@given(data=st.data())
def test_a_damaged_shard_is_removed_and_the_others_stay(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
):
    folder = tmp_path_factory.mktemp("store")
    store = EmbeddingStore(folder, DIM)
    add(store, [1, 2])
    (first,) = files(folder)
    add(store, [3])
    content = bytearray(first.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[at] ^= 1 << data.draw(st.integers(0, 7))
        first.write_bytes(content)
    else:
        first.write_bytes(content[:at])
    again = check_holds(folder, [3])
    assert len(again) == 1 and not first.exists()
    add(again, [1, 2])
    check_holds(folder, [1, 2, 3])


def test_a_shard_of_another_dimension_is_removed(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    add(EmbeddingStore(tmp_path, DIM), [1])
    assert len(EmbeddingStore(tmp_path, DIM + 1)) == 0
    assert "expected embeddings of shape (1, 4), found (1, 3)" in caplog.text and not files(tmp_path)


def test_a_full_disk_is_an_error_that_names_the_file_and_loses_nothing(tmp_path: Path):
    store = EmbeddingStore(tmp_path, DIM)
    add(store, [1])
    with (
        pytest.raises(OSError, match=r"\.safetensors: expected to write it there, got: .*too large"),
        full_disk(),
    ):
        add(store, list(range(100, 400)))
    assert key(100) not in store and len(files(tmp_path)) == 1
    add(store, [2])
    check_holds(tmp_path, [1, 2])


def test_a_full_disk_while_merging_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("leaderboard.embedding.store.MANY_SHARDS", 20)
    store = EmbeddingStore(tmp_path, DIM)
    numbers = list(range(21))
    with pytest.raises(OSError, match="expected to write it there"), full_disk():
        for number in numbers:
            add(store, [number])
    check_holds(tmp_path, numbers)


def test_what_a_killed_process_left_half_written_goes_when_it_is_old(tmp_path: Path):
    young, old = tmp_path / "young.partial", tmp_path / "old.partial"
    for path in (young, old):
        path.write_bytes(b"half")
    long_ago = time.time() - 7200
    os.utime(old, (long_ago, long_ago))
    EmbeddingStore(tmp_path, DIM)
    assert files(tmp_path) == [young]


def keep_adding(folder: Path, start: int, total: int) -> Forked:
    """A process that adds `total` numbers from `start`, two at a time, and tells each pair's first when it is
    added.
    """

    def work(tell: Callable[[int], None]) -> None:
        store = EmbeddingStore(folder, DIM)
        for number in range(start, start + total, 2):
            add(store, [number, number + 1])
            tell(number)

    return Forked(work)


def test_a_process_killed_at_any_moment_loses_nothing_it_had_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("leaderboard.embedding.store.MANY_SHARDS", 3)
    firsts: list[int] = []
    for attempt in range(6):
        process = keep_adding(tmp_path, 1_000_000 * attempt, 1_000_000)
        firsts += process.read(random.Random(attempt).randint(1, 20))
        time.sleep(random.Random(attempt).random() / 50)  # not only right after a write
        firsts += process.kill()
        check_holds(tmp_path, [number for first in firsts for number in (first, first + 1)])


def test_two_processes_at_once_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("leaderboard.embedding.store.MANY_SHARDS", 3)
    both = [keep_adding(tmp_path, start, 200) for start in (0, 100)]  # half of the numbers are in both
    for process in both:
        told, status = process.rest()
        assert status == 0 and len(told) == 100
    assert len(check_holds(tmp_path, list(range(300)))) == 300
    assert not list(tmp_path.glob("*.partial"))


def test_store_folders_are_distinct_and_readable(tmp_path: Path):
    folder = store_folder(tmp_path, "openai/clip-vit-base-patch16", "text", "abc", "full")
    assert "openai-clip-vit-base-patch16" in folder.parent.name and folder.name == "text"
    others = [("openai-clip/vit-base-patch16", "abc"), ("openai/clip-vit-base-patch16", "abd")]
    assert all(store_folder(tmp_path, name, "text", revision, "full") != folder for name, revision in others)
