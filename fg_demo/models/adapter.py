"""LoRA adapters on a backbone: a standard PEFT folder, read with care and added to the backbone's weights.

`adapter_config.json` and `adapter_model.safetensors` are what `peft` writes for `LoraConfig`. They may be a stranger's,
so nothing of `peft` reads them here: every field that would change the arithmetic is either known or refused, patterns
are not compiled, and of the tensors' file the header is checked against the backbone's own layers before anything is
loaded. LoRA (Hu et al., ICLR 2022, arXiv 2106.09685): W + alpha / rank · B A.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from heads.hub.client import RAW_ERRORS, explained
from heads.hub.download import fetch_intact, remember, vetted_commit
from heads.hub.repo_name import is_repo
from heads.io.safetensors_header import MAX_HEADER_BYTES, check_header, read_header
from heads.io.strict_json import read_json
from heads.io.tensors import all_finite, load_tensors

ADAPTER_CONFIG, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
MAX_CONFIG_BYTES, MAX_WEIGHT_BYTES = 256 * 1024, 100_000_000
SHIPPED = Path(__file__).parents[1] / "adapters"
JOINT = "+"
"""Between a backbone's name and its adapter's, in the name of both together."""

PROJECTION = "visual_projection"
IMAGE_TOWER = "vision_model."
IMAGE_SIDE = (IMAGE_TOWER, f"{PROJECTION}.")
"""How the names of the image tower's weights begin, its projection among them."""

_READ = {"peft_type", "r", "lora_alpha", "base_model_name_or_path", "revision", "init_lora_weights"}
_OF_TRAINING = {
    *("lora_dropout", "target_modules", "exclude_modules", "layers_to_transform", "layers_pattern"),
    *("inference_mode", "task_type", "auto_mapping", "peft_version", "megatron_core", "qalora_group_size"),
}
"""Fields that say how it was trained or by what; which layers it is of, its tensors' names say."""
_NEUTRAL = (None, False, "none", [], {})
"""Any other field may hold one of these: it then changes nothing."""
_TENSOR = re.compile(r"base_model\.model\.([A-Za-z0-9_.]+)\.lora_([AB])\.weight")


@dataclass(frozen=True)
class Adapter:
    """An adapter that is safe to add to the backbone that it names: `pairs` are A and B by layer."""

    name: str
    revision: str
    base: str | None
    base_revision: str | None
    scale: float
    pairs: Mapping[str, tuple[Tensor, Tensor]]

    @property
    def of_images_alone(self) -> bool:
        """Whether texts are encoded as without it."""
        return all(layer.startswith(IMAGE_SIDE) for layer in self.pairs)


def split_name(name: str) -> tuple[str, str | None]:
    """A backbone's name and its adapter's, of "backbone+adapter"; a folder's path may hold a + of its own."""
    if Path(name).is_dir() or JOINT not in name:
        return name, None
    pieces = name.split(JOINT)
    splits = [(JOINT.join(pieces[:n]), JOINT.join(pieces[n:])) for n in range(1, len(pieces))]
    return next((split for split in splits if Path(split[0]).is_dir()), splits[0])


def shipped_adapters() -> dict[str, Path]:
    """Name → folder of the adapters that ship with the project."""
    return {path.parent.name: path.parent for path in sorted(SHIPPED.glob(f"*/{ADAPTER_CONFIG}"))}


def shipped_pairs() -> list[str]:
    """The names of the backbones with a shipped adapter on each."""
    bases = {
        name: read_adapter_config(one)["base_model_name_or_path"] for name, one in shipped_adapters().items()
    }
    return [joint_name(base, name) for name, base in bases.items()]


def joint_name(base: str, adapter: str | None) -> str:
    """What a backbone with an adapter is called; the backbone's own name without one."""
    return base if adapter is None else f"{base}{JOINT}{adapter}"


def without_backbone(head: str, backbone: str) -> str:
    """The head's name without that of its backbone, at its end where `reproduce` puts it."""
    return head.removesuffix(f"-{backbone.replace(JOINT, '-')}")


def find_adapter(name: str) -> Path:
    """The folder of the adapter `name`: a folder, a shipped one, or a Hub repository, of which configuration and
    weights are fetched, in this order, at one commit.

    Raises FileNotFoundError when it is none of the three, OSError in words when the Hub does not answer, ValueError
    when a file is larger than any adapter's.
    """
    if Path(name).is_dir():
        return Path(name)
    if name in shipped_adapters():
        return shipped_adapters()[name]
    if is_repo(name):
        try:
            return _download(name)
        except RAW_ERRORS as error:
            raise explained(name, "a PEFT adapter", error) from error
    raise FileNotFoundError(
        f"adapter: expected a folder, a shipped adapter ({', '.join(shipped_adapters()) or 'none here'}) "
        f"or a Hub repository owner/name, got {name!r}"
    )


def load_adapter(name: str, model: nn.Module) -> Adapter:
    """The adapter `name`, its tensors checked against the layers of `model`, in single precision.

    Raises FileNotFoundError when there is none, ValueError naming the field, the expected and the actual when it is not
    a plain LoRA adapter of such a model.
    """
    folder = find_adapter(name)
    config = read_adapter_config(folder)
    rank, path = config["r"], folder / ADAPTER_WEIGHTS
    if not path.is_file():
        found = ", ".join(sorted(one.name for one in folder.iterdir())[:8])
        raise FileNotFoundError(
            f"{folder}: expected {ADAPTER_WEIGHTS}, found {found}; pickles are not loaded"
        )
    layers = _layers(path, model, rank)
    tensors = load_tensors(path, [_key(layer, side) for layer in layers for side in "AB"])
    broken = [key for key, tensor in tensors.items() if not all_finite(tensor)]
    if broken:
        raise ValueError(f"{path}: {broken[0]}: expected finite weights, got NaN or infinity")
    return Adapter(
        name=Path(name).resolve().name if Path(name).is_dir() else name,
        revision=_revision(path, rank, config["lora_alpha"]),
        base=config.get("base_model_name_or_path"),
        base_revision=config.get("revision"),
        scale=config["lora_alpha"] / rank,
        pairs={layer: (tensors[_key(layer, "A")], tensors[_key(layer, "B")]) for layer in layers},
    )


