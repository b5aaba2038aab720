"""An adapter of a tiny backbone, without a training."""

from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model

from fg_demo.adaptation.lora import add_lora, lora_weights, write_adapter
from fg_demo.adaptation.settings import Settings
from fg_demo.models.clip import TransformersBackbone


def write_random_adapter(backbone: TransformersBackbone, folder: Path, rank: int = 4, alpha: int = 6) -> Path:
    """An adapter of the backbone whose B is not zero, as one that was trained."""
    adapted = add_lora(backbone.model, Settings(rank=rank, alpha=alpha), backbone.name, backbone.revision)
    generator = torch.Generator().manual_seed(7)
    weights = {
        name: torch.randn(one.shape, generator=generator) / 8 for name, one in lora_weights(adapted).items()
    }
    folder.mkdir(parents=True)
    write_adapter(adapted, weights, folder)
    return folder


def write_text_adapter(backbone: TransformersBackbone, folder: Path) -> Path:
    """An adapter of the text tower's projection alone."""
    config = LoraConfig(r=4, target_modules=["text_projection"], init_lora_weights=False)
    torch.manual_seed(7)
    adapted = get_peft_model(backbone.model, config)
    adapted.peft_config["default"].base_model_name_or_path = backbone.name
    adapted.save_pretrained(str(folder))
    return folder
