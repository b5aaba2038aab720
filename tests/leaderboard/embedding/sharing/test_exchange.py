"""Machines that have nothing in common but a store of objects: all end with the same rows, and no row is put for ever."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from fsspec.implementations.memory import MemoryFileSystem
from hypothesis import given, settings
from hypothesis import strategies as st

from heads.io import object_store
from heads.io.object_store import ObjectStore, StoreError
from leaderboard.embedding.shards import SUFFIX, parse_shard
from leaderboard.embedding.sharing.claims import claimed
from leaderboard.embedding.sharing.exchange import ABOUT, Moved, Shards, open_shards
from leaderboard.embedding.store import EmbeddingStore
from tests.fake_hub.client import fresh_clients
from tests.fake_hub.faults import status
from tests.fake_hub.server import HubServer
from tests.leaderboard.embedding.test_store import DIM, add, check_holds, key, row
from tests.support.forked import Forked

NAME = "embeddings/model-0123/image"


class Killed(BaseException):
    """Stands for the end of a process at some moment."""


class Machine:
    """A cache of its own, opened anew as often as one likes."""

    def __init__(self, folder: Path, address: str, rows: int = 4, refused: str = ""):
        self.folder, self._address, self._rows, self._refused = folder / NAME, address, rows, refused
        self.open()

    def open(self) -> "Machine":
        self.shards = Shards(ObjectStore(self._address), self._refused)
        exchange = self.shards.exchange(self.folder, NAME, self._rows)
        self.store = EmbeddingStore(self.folder, DIM, {"backbone": "b"}, exchange)
        return self

    def encode(self, numbers: Sequence[int]) -> None:
        missing = [number for number in numbers if key(number) not in self.store]
        for start in range(0, len(missing), 2):
            add(self.store, missing[start : start + 2])
        self.store.share(map(key, numbers))

    def rows(self) -> dict[bytes, bytes]:
        return {one: self.store.rows([one]).numpy().tobytes() for one in self.store}


@pytest.fixture(params=["memory", "folder"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "folder":
        yield str(tmp_path / "objects")
        return
    yield f"memory://{tmp_path.name}"
    forget_memory(tmp_path.name)


def forget_memory(name: str) -> None:
    files = MemoryFileSystem()
    if files.exists(f"/{name}"):
        files.rm(f"/{name}", recursive=True)


def objects(address: str) -> dict[str, bytes]:
    """The shards that lie there."""
    store = ObjectStore(address).below(NAME)
    return {name: store.read(name) or b"" for name in store.sizes() if name.endswith(SUFFIX)}


def keys_there(address: str) -> list[bytes]:
    """The keys of all objects, each of which is whole; as often as they lie there."""
    return [one for name, content in objects(address).items() for one in parse_shard(content, name, DIM).keys]


def test_what_one_machine_puts_another_takes(address: str, tmp_path: Path):
    one = Machine(tmp_path / "one", address)
    one.encode(range(11))
    assert (one.shards.taken, one.shards.put) == (Moved(), Moved(2, 11))
    other = Machine(tmp_path / "other", address)
    assert (other.shards.taken, other.shards.put) == (Moved(2, 11), Moved())
    assert other.rows() == one.rows() and len(other.rows()) == 11
    other.encode(range(5, 20))
    assert sorted(keys_there(address)) == [key(number) for number in range(20)]
    assert one.open().shards.taken == Moved(2, 9)
    assert one.rows() == other.rows()


def test_nothing_is_taken_or_put_twice(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Also not what was merged meanwhile, on either machine, over and over again."""
    monkeypatch.setattr("leaderboard.embedding.store.MANY_SHARDS", 1)
    Machine(tmp_path / "one", address).encode(range(9))
    Machine(tmp_path / "other", address).encode(range(9, 18))
    for _ in range(2):
        for name in ("one", "other"):
            Machine(tmp_path / name, address).encode(range(18))
    there = objects(address)
    for name in ("one", "other", "one"):
        machine = Machine(tmp_path / name, address)
        machine.encode(range(18))
        assert (machine.shards.taken, machine.shards.put) == (Moved(), Moved())
    assert objects(address) == there and sorted(keys_there(address)) == [*map(key, range(18))]


