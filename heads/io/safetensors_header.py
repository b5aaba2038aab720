"""The header of a safetensors file, read from its first bytes and checked before any tensor is fetched.

The format: 8 bytes for the header's length, the header in JSON, then the tensors' bytes without gaps
(https://github.com/huggingface/safetensors, section Format).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from heads.io.strict_json import read_json

MAX_HEADER_BYTES = 64 * 1024
"""A head's header takes less than 2,000."""

_FIELDS = {"dtype", "shape", "data_offsets"}


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a tensor is in the file: from `begin` to `end`, counted from the end of the header."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


def read_header(start: bytes, size: int) -> tuple[dict[str, Stored], int]:
    """The tensors that a file of `size` bytes holds, by name, and how many bytes they are given.

    `start` is the file's beginning, the header at least. Raises ValueError when it is none.
    """
    if len(start) < 8:
        raise ValueError(f"expected a safetensors file, got {len(start)} bytes")
    length = int.from_bytes(start[:8], "little")
    if length > min(MAX_HEADER_BYTES, size - 8):
        raise ValueError(
            f"expected a header of at most {min(MAX_HEADER_BYTES, size - 8)} bytes, got {length}"
        )
    try:
        header = read_json(start[8 : 8 + length])
    except ValueError as error:
        raise ValueError(f"expected a header in JSON: {error}") from error
    if not isinstance(header, dict):
        raise ValueError(f"expected a header of names, got {type(header).__name__}")
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise ValueError("__metadata__: expected strings by name")
    return {name: _stored(name, entry) for name, entry in header.items()}, size - 8 - length


def check_header(found: Mapping[str, Stored], size: int, expected: Mapping[str, Tensor]) -> None:
    """Nothing, or ValueError when the file holds other tensors than `expected`, by name, type or shape, or
    they do not lie side by side in exactly `size` bytes.
    """
    if set(found) != set(expected):
        missing, extra = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
        raise ValueError(
            f"expected the tensors {', '.join(sorted(expected)) or 'none'}; "
            f"missing {', '.join(missing[:8]) or 'none'}, extra {', '.join(extra[:8]) or 'none'}"
        )
    for name, tensor in expected.items():
        stored = found[name]
        if stored.dtype != "F32":
            raise ValueError(f"{name}: expected F32, 32-bit floats, got {stored.dtype:.20}")
        if stored.shape != tuple(tensor.shape):
            raise ValueError(f"{name}: expected shape {tuple(tensor.shape)}, got {stored.shape[:8]}")
    place = 0
    for name, stored in sorted(found.items(), key=lambda item: (item[1].begin, item[1].end)):
        wanted = place, place + 4 * math.prod(stored.shape)
        if (stored.begin, stored.end) != wanted:
            raise ValueError(
                f"{name}: expected bytes {wanted[0]} to {wanted[1]}, got {stored.begin} to {stored.end}: "
                "tensors overlap or leave a gap"
            )
        place = stored.end
    if place != size:
        raise ValueError(f"expected {place} bytes of tensors, got {size}")


def _stored(name: str, entry: Any) -> Stored:
    if not isinstance(entry, dict) or set(entry) != _FIELDS:
        raise ValueError(f"{name:.40}: expected {', '.join(sorted(_FIELDS))}, got {entry!r:.80}")
    shape, offsets = entry["shape"], entry["data_offsets"]
    if not (isinstance(entry["dtype"], str) and _sizes(shape) and _sizes(offsets) and len(offsets) == 2):
        raise ValueError(f"{name:.40}: expected a type, a shape and two offsets, got {entry!r:.80}")
    return Stored(entry["dtype"], tuple(shape), *offsets)


def _sizes(values: Any) -> bool:
    return isinstance(values, list) and all(type(value) is int and 0 <= value < 2**53 for value in values)
