"""Heads that somebody may push to do harm, or by mistake: files of a repository, and why each is refused."""

import io
import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from heads import CosineHead, save_head
from tests.support.head_samples import make_head

Files = dict[str, bytes]
BACKBONE, REVISION = "openai/clip-vit-base-patch16", "a" * 40
BACKBONES = {BACKBONE: REVISION}
DIM = 8
WEIGHT = 4 * DIM * DIM
OVERRIDE = "\u202e"


def good(kind: str = "linear", **options: Any) -> Files:
    """The files of a head that passes."""
    with TemporaryDirectory() as folder:
        head = CosineHead() if kind == "cosine" else make_head(kind, DIM, **options)
        saved = save_head(head, Path(folder) / "h", backbone=BACKBONE, backbone_revision=REVISION)
        return {path.name: path.read_bytes() for path in saved.iterdir()}


def configured(**changes: Any) -> Files:
    """With other fields in config.json."""
    files = good()
    files["config.json"] = json.dumps({**json.loads(files["config.json"]), **changes}).encode()
    return files


def arguments(**changes: Any) -> Files:
    """With other arguments of the constructor in config.json."""
    told = {**json.loads(good()["config.json"])["arguments"], **changes}
    return configured(arguments=told)


def tensors(change: Callable[[dict[str, Any]], object], data: bytes | None = None) -> Files:
    """With another header before the weights."""
    files = good()
    old = files["model.safetensors"]
    length = struct.unpack("<Q", old[:8])[0]
    header = json.loads(old[8 : 8 + length])
    change(header)
    return files | {"model.safetensors": packed(header, old[8 + length :] if data is None else data)}


def packed(header: Any, data: bytes) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def retyped(dtype: str, size: int) -> Files:
    """With weights of another type, each `size` bytes, laid out as they should be."""

    def change(header: dict[str, Any]) -> None:
        place = 0
        for name, entry in header.items():
            if name != "__metadata__":
                count = DIM * DIM if "weight" in name else DIM
                entry |= {"dtype": dtype, "data_offsets": [place, place + size * count]}
                place += size * count

    return tensors(change, b"\0" * (size * (2 * DIM * DIM + 2 * DIM)))


def filled(value: float) -> Files:
    """With all weights one number."""
    return tensors(lambda header: None, struct.pack("<f", value) * (2 * DIM * DIM + 2 * DIM))


def without(*names: str) -> Files:
    return {name: data for name, data in good().items() if name not in names}


def moved(header: dict[str, Any]) -> None:
    header["text.weight"]["data_offsets"] = header["image.weight"]["data_offsets"]


def gapped(header: dict[str, Any]) -> None:
    first, last = header["text.weight"]["data_offsets"]
    header["text.weight"]["data_offsets"] = [first + 4, last + 4]


def nested(depth: int) -> bytes:
    return b'{"metadata":' + b'{"a":' * depth + b"1" + b"}" * (depth + 1)


