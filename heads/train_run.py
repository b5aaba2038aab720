"""One training from files of embeddings to a head folder, which can be stopped and gone on with."""

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from heads.calibration import fit_logit_scale
from heads.candidates import Candidates, load_candidates
from heads.cosine import CosineHead
from heads.folder import (
    CURVE_NAME,
    CURVE_PICTURE_NAME,
    HISTORY_NAME,
    add_to_head,
    check_replaceable,
    save_head,
)
from heads.head import Head
from heads.learning_curve import curve_page, curve_picture, draws_pictures
from heads.pairs import Pairs, load_pairs
from heads.progress import Epoch, Progress, load_progress, save_progress
from heads.recipe import Recipe, new_head
from heads.scoring import mean_rank, recall
from heads.tensor_file import read_metadata
from heads.train import fit

DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True, slots=True)
class Data:
    """The embeddings of a training, and what their files say of themselves."""

    hard: Candidates | None
    validation: Candidates
    pairs: Pairs | None
    validation_pairs: Pairs | None
    about: dict[str, dict[str, str]]
    """Name → header and SHA-256 of its file."""
    backbone: str
    backbone_revision: str | None

    def to(self, device: str) -> "Data":
        """The same with all embeddings on `device`."""
        names = ("hard", "validation", "pairs", "validation_pairs")
        sets = {name: getattr(self, name) for name in names}
        moved = {name: part.to(device) for name, part in sets.items() if part is not None}
        return replace(self, **moved)


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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a training: its head is in `folder`."""

    folder: Path
    validation: dict[str, float | None]
    """Mean rank and coarse recall@10 of the head and of the cosine on the validation sets."""
    interrupted: bool


def read_data(paths: dict[str, Path]) -> Data:
    """The files of `paths`: `validation`, and any of `hard`, `pairs` and `validation_pairs`.

    Raises FileNotFoundError or ValueError, naming the file, when one is missing or holds something else, or
    they are not all of one backbone. All headers are read before the first embedding.
    """
    headers = {name: read_metadata(path) for name, path in paths.items()}
    backbone, revision = _one_backbone(headers, paths)
    about = {name: {**words, "sha256": _sha256(paths[name])} for name, words in headers.items()}
    sets = {name: _load(name, path) for name, path in paths.items()}
    absent: dict[str, Any] = dict.fromkeys(("hard", "pairs", "validation_pairs"))
    return Data(**{**absent, **sets}, about=about, backbone=backbone, backbone_revision=revision)


def train_head(plan: Plan, data: Data, output: Path) -> Outcome | None:
    """What came of it, or None when Ctrl-C came before the first epoch had ended and nothing is written.

    While it runs, a file beside `output` holds what it takes to go on after a stop, and goes when the head
    is done, or cannot be. Prints a line for every epoch.
    """
    check_replaceable(output)
    recipe, path = plan.recipe, progress_path(output)
    head = new_head(plan.kind, data.validation.dim, recipe, **plan.options)
    about = {"kind": plan.kind, "arguments": head.config(), "recipe": asdict(recipe), "data": data.about}
    start = _start(path, head, about, plan.resume)
    keep = partial(save_progress, path=path, about=about)
    try:
        history, interrupted = _fit(head.to(plan.device), data.to(plan.device), recipe, start, keep)
    except ValueError:
        path.unlink(missing_ok=True)  # the same steps would end in the same way
        raise
    if not history:
        print("interrupted before the first epoch ended; nothing is written", file=sys.stderr)
        return None
    outcome = _write(head.cpu(), data, recipe, output, history, interrupted)
    if interrupted:
        print(f"the training stands in {path}; --resume goes on with it", file=sys.stderr)
    else:
        path.unlink()
    return outcome


def progress_path(output: Path) -> Path:
    """The file that holds the progress of a training whose head goes to `output`."""
    return output.with_name(f"{output.name}.progress.safetensors")


def resolve_device(device: str) -> str:
    """The device to train on: "auto" is the GPU where there is one. ValueError for "cuda" without one."""
    available = torch.cuda.is_available()
    if device == "cuda" and not available:
        raise ValueError("device: expected a machine with a CUDA GPU for cuda, got one without")
    return "cuda" if available and device != "cpu" else "cpu"


def _start(path: Path, head: Head, about: dict[str, Any], resume: bool) -> Progress | None:
    if resume:
        return load_progress(path, head, about)
    if path.exists():
        raise ValueError(
            f"{path}: expected no earlier training, found the progress of one that stopped: "
            "go on with it by --resume, or delete the file"
        )
    return None


def _fit(
    head: Head, data: Data, recipe: Recipe, start: Progress | None, keep: Callable[[Progress], object]
) -> tuple[list[Epoch], bool]:
    """The epochs that ended, those before `start` included, and whether Ctrl-C ended the last one early."""
    history = [] if start is None else list(start.history)
    before = len(history)

    def ended(epoch: Epoch) -> None:
        if len(history) == before:
            print(f"{'stage':13}{'epoch':>5}{'loss':>10}{'mean rank':>11}{'recall@10':>11}{'rate':>9}")
        history.append(epoch)
        found = "" if epoch.recall is None else f"{epoch.recall:.3f}"
        numbers = f"{epoch.epoch:5}{epoch.loss:10.4f}{epoch.mean_rank:11.3f}{found:>11}"
        print(f"{epoch.stage:13}{numbers}{epoch.learning_rate:9.1e}", flush=True)

    sets = (data.hard, data.validation, recipe, data.pairs, data.validation_pairs)
    try:
        fit(head, *sets, ended, start=start, on_progress=keep)
    except KeyboardInterrupt:
        return history, True
    return history, False


def _write(
    head: Head, data: Data, recipe: Recipe, output: Path, history: list[Epoch], interrupted: bool
) -> Outcome:
    """The head judged, calibrated and saved, with its history and learning curve."""
    judged = _judged(head, data.validation, data.validation_pairs)
    scale = fit_logit_scale(head, data.validation)
    metadata = {"stage": history[-1].stage, "interrupted": interrupted, "validation": judged}
    metadata |= {"recipe": asdict(recipe), "data": data.about}
    backbone, revision = data.backbone, data.backbone_revision
    folder = save_head(head, output, backbone=backbone, backbone_revision=revision, **metadata)
    files = {HISTORY_NAME: json.dumps([asdict(epoch) for epoch in history], indent=1) + "\n"}
    files[CURVE_NAME] = curve_page(history)
    picture = {CURVE_PICTURE_NAME: curve_picture(history)} if draws_pictures() else {}
    add_to_head(folder, {name: text.encode() for name, text in files.items()} | picture)
    print(f"mean rank {judged['mean_rank']:.3f}, cosine {judged['mean_rank_cosine']:.3f}")
    print(f"logit scale {scale:g}; written to {folder}", flush=True)
    return Outcome(folder, judged, interrupted)


def _judged(head: Head, validation: Candidates, pairs: Pairs | None) -> dict[str, float | None]:
    cosine = CosineHead()
    return {
        "mean_rank": mean_rank(head, validation),
        "mean_rank_cosine": mean_rank(cosine, validation),
        "recall_at_10": None if pairs is None else recall(head, pairs),
        "recall_at_10_cosine": None if pairs is None else recall(cosine, pairs),
    }


def _load(name: str, path: Path) -> Candidates | Pairs:
    return load_pairs(path) if name.endswith("pairs") else load_candidates(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _one_backbone(about: dict[str, dict[str, str]], paths: dict[str, Path]) -> tuple[str, str | None]:
    """Name and revision of the backbone all files were embedded with; ValueError when they differ."""
    named = {name: (words.get("backbone"), words.get("backbone_revision")) for name, words in about.items()}
    for name, (backbone, revision) in named.items():
        if backbone is None:
            raise ValueError(f"{paths[name]}: backbone: expected its name in the header, got none")
        if (backbone, revision) != named["validation"]:
            raise ValueError(
                f"{paths[name]}: backbone: expected {named['validation']}, that of {paths['validation']}, "
                f"got {(backbone, revision)}"
            )
    backbone, revision = named["validation"]
    return str(backbone), revision
