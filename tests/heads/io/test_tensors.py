import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from heads.io.tensors import all_finite, load_tensors, read_metadata, save_tensors


def test_tensors_that_are_not_contiguous_survive_the_disk(tmp_path: Path):
    turned = torch.arange(6.0).reshape(2, 3).T
    path = save_tensors({"a": turned}, tmp_path / "a.safetensors", {})
    assert torch.equal(load_tensors(path, ["a"])["a"], turned)


def test_the_same_tensors_and_words_give_the_same_bytes(tmp_path: Path):
    words = {
        name: f"{name} “ä”\n\t\x1f\x7f/\\"
        for name in ("split", "backbone", "subset", "benchmark", "revision")
    }
    tensors = {"b": torch.ones(3), "a": torch.zeros(2, dtype=torch.long)}
    files = [save_tensors(tensors, tmp_path / "a.safetensors", words).read_bytes() for _ in range(20)]
    assert len(set(files)) == 1
    assert read_metadata(tmp_path / "a.safetensors") == words
    found = load_tensors(tmp_path / "a.safetensors", ["a", "b"])
    assert all(torch.equal(found[name], tensor) for name, tensor in tensors.items())


@pytest.mark.usefixtures("without_type_checks")
def test_a_failed_write_keeps_the_old_file_and_leaves_nothing_else(tmp_path: Path):
    path = save_tensors({"a": torch.zeros(1)}, tmp_path / "a.safetensors", {})
    with pytest.raises(ValueError, match="split: expected a string for the header of"):
        save_tensors({"a": torch.ones(1)}, path, {"split": 3})  # pyright: ignore[reportArgumentType]
    with pytest.raises(NotImplementedError):
        save_tensors({"a": torch.ones(1, device="meta")}, path, {})
    assert load_tensors(path, ["a"])["a"].tolist() == [0.0]
    assert [file.name for file in tmp_path.iterdir()] == ["a.safetensors"]


def test_others_may_read_the_file_as_far_as_the_umask_lets_them(tmp_path: Path):
    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    path = save_tensors({"a": torch.zeros(1)}, tmp_path / "a.safetensors", {})
    assert path.stat().st_mode == ordinary.stat().st_mode


@pytest.mark.parametrize("read", [read_metadata, lambda path: load_tensors(path, ["a"])])
def test_what_is_no_safetensors_file_is_refused(tmp_path: Path, read):
    with pytest.raises(FileNotFoundError, match="expected a safetensors file, found none"):
        read(tmp_path / "absent.safetensors")
    with pytest.raises(FileNotFoundError):
        read(tmp_path)
    path = tmp_path / "garbage.safetensors"
    for garbage in (b"", b"not a tensor in sight", b"\xff" * 64):
        path.write_bytes(garbage)
        with pytest.raises(ValueError, match="expected a safetensors file, got one that does not open"):
            read(path)


@contextmanager
def full_disk() -> Iterator[None]:
    """No file may grow beyond 1000 bytes: the system itself refuses to write, as on a full disk.

    Only while the write is tried: the test runner's own output may go to a longer file.
    """
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_is_an_os_error_that_names_the_file_and_keeps_the_old_one(tmp_path: Path):
    path = save_tensors({"x": torch.zeros(3)}, tmp_path / "x.safetensors", {})
    with (
        pytest.raises(OSError, match=r"x\.safetensors: expected to write it there, got: .*too large"),
        full_disk(),
    ):
        save_tensors({"x": torch.zeros(3000)}, path, {})
    assert torch.equal(load_tensors(path, ["x"])["x"], torch.zeros(3))
    assert [file.name for file in tmp_path.iterdir()] == ["x.safetensors"]


def test_a_place_that_is_no_folder_is_an_os_error_too(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"x: expected to write it there, got: "):
        save_tensors({"x": torch.zeros(3)}, tmp_path / "file" / "x", {})


def test_a_folder_is_no_file(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="expected a safetensors file, found a folder"):
        load_tensors(tmp_path, ["x"])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_one_number_that_is_not_finite_is_found(dtype: torch.dtype):
    assert all_finite(torch.zeros(0, 4, dtype=dtype))
    for value in (float("nan"), float("inf"), -float("inf")):
        for place in (0, 123, 499):
            tensor = torch.ones(100, 5, dtype=dtype)
            assert all_finite(tensor)
            tensor.view(-1)[place] = value
            assert not all_finite(tensor)
