"""Named tensors in one safetensors file, with a few words about them in its header."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from heads.io.atomic import replacing


def save_tensors(tensors: Mapping[str, Tensor], path: str | Path, metadata: Mapping[str, str]) -> Path:
    """The written file. It is written aside and renamed, so that an interrupted write leaves nothing
    half-done; the same tensors and words give the same bytes.

    Raises ValueError when a value of `metadata` is no string: the header holds nothing else; OSError, naming
    the file, when it cannot be written.
    """
    for name, value in metadata.items():
        if not isinstance(value, str):
            raise ValueError(f"{name}: expected a string for the header of {path}, got {value!r}")
    path = Path(path)
    try:
        with replacing(path) as aside:
            aside.touch()
            mode = aside.stat().st_mode
            save_file(_apart(tensors), aside, metadata=dict(metadata))
            _order_header(aside)
            aside.chmod(mode)  # safetensors writes files that only their owner may read
    except (OSError, SafetensorError) as error:
        raise OSError(f"{path}: expected to write it there, got: {error}") from error
    return path


def load_tensors(path: str | Path, names: Sequence[str]) -> dict[str, Tensor]:
    """The tensors of the file `path`, on the CPU.

    Raises FileNotFoundError, or ValueError when it is no safetensors file or holds other tensors than
    `names`.
    """
    try:
        tensors = load_file(_existing(path))
    except SafetensorError as error:
        raise ValueError(
            f"{path}: expected a safetensors file, got one that does not open: {error}"
        ) from error
    if set(tensors) != set(names):
        raise ValueError(f"{path}: expected the tensors {sorted(names)}, found {sorted(tensors)}")
    return tensors


def read_metadata(path: str | Path) -> dict[str, str]:
    """What the header of the file `path` says beside the tensors; empty when it says nothing. Reads no
    tensor.

    Files of embeddings name their backbone, backbone_revision, benchmark, benchmark_revision, subset and
    split. Raises FileNotFoundError, or ValueError when it is no safetensors file.
    """
    try:
        with safe_open(_existing(path), framework="pt") as file:
            return dict(sorted((file.metadata() or {}).items()))
    except SafetensorError as error:
        raise ValueError(
            f"{path}: expected a safetensors file, got one that does not open: {error}"
        ) from error


def _apart(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors, each contiguous and in memory of its own: safetensors writes no two that share theirs."""
    found: dict[str, Tensor] = {}
    taken: set[int] = set()
    for name, tensor in tensors.items():
        one = tensor.contiguous()
        place = one.untyped_storage().data_ptr()
        found[name] = one.clone() if place in taken else one
        taken.add(place)
    return found


def _order_header(path: Path) -> None:
    """Put the words of the header in alphabetical order; safetensors writes them in another one each time."""
    with path.open("r+b") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        header = {name: dict(sorted(words.items())) for name, words in header.items()}
        ordered = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
        if len(ordered) > length:  # it would run into the tensors
            raise OSError(f"expected a header of at most {length} bytes, got {len(ordered)}")
        file.seek(8)
        file.write(ordered.ljust(length))


def all_finite(tensor: Tensor) -> bool:
    """Whether the tensor holds neither NaN nor infinity; without a copy of it, as `torch.isfinite` makes."""
    if tensor.numel() == 0:
        return True
    return all(map(math.isfinite, (bound.item() for bound in torch.aminmax(tensor))))


def _existing(path: str | Path) -> Path:
    if not Path(path).is_file():
        found = "a folder" if Path(path).is_dir() else "none"
        raise FileNotFoundError(f"{path}: expected a safetensors file, found {found}")
    return Path(path)
