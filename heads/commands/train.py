"""`python -m heads train`: a head from files of embeddings."""

import argparse
import inspect
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from heads.commands.program import DONE, INTERRUPTED
from heads.head import KINDS, SIMILARITIES
from heads.io.device import DEVICES, resolve_device
from heads.kinds.linear import SIDES
from heads.training.data import read_data
from heads.training.losses import BATCH_LOSSES, HARD_LOSSES, WARM_UP_LOSSES
from heads.training.recipe import INITIAL, PAPER, SCHEDULES, Recipe, Stage
from heads.training.run import Plan, check_outputs, train_head
from heads.training.seeds import check_seeds_outputs, train_seeds

LOSSES = {"warm_up": WARM_UP_LOSSES, "hard": HARD_LOSSES | BATCH_LOSSES}
FROM_TRAINING = ("dim", "logit_scale")
"""What every kind takes and a training finds out itself."""


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    parser.add_argument(
        "--kind", choices=sorted(KINDS), default="linear", help="what the head is; %(default)s"
    )
    parser.add_argument("--sides", choices=SIDES, help="what a linear head re-projects; both")
    parser.add_argument(
        "--hidden", type=int, metavar="N", help="middle size of an mlp; that of the embeddings"
    )
    words = "of an attention head, a divisor of the embeddings' size; one for every 8 numbers"
    parser.add_argument("--attention-heads", type=int, metavar="N", help=words)
    words = "what compares the projections of a linear head or an mlp; cosine"
    parser.add_argument("--similarity", choices=SIMILARITIES, help=words)
    words = "an argument of the kind's own constructor, as --set rank=8; may be given several times"
    parser.add_argument(
        "--set", dest="arguments", action="append", default=[], metavar="NAME=VALUE", help=words
    )
    parser.add_argument("--pairs", type=Path, help="captions of the warm-up, a Pairs file")
    parser.add_argument("--hard", type=Path, help="hard negatives of the second stage, a Candidates file")
    parser.add_argument("--validation", type=Path, required=True, help="Candidates file epochs are judged by")
    parser.add_argument("--validation-pairs", type=Path, help="Pairs file the warm-up is judged by")
    parser.add_argument("--output", type=Path, required=True, help="folder the head is written to")
    words = "folder the head is written to as it is between the stages; it is not"
    parser.add_argument("--warm-up-output", type=Path, metavar="FOLDER", help=words)
    parser.add_argument(
        "--initial", choices=INITIAL, default=PAPER.initial, help="first weights; %(default)s"
    )
    words = "weight of the warm-up's loss in the second stage; %(default)s"
    parser.add_argument("--caption-weight", type=float, default=PAPER.caption_weight, help=words)
    words = "weight of likeness to the cosine over whole images, in the second stage; %(default)s"
    parser.add_argument("--distillation", type=float, default=PAPER.distillation, help=words)
    words = "seed of the weights and the order; %(default)s"
    parser.add_argument("--seed", type=int, default=PAPER.seed, help=words)
    words = "train with so many seeds, from --seed upward, each to OUTPUT/seed-N, and report the spread"
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help=words)
    words = "go on with a training that stopped; its flags must be the same"
    parser.add_argument("--resume", action="store_true", help=words)
    words = "where to train; auto is the GPU where there is one"
    parser.add_argument("--device", choices=DEVICES, default="auto", help=words)
    for stage, losses in LOSSES.items():
        _add_stage(parser, stage, losses)


