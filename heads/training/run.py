"""One training from embeddings to a head folder, which can be stopped and gone on with."""

import copy
import json
import sys
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from heads.candidates import Candidates
from heads.head import Head
from heads.io.text_table import TextColumn, text_table
from heads.kinds.cosine import CosineHead
from heads.pairs import Pairs
from heads.persistence.config import CONFIG_NAME, read_config
from heads.persistence.folder import (
    CURVE_NAME,
    CURVE_PICTURE_NAME,
    HISTORY_NAME,
    add_to_head,
    check_replaceable,
    save_head,
)
from heads.scoring import mean_rank, recall
from heads.training.calibration import fit_logit_scale
from heads.training.checkpoint import Epoch, Progress, load_progress, save_progress
from heads.training.data import Data
from heads.training.fit import FINE_GRAINED, WARM_UP, fit
from heads.training.learning_curve import curve_page, curve_picture, draws_pictures
from heads.training.recipe import Recipe, new_head


@dataclass(frozen=True, slots=True)
class Plan:
    """What is trained, and how."""

    kind: str
    options: dict[str, Any]
    """Of the kind's constructor, beside `dim`."""
    recipe: Recipe
    device: str = "cpu"
    resume: bool = False
    """Whether to go on with a training that stopped."""

    def warm_up_alone(self) -> "Plan":
        """The plan that ends where this one's second stage begins."""
        return replace(self, recipe=replace(self.recipe, hard=replace(self.recipe.hard, epochs=0)))


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What came of a training: its head is in `folder`."""

    folder: Path
    validation: dict[str, float | None]
    """Mean rank and coarse recall@10 of the head and of the cosine on the validation sets."""
    interrupted: bool


def train_head(
    plan: Plan, data: Data, output: Path, warm_up_output: Path | None = None
) -> TrainingResult | None:
    """What came of it, or None when Ctrl-C came before the first epoch had ended and nothing is written.

    While it runs, a file beside `output` holds what it takes to go on after a stop, and goes when the head
    is done, or cannot be. Prints a line for every epoch. The head as the second stage finds it is written to
    `warm_up_output`: to the bit that of a training of the warm-up alone. Raises ValueError when the plan has
    no second stage or no warm-up and yet a `warm_up_output`.
    """
    check_outputs(plan, output, warm_up_output)
    path = progress_path(output)
    head = new_head(plan.kind, data.validation.dim, plan.recipe, **plan.options)
    about = {"kind": plan.kind, "arguments": head.config(), "recipe": asdict(plan.recipe), "data": data.about}
    if plan.resume and not path.exists():
        if (output / CONFIG_NAME).exists():
            return _done_before(plan, data, output, warm_up_output)
        print(f"{path}: nothing to go on with; the training begins", file=sys.stderr)
    start = _start(path, head, about, plan.resume)
    history = [] if start is None else list(start.history)
    if warm_up_output is not None and history and history[-1].stage == FINE_GRAINED:
        check_made_by(warm_up_output, plan.warm_up_alone(), data.without_hard())

    def stage_ended(stage: str) -> None:
        if stage == WARM_UP and warm_up_output is not None:
            warmed_up = copy.deepcopy(head).cpu()
            _write(warmed_up, plan.warm_up_alone(), data.without_hard(), warm_up_output, history, False)

    sets = data.to(plan.device)
    try:
        fit(
            head.to(plan.device), sets.hard, sets.validation, plan.recipe, sets.pairs, sets.validation_pairs,
            partial(_show, history, len(history)), start=start, on_stage=stage_ended,
            on_progress=partial(save_progress, path=path, about=about),
        )  # fmt: skip
    except ValueError:
        path.unlink(missing_ok=True)  # the same steps would end in the same way
        raise
    except KeyboardInterrupt:
        return _interrupted(head.cpu(), plan, data, output, history)
    outcome = _write(head.cpu(), plan, data, output, history, False)
    path.unlink()
    return outcome


def check_outputs(plan: Plan, output: Path, warm_up_output: Path | None) -> None:
    """Nothing, or ValueError when what `plan` makes cannot be written there without a loss."""
    check_replaceable(output)
    if warm_up_output is None:
        return
    check_stages(plan, output, warm_up_output)
    check_replaceable(warm_up_output)


def check_stages(plan: Plan, output: Path, warm_up_output: Path) -> None:
    """Nothing, or ValueError when the plan lacks one of its two stages, or one's folder lies in the other's."""
    epochs = plan.recipe.warm_up.epochs, plan.recipe.hard.epochs
    if not all(epochs):
        raise ValueError(f"warm-up-output: expected epochs in both stages, got {epochs[0]} and {epochs[1]}")
    ours, theirs = warm_up_output.resolve(), output.resolve()
    if ours.is_relative_to(theirs) or theirs.is_relative_to(ours):
        raise ValueError(f"warm-up-output: expected a folder apart from {output}, got {warm_up_output}")


def check_made_by(folder: Path, plan: Plan, data: Data) -> dict[str, float | None]:
    """What the head in `folder` reached on the validation sets, once it is known to be the plan's on this
    data.

    Raises ValueError when another training made it, FileNotFoundError when there is none.
    """
    config = read_config(folder)
    if config.metadata.get("interrupted"):
        raise ValueError(f"{folder}: expected a head that is done, found one that was interrupted")
    ours = json.loads(json.dumps({"recipe": asdict(plan.recipe), "data": data.about}))
    same = all(config.metadata.get(name) == value for name, value in ours.items())
    if config.kind != plan.kind or not same:
        raise ValueError(f"{folder}: expected a head of this training, found one made by another")
    return config.metadata["validation"]


def progress_path(output: Path) -> Path:
    """The file that holds the progress of a training whose head goes to `output`."""
    return output.with_name(f"{output.name}.progress.safetensors")


def _start(path: Path, head: Head, about: dict[str, Any], resume: bool) -> Progress | None:
    if resume and path.exists():
        return load_progress(path, head, about)
    if path.exists():
        raise ValueError(
            f"{path}: expected no earlier training, found the progress of one that stopped: "
            "go on with it by --resume, or delete the file"
        )
    return None


def _done_before(plan: Plan, data: Data, output: Path, warm_up_output: Path | None) -> TrainingResult:
    """What came of the training that wrote these heads. Raises ValueError when another did."""
    if warm_up_output is not None:
        check_made_by(warm_up_output, plan.warm_up_alone(), data.without_hard())
    judged = check_made_by(output, plan, data)
    print(f"done before: {output}", flush=True)
    return TrainingResult(output, judged, False)


EPOCH_COLUMNS = (
    TextColumn("stage", left=True, width=12),
    TextColumn("epoch"),
    TextColumn("loss", width=9),
    TextColumn("mean rank", width=10),
    TextColumn("recall@10", width=10),
    TextColumn("rate", width=8),
)


def _show(history: list[Epoch], before: int, epoch: Epoch) -> None:
    """Prints the epoch and adds it to `history`; under headings when a stage, or what follows `before`,
    begins.
    """
    begins = len(history) == before or history[-1].stage != epoch.stage
    history.append(epoch)
    found = "" if epoch.recall is None else f"{epoch.recall:.3f}"
    numbers = [
        f"{epoch.epoch}",
        f"{epoch.loss:.4f}",
        f"{epoch.mean_rank:.3f}",
        found,
        f"{epoch.learning_rate:.1e}",
    ]
    print(text_table(EPOCH_COLUMNS, [[epoch.stage, *numbers]], header=begins), flush=True)


def _interrupted(
    head: Head, plan: Plan, data: Data, output: Path, history: list[Epoch]
) -> TrainingResult | None:
    if not history:
        print("interrupted before the first epoch ended; nothing is written", file=sys.stderr)
        return None
    outcome = _write(head, plan, data, output, history, True)
    print(f"the training stands in {progress_path(output)}; --resume goes on with it", file=sys.stderr)
    return outcome


def _write(
    head: Head, plan: Plan, data: Data, output: Path, history: list[Epoch], interrupted: bool
) -> TrainingResult:
    """The head judged, calibrated and saved, with its history and learning curve."""
    judged = _judged(head, data.validation, data.validation_pairs)
    scale = fit_logit_scale(head, data.validation)
    metadata = {"stage": history[-1].stage, "interrupted": interrupted, "validation": judged}
    metadata |= {"recipe": asdict(plan.recipe), "data": data.about}
    warnings = data.judged_on_training()
    if warnings:
        metadata["judged_on_training"] = list(warnings)
    backbone, revision = data.backbone, data.backbone_revision
    folder = save_head(head, output, backbone=backbone, backbone_revision=revision, **metadata)
    epochs = [asdict(epoch) | ({"warnings": warnings} if warnings else {}) for epoch in history]
    files = {HISTORY_NAME: json.dumps(epochs, indent=1) + "\n"}
    files[CURVE_NAME] = curve_page(history)
    picture = {CURVE_PICTURE_NAME: curve_picture(history)} if draws_pictures() else {}
    add_to_head(folder, {name: text.encode() for name, text in files.items()} | picture)
    print(f"mean rank {judged['mean_rank']:.3f}, cosine {judged['mean_rank_cosine']:.3f}")
    print(f"logit scale {scale:g}; written to {folder}", flush=True)
    return TrainingResult(folder, judged, interrupted)


def _judged(head: Head, validation: Candidates, pairs: Pairs | None) -> dict[str, float | None]:
    cosine = CosineHead()
    return {
        "mean_rank": mean_rank(head, validation),
        "mean_rank_cosine": mean_rank(cosine, validation),
        "recall_at_10": None if pairs is None else recall(head, pairs),
        "recall_at_10_cosine": None if pairs is None else recall(cosine, pairs),
    }
