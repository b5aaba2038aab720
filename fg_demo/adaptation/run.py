"""One adaptation from names to a folder, which can be stopped and gone on with."""

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn

from fg_demo.adaptation.checkpoint import Epoch, load_progress, save_progress
from fg_demo.adaptation.contextualiser import Contextualiser
from fg_demo.adaptation.data import AdaptationData
from fg_demo.adaptation.folder import check_replaceable, save_adaptation
from fg_demo.adaptation.full import FullTower
from fg_demo.adaptation.lora import add_lora
from fg_demo.adaptation.settings import FULL, Settings
from fg_demo.adaptation.train import Adaptation, Report, train
from fg_demo.models.clip import TransformersBackbone
from heads.io.text_table import TextColumn, text_table

COLUMNS = (
    TextColumn("epoch"),
    TextColumn("loss", width=8),
    TextColumn("mean rank", width=9),
    TextColumn("image → text", width=12),
    TextColumn("text → image", width=12),
)


@dataclass(frozen=True)
class Sets:
    """What is trained on, and what epochs are chosen by."""

    training: AdaptationData
    validation: AdaptationData
    regions: AdaptationData | None = None
    """Trained on beside clips."""

    def about(self) -> dict[str, Any]:
        """What a folder says of them."""
        beside = (
            {}
            if self.regions is None
            else {"beside": self.regions.about, "beside_regions": len(self.regions.clips)}
        )
        return {
            "training": self.training.about,
            "training_clips": len(self.training.clips),
            "training_left_out": dict(self.training.left_out),
            **beside,
            "validation": self.validation.about,
            "validation_clips": len(self.validation.clips),
            "validation_left_out": dict(self.validation.left_out),
        }


def prepare(
    backbone: TransformersBackbone,
    settings: Settings,
    events: int,
    frames: int,
    report: Report,
    recompute: bool = False,
) -> Adaptation:
    """The backbone with fresh LoRA, or its own image tower to be trained, and a contextualiser where a clip has more
    than one frame.

    Attention is computed step by step on a CPU, where that trains about twice as fast, and everything in single
    precision but, where the settings say so, the image tower. `recompute` keeps one layer's intermediate values at a
    time and computes the others' again on the way back (gradient checkpointing): a third more time, and a tenth of the
    memory with a tower of 12 layers.
    """
    model = backbone.model
    cast(nn.Module, model).float()
    if backbone.device == "cpu":
        model.set_attn_implementation("eager")
    if recompute:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    full = settings.tuning == FULL
    adapted = FullTower(model) if full else add_lora(model, settings, backbone.name, backbone.revision)
    torch.manual_seed(settings.seed)
    wanted = settings.contextualiser_layers and events * frames > 1
    context = Contextualiser(backbone.dim, events, frames, settings.contextualiser_layers) if wanted else None
    if context is not None:
        context.to(backbone.device)
    return Adaptation(backbone, adapted, context, settings, report)


def adapt(
    backbone: TransformersBackbone,
    settings: Settings,
    sets: Sets,
    output: Path,
    resume: bool,
    report: Report = lambda what, done, total: None,
    recompute: bool = False,
) -> bool:
    """Whether it was trained to its end; False after Ctrl-C, when the best epoch so far is written all the same.

    While it runs, a file beside `output` holds what it takes to go on. Prints a line for every epoch. Raises ValueError
    when `output` holds something else, or the file beside it the progress of another training.
    """
    check_replaceable(output)
    path = progress_path(output)
    _check_progress(path, resume)
    adaptation = prepare(backbone, settings, sets.training.events, sets.training.frames, report, recompute)
    about = {
        "backbone": backbone.name,
        "backbone_revision": backbone.revision,
        "settings": asdict(settings),
        "data": sets.about(),
    }
    count = len(adaptation.parameters())
    start = load_progress(path, adaptation.weights(), count, about) if path.exists() else None
    latest, history = start, [] if start is None else list(start.history)
    try:
        for _, latest in train(adaptation, sets.training, sets.validation, start, sets.regions):
            save_progress(latest, path, about)
            _show(latest.history[len(history) :], first=not history)
            history = list(latest.history)
    except KeyboardInterrupt:
        if latest is None:
            print("interrupted before the first epoch ended; nothing is written", file=sys.stderr)
            return False
        adaptation.load(latest.best_weights)
        save_adaptation(adaptation, output, latest.history, {**about, "interrupted": True})
        print(f"the training stands in {path}; --resume goes on with it", file=sys.stderr)
        return False
    save_adaptation(adaptation, output, history, {**about, "interrupted": False})
    path.unlink()
    print(f"written to {output}", flush=True)
    return True


def _check_progress(path: Path, resume: bool) -> None:
    """Nothing, or ValueError when a stopped training's progress would be lost."""
    if path.exists() and not resume:
        raise ValueError(
            f"{path}: expected no earlier training, found the progress of one that stopped: "
            "go on with it by --resume, or delete the file"
        )
    if resume and not path.exists():
        print(f"{path}: nothing to go on with; the training begins", file=sys.stderr)


def progress_path(output: Path) -> Path:
    """The file that holds the progress of a training whose adapter goes to `output`."""
    return output.with_name(f"{output.name}.progress.safetensors")


def _show(epochs: Sequence[Epoch], first: bool) -> None:
    rows = [
        [
            f"{epoch.epoch}",
            "" if epoch.loss is None else f"{epoch.loss:.4f}",
            f"{epoch.mean_rank:.3f}",
            f"{epoch.image_to_text:.3f}",
            f"{epoch.text_to_image:.3f}",
        ]
        for epoch in epochs
    ]
    print(text_table(COLUMNS, rows, header=first), flush=True)