def run(
    output: Path,
    validation: Path,
    hard: Path | None = None,
    pairs: Path | None = None,
    validation_pairs: Path | None = None,
    kind: str = "linear",
    sides: str | None = None,
    hidden: int | None = None,
    attention_heads: int | None = None,
    similarity: str | None = None,
    arguments: Sequence[str] = (),
    initial: str = PAPER.initial,
    caption_weight: float = PAPER.caption_weight,
    distillation: float = PAPER.distillation,
    seed: int = PAPER.seed,
    seeds: int = 1,
    warm_up_output: Path | None = None,
    resume: bool = False,
    device: str = "auto",
    **stages: Any,
) -> int:
    """The exit status of `python -m heads train`; `stages` are settings of a stage, as warm_up_epochs=3."""
    own = {"sides": sides, "hidden": hidden, "attention_heads": attention_heads, "similarity": similarity}
    recipe = Recipe(
        **{stage: _stage(stage, stages) for stage in LOSSES},
        initial=initial,
        caption_weight=caption_weight,
        distillation=distillation,
        seed=seed,
    )
    plan = Plan(kind, _all_arguments(kind, own, arguments), recipe, resolve_device(device), resume)
    if seeds < 1:
        raise ValueError(f"seeds: expected a whole number, at least 1, got {seeds}")
    check = check_outputs if seeds == 1 else check_seeds_outputs
    check(plan, output, warm_up_output)
    files = {"hard": hard, "validation": validation, "pairs": pairs, "validation_pairs": validation_pairs}
    data = read_data({name: path for name, path in files.items() if path is not None})
    for warning in data.judged_on_training():
        print(f"warning: {warning}", file=sys.stderr)
    if seeds > 1:
        summary = train_seeds(plan, data, output, seeds, warm_up_output)
        return INTERRUPTED if summary is None else DONE
    outcome = train_head(plan, data, output, warm_up_output)
    return INTERRUPTED if outcome is None or outcome.interrupted else DONE


def _all_arguments(kind: str, own: Mapping[str, Any], others: Sequence[str]) -> dict[str, Any]:
    """The kind's arguments: those with a flag of their own that were given, and those of `--set`."""
    given = {name: value for name, value in own.items() if value is not None}
    for name, value in kind_arguments(kind, others).items():
        if name in given:
            raise ValueError(
                f"{name}: expected once, got --{name.replace('_', '-')} and --set {name}={value}"
            )
        given[name] = value
    return given


def kind_arguments(kind: str, given: Sequence[str]) -> dict[str, Any]:
    """The arguments of the kind's constructor in `given`, each NAME=VALUE, its value read as the type that the
    constructor states.

    Raises ValueError naming the argument, what was expected and what came.
    """
    taken = inspect.signature(KINDS[kind]).parameters
    own = [name for name in taken if name not in FROM_TRAINING]
    found: dict[str, Any] = {}
    for one in given:
        name, sign, text = one.partition("=")
        if not sign:
            raise ValueError(f"set: expected NAME=VALUE, got {one!r}")
        if name not in own:
            raise ValueError(
                f"set: expected an argument of {kind}, {', '.join(own) or 'of which there are none'}, got {name!r}"
            )
        if name in found:
            raise ValueError(f"{name}: expected once, got {found[name]!r} and {text!r}")
        found[name] = _value(name, text, taken[name].annotation)
    return found


def _value(name: str, text: str, stated: Any) -> Any:
    """The text as the stated type, a union of types or none; JSON but for strings, which need no quotes."""
    union = get_origin(stated) in (Union, UnionType)
    types = {get_origin(one) or one for one in (get_args(stated) if union else (stated,))}
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    if types & {inspect.Parameter.empty, Any} or type(value) in types:
        return value
    if float in types and type(value) is int:
        return float(value)
    if str in types:
        return text
    words = " or ".join(sorted("null" if one is type(None) else one.__name__ for one in types))
    raise ValueError(f"{name}: expected {words}, got {text!r}")


def _stage(stage: str, given: Mapping[str, Any]) -> Stage:
    settings = {field.name: f"{stage}_{field.name}" for field in fields(Stage)}
    try:
        return replace(
            getattr(PAPER, stage), **{own: given[name] for own, name in settings.items() if name in given}
        )
    except ValueError as error:
        raise ValueError(f"{stage.replace('_', '-')} {error}") from error


def _add_stage(parser: argparse.ArgumentParser, stage: str, losses: dict[str, Any]) -> None:
    defaults: Stage = getattr(PAPER, stage)
    dashed = stage.replace("_", "-")
    words = "margin is for triplet losses, scale for the others; 0 epochs leave the stage out"
    group = parser.add_argument_group(f"{dashed} stage", words)
    choices = {"loss": sorted(losses), "schedule": SCHEDULES}
    for setting in fields(Stage):
        group.add_argument(
            f"--{dashed}-{setting.name.replace('_', '-')}",
            type=setting.type,  # pyright: ignore[reportArgumentType]  (a class: annotations are not postponed)
            default=getattr(defaults, setting.name),
            choices=choices.get(setting.name),
            metavar=None if setting.name in choices else "N",
            help="%(default)s",
        )
