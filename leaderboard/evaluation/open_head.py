"""Heads opened by name, and what a record says about them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fg_demo.models.backbone import Encoder
from heads.head import Head
from heads.kinds.cosine import BASELINE, CosineHead
from heads.load import find_head, load_head
from heads.persistence.config import HeadConfig, check_backbone, read_config
from heads.persistence.revision import head_revision
from heads.vetting.plain_text import plain
from leaderboard.records.record import HeadEntry, TrainingData

ROOT = Path(__file__).parents[2]
STATED = ("hard", "pairs", "values")
"""Training data, in a head's metadata: what the second stage saw, what the first did, what means were taken of."""
JUDGED = "; its epochs were chosen by figures on what it was trained on"
"""Said of a head whose training was judged by its own training data."""


def open_head(name: str, backbone: Encoder) -> tuple[Head, HeadEntry]:
    """The head `name` ("cosine", a shipped head, a folder or a Hub repo) and what a record says about it.

    Raises FileNotFoundError when there is none, ValueError when it is damaged or made for another backbone.
    """
    if name == BASELINE.name:
        return CosineHead(), HeadEntry(BASELINE.name, CosineHead.kind, "-", "none", parameters=0)
    folder = find_head(name)
    config = read_config(folder)
    check_backbone(config, backbone.name, backbone.revision, backbone.dim)
    head = load_head(folder)
    entry = HeadEntry(
        name=Path(name).resolve().name if Path(name).is_dir() else name,
        kind=head.kind,
        revision=head_revision(head),
        stage=plain(str(config.metadata.get("stage") or "not stated")) or "not stated",
        parameters=sum(parameter.numel() for parameter in head.parameters()),
        trained_on=trained_on(config),
        source=_source(name, folder),
        training_data=training_data(config),
    )
    return head, entry


def open_seeds(name: str, entry: HeadEntry, folders: Sequence[str], backbone: Encoder) -> dict[int, Head]:
    """The head `name` and those in `folders`, the same training from other seeds, by seed in ascending order.

    A folder may also be what `python -m heads train --seeds` writes: one head in each of its folders seed-N.

    Raises ValueError when a head is of another kind or stage, or does not state its seed, or two have the same
    seed and different weights.
    """
    found: dict[int, tuple[str, Head]] = {}
    for one in [name, *(inner for folder in folders for inner in _seed_folders(folder))]:
        head, other = open_head(one, backbone)
        if (other.kind, other.stage) != (entry.kind, entry.stage):
            raise ValueError(
                f"{one}: expected the same training as {name}, {entry.kind} {entry.stage}, "
                f"got {other.kind} {other.stage}"
            )
        seed = _seed(one)
        if seed in found and found[seed][0] != other.revision:
            raise ValueError(f"{one}: expected another seed than {seed}, which another head has")
        found[seed] = (str(other.revision), head)
    return {seed: found[seed][1] for seed in sorted(found)}


def trained_on(config: HeadConfig) -> str | None:
    """The data that the head's metadata names, "fg-rendered train, revision 924076a144c9"; None without."""
    named = "; ".join(map(str, training_data(config)))
    judged = JUDGED if config.metadata.get("judged_on_training") else ""
    return (named or "data that it does not name") + judged if named or judged else None


def training_data(config: HeadConfig) -> tuple[TrainingData, ...]:
    """The splits that the head's metadata says it was trained on, each once, with its parts where all are named."""
    data = config.metadata.get("data")
    stated = [data[name] for name in STATED if name in data] if isinstance(data, dict) else []
    parts: dict[TrainingData, list[str]] = {}
    for about in stated:
        if _names_data(about):
            parts.setdefault(_split(about), []).append(str(about.get("subset") or ""))
    return tuple(
        replace(split, subsets=tuple(dict.fromkeys(named)) if all(named) else ())
        for split, named in parts.items()
    )


def _names_data(about: object) -> bool:
    return isinstance(about, dict) and all(about.get(name) for name in ("benchmark", "split"))


def _split(about: dict[str, object]) -> TrainingData:
    revision = about.get("benchmark_revision")
    return TrainingData(str(about["benchmark"]), str(about["split"]), str(revision) if revision else None)


def _source(name: str, folder: Path) -> str:
    """Where the head is: a path in this project, a folder as it was given, or repo@commit."""
    folder = folder.resolve()
    if folder.is_relative_to(ROOT):
        return folder.relative_to(ROOT).as_posix()
    # The Hub's cache keeps a commit's files in snapshots/<commit>.
    return name if Path(name).is_dir() else f"{name}@{folder.name}"


def _seed_folders(folder: str) -> list[str]:
    inner = sorted(path for path in Path(folder).glob("seed-*") if path.is_dir())
    return [str(path) for path in inner] or [folder]


def _seed(name: str) -> int:
    recipe = read_config(find_head(name)).metadata.get("recipe")
    seed = recipe.get("seed") if isinstance(recipe, dict) else None
    if type(seed) is not int:
        raise ValueError(f"{name}: expected metadata that states the training's seed, got {seed!r}")
    return seed
