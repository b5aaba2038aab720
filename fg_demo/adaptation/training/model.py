"""What is trained: the backbone frozen, LoRA in its image tower or all of that, and the contextualiser."""

import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from peft.peft_model import PeftModel
from torch import Tensor, nn

from fg_demo.adaptation.contextualiser import Contextualiser
from fg_demo.adaptation.data import AdaptationData, Frame, Moment
from fg_demo.adaptation.full import FullTower
from fg_demo.adaptation.lora import copied, lora_weights, set_lora_weights
from fg_demo.adaptation.settings import LORA, Settings
from fg_demo.adaptation.training.processes import ALONE, Processes
from fg_demo.models.adapter import PROJECTION
from fg_demo.models.backbone import text_tower_of
from fg_demo.models.clip import TransformersBackbone
from heads.io.cache import cache_folder
from heads.io.tensors import load_tensors, save_tensors

READERS = 2
"""Threads that decode images while the model computes."""
POOLED = 256
"""Frames that the frozen tower sees at a time."""
CAPTIONS = "captions"
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
    """What the frozen tower makes of frames, where the projection after it alone is trained."""

    def prepare(self, data: AdaptationData) -> None:
        """Where the projection alone is trained, lets the frozen tower see each frame once, instead of in every epoch."""
        if self._projection is not None:
            frames = dict.fromkeys(frame for moment in data.moments() for frame in moment.frames)
            self.pooled |= pool_frames(self, [one for one in frames if one not in self.pooled])

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
        embedded = self.embed(moved) if self._projection is None else self._projection(moved)
        return embedded.unflatten(0, given.shape[:2])

    def embed(self, pixels: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d"]:
        """Raw embeddings of pixels."""
        base: Any = self.adapted.get_base_model()
        return base.get_image_features(pixel_values=pixels).pooler_output

    def given(self, moment: Moment) -> Float[Tensor, "t *n"]:
        """What is trained is given this of a moment's frames: pixels, or what the frozen tower has made of them."""
        if self._projection is not None:
            return torch.stack([self.pooled[frame] for frame in moment.frames])
        return self.backbone.pixels([frame.image() for frame in moment.frames])

    def pool(self, pixels: Float[Tensor, "n c h w"]) -> Float[Tensor, "n w"]:
        """What the tower gives the projection."""
        given: list[Tensor] = []
        assert self._projection is not None
        hook = self._projection.register_forward_pre_hook(lambda _, arguments: given.append(arguments[0]))
        try:
            self.embed(pixels.to(self.backbone.device))
        finally:
            hook.remove()
        return given[0]

    @cached_property
    def _projection(self) -> nn.Module | None:
        """The map from the tower to embeddings, where nothing before it is trained."""
        alone = self.settings.tuning == LORA and set(self.settings.target_names) == {PROJECTION}
        base: Any = self.adapted.get_base_model()
        return getattr(base, PROJECTION) if alone else None


@torch.no_grad()
def pool_frames(adaptation: Adaptation, frames: Sequence[Frame]) -> dict[Frame, Float[Tensor, " w"]]:
    """What the frozen tower gives the projection of each frame, on the CPU; each process encodes its share."""
    found: list[Tensor] = []

    def pixels(frame: Frame) -> Tensor:
        return adaptation.backbone.pixels([frame.image()])

    with ThreadPoolExecutor(READERS) as readers:
        for start in range(0, len(frames), POOLED):
            chunk = frames[start : start + POOLED]
            own = [chunk[row] for row in adaptation.processes.rows(len(chunk))]
            pooled = adaptation.pool(torch.cat(list(readers.map(pixels, own))))
            found += adaptation.processes.gathered(pooled, len(chunk)).cpu()
            adaptation.report("frames", len(found), len(frames))
    return dict(zip(frames, found, strict=True))


def embed_captions(adaptation: Adaptation, data: AdaptationData, what: str) -> Float[Tensor, "u d"]:
    """Raw embeddings of the data's distinct captions, by number: the text tower is frozen, so once is enough.

    What one process alone embeds is kept in the cache folder, for the next training on the same captions.
    """
    captions = list(data.captions())
    if adaptation.processes.count > 1:
        return _embed(adaptation, captions, what)
    path = _kept_in(adaptation.backbone, captions)
    if path.is_file():
        return load_tensors(path, [CAPTIONS])[CAPTIONS]
    embedded = _embed(adaptation, captions, what)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_tensors({CAPTIONS: embedded}, path, {})
    return embedded


def _kept_in(backbone: TransformersBackbone, captions: Sequence[str]) -> Path:
    """The file of the captions' embeddings, by all that they follow from."""
    decides = [*text_tower_of(backbone), backbone.device, backbone.precision, *captions]
    digest = hashlib.sha256(json.dumps(decides).encode()).hexdigest()
    return cache_folder() / "adaptation" / f"captions-{digest[:16]}.safetensors"


def _embed(adaptation: Adaptation, captions: Sequence[str], what: str) -> Float[Tensor, "u d"]:
    found = []
    for start in range(0, len(captions), 256):
        chunk = captions[start : start + 256]
        rows = adaptation.processes.rows(len(chunk))
        own = adaptation.backbone.encode_texts([chunk[row] for row in rows])
        # Over the device, since that is where processes meet.
        found.append(adaptation.processes.gathered(own.to(adaptation.backbone.device), len(chunk)).cpu())
        adaptation.report(what, min(start + 256, len(captions)), len(captions))
    return torch.cat(found)
