"""What is trained: the backbone frozen, LoRA in its image tower or all of that, and the contextualiser."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Float
from peft.peft_model import PeftModel
from torch import Tensor, nn

from fg_demo.adaptation.contextualiser import Contextualiser
from fg_demo.adaptation.data import Frame, Moment
from fg_demo.adaptation.full import FullTower
from fg_demo.adaptation.lora import copied, lora_weights, set_lora_weights
from fg_demo.adaptation.settings import LORA, Settings
from fg_demo.adaptation.training.processes import ALONE, Processes
from fg_demo.models.adapter import PROJECTION
from fg_demo.models.clip import TransformersBackbone

Report = Callable[[str, int, int], None]
"""Called with what is done ("captions", "epoch 1"), how much of it, and how much there is."""


@dataclass
class Adaptation:
    """What is trained, and all that it is trained with: the backbone frozen, LoRA in its image tower or all of that."""

    backbone: TransformersBackbone
    adapted: PeftModel | FullTower
    contextualiser: Contextualiser | None
    settings: Settings
    report: Report = field(default=lambda what, done, total: None)
    processes: Processes = ALONE
    pooled: dict[Frame, Float[Tensor, " w"]] = field(default_factory=dict)
    """What the frozen tower gives the projection of each frame, where that alone is trained."""

    def parameters(self) -> list[nn.Parameter]:
        """Those that are trained, in a fixed order."""
        tower, own = self._parts()
        return [*tower, *own]

    def _parts(self) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
        """Those of the image tower, and those of the contextualiser."""
        tower = [one for _, one in sorted(self.adapted.named_parameters()) if one.requires_grad]
        return tower, list(self.contextualiser.parameters()) if self.contextualiser else []

    def share_gradients(self) -> None:
        """Gives every process the gradients of the whole batch.

        The image tower has those of its own images, which add up. The contextualiser has seen all of them: its mean is
        what it has, and keeps the processes from drifting apart.
        """
        for part, times in zip(self._parts(), (1.0, 1 / self.processes.count), strict=True):
            self.processes.add_up([one.grad for one in part if one.grad is not None], times)

    def weights(self) -> dict[str, Tensor]:
        """A copy of what is trained, by name."""
        own = self.contextualiser.state_dict() if self.contextualiser else {}
        return self.tower_weights() | {f"contextualiser.{name}": one for name, one in copied(own).items()}

    def tower_weights(self) -> dict[str, Tensor]:
        """Those of the image tower among them."""
        return self.adapted.weights() if isinstance(self.adapted, FullTower) else lora_weights(self.adapted)

    def load(self, weights: dict[str, Tensor]) -> None:
        """Puts a copy of such weights in place."""
        prefix = "contextualiser."
        tower = {n: one for n, one in weights.items() if not n.startswith(prefix)}
        if isinstance(self.adapted, FullTower):
            self.adapted.load(tower)
        else:
            set_lora_weights(self.adapted, tower)
        if self.contextualiser:
            own = {n.removeprefix(prefix): one for n, one in weights.items() if n.startswith(prefix)}
            self.contextualiser.load_state_dict(own)

    def train(self, mode: bool) -> None:
        """Dropout on or off, in what is trained alone: the frozen towers stay as they are."""
        self.adapted.train(mode)
        if self.contextualiser:
            self.contextualiser.train(mode)

    def encode(self, moments: Sequence[Moment]) -> Float[Tensor, "m t d"]:
        """The frames' embeddings, with gradients where there are any; each process encodes its share."""
        own = [self.given(moments[row]) for row in self.processes.rows(len(moments))]
        return self.processes.gathered(self.features(torch.stack(own)), len(moments))

    def features(self, given: Float[Tensor, "m t *n"]) -> Float[Tensor, "m t d"]:
        """Raw embeddings of frames, of these alone."""
        moved = given.flatten(0, 1).to(self.backbone.device)
        embedded = self._projection(moved) if self.projection_alone else self._embed(moved)
        return embedded.unflatten(0, given.shape[:2])

    def _embed(self, pixels: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d"]:
        """Raw embeddings of pixels."""
        base: Any = self.adapted.get_base_model()
        return base.get_image_features(pixel_values=pixels).pooler_output

    def given(self, moment: Moment) -> Float[Tensor, "t *n"]:
        """What is trained is given this of a moment's frames: pixels, or what the frozen tower has made of them."""
        if self.projection_alone:
            return torch.stack([self.pooled[frame] for frame in moment.frames])
        return self.backbone.pixels([frame.image() for frame in moment.frames])

    def pool(self, pixels: Float[Tensor, "n c h w"]) -> Float[Tensor, "n w"]:
        """What the tower gives the projection."""
        given: list[Tensor] = []
        hook = self._projection.register_forward_pre_hook(lambda _, arguments: given.append(arguments[0]))
        try:
            self._embed(pixels.to(self.backbone.device))
        finally:
            hook.remove()
        return given[0]

    @property
    def projection_alone(self) -> bool:
        """Whether nothing is trained before the map from the image tower to embeddings, and what that is given stays."""
        return self.settings.tuning == LORA and set(self.settings.target_names) == {PROJECTION}

    @property
    def _projection(self) -> Any:
        base: Any = self.adapted.get_base_model()
        return getattr(base, PROJECTION)