def zip_bomb() -> bytes:
    packed_up = io.BytesIO()
    with zipfile.ZipFile(packed_up, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\0" * 10_000_000)
    return packed_up.getvalue()


def doubled(text: bytes) -> bytes:
    return text.rstrip()[:-1] + b', "dim": 8}'


def escaped(metadata: Any) -> Files:
    """With metadata in which every character beyond ASCII is written as an escape."""
    files = configured(metadata=metadata)
    assert files["config.json"].isascii()
    return files


def card(words: str) -> Files:
    return good() | {"README.md": f"---\ntags: [reprojection-head]\n---\n{words}\n".encode()}


class Shell:
    def __reduce__(self):
        return __import__("os").system, ("touch /tmp/this-must-never-exist",)


PICKLE = pickle.dumps(Shell())

BEFORE_WEIGHTS: dict[str, tuple[Callable[[], Files], str]] = {
    "an empty repository": (dict, "files: expected config.json, found no files"),
    "no config": (lambda: without("config.json"), r"files: expected config\.json, found README\.md"),
    "no weights": (lambda: without("model.safetensors"), r"files: expected model\.safetensors, found"),
    "pickled weights only": (
        lambda: without("model.safetensors") | {"pytorch_model.bin": PICKLE},
        r"files: expected no files that run code .*pytorch_model\.bin",
    ),
    "pickled weights besides": (lambda: good() | {"head.pt": PICKLE}, r"files: .*run code .*head\.pt"),
    "a pickle in a folder": (lambda: good() | {"a/b/x.PKL": PICKLE}, r"files: .*run code .*a/b/x\.PKL"),
    "a pickle named safetensors": (
        lambda: good() | {"model.safetensors": PICKLE + b"\0" * 300},
        "header: expected a header of at most",
    ),
    "a zip bomb named safetensors": (
        lambda: good() | {"model.safetensors": zip_bomb()},
        "header: expected a header of at most",
    ),
    "a zip bomb besides": (
        lambda: good() | {"w.zip": zip_bomb()},
        r"files: expected no archives, found w\.zip",
    ),
    "a path in a name": (lambda: good() | {"../../etc/passwd": b"x"}, r"files: expected plain names"),
    "an absolute path": (lambda: good() | {"/etc/passwd": b"x"}, "files: expected plain names"),
    "an override in a name": (
        lambda: good() | {f"read{OVERRIDE}fdp.exe": b"x"},
        r"files: expected plain names, found 'read\\u202efdp\.exe'",
    ),
    "HTML in a name": (
        lambda: good() | {"<img src=x onerror=alert(1)>": b"x"},
        "files: expected plain names",
    ),
    "a thousand files": (
        lambda: good() | {f"f{number}": b"" for number in range(1000)},
        "files: expected at most 200 files",
    ),
    "a link in place of the weights": (
        lambda: good() | {"model.safetensors": b"../../../../etc/passwd"},
        "header: expected a header of at most",
    ),
    "a card of 10 MB": (lambda: card("x" * 10_000_000), r"files: README\.md: expected at most 1000000 bytes"),
    "a script in the card": (lambda: card("<script>alert(1)</script>"), "card: .*<script"),
    "a link that runs in the card": (lambda: card("[me](javascript:alert(1))"), "card: .*javascript:"),
    "an event in the card": (lambda: card("<img src=x onerror='alert(1)'>"), "card: .*onerror="),
    "an override in the card": (lambda: card(f"safe{OVERRIDE}live"), r"card: .*U\+202E"),
    "a card that is no text": (
        lambda: good() | {"README.md": b"\xff\xfe\x00x"},
        "card: expected text in UTF-8",
    ),
    "a config of 10 MB": (
        lambda: configured(metadata={"a": "x" * 10_000_000}),
        r"files: config\.json: expected at most 65536 bytes",
    ),
    "a config that is no JSON": (lambda: good() | {"config.json": b"{"}, "config: .*expected JSON"),
    "a config nested deeply": (
        lambda: good() | {"config.json": nested(10_000)},
        "config: .*expected",
    ),
    "a field twice": (
        lambda: good() | {"config.json": doubled(good()["config.json"])},
        "config: dim: expected once, got twice",
    ),
    "unknown keys": (
        lambda: configured(auto_map={"AutoModel": "evil.Head"}),
        "config: .*expected the fields .*auto_map",
    ),
    "another version of the format": (lambda: configured(format=2), "config: .*format: expected 1"),
    "an unknown kind": (lambda: configured(kind="evil"), "config: .*kind: expected one of"),
    "a kind that is a path": (lambda: configured(kind="../linear"), "config: .*kind: expected one of"),
    "an unknown argument": (lambda: arguments(code="import os"), "config: .*arguments: expected those of"),
    "a layer of a million": (lambda: arguments(dim=10**6), "config: .*from 1 to 8192, got 1000000"),
    "a layer of 8192": (
        lambda: configured(arguments={"dim": 8192}, dim=8192),
        "config: expected at most 25000000 weights",
    ),
    "a number of a million digits": (
        lambda: good() | {"config.json": b'{"format": ' + b"9" * 60_000 + b"}"},
        "config: ",
    ),
    "a width that is true": (lambda: arguments(dim=True), "config: .*whole number"),
    "another width than its own": (lambda: configured(dim=16), "config: .*dim: expected 8"),
    "an override in the config": (lambda: configured(metadata={"by": OVERRIDE}), r"config: .*U\+202E"),
    "ESC in the stage": (lambda: configured(metadata={"stage": "\x1b[2Jdone"}), r"config: .*found U\+001B"),
    "an override in the stage": (
        lambda: escaped({"stage": f"fine{OVERRIDE}deniarg"}),
        r"config: .*found U\+202E",
    ),
    "a hidden character in a name": (
        lambda: escaped({"data": [{"a\u200bb": 1}]}),
        r"config: .*found U\+200B",
    ),
    "a number that overflows": (
        lambda: (
            good()
            | {"config.json": good()["config.json"].replace(b'"metadata": {}', b'"metadata": {"a": 1e999}')}
        ),
        "config: expected finite numbers, got 1e999",
    ),
    "a number of 400 digits": (
        lambda: configured(metadata={"a": 10**400}),
        "config: expected whole numbers of 64 bits, got 1000",
    ),
    "a script besides": (
        lambda: good() | {"train.py": b"x"},
        r"files: expected only files that end in .*train\.py",
    ),
    "a library besides": (
        lambda: good() | {"a/x.SO": b"x"},
        r"files: expected only files that end in .*a/x\.SO",
    ),
    "a drawing that runs besides": (lambda: good() | {"x.svg": b"x"}, r"files: expected only files .*x\.svg"),
    "a link that is spelt out in the card": (
        lambda: card("[me](&#106;avascript:alert(1))"),
        "card: .*javascript:",
    ),
    "an event without quotes in the card": (lambda: card("<img src=x onerror=alert(1)>"), "card: .*onerror="),
    "a mark in the middle of the card": (lambda: card("a\ufeffb"), r"card: .*U\+FEFF"),
    "another backbone": (lambda: configured(backbone="eve/clip"), "backbone: expected one of .*got eve/clip"),
    "another revision": (lambda: configured(backbone_revision="b" * 40), "backbone: expected one of"),
    "no backbone": (lambda: configured(backbone=None), "backbone: expected one that is named"),
    "HTML for a backbone": (lambda: configured(backbone="<b>"), "backbone: expected one of"),
    "weights of 64 bits": (lambda: retyped("F64", 8), "header: .*expected F32, 32-bit floats, got F64"),
    "weights of 16 bits": (lambda: retyped("F16", 2), "header: .*expected F32, 32-bit floats, got F16"),
    "whole numbers": (lambda: retyped("I8", 1), "header: .*expected F32, 32-bit floats, got I8"),
    "a huge header": (
        lambda: good() | {"model.safetensors": struct.pack("<Q", 2**40) + b"{}" * 50_000},
        "header: expected a header of at most",
    ),
    "a long header": (
        lambda: tensors(lambda header: header.update(__metadata__={"a": "x" * 100_000})),
        "header: expected a header of at most 65536 bytes",
    ),
    "a header that is no JSON": (
        lambda: good() | {"model.safetensors": struct.pack("<Q", 4) + b"oops" + b"\0" * 600},
        "header: expected a header in JSON",
    ),
    "overlapping tensors": (lambda: tensors(moved), "header: .*overlap or leave a gap"),
    "a gap between tensors": (lambda: tensors(gapped), "header: .*overlap or leave a gap"),
    "bytes after the tensors": (
        lambda: good() | {"model.safetensors": good()["model.safetensors"] + b"#!/bin/sh"},
        "header: expected 576 bytes of tensors, got 585",
    ),
    "offsets below zero": (
        lambda: tensors(lambda header: header["text.bias"].update(data_offsets=[-32, 0])),
        "header: text.bias: expected a type, a shape and two offsets",
    ),
    "a missing tensor": (lambda: tensors(lambda header: header.pop("text.bias")), "missing text.bias"),
    "an extra tensor": (
        lambda: tensors(
            lambda header: header.update(evil={"dtype": "F32", "shape": [0], "data_offsets": [0, 0]})
        ),
        "missing none, extra evil",
    ),
    "another kind's weights": (
        lambda: good() | {"model.safetensors": good("mlp")["model.safetensors"]},
        r"header: expected the tensors image\.bias.*extra image\.0\.bias",
    ),
    "a transposed shape": (
        lambda: tensors(lambda header: header["text.weight"].update(shape=[64])),
        r"header: text.weight: expected shape \(8, 8\), got \(64,\)",
    ),
}
"""Refused before the weights are fetched: name → the files, and what the reason matches."""

AFTER_WEIGHTS: dict[str, tuple[Callable[[], Files], str]] = {
    "not a number": (lambda: filled(float("nan")), "weights: .*expected finite weights"),
    "infinity": (lambda: filled(float("inf")), "weights: .*expected finite weights"),
    "scores that overflow": (lambda: filled(3e38), "scores: expected finite scores"),
    "constant scores": (lambda: filled(0.0), "scores: .*got a constant"),
}
"""Refused by what their weights are."""