def test_what_was_encoded_before_anything_was_shared_is_put_when_it_is_asked_for(
    address: str, tmp_path: Path
):
    add(EmbeddingStore(tmp_path / NAME, DIM), [1, 2, 3])
    machine = Machine(tmp_path, address)
    assert not keys_there(address)
    machine.encode([2, 3])
    assert sorted(keys_there(address)) == [key(2), key(3)]


def test_a_cache_that_was_removed_is_filled_again(address: str, tmp_path: Path):
    machine = Machine(tmp_path, address)
    machine.encode(range(6))
    for path in machine.folder.glob(f"*{SUFFIX}"):
        path.unlink()
    assert machine.open().shards.taken == Moved(1, 6)
    check_holds(machine.folder, [*range(6)])


def test_objects_that_somebody_removed_are_put_again(address: str, tmp_path: Path):
    machine = Machine(tmp_path, address)
    machine.encode(range(6))
    parts = {"part": [*range(6)]}
    assert [*claimed(machine.store.claims, parts)] == [[*range(6)]]
    assert [*claimed(machine.open().store.claims, parts)] == []
    files, path = ObjectStore(address).below(NAME)._opened
    files.rm(path, recursive=True)
    for part in claimed(machine.open().store.claims, parts):
        machine.encode(part)
    assert sorted(keys_there(address)) == [*map(key, range(6))]


def test_what_is_done_with_one_store_is_not_done_with_another(tmp_path: Path):
    alone = EmbeddingStore(tmp_path / NAME, DIM)
    places = {alone.claims, *(Machine(tmp_path, str(tmp_path / name)).store.claims for name in "ab")}
    assert len(places) == 3


@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda content: b"x" + content[1:]])
def test_a_damaged_object_is_named_once_and_never_taken(
    address: str, tmp_path: Path, damage: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
):
    Machine(tmp_path / "one", address).encode([1, 2])
    ((name, content),) = objects(address).items()
    ObjectStore(address).below(NAME).write(name, damage(content))
    other = Machine(tmp_path / "other", address)
    assert caplog.text.count(f"{NAME}/{name}: not taken, and to be embedded again: its content is not") == 1
    assert other.shards.taken == Moved() and not other.rows()
    other.open()
    assert caplog.text.count("not taken") == 1
    other.encode([1, 2])
    assert len(objects(address)) == 2
    assert Machine(tmp_path / "third", address).rows() == other.rows()


def test_an_object_that_was_damaged_and_is_put_anew_is_taken(address: str, tmp_path: Path):
    one = Machine(tmp_path / "one", address)
    one.encode([1, 2])
    ((name, content),) = objects(address).items()
    place = ObjectStore(address).below(NAME)
    place.write(name, content[:100])
    other = Machine(tmp_path / "other", address)
    assert not other.rows()
    place.write(name, content)
    assert other.open().rows() == one.rows()


def test_shards_of_another_dimension_stay_where_they_are(address: str, tmp_path: Path, caplog: Any):
    Machine(tmp_path / "one", address).encode([1])
    folder = tmp_path / "other"
    store = EmbeddingStore(folder, DIM + 1, {}, Shards(ObjectStore(address)).exchange(folder, NAME, 4))
    assert len(store) == 0 and "expected embeddings of shape (1, 4), found (1, 3)" in caplog.text
    assert len(keys_there(address)) == 1


