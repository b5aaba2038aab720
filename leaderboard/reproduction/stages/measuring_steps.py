"""The steps that measure heads and share what came out: records, tables, repositories."""

from collections.abc import Sequence

from heads.hub.paper import PAPER as PUBLICATION
from heads.hub.paper import released_folder
from heads.training.recipe import PAPER
from leaderboard.records.files import slug
from leaderboard.records.folders import BALANCED, IN_DATASET, RESULTS
from leaderboard.reproduction.pipeline import RELEASED, Pipeline, recorded_name
from leaderboard.reproduction.stages.training_steps import ENCODING, SHIPPED_DATA
from leaderboard.reproduction.steps import NEWEST, Step
from leaderboard.reproduction.trainings import UNTRAINED

MEASURING = (
    *("heads/candidates.py", "heads/head.py", "heads/kinds/*.py", "heads/scoring.py", "heads/ties.py"),
    *("leaderboard/evaluation/*.py", "leaderboard/records/*.py", *ENCODING),
)
"""Heads are measured anew by other code."""
DETECTING = (*MEASURING, "fg_demo/models/detectors/*.py", "leaderboard/evaluation/detection/*.py")


def measuring(of: Pipeline) -> list[Step]:
    """What gives each head its name and its record, and what is known without images."""
    steps = [_measure(of, "cosine", "cosine", ())]
    if not of.chosen:
        steps += [_measure(of, *of.head(one.name), ()) for one in UNTRAINED]
    for name in of.trained():
        folder, head = str(of.made / name), of.head(name)
        seed = str(of.made / name / f"seed-{PAPER.seed}")
        target = str(of.shipped / of.named(name))
        copy = ("heads", "copy", seed, "--output", target)
        steps += [
            Step(f"name {name}", "evaluate", copy, (seed,), (target,)),
            _measure(of, *head, ("--seed-heads", folder)),
        ]
    if of.backbone == PUBLICATION.backbone and not of.chosen:
        steps += [_measure(of, name, str(released_folder() / name), ()) for name in RELEASED]
    return [*steps, *_controls(of)]


def _measure(of: Pipeline, name: str, head: str, others: Sequence[str]) -> Step:
    """`name` is what the record calls the head, `head` what the command is told."""
    folder = str(of.shipped / name) if of.embedded else head
    reads = () if name == "cosine" else (folder, *(one for one in others if not one.startswith("-")))
    reads = reads if of.embedded else (*reads, of.receipt("test"))
    code = (*MEASURING, *(SHIPPED_DATA if of.embedded else ()))
    where = () if of.results == RESULTS else ("--results", str(of.results))
    command = (
        "leaderboard",
        "evaluate",
        *of.on("test")[:-2],
        "--head",
        head,
        *others,
        *where,
        *of.on_device(),
    )
    return Step(f"evaluate {name}", "evaluate", command, reads, (of.record(name),), code)


def _controls(of: Pipeline) -> list[Step]:
    """What there is to gain without looking: word n-grams, on the embedded benchmark fitted on the validation split; and
    the weights of the test split's items under which they are at chance.
    """
    fitted = ("--fitted-on", "validation") if of.embedded else ()
    on = ("--benchmark", of.benchmark, *fitted)
    own = of.results != RESULTS
    records = ("--results", str(of.results)) if own else ()
    weights = of.build / "balanced" if own else BALANCED
    output = ("--output", str(weights)) if own else ()
    reads = () if of.embedded else (of.receipt("test"),)
    code = (*MEASURING, *(SHIPPED_DATA if of.embedded else ()))
    texts = str(of.results / f"{slug(of.benchmark)}--test--none--*.json")
    balanced = str(weights / f"{slug(of.benchmark)}--test--*.json")
    return [
        Step("text only", "evaluate", ("leaderboard", "text-only", *on, *records), reads, (texts,), code),
        Step("balance", "evaluate", ("leaderboard", "balance", *on, *output), reads, (balanced,), code),
    ]


def detecting(of: Pipeline) -> list[Step]:
    """What finds the regions of the test split with each detector, and measures what it says of them."""
    return [_detect(of, detector) for detector in of.detectors]


def _detect(of: Pipeline, detector: str) -> Step:
    where = () if of.results == RESULTS else ("--results", str(of.results))
    on = ("--detector", detector, "--benchmark", of.benchmark, "--split", "test")
    reads = () if of.embedded else (of.receipt("test"),)
    record = str(of.results / f"{slug(of.benchmark)}--test--{slug(recorded_name(detector))}--*.json")
    code = (*DETECTING, *(SHIPPED_DATA if of.embedded else ()))
    command = ("leaderboard", "detect", *on, *where, *of.on_device())
    return Step(f"detect {detector}", "detect", command, reads, (record,), code)


def documents(of: Pipeline) -> list[Step]:
    """The tables of README and docs, of the checkout whose heads these are."""
    if not of.embedded or of.chosen or of.results != RESULTS:
        return []
    written = ("README.md", "docs/results.md", "docs/adapters.md")
    return [Step("documents", "documents", ("docs.generate",), (str(of.results / "*.json"),), written)]


def publishing(of: Pipeline, organization: str) -> list[Step]:
    """What shares benchmark, embeddings, heads and results under an account."""
    images = ("--images",) if of.embedded else ()
    splits = ("--splits", "train,validation,test")
    benchmark = (
        "leaderboard",
        "publish-benchmark",
        of.benchmark,
        "--repo",
        f"{organization}/{of.benchmark}",
    )
    upload, dataset = ("huggingface_hub.cli.hf", "upload"), ("--repo-type", "dataset")
    embeddings = f"{organization}/{of.benchmark}-embeddings-{of.short}"
    records = ("--include", f"{slug(of.benchmark)}--test--{slug(of.backbone)}--*.json")
    return [
        Step("publish the benchmark", "publish", (*benchmark, *splits, *images, "--yes")),
        Step(
            "publish the embeddings",
            "publish",
            (*upload, embeddings, str(of.embeddings), ".", *dataset),
            tuple(str(of.embeddings / split) for split in ("train", "validation")),
        ),
        *(_publish_head(of, organization, name) for name in of.trained()),
        Step(
            "publish the results",
            "publish",
            (*upload, f"{organization}/results", str(of.results), IN_DATASET, *dataset, *records),
            (of.record("*"),),
        ),
    ]


def _publish_head(of: Pipeline, organization: str, name: str) -> Step:
    folder, record = str(of.shipped / of.named(name)), of.record(of.named(name))
    command = (
        "heads",
        "push",
        folder,
        "--repo",
        f"{organization}/{of.named(name)}",
        "--record",
        NEWEST + record,
    )
    return Step(f"publish {name}", "publish", command, (folder, record))
