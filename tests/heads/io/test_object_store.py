"""A store of objects: what is written is there at once and whole, what goes wrong is said in one line."""

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from heads.io import object_store
from heads.io.object_store import ObjectStore, StoreError
from tests.heads.io.test_tensors import full_disk


class Cloud(Exception):
    """An error of a package's own kind, as botocore's are."""


@pytest.fixture(params=["memory", "folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ObjectStore]:
    if request.param == "folder":
        yield ObjectStore(str(tmp_path / "store"))
        return
    # The memory is this process's, whatever else runs in it.
    yield ObjectStore(f"memory://{tmp_path.name}")
    files = MemoryFileSystem()
    if files.exists(f"/{tmp_path.name}"):
        files.rm(f"/{tmp_path.name}", recursive=True)


def test_what_is_written_is_listed_and_read(store: ObjectStore):
    assert store.sizes() == {} and store.read("a") is None
    store.write("a", b"1")
    store.below("b/c").write("d", b"22")
    store.write("a", b"333")
    assert store.sizes() == {"a": 3} and store.below("b/c").sizes() == {"d": 2}
    assert store.read("a") == b"333" and store.read("b/c/d") == b"22" and store.read("e") is None


def test_a_folder_holds_the_old_file_or_the_new_one(tmp_path: Path):
    store = ObjectStore(str(tmp_path / "store"))
    store.write("a", b"old")
    with full_disk(), pytest.raises(OSError, match="too large"):
        store.write("a", b"new" * 10_000, attempts=3)
    assert store.read("a") == b"old" and [path.name for path in (tmp_path / "store").iterdir()] == ["a"]


def test_what_fails_is_tried_again_after_longer_each_time(monkeypatch: pytest.MonkeyPatch):
    waits: list[float] = []
    failing = [Cloud("conflict"), Cloud("conflict"), OSError(errno.EIO, "gone")]

    def pipe_file(self: MemoryFileSystem, path: str, content: bytes) -> None:
        raise failing[len(waits)]

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", pipe_file)
    monkeypatch.setattr(object_store, "FIRST_WAIT", 8.0)
    monkeypatch.setattr(object_store.time, "sleep", waits.append)
    with pytest.raises(StoreError, match=r"memory://nowhere/a: .*gone"):
        ObjectStore("memory://nowhere").write("a", b"", attempts=3)
    assert len(waits) == 2 and 8 <= waits[0] <= 16 <= waits[1] <= 32


@pytest.mark.parametrize("error", [Cloud("no\n  credentials"), PermissionError("no\ncredentials"), Cloud()])
def test_what_a_package_raises_is_one_line_that_names_the_address(
    monkeypatch: pytest.MonkeyPatch, error: Exception
):
    def refuse(self: MemoryFileSystem, *given: object, **named: object) -> None:
        raise error

    for method in ("cat_file", "ls", "pipe_file", "isdir"):
        monkeypatch.setattr(MemoryFileSystem, method, refuse)
    store, words = ObjectStore("memory://bucket"), "no credentials" if str(error) else "Cloud"
    for call in (lambda: store.read("a"), store.sizes, lambda: store.write("a", b"")):
        with pytest.raises(StoreError, match=rf"^memory://bucket(/a)?: {words}$"):
            call()
    with pytest.raises(ValueError, match=rf"^field: expected a folder .*, got memory://bucket: {words}$"):
        store.check("field")


def test_a_missing_package_and_an_unknown_protocol_are_named():
    with pytest.raises(ValueError, match=r"field: expected .*, got nosuch://bucket: Protocol not known"):
        ObjectStore("nosuch://bucket").check("field")
    with pytest.raises(StoreError, match=r"^gdrive://bucket/a: .*gdrive"):
        ObjectStore("gdrive://bucket").write("a", b"")


def test_a_bucket_that_is_not_there_is_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    def no_bucket(self: MemoryFileSystem, path: str, content: bytes) -> None:
        raise FileNotFoundError("The bucket does not exist")

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", no_bucket)
    monkeypatch.setattr(object_store, "FIRST_WAIT", "never")
    with pytest.raises(FileNotFoundError, match=r"^memory://nowhere/a: The bucket does not exist$"):
        ObjectStore("memory://nowhere").write("a", b"", attempts=3)