def test_an_error_while_putting_keeps_what_is_here_and_the_same_again_puts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    address = f"memory://{tmp_path.name}"
    machine = Machine(tmp_path, address)

    def unreachable(self: ObjectStore, name: str, content: bytes) -> None:
        raise StoreError(f"{self}/{name}: no route to host")

    try:
        with monkeypatch.context() as patch:
            patch.setattr(ObjectStore, "_write", unreachable)
            patch.setattr(object_store, "FIRST_WAIT", 0.0)
            words = (
                rf"shards: expected to put 4 embeddings there, got memory://.*: no route to host; they are kept in "
                rf"{machine.folder}, and the same command puts what is missing"
            )
            with pytest.raises(OSError, match=words):
                machine.encode(range(10))
        machine = Machine(tmp_path, address)
        assert len(machine.store) == 8
        machine.encode(range(10))
        assert sorted(keys_there(address)) == [*map(key, range(10))]
    finally:
        forget_memory(tmp_path.name)


def test_of_a_store_that_refuses_is_only_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    address = str(tmp_path / "objects")
    Machine(tmp_path / "one", address).encode([1, 2])

    def refuse(self: ObjectStore, name: str, content: bytes) -> None:
        raise StoreError(f"{self}/{name}: Access Denied")

    monkeypatch.setattr(ObjectStore, "_write", refuse)
    words = (
        rf"shards: expected a store that can be written to, got {address}/embeddings/{ABOUT}: Access Denied"
    )
    with pytest.raises(ValueError, match=words):
        open_shards(address, must_put=True)
    shards = open_shards(address, must_put=False)
    assert "Access Denied" in shards.refused
    with pytest.raises(ValueError, match=r"shards: expected a folder, got .*, where nothing is"):
        open_shards(f"{address}/nowhere", must_put=False)
    other = Machine(tmp_path / "other", address, refused=shards.refused)
    other.encode(range(9))
    assert (other.shards.taken, other.shards.put) == (Moved(1, 2), Moved())


def test_a_store_is_known_to_be_writable_by_a_small_file(address: str):
    assert not open_shards(address, must_put=True).refused
    assert ObjectStore(address).below("embeddings").sizes().keys() == {ABOUT}


# Each step: one of two machines encodes numbers, or is opened anew where it encodes none; and, where a moment is named,
# is killed then: so many files or objects later, just before or just after one is written or removed.
STEPS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.lists(st.integers(0, 30), max_size=9, unique=True),
        st.none() | st.tuples(st.integers(0, 12), st.booleans()),
    ),
    max_size=10,
)


