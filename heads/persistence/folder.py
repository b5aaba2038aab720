"""Heads on disk: a folder anyone can open, `config.json` + `model.safetensors` + `README.md`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from heads.head import Head
from heads.io.atomic import is_partial, replacing, standing
from heads.io.system_files import is_system_file
from heads.io.tensors import save_tensors
from heads.persistence.card import CARD_NAME, card
from heads.persistence.config import CONFIG_NAME, WEIGHTS_NAME, HeadConfig, read_config, skeleton

HISTORY_NAME, CURVE_NAME, CURVE_PICTURE_NAME = "history.json", "learning_curve.html", "learning_curve.png"
_OURS = {CONFIG_NAME, WEIGHTS_NAME, CARD_NAME, HISTORY_NAME, CURVE_NAME, CURVE_PICTURE_NAME}


def save_head(
    head: Head,
    folder: str | Path,
    *,
    backbone: str | None = None,
    backbone_revision: str | None = None,
    **metadata: Any,
) -> Path:
    """The written folder, which names the backbone the head was trained on; `metadata` is free and JSON-able.

    An older head in `folder` is replaced as a whole, once the new one is complete: whoever loads it at any
    moment has the one or the other. Raises ValueError when the
    folder holds anything but a head, a weight is not finite, or `metadata` is no JSON; OSError, naming the
    folder, when it cannot be written, and an older head there is kept.
    """
    target = Path(folder).resolve()
    config = HeadConfig(head.kind, head.config(), backbone, backbone_revision, head.dim, metadata)
    text = _json(config)
    weights = {name: tensor.detach().float().cpu() for name, tensor in head.state_dict().items()}
    _check_finite(weights, "head")
    check_replaceable(target)
    try:
        with replacing(target) as aside:
            aside.mkdir()
            save_tensors(weights, aside / WEIGHTS_NAME, {"format": "pt"})
            (aside / CONFIG_NAME).write_text(text, encoding="utf-8")
            (aside / CARD_NAME).write_text(card(config, target.name), encoding="utf-8")
    except OSError as error:
        raise OSError(f"{target}: expected to write a head there, got: {error}") from error
    return target


def add_to_head(folder: str | Path, files: Mapping[str, bytes]) -> None:
    """Writes files, by name, into a head's folder, each aside, outside the folder, and renamed.

    They may be the history and the learning curve; ValueError for any other, which would make the folder
    one that `save_head` does not replace.
    """
    for name, content in files.items():
        if name not in _OURS:
            raise ValueError(f"file: expected one of {', '.join(sorted(_OURS))}, got {name}")
        try:
            with replacing(Path(folder) / name, beside=folder) as aside:
                aside.write_bytes(content)
        except OSError as error:
            raise OSError(f"{folder}: expected to write {name} there, got: {error}") from error


def load_folder(folder: str | Path) -> Head:
    """The head in a folder, in evaluation mode, on the CPU. Raises as `heads.load.load_head` does."""
    return load_whole(lambda: standing(Path(folder)) or Path(folder))


def load_whole(find: Callable[[], Path]) -> Head:
    """The head in the folder that `find` names, read again while another head takes its place: never half of each.

    Raises as `heads.load.load_head` does.
    """
    while True:
        folder = find()
        before = _state(folder)
        try:
            head = _read(folder)
        except (OSError, ValueError):
            # It may have been gone when first looked at, and be gone still: then it stands elsewhere.
            if find() == folder and _state(folder) == before:
                raise
        else:
            if _state(folder) == before:
                return head


def _read(folder: Path) -> Head:
    head = skeleton(read_config(folder), folder / CONFIG_NAME)
    weights = _load_weights(folder / WEIGHTS_NAME, head.state_dict())
    head.load_state_dict(weights, assign=True)
    return head.eval()


def _state(folder: Path) -> list[tuple[int, int, int] | None]:
    """Which files the config and the weights are just now."""
    return [_identity(folder / name) for name in (CONFIG_NAME, WEIGHTS_NAME)]


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _load_weights(path: Path, expected: dict[str, Tensor]) -> dict[str, Tensor]:
    if not path.is_file():
        raise FileNotFoundError(
            f"{path.parent}: expected {WEIGHTS_NAME}, found {sorted(p.name for p in path.parent.iterdir())}"
        )
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            _check_layout(file, expected, path)
            # Cloned, because the file's own memory is mapped: writing to the file would change the head.
            weights = {name: file.get_tensor(name).clone() for name in expected}
    except SafetensorError as error:
        raise ValueError(
            f"{path}: expected a safetensors file, got one that does not open: {error}"
        ) from error
    _check_finite(weights, str(path))
    return weights


def _check_layout(file: Any, expected: dict[str, Tensor], path: Path) -> None:
    found = set(file.keys())
    if found != set(expected):
        raise ValueError(f"{path}: expected the tensors {sorted(expected)}, found {sorted(found)[:20]}")
    for name, tensor in expected.items():
        header = file.get_slice(name)
        if tuple(header.get_shape()) != tuple(tensor.shape):
            raise ValueError(
                f"{path}: {name}: expected shape {tuple(tensor.shape)}, got {tuple(header.get_shape())}"
            )
        if header.get_dtype() != "F32":
            raise ValueError(f"{path}: {name}: expected F32, 32-bit floats, got {header.get_dtype()}")


def _check_finite(weights: dict[str, Tensor], source: str) -> None:
    for name, tensor in weights.items():
        if not torch.isfinite(tensor).all():
            raise ValueError(f"{source}: {name}: expected finite weights, got NaN or infinity")


def _json(config: HeadConfig) -> str:
    try:
        return config.to_json()
    except (TypeError, ValueError) as error:
        raise ValueError(f"metadata: expected JSON-able values, got {config.metadata!r:.200}") from error


def check_replaceable(folder: str | Path) -> None:
    """Nothing, or ValueError when `folder` holds anything but a head: saving a head there would lose it."""
    target = Path(folder)
    if not target.exists():
        above = next((parent for parent in target.absolute().parents if parent.exists()), None)
        if above is not None and not above.is_dir():
            raise ValueError(f"{target}: expected a folder that can be made, found the file {above}")
        return
    names = [target.name] if target.is_file() else {path.name for path in target.iterdir()} - _OURS
    others = sorted(name for name in names if not (is_system_file(name) or is_partial(name)))
    if others:
        raise ValueError(
            f"{target}: expected a new folder, an empty one or a head's, found {', '.join(others[:8])}"
        )
