"""LoRA on the image tower through `peft`: put in, read out, and written as a standard adapter folder."""

import json
import warnings
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from peft.peft_model import PeftModel
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn

from fg_demo.adaptation.settings import Settings
from fg_demo.models.adapter import ADAPTER_CONFIG, ADAPTER_WEIGHTS, IMAGE_SIDE
from heads.io.tensors import save_tensors

PEFT_NAME = "default"
"""What `peft` calls an adapter that is given no name."""


def add_lora(model: nn.Module, settings: Settings, base: str, revision: str) -> PeftModel:
    """The model with LoRA in its image tower, everything else frozen; B is zero, so it still encodes as before.

    The weights A are drawn from the settings' seed. Raises ValueError when no linear map of the image tower is one of
    the targets.
    """
    config = LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=image_targets(model, settings.target_names),
    )
    torch.manual_seed(settings.seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)  # peft's own question
        adapted = get_peft_model(model, config)  # pyright: ignore[reportArgumentType]  (any module will do)
    # Afterwards, since peft puts the path that the model was read from in place of the backbone's name.
    adapted.peft_config[PEFT_NAME].base_model_name_or_path = base
    adapted.peft_config[PEFT_NAME].revision = revision
    return adapted


def image_targets(model: nn.Module, targets: tuple[str, ...]) -> list[str]:
    """The full names of the linear maps of the image tower, its projection among them, whose last name is one of
    `targets`: by these alone `peft` would take those of the text tower too. Raises ValueError when there is none.
    """
    linear = [name for name, one in model.named_modules() if isinstance(one, nn.Linear)]
    inside = [name for name in linear if f"{name}.".startswith(IMAGE_SIDE)]
    found = [name for name in inside if name.rpartition(".")[2] in targets]
    absent = sorted(set(targets) - {name.rpartition(".")[2] for name in found})
    if absent:
        known = sorted({name.rpartition(".")[2] for name in inside})
        raise ValueError(
            f"targets: expected some of {', '.join(known)}, those of the image tower, got {absent[0]!r}"
        )
    return found


def lora_weights(adapted: PeftModel) -> dict[str, Tensor]:
    """A copy of the adapter's weights by the names that its file gives them, on the CPU."""
    weights = get_peft_model_state_dict(adapted, save_embedding_layers=False)
    return copied(dict(sorted(weights.items())))


def set_lora_weights(adapted: PeftModel, weights: Mapping[str, Tensor]) -> None:
    """Puts a copy of such weights in place."""
    set_peft_model_state_dict(adapted, {name: tensor.clone() for name, tensor in weights.items()})


def set_alpha(adapted: nn.Module, alpha: float) -> None:
    """Lets the adapter's weights count by alpha / rank; at 0 the model encodes as without them."""
    for module in adapted.modules():
        if isinstance(module, LoraLayer):
            module.scaling[PEFT_NAME] = alpha / module.r[PEFT_NAME]


def write_adapter(adapted: PeftModel, weights: Mapping[str, Tensor], folder: Path) -> None:
    """Writes the adapter's configuration and weights into a folder, as `peft` does, the same bytes for the same
    adapter.
    """
    config = adapted.peft_config[PEFT_NAME].to_dict() | {"inference_mode": True}
    text = json.dumps({name: _plain(value) for name, value in config.items()}, indent=2, sort_keys=True)
    (folder / ADAPTER_CONFIG).write_text(text + "\n", encoding="utf-8")
    save_tensors(weights, folder / ADAPTER_WEIGHTS, {"format": "pt"})


def copied(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same numbers in memory of their own, on the CPU."""
    return {name: one.detach().cpu().clone() for name, one in weights.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return sorted(value) if isinstance(value, set | frozenset) else value
