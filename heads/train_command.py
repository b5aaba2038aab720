"""`python -m heads train`: a head from files of embeddings."""

import argparse
import json
import os
import sys
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from heads.calibration import fit_logit_scale
from heads.candidates import Candidates, load_candidates
from heads.cosine import CosineHead
from heads.folder import HISTORY_NAME, check_replaceable, save_head
from heads.head import KINDS, SIMILARITIES, Head
from heads.linear import SIDES
from heads.losses import HARD_LOSSES, WARM_UP_LOSSES
from heads.pairs import Pairs, load_pairs
from heads.recipe import INITIAL, PAPER, Recipe, Stage, new_head
from heads.scoring import mean_rank, recall
from heads.tensor_file import read_metadata
from heads.train import Epoch, fit

LOSSES = {"warm_up": WARM_UP_LOSSES, "hard": HARD_LOSSES}
KIND_OPTIONS = ("sides", "hidden", "attention_heads", "similarity")
"""What some kinds take beside dim; the others refuse it."""
FILES = ("hard", "validation", "pairs", "validation_pairs")


def add_train(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command's flags."""
    words = "train a head on cached embeddings: a caption warm-up, then hard negatives"
    command = commands.add_parser("train", help=words, description=f"{words.capitalize()}.")
    command.set_defaults(run=train)
    command.add_argument(
        "--kind", choices=sorted(KINDS), default="linear", help="what the head is; %(default)s"
    )
    command.add_argument("--sides", choices=SIDES, help="what a linear head re-projects; both")
    command.add_argument(
        "--hidden", type=int, metavar="N", help="middle size of an mlp; that of the embeddings"
    )
    words = "of an attention head, a divisor of the embeddings' size; one for every 8 numbers"
    command.add_argument("--attention-heads", type=int, metavar="N", help=words)
    words = "what compares the projections of a linear head or an mlp; cosine"
    command.add_argument("--similarity", choices=SIMILARITIES, help=words)
    command.add_argument("--pairs", type=Path, help="captions of the warm-up, a Pairs file")
    command.add_argument("--hard", type=Path, help="hard negatives of the second stage, a Candidates file")
    command.add_argument(
        "--validation", type=Path, required=True, help="Candidates file epochs are judged by"
    )
    command.add_argument("--validation-pairs", type=Path, help="Pairs file the warm-up is judged by")
    command.add_argument("--output", type=Path, required=True, help="folder the head is written to")
    command.add_argument(
        "--initial", choices=INITIAL, default=PAPER.initial, help="first weights; %(default)s"
    )
    words = "weight of the warm-up's loss in the second stage; %(default)s"
    command.add_argument("--caption-weight", type=float, default=PAPER.caption_weight, help=words)
    words = "seed of the weights and the order; %(default)s"
    command.add_argument("--seed", type=int, default=PAPER.seed, help=words)
    for stage, losses in LOSSES.items():
        _add_stage(command, stage, losses)


def train(options: argparse.Namespace) -> int:
    """The exit status of `python -m heads train`: trains, calibrates and writes a head folder."""
    recipe = _recipe(options)
    paths = {name: getattr(options, name) for name in FILES if getattr(options, name) is not None}
    about = {name: read_metadata(path) for name, path in paths.items()}
    backbone, revision = _one_backbone(about, paths)
    check_replaceable(options.output)
    data = {name: _load(name, path) for name, path in paths.items()}
    given = {name: getattr(options, name) for name in KIND_OPTIONS if getattr(options, name) is not None}
    head = new_head(options.kind, data["validation"].dim, recipe, **given)

    history, interrupted = _fit(head, data, recipe)
    if not history:
        print("interrupted before the first epoch ended; nothing is written", file=sys.stderr)
        return 130
    judged = _judged(head, data["validation"], data.get("validation_pairs"))
    scale = fit_logit_scale(head, data["validation"])
    metadata = {"stage": history[-1].stage, "interrupted": interrupted, "validation": judged}
    metadata |= {"recipe": asdict(recipe), "data": about}
    folder = save_head(head, options.output, backbone=backbone, backbone_revision=revision, **metadata)
    _write_history(folder, history)
    print(f"mean rank {judged['mean_rank']:.3f}, cosine {judged['mean_rank_cosine']:.3f}")
    print(f"logit scale {scale:g}; written to {folder}")
    return 130 if interrupted else 0


def _load(name: str, path: Path) -> Any:
    return load_pairs(path) if name.endswith("pairs") else load_candidates(path)


def _fit(head: Head, data: dict[str, Any], recipe: Recipe) -> tuple[list[Epoch], bool]:
    """The epochs that ended, and whether Ctrl-C ended the last one early; prints a line for each."""
    history: list[Epoch] = []
    print(f"{'stage':13}{'epoch':>5}{'loss':>10}{'mean rank':>11}{'recall@10':>11}{'rate':>9}", flush=True)

    def ended(epoch: Epoch) -> None:
        history.append(epoch)
        found = "" if epoch.recall is None else f"{epoch.recall:.3f}"
        print(
            f"{epoch.stage:13}{epoch.epoch:5}{epoch.loss:10.4f}{epoch.mean_rank:11.3f}{found:>11}"
            f"{epoch.learning_rate:9.1e}",
            flush=True,
        )

    pairs, validation_pairs = data.get("pairs"), data.get("validation_pairs")
    try:
        fit(head, data.get("hard"), data["validation"], recipe, pairs, validation_pairs, ended)
    except KeyboardInterrupt:
        return history, True
    return history, False


def _judged(head: Head, validation: Candidates, pairs: Pairs | None) -> dict[str, float | None]:
    cosine = CosineHead()
    return {
        "mean_rank": mean_rank(head, validation),
        "mean_rank_cosine": mean_rank(cosine, validation),
        "recall_at_10": None if pairs is None else recall(head, pairs),
        "recall_at_10_cosine": None if pairs is None else recall(cosine, pairs),
    }


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


def _write_history(folder: Path, history: list[Epoch]) -> None:
    aside = folder / f".{HISTORY_NAME}.{os.getpid()}.partial"
    aside.write_text(json.dumps([asdict(epoch) for epoch in history], indent=1) + "\n", encoding="utf-8")
    aside.replace(folder / HISTORY_NAME)


def _recipe(options: argparse.Namespace) -> Recipe:
    stages = {stage: _stage(options, stage) for stage in LOSSES}
    others = {name: getattr(options, name) for name in ("initial", "caption_weight", "seed")}
    return Recipe(**stages, **others)


def _stage(options: argparse.Namespace, stage: str) -> Stage:
    try:
        return Stage(**{f.name: getattr(options, f"{stage}_{f.name}") for f in fields(Stage)})
    except ValueError as error:
        raise ValueError(f"{stage.replace('_', '-')} {error}") from error


def _add_stage(command: argparse.ArgumentParser, stage: str, losses: dict[str, Any]) -> None:
    defaults: Stage = getattr(PAPER, stage)
    dashed = stage.replace("_", "-")
    words = "margin is for triplet losses, scale for the others; 0 epochs leave the stage out"
    group = command.add_argument_group(f"{dashed} stage", words)
    for setting in fields(Stage):
        group.add_argument(
            f"--{dashed}-{setting.name.replace('_', '-')}",
            type=setting.type,  # pyright: ignore[reportArgumentType]  (a class: annotations are not postponed)
            default=getattr(defaults, setting.name),
            choices=sorted(losses) if setting.name == "loss" else None,
            metavar=None if setting.name == "loss" else "N",
            help="%(default)s",
        )
