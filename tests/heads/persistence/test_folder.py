import json
import resource
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

import heads.persistence.folder
from heads import KINDS, CosineHead, LinearHead, find_head, load_head, read_config, save_head, shipped_heads
from tests.support.head_samples import make_head, normal

WEIGHTS, CONFIG, CARD = "model.safetensors", "config.json", "README.md"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_head(make_head("linear", 4), tmp_path / "head", backbone="mini-clip", seed=7)


def test_a_head_is_three_files_and_nothing_else(folder: Path):
    assert names(folder) == [CARD, CONFIG, WEIGHTS]
    assert names(folder.parent) == ["head"]
    assert read_config(folder).metadata == {"seed": 7}


def test_a_path_may_be_a_string_and_parents_are_made(tmp_path: Path):
    folder = save_head(CosineHead(), str(tmp_path / "a" / "b"))
    assert isinstance(load_head(str(folder)), CosineHead)


def test_weights_are_the_head_s_own_and_not_the_file_s(folder: Path):
    head = load_head(folder)
    before = head.score(normal(2, 4), normal(2, 3, 4))
    (folder / WEIGHTS).write_bytes(b"\0" * (folder / WEIGHTS).stat().st_size)
    assert torch.equal(head.score(normal(2, 4), normal(2, 3, 4)), before)


def test_loading_leaves_torch_s_random_state_alone(folder: Path):
    state = torch.get_rng_state()
    load_head(folder)
    assert torch.equal(torch.get_rng_state(), state)


def test_saving_twice_replaces_the_whole_head(folder: Path):
    (folder / "history.json").write_text("[]")
    save_head(make_head("linear", 6, seed=3), folder)
    assert names(folder) == [CARD, CONFIG, WEIGHTS]
    assert load_head(folder).dim == 6


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(
        ValueError, match=r"expected a new folder, an empty one or a head's, found thesis\.tex"
    ):
        save_head(CosineHead(), tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="found file"):
        save_head(CosineHead(), tmp_path / "file")
    assert names(tmp_path) == ["file", "thesis.tex"]


def test_a_failed_save_keeps_the_old_head_and_leaves_nothing_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(heads.persistence.folder, "card", fail)
    with pytest.raises(OSError, match="disk full"):
        save_head(make_head("linear", 8), folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert names(folder.parent) == ["head"]


def test_what_cannot_be_saved_is_refused_before_anything_is_written(tmp_path: Path):
    with pytest.raises(ValueError, match="metadata: expected JSON-able values"):
        save_head(CosineHead(), tmp_path / "head", when=object())
    with pytest.raises(ValueError, match="metadata: expected JSON-able values"):
        save_head(CosineHead(), tmp_path / "head", loss=float("nan"))
    head = make_head("linear", 4)
    head.get_parameter("text.bias").data[1] = float("nan")
    with pytest.raises(ValueError, match=r"head: text\.bias: expected finite weights"):
        save_head(head, tmp_path / "head")
    assert names(tmp_path) == []


def test_a_head_whose_tensors_are_one_is_saved(tmp_path: Path):
    head = LinearHead(4)
    head.text.weight = head.image.weight  # pyright: ignore
    head.text.bias.data = head.image.weight.data[0]  # pyright: ignore
    loaded = load_head(save_head(head, tmp_path / "tied")).state_dict()
    assert all(torch.equal(loaded[name], tensor) for name, tensor in head.state_dict().items())


def with_tensors(folder: Path, change) -> None:
    tensors = load_file(folder / WEIGHTS)
    tensors = {name: tensor.clone() for name, tensor in tensors.items()}
    change(tensors)
    save_file(tensors, folder / WEIGHTS)


BAD_WEIGHTS = {
    "missing": (lambda t: t.pop("text.bias"), r"expected the tensors .*'text\.bias'.*, found"),
    "extra": (lambda t: t.update(more=torch.zeros(1)), r"found .*'more'"),
    "renamed": (
        lambda t: t.update({"linear_layers.0.0.weight": t.pop("image.weight")}),
        "expected the tensors",
    ),
    "shape": (
        lambda t: t.update({"image.weight": torch.zeros(4, 5)}),
        r"image\.weight: expected shape \(4, 4\), got \(4, 5\)",
    ),
    "transposed bias": (
        lambda t: t.update({"image.bias": torch.zeros(4, 1)}),
        r"image\.bias: expected shape \(4,\), got \(4, 1\)",
    ),
    "half": (
        lambda t: t.update({"image.bias": torch.zeros(4).half()}),
        r"image\.bias: expected F32, 32-bit floats, got F16",
    ),
    "double": (lambda t: t.update({"image.bias": torch.zeros(4).double()}), r"got F64"),
    "whole": (lambda t: t.update({"image.bias": torch.zeros(4).int()}), r"got I32"),
    "nan": (lambda t: t["image.weight"].fill_(torch.nan), r"image\.weight: expected finite weights"),
    "infinite": (lambda t: t["text.bias"][0].fill_(-torch.inf), r"text\.bias: expected finite weights"),
}


@pytest.mark.parametrize("case", BAD_WEIGHTS)
def test_weights_that_are_not_exactly_the_head_s_are_refused(folder: Path, case: str):
    change, message = BAD_WEIGHTS[case]
    with_tensors(folder, change)
    with pytest.raises(ValueError, match=message) as caught:
        load_head(folder)
    assert str(folder / WEIGHTS) in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"garbage", b"\xff" * 100])
