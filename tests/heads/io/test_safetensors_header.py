from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load, save

from heads import save_head
from heads.io.safetensors_header import MAX_HEADER_BYTES, Stored, check_header, read_header
from heads.io.strict_json import read_json
from tests.support.head_samples import make_head

HEAD = make_head("linear", 4)
FILE = save({name: tensor.contiguous() for name, tensor in HEAD.state_dict().items()}, {"format": "pt"})


@pytest.mark.parametrize("kind", ["linear", "mlp", "attention", "cosine"])
def test_the_file_of_a_saved_head_is_what_its_kind_takes(kind: str, tmp_path: Path):
    head = make_head(kind, 8)
    file = (save_head(head, tmp_path / "h") / "model.safetensors").read_bytes()
    found, size = read_header(file[: 8 + MAX_HEADER_BYTES], len(file))
    check_header(found, size, head.state_dict())
    assert {name: stored.shape for name, stored in found.items()} == {
        name: tuple(tensor.shape) for name, tensor in head.state_dict().items()
    }


@given(st.lists(st.lists(st.integers(0, 4), max_size=3), max_size=5))
def test_the_places_are_where_the_library_finds_the_tensors(shapes: list[list[int]]):
    tensors = {f"t{number}": torch.randn(shape) for number, shape in enumerate(shapes)}
    file = save(tensors)
    found, size = read_header(file, len(file))
    check_header(found, size, tensors)
    data = file[len(file) - size :]
    for name, tensor in load(file).items():
        assert data[found[name].begin : found[name].end] == tensor.numpy().tobytes()


@given(st.integers(0, len(FILE) - 1), st.integers(0, 255))
def test_a_changed_byte_is_accepted_only_where_the_library_reads_the_same_layout(place: int, value: int):
    changed = FILE[:place] + bytes([value]) + FILE[place + 1 :]
    try:
        check_header(*read_header(changed, len(changed)), HEAD.state_dict())
    except ValueError:
        return
    loaded = load(changed)
    assert {name: (t.dtype, t.shape) for name, t in loaded.items()} == {
        name: (t.dtype, t.shape) for name, t in HEAD.state_dict().items()
    }


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_error_at_worst(data: bytes):
    try:
        found, size = read_header(data, len(data))
    except ValueError:
        return
    assert all(isinstance(stored, Stored) for stored in found.values())
    assert 0 <= size <= len(data)


def test_a_header_cut_short_is_no_header():
    with pytest.raises(ValueError, match="expected a safetensors file, got 3 bytes"):
        read_header(b"abc", 3)
    with pytest.raises(ValueError, match="header in JSON"):
        read_header(FILE[:30], len(FILE))


def test_a_field_twice_is_refused():
    with pytest.raises(ValueError, match="kind: expected once, got twice"):
        read_json('{"kind": 1, "kind": 2}')


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999", "9" * 400, str(2**63), "9" * 60_000])
def test_a_number_without_end_is_refused(number: str):
    with pytest.raises(ValueError, match=r"expected (finite|whole) numbers") as raised:
        read_json(f'{{"a": [{number}]}}')
    assert len(str(raised.value)) < 100


def test_numbers_that_every_reader_has_stay_as_they_are():
    assert read_json(f"[{2**63 - 1}, {-(2**63)}, 1e308, -0.5, 0]") == [2**63 - 1, -(2**63), 1e308, -0.5, 0]
