"""NoctOWL (lorebianchi98/FG-OVD, NoctOWL): an OWL whose class head has another first layer, and nothing else.

Its authors trained `class_head.dense0` alone, so one look at an image serves both detectors. Of what they published,
whole models of 600 MB and more on the Hub, only that layer is kept: a folder with `class_head.safetensors`, whose header
says which detector it is for, where it came from and at which commit. That the rest equals the detector's is checked
when it is made.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from transformers import AutoModelForZeroShotObjectDetection

from fg_demo.models.pretrained import find_source, loading, whole_model
from heads.io.cache import cache_folder
from heads.io.tensors import load_tensors, read_metadata, save_tensors

OWNER = "lorebianchi98"
BASES = {
    "NoctOWL-base-patch16": "google/owlvit-base-patch16",
    "NoctOWL-large-patch14": "google/owlvit-large-patch14",
    "NoctOWLv2-base-patch16": "google/owlv2-base-patch16",
    "NoctOWLv2-large-patch14": "google/owlv2-large-patch14",
}
"""Name of a model that its author published on the Hub → the detector that it was trained from."""

_REFUSED: type[Exception] = torch.serialization.pickle.UnpicklingError  # pyright: ignore[reportPrivateImportUsage]
UNREADABLE = (_REFUSED, SafetensorError, RuntimeError, OSError, ValueError)
"""What torch's weights-only reader and safetensors raise on a file that holds no weights, or more than weights."""

FILE = "class_head.safetensors"
LAYER = {"weight": "class_head.dense0.weight", "bias": "class_head.dense0.bias"}
"""Ours → transformers' name of the tensors that were trained."""


@dataclass(frozen=True)
class ClassHead:
    """The first layer of an OWL's class head, for the detector `detector` at `detector_revision`."""

    name: str
    revision: str
    detector: str
    detector_revision: str
    layer: Mapping[str, Tensor]


def noctowl_folder() -> Path:
    """Where converted class heads are kept unless said otherwise."""
    return cache_folder() / "noctowl"


def convert(name: str, source: str, detector: str, output: Path) -> Path:
    """The folder below `output` of the class head that `source` adds to `detector`.

    `source`: a Hub id or a folder of a whole model, or one file of its weights. Raises ValueError in words when it has
    another layout, or differs from the detector in more than that layer.
    """
    with loading("detector", detector, detector):
        base = find_source(detector, "", Path())
        expected = whole_model(AutoModelForZeroShotObjectDetection, base).state_dict()
    state, commit = _state(source)
    _check(source, state, expected, detector)
    about = {"detector": base.name, "detector_revision": base.revision, "source": source, "commit": commit}
    save_tensors({ours: state[theirs] for ours, theirs in LAYER.items()}, output / name / FILE, about)
    return output / name


def load_class_head(name: str) -> ClassHead:
    """The class head `name`: a folder, or one that `python -m fg_demo noctowl` made in the cache folder.

    Raises ValueError when there is none or it is damaged.
    """
    folder = Path(name) if Path(name).is_dir() else noctowl_folder() / name
    path = folder / FILE
    if not path.is_file():
        raise ValueError(
            f"class head: expected a folder with {FILE}, or one of {', '.join(BASES)} once `python -m fg_demo noctowl` "
            f"has made it, got {name!r}"
        )
    layer, about = load_tensors(path, list(LAYER)), read_metadata(path)
    lacking = {"detector", "detector_revision"} - set(about)
    if lacking:
        raise ValueError(f"{path}: expected a header that names {sorted(lacking)}, got {sorted(about)}")
    revision = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    return ClassHead(folder.resolve().name, revision, about["detector"], about["detector_revision"], layer)


def _state(source: str) -> tuple[dict[str, Tensor], str]:
    """The weights of a whole model by transformers' names, and the commit that they are of, "-" of local ones."""
    path = Path(source)
    if not path.is_file():
        with loading("NoctOWL", source, f"one of {', '.join(BASES)}"):
            found = find_source(source, "", Path())
            model = whole_model(AutoModelForZeroShotObjectDetection, found)
        return model.state_dict(), found.commit or "-"
    try:
        state = load_file(path) if path.suffix == ".safetensors" else torch.load(path, weights_only=True)
    except UNREADABLE as error:
        raise ValueError(f"{path}: expected weights alone, got {str(error).splitlines()[0]}") from error
    if not isinstance(state, dict) or not all(isinstance(tensor, Tensor) for tensor in state.values()):
        raise ValueError(f"{path}: expected tensors by name, got {type(state).__name__}")
    return state, "-"


def _check(source: str, state: Mapping[str, Tensor], expected: Mapping[str, Tensor], detector: str) -> None:
    """Raises ValueError unless the two models differ in the trained layer alone."""
    shapes = {name: tuple(expected[name].shape) for name in LAYER.values() if name in expected}
    if len(shapes) < len(LAYER):
        raise ValueError(f"detector: expected an OWL with {', '.join(LAYER.values())}, got {detector}")
    for name, shape in shapes.items():
        got = tuple(state[name].shape) if name in state else None
        if got != shape:
            there = f"tensors such as {sorted(state)[:3]}" if got is None else f"one of shape {got}"
            raise ValueError(f"{source}: expected {name} of shape {shape}, as in {detector}, got {there}")
    others = [name for name in expected if name not in shapes]
    changed = [name for name in others if name not in state or not _same(state[name], expected[name])]
    if changed:
        raise ValueError(
            f"{source}: expected to differ from {detector} in {', '.join(shapes)} alone, got {len(changed)} other "
            f"tensors that are not the same, such as {changed[0]}"
        )


def _same(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and torch.equal(one.float(), other.float())