def test_a_weights_file_that_does_not_open_is_refused(folder: Path, content: bytes):
    (folder / WEIGHTS).write_bytes(content)
    with pytest.raises(ValueError, match="expected a safetensors file, got one that does not open"):
        load_head(folder)


def test_a_cut_off_weights_file_is_refused(folder: Path):
    whole = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(whole[:-5])
    with pytest.raises(ValueError, match="does not open"):
        load_head(folder)


def test_pickled_weights_are_never_loaded(folder: Path):
    torch.save(load_file(folder / WEIGHTS), folder / "pytorch_model.bin")
    (folder / WEIGHTS).unlink()
    with pytest.raises(FileNotFoundError, match=r"expected model\.safetensors, found .*pytorch_model\.bin"):
        load_head(folder)


def test_a_head_under_the_wrong_kind_or_sides_is_refused(folder: Path):
    fields = json.loads((folder / CONFIG).read_text())
    fields["arguments"]["sides"] = "image"
    (folder / CONFIG).write_text(json.dumps(fields))
    with pytest.raises(ValueError, match=r"expected the tensors \['image\.bias', 'image\.weight'\], found"):
        load_head(folder)
    fields |= {"kind": "cosine", "arguments": {"dim": 4}}
    (folder / CONFIG).write_text(json.dumps(fields))
    with pytest.raises(ValueError, match=r"expected the tensors \[\], found"):
        load_head(folder)


def test_a_config_for_a_huge_head_is_refused_before_memory_is_taken(folder: Path):
    """The largest head a config may ask for is 537 MB; its small weights file must be refused without
    them."""
    fields = json.loads((folder / CONFIG).read_text())
    fields["dim"] = fields["arguments"]["dim"] = 8192
    (folder / CONFIG).write_text(json.dumps(fields))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ValueError, match=r"expected shape \(8192"):
        load_head(folder)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_refused_with_a_tensor_too_many(kind: str, tmp_path: Path):
    folder = save_head(make_head(kind, 4), tmp_path / "head")
    with_tensors(folder, lambda tensors: tensors.update(stowaway=torch.zeros(1)))
    with pytest.raises(ValueError, match="stowaway"):
        load_head(folder)


def test_heads_are_found_by_folder_then_by_shipped_name(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shelf = tmp_path / "pretrained"
    shutil.copytree(folder, shelf / "linear-b")
    save_head(LinearHead(6, sides="text"), shelf / "linear-a")
    (shelf / "no-head").mkdir()
    monkeypatch.setattr("heads.load.PRETRAINED", shelf)
    assert list(shipped_heads()) == ["linear-a", "linear-b"]
    assert load_head("linear-a").dim == 6
    assert find_head("linear-b") == shelf / "linear-b"
    monkeypatch.chdir(tmp_path)
    shutil.copytree(folder, tmp_path / "linear-a")
    assert load_head("linear-a").dim == 4


def test_every_shipped_head_loads():
    for name, folder in shipped_heads().items():
        assert load_head(name).config() == read_config(folder).arguments


def test_what_is_no_head_is_refused(folder: Path, tmp_path: Path):
    for nowhere in ("nothing-here", str(tmp_path / "absent"), "a/b/c", "", "../x"):
        with pytest.raises(FileNotFoundError, match="head"):
            load_head(nowhere)
    with pytest.raises(FileNotFoundError, match="expected a folder, a shipped head"):
        load_head(Path("owner/name"))
    with pytest.raises(ValueError, match="revision: expected none for the folder"):
        load_head(folder, revision="main")
