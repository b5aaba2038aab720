"""A head's config.json: what builds the head, which backbone it was trained on, and how."""

import inspect
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

import heads.kinds  # noqa: F401 - every kind registers itself
from heads.head import KINDS, Head
from heads.io.strict_json import read_json

WEIGHTS_NAME = "model.safetensors"


FORMAT = 1
CONFIG_NAME = "config.json"
MAX_CONFIG_BYTES = 64 * 1024

_TYPES: dict[str, tuple[type, ...]] = {
    "format": (int,),
    "kind": (str,),
    "arguments": (dict,),
    "backbone": (str, type(None)),
    "backbone_revision": (str, type(None)),
    "dim": (int, type(None)),
    "metadata": (dict,),
}


@dataclass(frozen=True, slots=True)
class HeadConfig:
    """What a head folder says about its head, without the weights."""

    kind: str
    arguments: dict[str, Any]
    """The constructor's keyword arguments: `KINDS[kind](**arguments)`."""
    backbone: str | None
    """The backbone whose embeddings the head was trained on; None: the folder does not say."""
    backbone_revision: str | None
    dim: int | None
    """Size of the embeddings it takes; None: any."""
    metadata: dict[str, Any]
    """Whatever else was said when the head was saved: training settings, data, stage."""

    def to_json(self) -> str:
        """The text of config.json. Raises ValueError when something in it is no JSON."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=2, allow_nan=False) + "\n"


def read_config(folder: str | Path) -> HeadConfig:
    """What the head in `folder` is, checked against its kind's constructor. Reads no weights.

    Raises FileNotFoundError when there is no config.json, and ValueError naming the field, the expected and
    the actual when it is anything but a whole config of this format.
    """
    path = Path(folder) / CONFIG_NAME
    if not path.is_file():
        raise FileNotFoundError(f"{folder}: expected a head folder, found {_listing(Path(folder))}")
    fields = _read_object(path)
    _check_fields(fields, path)
    del fields["format"]
    config = HeadConfig(**fields)
    head = skeleton(config, path)
    if head.dim != config.dim:
        raise ValueError(f"{path}: dim: expected {head.dim}, that of the arguments, got {config.dim}")
    return config


def skeleton(config: HeadConfig, source: str | Path = CONFIG_NAME) -> Head:
    """The head `config` describes, without memory for its weights (they are on torch's meta device).

    Raises ValueError when the kind is unknown, or its constructor does not take the arguments.
    """
    if config.kind not in KINDS:
        raise ValueError(
            f"{source}: kind: expected one of {', '.join(KINDS)}, got {config.kind!r}; no code is taken from where "
            "the head is: a kind that is not here yet is a file to be put into heads/ by whoever trusts it"
        )
    parameters = inspect.signature(KINDS[config.kind]).parameters
    unknown = sorted(set(config.arguments) - set(parameters))
    missing = [
        name for name, p in parameters.items() if p.default is p.empty and name not in config.arguments
    ]
    if unknown or missing:
        raise ValueError(
            f"{source}: arguments: expected those of {config.kind} ({', '.join(parameters)}), "
            f"got {', '.join(config.arguments) or 'none'}"
        )
    try:
        with torch.device("meta"):
            return KINDS[config.kind](**config.arguments)
    except ValueError as error:
        raise ValueError(f"{source}: arguments: {error}") from error


def check_backbone(config: HeadConfig, name: str, revision: str | None, dim: int) -> None:
    """Nothing, or ValueError when the head was trained on another backbone, revision or dimension.

    A head that names no backbone, such as plain cosine, is checked by dimension alone; a revision that either
    side leaves out is not compared.
    """
    revisions = (config.backbone_revision, revision)
    same_name = config.backbone in (None, name)
    same_revision = config.backbone is None or None in revisions or revisions[0] == revisions[1]
    same_dim = config.dim in (None, dim)
    if not (same_name and same_revision and same_dim):
        trained_on = _named(config.backbone, config.backbone_revision, config.dim)
        raise ValueError(f"backbone: expected {trained_on}, the head's, got {_named(name, revision, dim)}")


def _read_object(path: Path) -> dict[str, Any]:
    size = path.stat().st_size
    if size > MAX_CONFIG_BYTES:
        raise ValueError(f"{path}: expected at most {MAX_CONFIG_BYTES} bytes, got {size}")
    try:
        fields = read_json(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    if not isinstance(fields, dict):
        raise ValueError(f"{path}: expected an object, got {type(fields).__name__}")
    return fields


def _check_fields(fields: dict[str, Any], path: Path) -> None:
    if set(fields) != set(_TYPES):
        found = ", ".join(fields) or "none"
        raise ValueError(f"{path}: expected the fields {', '.join(_TYPES)}, got {found}")
    for name, types in _TYPES.items():
        if type(fields[name]) not in types:
            expected = " or ".join("null" if t is type(None) else t.__name__ for t in types)
            raise ValueError(f"{path}: {name}: expected {expected}, got {fields[name]!r:.80}")
    if fields["format"] != FORMAT:
        raise ValueError(f"{path}: format: expected {FORMAT}, got {fields['format']}")


def _named(backbone: str | None, revision: str | None, dim: int | None) -> str:
    at = f" at {revision}" if revision else ""
    return f"{backbone or 'any backbone'}{at} (dim {dim or 'any'})"


def _listing(folder: Path) -> str:
    if not folder.is_dir():
        return "no folder"
    names = sorted(path.name for path in folder.iterdir())
    if any(name.endswith((".pt", ".pth", ".bin", ".pkl", ".ckpt")) for name in names):
        return f"{', '.join(names)}; pickled weights are not loaded, because they can run code"
    return f"no {CONFIG_NAME}" + (f" among {', '.join(names[:8])}" if names else " (an empty folder)")
