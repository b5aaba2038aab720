"""All of the image tower trained, for an ablation: what comes out is a backbone of its own, and no adapter.

The published figures have it behind LoRA (arXiv 2401.07669, its second version).
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from fg_demo.adaptation.lora import copied
from fg_demo.models.adapter import IMAGE_SIDE, IMAGE_TOWER


class FullTower(nn.Module):
    """The model with its image tower to be trained, everything else frozen; it still encodes as before.

    Raises ValueError when the model has no image tower by that name.
    """

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model
        for name, one in model.named_parameters():
            one.requires_grad_(name.startswith(IMAGE_SIDE))
        if not self.weights():
            raise ValueError(f"tuning: expected a model with {IMAGE_TOWER[:-1]}, which is trained in full")

    def get_base_model(self) -> nn.Module:
        """The model, as `peft` calls it."""
        return self.model

    def weights(self) -> dict[str, Tensor]:
        """A copy of what is trained, by name, on the CPU."""
        return copied({name: one for name, one in self.model.named_parameters() if one.requires_grad})

    @torch.no_grad()
    def load(self, weights: Mapping[str, Tensor]) -> None:
        """Puts a copy of such weights in place."""
        for name, one in weights.items():
            self.model.get_parameter(name).copy_(one)
