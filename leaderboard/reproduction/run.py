"""Which steps of a pipeline are wanted, and what is said at its end."""

from collections.abc import Collection

from heads.hub.repo_name import is_repo
from heads.io.atomic import replacing
from leaderboard.benchmarks.catalogue import BENCHMARKS
from leaderboard.records.files import load_results
from leaderboard.records.folders import RESULTS
from leaderboard.reproduction.figures import beside, to_markdown
from leaderboard.reproduction.pipeline import STAGES, Pipeline
from leaderboard.reproduction.stages.adapting_steps import adapting
from leaderboard.reproduction.stages.measuring_steps import detecting, documents, measuring, publishing
from leaderboard.reproduction.stages.training_steps import embedding, fetching, training
from leaderboard.reproduction.steps import Step


def steps_of(pipeline: Pipeline) -> list[Step]:
    """Every step of the pipeline, in order."""
    shared = publishing(pipeline, pipeline.organization) if pipeline.organization else []
    made = [*fetching(pipeline), *embedding(pipeline), *training(pipeline)]
    adapted = adapting(pipeline) if pipeline.adapters else []
    measured = [*measuring(pipeline), *detecting(pipeline), *adapted]
    return [*made, *measured, *documents(pipeline), *shared]


def chosen_steps(pipeline: Pipeline, stages: Collection[str]) -> list[Step]:
    """The steps of those stages. Raises ValueError when a stage, a head, the number of seeds or the organization is
    wrong, or an embedded backbone's heads have no checkout to go to.
    """
    if wrong := sorted(set(stages) - set(STAGES)):
        raise ValueError(f"steps: expected some of {', '.join(STAGES)}, got {', '.join(wrong)}")
    if set(stages) == {"detect"} and not pipeline.detectors:
        raise ValueError("detectors: expected some to be measured, as mini-owl or a Hub id, got none")
    if pipeline.adapters and not pipeline.embedded:
        raise ValueError(
            f"steps: adapt is of mini-clip, on clips that are drawn here, got {pipeline.backbone}"
        )
    if pipeline.benchmark not in BENCHMARKS:
        raise ValueError(
            f"benchmark: expected one of {', '.join(BENCHMARKS)}, got {pipeline.benchmark!r:.80}"
        )
    if pipeline.seeds < 2:
        raise ValueError(f"seeds: expected a whole number, at least 2, for a spread, got {pipeline.seeds}")
    if pipeline.organization is not None and not is_repo(f"{pipeline.organization}/name"):
        raise ValueError(
            f"publish: expected the name of an account on the Hub, got {pipeline.organization!r:.80}"
        )
    if pipeline.embedded and not pipeline.shipped.is_dir():
        raise ValueError(
            f"backbone: {pipeline.backbone} ships with a checkout: expected {pipeline.shipped} here, got none"
        )
    return [step for step in steps_of(pipeline) if step.stage in stages]


def write_figures(pipeline: Pipeline) -> str:
    """The figures beside the published ones, as they stand in the file figures.md beside the heads."""
    records, problems = load_results(pipeline.results)
    published = [] if pipeline.results == RESULTS else load_results(RESULTS)[0]
    lines = beside(pipeline, [*records, *published])
    path = pipeline.made / "figures.md"
    text = to_markdown(lines)
    with replacing(path) as aside:
        aside.write_text(text, encoding="utf-8")
    left_out = "".join(f"{one.file}: not a result: {one.reason}\n" for one in problems)
    return f"{text}{left_out}written to {path}"
