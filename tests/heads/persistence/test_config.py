import json
from pathlib import Path
from typing import Any

import pytest

from heads import CosineHead, HeadConfig, check_backbone, read_config, save_head
from heads.persistence.config import MAX_CONFIG_BYTES
from tests.support.head_samples import make_head


def config_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "config.json").read_text())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_head(
        make_head("linear", 4),
        tmp_path / "head",
        backbone="org/clip",
        backbone_revision="abc",
        stage="warm-up",
    )


def test_config_says_what_was_saved(folder: Path):
    expected = HeadConfig(
        kind="linear",
        arguments={"dim": 4, "sides": "both", "similarity": "cosine", "logit_scale": 100.0},
        backbone="org/clip",
        backbone_revision="abc",
        dim=4,
        metadata={"stage": "warm-up"},
    )
    assert read_config(folder) == expected
    assert config_of(folder)["format"] == 1


def test_the_config_is_read_without_the_weights(folder: Path):
    (folder / "model.safetensors").unlink()
    assert read_config(folder).dim == 4


BAD_FIELDS = [
    ({"format": 2}, "format: expected 1, got 2"),
    ({"format": "1"}, "format: expected int, got '1'"),
    ({"format": True}, "format: expected int, got True"),
    ({"kind": "quadratic"}, r"kind: expected one of .*cosine, .*linear.*, got 'quadratic'"),
    ({"kind": ["linear"]}, "kind: expected str"),
    ({"arguments": [4]}, "arguments: expected dict"),
    (
        {"arguments": {}},
        r"arguments: expected those of linear \(dim, sides, similarity, logit_scale\), got none",
    ),
    ({"arguments": {"dim": 4, "hidden": 9}}, r"arguments: expected those of linear .*, got dim, hidden"),
    ({"arguments": {"dim": 10**6}}, "arguments: dim: expected a whole number from 1 to 8192, got 1000000"),
    ({"arguments": {"dim": 4, "sides": "none"}}, "arguments: sides: expected one of both, image, text"),
    (
        {"arguments": {"dim": 4, "similarity": "l2"}},
        "arguments: similarity: expected one of cosine, dot, got",
    ),
    ({"arguments": {"dim": "4"}}, "arguments: dim: expected a whole number"),
    ({"arguments": {"dim": 4, "logit_scale": None}}, "arguments: logit_scale: expected a number above 0"),
    ({"arguments": {"dim": 4, "sides": ["both"]}}, "arguments: sides: expected one of"),
    ({"dim": 5}, "dim: expected 4, that of the arguments, got 5"),
    ({"dim": None}, "dim: expected 4, that of the arguments, got None"),
    ({"backbone": 3}, "backbone: expected str or null, got 3"),
    ({"metadata": None}, "metadata: expected dict, got None"),
    ({"auto_map": "evil.py"}, r"expected the fields format, .*, got format, .*, auto_map"),
]


@pytest.mark.usefixtures("without_type_checks")
@pytest.mark.parametrize(("changed", "message"), BAD_FIELDS)
def test_a_field_out_of_place_is_refused(folder: Path, changed: dict[str, Any], message: str):
    (folder / "config.json").write_text(json.dumps({**config_of(folder), **changed}))
    with pytest.raises(ValueError, match=message) as caught:
        read_config(folder)
    assert str(folder / "config.json") in str(caught.value)


@pytest.mark.parametrize(
    "name", ["format", "kind", "arguments", "backbone", "backbone_revision", "dim", "metadata"]
)
def test_a_missing_field_is_refused(folder: Path, name: str):
    fields = config_of(folder)
    del fields[name]
    (folder / "config.json").write_text(json.dumps(fields))
    with pytest.raises(ValueError, match="expected the fields"):
        read_config(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected JSON, got something else"),
        (b"{", "expected JSON, got something else"),
        (b"\x80\x04\x95", "expected JSON, got something else"),
        (b"[" * 30_000, "expected JSON, got something else"),
        (b"[1, 2]", "expected an object, got list"),
        (b" " * (MAX_CONFIG_BYTES + 1), "expected at most 65536 bytes, got 65537"),
    ],
)
def test_a_config_that_is_no_object_is_refused(folder: Path, content: bytes, message: str):
    (folder / "config.json").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_config(folder)


def test_a_folder_without_a_config_is_told_apart(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="expected a head folder, found no folder"):
        read_config(tmp_path / "absent")
    with pytest.raises(FileNotFoundError, match="an empty folder"):
        read_config(tmp_path)
    (tmp_path / "notes.txt").touch()
    with pytest.raises(FileNotFoundError, match=r"no config\.json among notes\.txt"):
        read_config(tmp_path)
    (tmp_path / "pytorch_model.bin").touch()
    with pytest.raises(FileNotFoundError, match=r"pytorch_model\.bin; pickled weights are not loaded"):
        read_config(tmp_path)


def test_the_backbone_must_be_the_head_s(folder: Path):
    config = read_config(folder)
    check_backbone(config, "org/clip", "abc", 4)
    check_backbone(config, "org/clip", None, 4)
    for name, revision, dim in (("org/other", "abc", 4), ("org/clip", "def", 4), ("org/clip", "abc", 6)):
        with pytest.raises(ValueError, match="backbone: expected") as caught:
            check_backbone(config, name, revision, dim)
        message = str(caught.value)
        assert "org/clip at abc (dim 4), the head's" in message
        assert f"{name} at {revision} (dim {dim})" in message


def test_cosine_fits_any_backbone(tmp_path: Path):
    config = read_config(save_head(CosineHead(), tmp_path / "cosine"))
    check_backbone(config, "org/clip", "abc", 512)
    fixed = read_config(save_head(CosineHead(dim=4), tmp_path / "cosine"))
    with pytest.raises(
        ValueError, match=r"expected any backbone \(dim 4\), the head's, got org/clip \(dim 512\)"
    ):
        check_backbone(fixed, "org/clip", None, 512)