def killing(patch: pytest.MonkeyPatch, moment: tuple[int, bool]) -> None:
    """From now on the process ends at that moment."""
    left, after = moment

    def ending(plain: Callable[..., Any]) -> Callable[..., Any]:
        def write(*given: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if left == -1 and not after:
                raise Killed
            made = plain(*given, **named)
            if left == -1:
                raise Killed
            return made

        return write

    patch.setattr(ObjectStore, "_write", ending(ObjectStore._write))
    patch.setattr(Path, "replace", ending(Path.replace))
    patch.setattr(Path, "unlink", ending(Path.unlink))


@pytest.mark.parametrize("kind", ["memory", "folder"])
@settings(max_examples=30)
@given(steps=STEPS, many=st.integers(1, 4), full=st.integers(2, 9))
def test_any_order_of_takes_puts_merges_and_kills_ends_with_the_same_rows(
    tmp_path_factory: pytest.TempPathFactory,
    kind: str,
    steps: list[tuple[int, list[int], tuple[int, bool] | None]],
    many: int,
    full: int,
):
    folder = tmp_path_factory.mktemp("machines")
    address = str(folder / "objects") if kind == "folder" else f"memory://{folder.name}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("leaderboard.embedding.store.MANY_SHARDS", many)
        patch.setattr("leaderboard.embedding.store.FULL_ROWS", full)
        machines = [Machine(folder / name, address) for name in ("one", "other")]
        asked: set[int] = set()
        for which, numbers, moment in steps:
            asked.update(numbers)
            with patch.context() as kill:
                if moment:
                    killing(kill, moment)
                try:
                    machines[which].encode(numbers) if numbers else machines[which].open()
                    continue
                except Killed:
                    pass
            machines[which].open()
        for machine in (*machines, machines[0]):
            machine.open().encode(sorted(asked))
        rows = {key(number): row(number).numpy().tobytes() for number in asked}
        assert [machine.open().rows() for machine in machines] == [rows, rows]
        there = keys_there(address)
        assert set(there) == rows.keys()
        for machine in machines:
            machine.open().encode(sorted(asked))
        assert keys_there(address) == there
        assert len(there) <= 2 * len(rows)  # each machine puts a row once at most, killed or not
    forget_memory(folder.name)


def keep_sharing(folder: Path, address: str, start: int) -> Forked:
    """A process that encodes numbers from `start`, six at a time, and tells each six's first when they are shared."""

    def work(tell: Callable[[int], None]) -> None:
        machine = Machine(folder, address)
        for number in range(start, start + 600_000, 6):
            machine.encode(range(number, number + 6))
            tell(number)

    return Forked(work)


def test_a_process_killed_at_any_moment_loses_nothing_that_it_has_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("leaderboard.embedding.store.MANY_SHARDS", 3)
    address = str(tmp_path / "objects")
    firsts: list[int] = []
    for attempt in range(5):
        chance = random.Random(attempt)
        process = keep_sharing(tmp_path / "one", address, 1_000_000 * attempt)
        firsts += process.read(chance.randint(1, 6))
        time.sleep(chance.random() / 50)  # not only right after a write
        firsts += process.kill()
        shared = [key(first + more) for first in firsts for more in range(6)]
        assert set(shared) <= set(keys_there(address))
        other = Machine(tmp_path / f"other-{attempt}", address)
        assert set(shared) <= set(other.rows())
        assert torch.equal(other.store.rows(shared[-1:])[0], row(int.from_bytes(shared[-1], "big")))


@pytest.fixture
def hub_dataset(hub: HubServer, alice: str) -> str:
    hub.create_repo(f"{alice}/cache", "dataset")
    return f"hf://datasets/{alice}/cache/shared"


def test_a_dataset_on_the_hub_gets_a_commit_a_part(hub: HubServer, hub_dataset: str, tmp_path: Path):
    assert not open_shards(hub_dataset, must_put=True).refused
    one = Machine(tmp_path / "one", hub_dataset)
    before = len(hub.commits("alice/cache"))
    one.encode(range(11))
    assert len(hub.commits("alice/cache")) == before + 2 == before + one.shards.put.shards
    other = Machine(tmp_path / "other", hub_dataset)
    assert other.shards.taken == Moved(2, 11) and other.rows() == one.rows()
    other.encode(range(14))
    assert one.open().shards.taken == Moved(1, 3)


def test_a_commit_that_meets_another_is_tried_again(
    hub: HubServer, hub_dataset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(object_store, "FIRST_WAIT", 0.0)
    machine = Machine(tmp_path, hub_dataset)
    hub.fail("commit", status(412, "somebody else has committed"), times=2)
    machine.encode([1, 2])
    assert sorted(keys_there(hub_dataset)) == [key(1), key(2)]


def test_a_dataset_that_one_may_only_read_is_only_taken(
    hub: HubServer, hub_dataset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    Machine(tmp_path / "one", hub_dataset).encode([1, 2])
    monkeypatch.delenv("HF_TOKEN")
    fresh_clients()
    with pytest.raises(ValueError, match=r"shards: expected a store that can be written to, got hf://"):
        open_shards(hub_dataset, must_put=True)
    assert open_shards(hub_dataset, must_put=False).refused
    with pytest.raises(ValueError, match=r"shards: expected a folder, got 'hf://.*', where nothing is"):
        open_shards("hf://datasets/alice/nowhere", must_put=False)
    assert Machine(tmp_path / "other", hub_dataset).shards.taken == Moved(1, 2)
