"""What a reproduction will do, before it does anything: sources, sizes, disk, time, and what is there already."""

from collections.abc import Sequence

from heads.io.cache import cache_folder
from heads.io.text_table import TextColumn, text_table
from leaderboard.benchmarks.catalogue import BENCHMARKS
from leaderboard.reproduction.amounts import FETCHED, Amount, Need, amount_of, need_of, shown_bytes
from leaderboard.reproduction.doctor import CLIP_WEIGHTS, free_bytes
from leaderboard.reproduction.estimate import NETWORK, Rates, Sizes, shown_seconds
from leaderboard.reproduction.pipeline import Pipeline
from leaderboard.reproduction.steps import Step, StepsDone

DRAWN = {
    ("fg-rendered", "train"): Amount(0, 24_000, 240_000),
    ("fg-rendered", "validation"): Amount(0, 1_200, 12_000),
    ("fg-rendered", "test"): Amount(0, 4_000, 45_000),
}
"""About what the embedded benchmark's splits take to encode."""
LATER = "to do"
"""What is said of a step that reads what is not there yet."""


def splits_of(pipeline: Pipeline) -> list[tuple[str, str]]:
    """Benchmark and split of all that is read, those that captions are borrowed from included."""
    row = BENCHMARKS.get(pipeline.benchmark)
    names = [pipeline.benchmark, *([row.captions] if row and row.captions else [])]
    return [(name, split) for split in ("train", "validation", "test") for name in names]


def standing_of(step: Step, progress: StepsDone) -> str:
    """Whether the step is done, also when what it reads is not there yet."""
    try:
        return progress.standing(step)
    except FileNotFoundError:
        return LATER


def described(
    pipeline: Pipeline, steps: Sequence[Step], progress: StepsDone, rates: Rates, sizes: Sizes
) -> str:
    """The plan as text."""
    standings = {step.name: standing_of(step, progress) for step in steps}
    rows = [[step.name, standings[step.name], f"python -m {' '.join(step.command)}"] for step in steps]
    columns = [TextColumn("step", left=True), TextColumn("", left=True), TextColumn("command", left=True)]
    left = {step.stage for step in steps if standings[step.name] != "done"}
    return "\n".join(
        [text_table(columns, rows), "", *_sources(pipeline), *_sums(pipeline, left, rates, sizes)]
    )


def check_disk(pipeline: Pipeline, steps: Sequence[Step], progress: StepsDone, sizes: Sizes) -> None:
    """Nothing, or OSError when something is still to be fetched and the disk would not hold it."""
    if all(standing_of(step, progress) == "done" for step in steps if step.stage in ("fetch", "embed")):
        return
    need, free = _need(pipeline, sizes), free_bytes(cache_folder())
    if free < need.kept - _there():
        raise OSError(
            f"disk: expected {shown_bytes(need.kept - _there())} free in {cache_folder()}, got {shown_bytes(free)}; "
            "name a larger disk by FG_CACHE, and COCO's images, if you have them, by FG_IMAGES"
        )


def _sources(pipeline: Pipeline) -> list[str]:
    lines = []
    for name, split in splits_of(pipeline):
        row, amount = BENCHMARKS.get(name), FETCHED.get((name, split))
        if row is None or amount is None:
            continue
        what = f"{amount.images:,} images, {shown_bytes(amount.files)} of rows"
        lines.append(
            f"{name} {split}: at most {what}, from {row.path}@{str(row.revision)[:7]}; images from COCO"
        )
    return lines or [f"{pipeline.benchmark}: in this repository or drawn here; nothing is fetched"]


def _sums(pipeline: Pipeline, left: set[str], rates: Rates, sizes: Sizes) -> list[str]:
    need, free = _need(pipeline, sizes), free_bytes(cache_folder())
    amount = amount_of(splits_of(pipeline))
    for part in splits_of(pipeline):
        amount = amount.plus(DRAWN.get(part, Amount()))
    encoding = rates.seconds(amount, sizes)
    of = "ViT-B/16, since the backbone's own sizes are not here yet" if sizes.assumed else pipeline.backbone
    return [
        f"disk: at most {shown_bytes(need.kept)} in {cache_folder()}, of which {shown_bytes(_there())} are there; "
        f"{shown_bytes(free)} free",
        f"fetch: at most {shown_bytes(need.fetched)}, {shown_seconds(need.fetched / NETWORK)} at "
        f"{shown_bytes(NETWORK)}/s" + ("" if "fetch" in left else "; done"),
        f"embed: at most {amount.crops:,} crops and {amount.captions:,} captions, about {shown_seconds(encoding)} by "
        f"what this machine multiplied ({rates.operations / 1e12:.2f} TFLOP/s) and resized "
        f"({rates.preprocessed:,.0f} crops/s on each of {rates.cores} cores) just now, for {of}"
        + ("" if "embed" in left else "; done"),
    ]


def _need(pipeline: Pipeline, sizes: Sizes) -> Need:
    weights = 0 if pipeline.embedded else CLIP_WEIGHTS
    return need_of(amount_of(splits_of(pipeline)), sizes.dim, weights)


def _there() -> int:
    """Bytes of images that the cache holds already."""
    return sum(file.stat().st_size for file in (cache_folder() / "images").rglob("*") if file.is_file())
