"""The steps that make heads: data, embeddings, trainings."""

from heads.hub.paper import PAPER as PUBLICATION
from heads.hub.paper import released_folder
from heads.io.cache import cache_folder
from leaderboard.embedding.engine import LEFT_OUT
from leaderboard.reproduction.pipeline import RELEASED, Pipeline
from leaderboard.reproduction.steps import Step
from leaderboard.reproduction.trainings import UNTRAINED, Training, Untrained

TRAINED_ON = "hard"
"""The subset of the second stage, as in the paper."""

ENCODING = (
    "fg_demo/boxes.py",
    "fg_demo/models/*.py",
    "leaderboard/embedding/*.py",
    "leaderboard/benchmarks/**/*.py",
)
TRAINING = tuple(
    f"heads/{name}"
    for name in (
        *("candidates.py", "head.py", "kinds/*.py", "scoring.py", "ties.py", "training/fit.py"),
        *("training/losses.py", "training/recipe.py", "training/steps.py"),
    )
)
"""Heads of other training code are made anew."""
DRAWING = ("leaderboard/rendered/**/*.py", "!leaderboard/rendered/mini_clip/*.py")
"""The training split is drawn anew only when what draws it has changed."""
SHIPPED_DATA = ("leaderboard/rendered/data/**/*.parquet", "fg_demo/mini_clip/*")
"""What the embedded benchmark and backbone are."""


def fetching(of: Pipeline) -> list[Step]:
    """What brings the data onto this machine, or draws them."""
    if of.embedded:
        drawn = str(cache_folder() / of.benchmark)
        command = ("leaderboard.rendered", "build", "--split", "train")
        return [Step("draw the training split", "fetch", command, writes=(drawn,), code=DRAWING)]
    steps = [_fetch_split(of, split) for split in ("train", "validation", "test")]
    if of.backbone == PUBLICATION.backbone:
        writes = tuple(str(released_folder() / name) for name in RELEASED)
        steps.append(
            Step("fetch the authors' heads", "fetch", ("heads", "released", *RELEASED), writes=writes)
        )
    return steps


def _fetch_split(of: Pipeline, split: str) -> Step:
    receipt = of.receipt(split)
    subsets = () if split == "test" else ("--subsets", TRAINED_ON)
    command = ("leaderboard.reproduction", "fetch", *of.on(split), *subsets, "--output", receipt)
    return Step(f"fetch {split}", "fetch", command, writes=(receipt,))


def embedding(of: Pipeline) -> list[Step]:
    """What encodes crops and captions for training, each once."""
    return [_embed_split(of, split) for split in ("train", "validation")]


def _embed_split(of: Pipeline, split: str) -> Step:
    output = str(of.embeddings / split)
    files = ("--subsets", TRAINED_ON, "--swaps", "--values", "--output", output)
    given = (*of.on(split), *files, *of.on_device())
    reads = (str(cache_folder() / of.benchmark),) if of.embedded else (of.receipt(split),)
    code = (*ENCODING, *(SHIPPED_DATA if of.embedded else ()))
    without = str(of.embeddings / split / LEFT_OUT)
    command = ("leaderboard", "embed", *given)
    return Step(f"embed {split}", "embed", command, reads, (output,), code, left_out=without)


def training(of: Pipeline) -> list[Step]:
    """What trains every head, of every seed."""
    steps = [_training(of, one) for one in of.trainings]
    return steps if of.chosen else [*steps, *(_untrained(of, one) for one in UNTRAINED)]


def _untrained(of: Pipeline, one: Untrained) -> Step:
    output = str(of.shipped / of.named(one.name))
    given = [part for flag, name in one.files.items() for part in (flag, of.file(name))]
    command = ("heads", one.command, *given, "--output", output)
    return Step(one.command, "train", command, tuple(map(of.file, one.files.values())), (output,), TRAINING)


def _training(of: Pipeline, one: Training) -> Step:
    files = {
        "--pairs": "train/captions",
        "--hard": one.hard,
        "--validation": "validation/hard",
        "--validation-pairs": "validation/captions",
    }
    given = [part for flag, name in files.items() for part in (flag, of.file(name))]
    outputs = [str(of.made / one.name), *([str(of.made / one.warm_up)] if one.between else [])]
    where = ("--resume", "--seeds", str(of.seeds), "--output", outputs[0])
    between = ("--warm-up-output", outputs[1]) if one.between else ()
    command = ("heads", "train", *where, *given, *one.arguments(), *between, *of.on_device())
    reads = tuple(map(of.file, files.values()))
    return Step(f"train {one.name}", "train", command, reads, tuple(outputs), TRAINING, resumes=True)
