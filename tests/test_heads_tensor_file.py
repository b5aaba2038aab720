from pathlib import Path

import pytest
import torch

from heads.tensor_file import load_tensors, read_metadata, save_tensors


def test_tensors_that_are_not_contiguous_survive_the_disk(tmp_path: Path):
    turned = torch.arange(6.0).reshape(2, 3).T
    path = save_tensors({"a": turned}, tmp_path / "a.safetensors", {})
    assert torch.equal(load_tensors(path, ["a"])["a"], turned)


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