def read_adapter_config(folder: str | Path) -> dict[str, Any]:
    """The fields of an adapter's configuration. Raises as `load_adapter` does."""
    path = Path(folder) / ADAPTER_CONFIG
    if not path.is_file():
        raise FileNotFoundError(f"{folder}: expected {ADAPTER_CONFIG}, found none")
    if path.stat().st_size > MAX_CONFIG_BYTES:
        raise ValueError(f"{path}: expected at most {MAX_CONFIG_BYTES} bytes, got {path.stat().st_size}")
    try:
        config = read_json(path.read_bytes())
        _check_config(config)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return config


def check_base(adapter: Adapter, name: str, revision: str) -> None:
    """Nothing, or ValueError when the adapter was trained on another backbone, or another revision of it.

    A name or revision that the adapter does not state is not compared: its tensors have the shapes of the backbone's.
    """
    if adapter.base not in (None, name) or adapter.base_revision not in (None, revision):
        theirs = f"{adapter.base} at {adapter.base_revision or 'a revision that it does not state'}"
        raise ValueError(
            f"adapter: expected one for {name} at {revision}, got {adapter.name}, which is for {theirs}"
        )


@torch.no_grad()
def merge(adapter: Adapter, model: nn.Module) -> None:
    """Adds the adapter to the weights of the model: from then on it encodes as the two together, at the old cost."""
    for layer, (a, b) in adapter.pairs.items():
        weight = model.get_parameter(f"{layer}.weight")
        weight += adapter.scale * (b @ a).to(weight)


def _check_config(config: Any) -> None:
    if not isinstance(config, dict) or config.get("peft_type") != "LORA":
        found = config.get("peft_type") if isinstance(config, dict) else type(config).__name__
        raise ValueError(f"peft_type: expected LORA, got {found!r:.40}")
    rank, alpha = config.get("r"), config.get("lora_alpha")
    if type(rank) is not int or rank < 1:
        raise ValueError(f"r: expected a whole number, at least 1, got {rank!r:.40}")
    if type(alpha) not in (int, float) or not 0 < float(alpha or 0) < math.inf:
        raise ValueError(f"lora_alpha: expected a number above 0, got {alpha!r:.40}")
    for name in ("base_model_name_or_path", "revision"):
        if not isinstance(config.get(name), str | None):
            raise ValueError(f"{name}: expected text or null, got {config[name]!r:.40}")
    if config.get("init_lora_weights") not in (None, True, False, "gaussian"):
        raise ValueError(
            f"init_lora_weights: expected true, false or gaussian, got {config['init_lora_weights']!r:.40}"
        )
    for name, value in config.items():
        if name not in _READ | _OF_TRAINING and not any(value is one or value == one for one in _NEUTRAL):
            raise ValueError(
                f"{name:.40}: expected plain LoRA, for which it is null or false, got {value!r:.60}"
            )


def _layers(path: Path, model: nn.Module, rank: int) -> list[str]:
    """The linear layers that the file has a pair of, once its header is what they ask for."""
    size = path.stat().st_size
    if size > MAX_WEIGHT_BYTES:
        raise ValueError(f"{path}: expected at most {MAX_WEIGHT_BYTES} bytes, got {size}")
    with path.open("rb") as stream:
        start = stream.read(8 + MAX_HEADER_BYTES)
    linear = {name: one for name, one in model.named_modules() if isinstance(one, nn.Linear)}
    try:
        stored, given = read_header(start, size)
        named = [_TENSOR.fullmatch(key) for key in stored]
        layers = sorted({found[1] for found in named if found})
        strange = [
            key for key, found in zip(stored, named, strict=True) if not found or found[1] not in linear
        ]
        if strange or not layers:
            got = repr(strange[0])[:80] if strange else "none"
            raise ValueError(f"expected pairs lora_A, lora_B of linear layers of the backbone, got {got}")
        expected: dict[str, Tensor] = {}
        for layer in layers:
            out, width = linear[layer].weight.shape
            expected[_key(layer, "A")] = torch.empty(rank, width, device="meta")
            expected[_key(layer, "B")] = torch.empty(out, rank, device="meta")
        check_header(stored, given, expected)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return layers


def _key(layer: str, side: str) -> str:
    return f"base_model.model.{layer}.lora_{side}.weight"


def _revision(path: Path, rank: int, alpha: float | int) -> str:
    """First 12 hex digits of a sha256 over all that decides what is added."""
    digest = hashlib.sha256(json.dumps([rank, float(alpha)]).encode())
    digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _download(repo: str) -> Path:
    commit = vetted_commit(repo, ADAPTER_CONFIG, None, MAX_CONFIG_BYTES)
    read_adapter_config(fetch_intact(repo, ADAPTER_CONFIG, commit).parent)
    vetted_commit(repo, ADAPTER_WEIGHTS, commit, MAX_WEIGHT_BYTES)
    folder = fetch_intact(repo, ADAPTER_WEIGHTS, commit).parent
    remember(repo, "main", commit)
    return folder
