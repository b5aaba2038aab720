"""`python -m leaderboard reproduce`: from real addresses to heads, records and a table beside the published figures."""

import argparse
import sys
from pathlib import Path

from heads.commands.program import DONE, INCOMPLETE
from heads.io.device import DEVICES
from leaderboard.flags import add_results
from leaderboard.records.folders import RESULTS

STAGES = ("fetch", "embed", "train", "evaluate", "detect", "adapt", "documents", "publish")
"""Those of `leaderboard.reproduction.pipeline`, which imports torch."""


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    parser.description = (
        "One pipeline: fetch, embed, train every head and stage, evaluate with all controls, write records, cards and "
        "tables. Killed at any moment, the same command goes on; what has been done on files of the same content is "
        "not done again."
    )
    parser.add_argument("--backbone", required=True, help="mini-clip, a Hub id or a folder")
    words = "what heads are trained and measured on; default: fg-rendered for mini-clip, else fg-ovd"
    parser.add_argument("--benchmark", help=words)
    words = "some of the trainings, comma-separated, as linear,mlp; default: all, and the heads that train nothing"
    parser.add_argument("--heads", metavar="NAMES", help=words)
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="of each training; %(default)s")
    words = f"some of the stages, comma-separated: {', '.join(STAGES)}; default: all but adapt"
    parser.add_argument("--steps", metavar="STAGES", help=words)
    words = (
        "detectors to be measured on the same regions, comma-separated: mini-owl, Hub ids or folders; none"
    )
    parser.add_argument("--detectors", metavar="NAMES", help=words)
    words = "at the end, push benchmark, embeddings, heads and results to repositories of this account"
    parser.add_argument("--publish", metavar="ORG", help=words)
    words = "print the plan: commands, sources, sizes, disk, time, and what is there already"
    parser.add_argument("--dry-run", action="store_true", help=words)
    parser.add_argument("--device", default="auto", choices=DEVICES)
    add_results(parser)


def run(
    backbone: str,
    benchmark: str | None = None,
    heads: str | None = None,
    seeds: int = 3,
    steps: str | None = None,
    detectors: str | None = None,
    publish: str | None = None,
    dry_run: bool = False,
    device: str = "auto",
    results: Path = RESULTS,
) -> int:
    """Prints the plan and carries it out; returns the exit status: not that of success when a step had to leave images
    out, which are named at the end. Raises ValueError for a flag that is wrong, OSError
    when the disk will not hold it or a step does not end well; then the same command goes on from there.
    """
    from fg_demo.models.clip import MINI_CLIP
    from heads.io.device import resolve_device
    from leaderboard.reproduction import plan
    from leaderboard.reproduction.estimate import measured_rates, sizes_of
    from leaderboard.reproduction.pipeline import Pipeline
    from leaderboard.reproduction.run import chosen_steps, write_figures
    from leaderboard.reproduction.steps import StepsDone, left_out, run_steps
    from leaderboard.reproduction.subprocesses import run_module

    named = benchmark or ("fg-rendered" if backbone == MINI_CLIP else "fg-ovd")
    chosen, looking = (tuple(names.split(",")) if names else () for names in (heads, detectors))
    stages = steps.split(",") if steps else [stage for stage in STAGES if stage != "adapt"]
    pipeline = Pipeline(
        *(backbone, named, device, seeds, chosen, publish, results),
        detectors=looking,
        adapters="adapt" in stages,
    )
    wanted = chosen_steps(pipeline, stages)
    progress = StepsDone(pipeline.made / "steps")
    sizes = sizes_of(backbone)
    rates = measured_rates(resolve_device(device), sizes)
    print(plan.described(pipeline, wanted, progress, rates, sizes), flush=True)
    if dry_run:
        return DONE
    plan.check_disk(pipeline, wanted, progress, sizes)
    run_steps(wanted, progress, run_module, lambda line: print(f"\n== {line}", file=sys.stderr, flush=True))
    if any(step.stage == "evaluate" for step in wanted):
        print(write_figures(pipeline))
    without = left_out(wanted)
    print(*without, sep="\n", end="\n" if without else "", file=sys.stderr)
    return INCOMPLETE if without else DONE
