"""The steps that adapt the embedded backbone in FiGCLIP's manner, from some seeds, and measure what came out."""

from fg_demo.models.adapter import joint_name
from heads.io.cache import cache_folder
from heads.training.recipe import PAPER
from leaderboard.records.files import slug
from leaderboard.records.folders import RESULTS
from leaderboard.reproduction.pipeline import Pipeline
from leaderboard.reproduction.stages.measuring_steps import MEASURING
from leaderboard.reproduction.stages.training_steps import DRAWING, SHIPPED_DATA, TRAINED_ON
from leaderboard.reproduction.steps import Step

NAME = "figclip"
TRAINING_CLIPS, CHOOSING_CLIPS, MEASURED_CLIPS = 1000, 60, 160
"""Clips that are trained on; the first of the validation clips choose the epoch, those after them are measured."""
TELLING_CLIPS = 300
"""Those of the training clips that stand beside the measured ones, for their verbs and for the text-only control."""
CAPTIONS = 5
"""Captions of each whole image, all that there are; settings are mini-clip's own."""
ALPHA = "64"
"""What the adapter ships at."""
CLIPS = "fg-rendered-clips"
"""The benchmark's name, after its folder."""
ADAPTING = ("fg_demo/adaptation/**/*.py", "fg_demo/boxes.py", "fg_demo/models/*.py", *SHIPPED_DATA)
MEASURING_CLIPS = (*MEASURING, "leaderboard/evaluation/clips/*.py", "fg_demo/adaptation/*.py", *SHIPPED_DATA)


def adapting(of: Pipeline) -> list[Step]:
    """Regions and clips, an adapter of each seed, the first under its own name among those that ship, and records of each
    and of the backbone alone.
    """
    seeds = range(PAPER.seed, PAPER.seed + of.seeds)
    made = [step for seed in seeds for step in (_adapt(of, seed), _ship(of, seed))]
    measured = [step for seed in seeds for step in (_measure(of, seed), _measure_clips(of, seed))]
    return [*_data(of), *made, _measure_clips(of, None), *measured]


def _folder(of: Pipeline, *names: str) -> str:
    return str(of.build.joinpath("adapters", *names))


def _named(of: Pipeline, seed: int) -> str:
    """The first seed's adapter has no number."""
    return f"{NAME}-{of.short}" if seed == PAPER.seed else f"{NAME}-{of.short}-{seed}"


def _shipped(of: Pipeline, seed: int) -> str:
    named = _named(of, seed)
    return f"fg_demo/adapters/{named}" if seed == PAPER.seed else _folder(of, "shipped", named)


def _data(of: Pipeline) -> list[Step]:
    regions, trained, measured = _folder(of, "regions"), _folder(of, "clips"), _folder(of, CLIPS)
    on = ("--benchmark", of.benchmark, "--split", "train", "--subsets", TRAINED_ON)
    export = ("leaderboard", "export-regions", *on, "--captions", str(CAPTIONS))
    drawn = str(cache_folder() / of.benchmark)
    return [
        Step("regions to adapt on", "adapt", (*export, "--output", regions), (drawn,), (regions,)),
        _clips("clips to adapt on", trained, "train", TRAINING_CLIPS),
        _clips("clips that choose", trained, "valid", CHOOSING_CLIPS),
        _clips("clips of the verbs that are told", measured, "train", TELLING_CLIPS),
        _clips("clips that are measured", measured, "valid", MEASURED_CLIPS, CHOOSING_CLIPS),
    ]


def _clips(name: str, folder: str, split: str, count: int, skip: int = 0) -> Step:
    amount = ("--clips", str(count), "--skip", str(skip))
    command = ("leaderboard.rendered", "clips", "--split", split, *amount, "--output", folder)
    return Step(name, "adapt", command, writes=(folder,), code=DRAWING)


def _adapt(of: Pipeline, seed: int) -> Step:
    folder, regions, clips = _folder(of, f"{NAME}-{seed}"), _folder(of, "regions"), _folder(of, "clips")
    data = ("--vidsitu", clips, "--frames", f"{clips}/frames", "--regions", f"{regions}/regions.csv")
    where = ("--output", folder, "--backbone", of.backbone, "--seed", str(seed), "--resume")
    command = ("fg_demo", "adapt", *where, *data, *of.on_device())
    writes = (folder, f"{folder}.progress.safetensors")
    return Step(f"adapt {seed}", "adapt", command, (regions, clips), writes, ADAPTING, resumes=True)


def _ship(of: Pipeline, seed: int) -> Step:
    folder, shipped = _folder(of, f"{NAME}-{seed}"), _shipped(of, seed)
    command = ("fg_demo", "rescale-adapter", folder, "--alpha", ALPHA, "--output", shipped)
    return Step(f"ship adapter {seed}", "adapt", command, (folder,), (shipped,))


def _adapter(of: Pipeline, seed: int) -> tuple[str, str]:
    """Flags: the adapter, by its name where it ships with the project."""
    return "--adapter", _named(of, seed) if seed == PAPER.seed else _shipped(of, seed)


def _measure(of: Pipeline, seed: int) -> Step:
    on = (*of.on("test")[:-2], *_adapter(of, seed), "--head", "cosine")
    command = ("leaderboard", "evaluate", *on, *_results(of), *of.on_device())
    record = _record(of, of.benchmark, "test", _named(of, seed))
    code = (*MEASURING, *SHIPPED_DATA)
    return Step(f"evaluate adapter {seed}", "adapt", command, (_shipped(of, seed),), (record,), code)


def _measure_clips(of: Pipeline, seed: int | None) -> Step:
    """Of the adapter of a seed, or of the backbone alone."""
    clips = _folder(of, CLIPS)
    on = ("--backbone", of.backbone, *(() if seed is None else _adapter(of, seed)), "--clips", clips)
    command = ("leaderboard", "evaluate-clips", *on, "--captions", "short", *_results(of), *of.on_device())
    reads = (clips,) if seed is None else (clips, _shipped(of, seed))
    record = _record(of, CLIPS, "valid", None if seed is None else _named(of, seed))
    which = "backbone" if seed is None else f"adapter {seed}"
    return Step(f"evaluate {which} on clips", "adapt", command, reads, (record,), MEASURING_CLIPS)


def _record(of: Pipeline, benchmark: str, split: str, adapter: str | None) -> str:
    parts = [slug(part) for part in (benchmark, split, joint_name(of.recorded, adapter), "cosine")]
    return str(of.results / "--".join([*parts, "*.json"]))


def _results(of: Pipeline) -> tuple[str, ...]:
    return () if of.results == RESULTS else ("--results", str(of.results))
