"""`python -m heads train`: a head from files of embeddings."""

import argparse
from dataclasses import fields
from pathlib import Path
from typing import Any

from heads.head import KINDS, SIMILARITIES
from heads.linear import SIDES
from heads.losses import HARD_LOSSES, WARM_UP_LOSSES
from heads.recipe import INITIAL, PAPER, Recipe, Stage
from heads.seeds import check_seeds_outputs, train_seeds
from heads.train_data import read_data
from heads.train_run import DEVICES, Plan, check_outputs, resolve_device, train_head

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
    words = "folder the head is written to as it is between the stages; it is not"
    command.add_argument("--warm-up-output", type=Path, metavar="FOLDER", help=words)
    command.add_argument(
        "--initial", choices=INITIAL, default=PAPER.initial, help="first weights; %(default)s"
    )
    words = "weight of the warm-up's loss in the second stage; %(default)s"
    command.add_argument("--caption-weight", type=float, default=PAPER.caption_weight, help=words)
    words = "seed of the weights and the order; %(default)s"
    command.add_argument("--seed", type=int, default=PAPER.seed, help=words)
    words = "train with so many seeds, from --seed upward, each to OUTPUT/seed-N, and report the spread"
    command.add_argument("--seeds", type=int, default=1, metavar="N", help=words)
    words = "go on with a training that stopped; its flags must be the same"
    command.add_argument("--resume", action="store_true", help=words)
    words = "where to train; auto is the GPU where there is one"
    command.add_argument("--device", choices=DEVICES, default="auto", help=words)
    for stage, losses in LOSSES.items():
        _add_stage(command, stage, losses)


def train(options: argparse.Namespace) -> int:
    """The exit status of `python -m heads train`: 130 when Ctrl-C stopped it."""
    plan, seeds, output = _plan(options), options.seeds, options.output
    if seeds < 1:
        raise ValueError(f"seeds: expected a whole number, at least 1, got {seeds}")
    check = check_outputs if seeds == 1 else check_seeds_outputs
    check(plan, output, options.warm_up_output)
    data = read_data({name: getattr(options, name) for name in FILES if getattr(options, name) is not None})
    if seeds > 1:
        summary = train_seeds(plan, data, output, seeds, options.warm_up_output)
        return 130 if summary is None else 0
    outcome = train_head(plan, data, output, options.warm_up_output)
    return 130 if outcome is None or outcome.interrupted else 0


def _plan(options: argparse.Namespace) -> Plan:
    given = {name: getattr(options, name) for name in KIND_OPTIONS if getattr(options, name) is not None}
    return Plan(options.kind, given, _recipe(options), resolve_device(options.device), options.resume)


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
