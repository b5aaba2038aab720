"""`python -m leaderboard refresh`: bring the results dataset up to date with the heads on the Hub."""

import argparse
from collections.abc import Sequence

from heads.commands.program import DONE, INCOMPLETE
from heads.io.device import DEVICES
from leaderboard.flags import add_results_dataset


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    add_results_dataset(parser)
    parser.add_argument("--limit", type=int, metavar="N", help="at most so many new heads")
    parser.add_argument("--dry-run", action="store_true", help="find and vet, measure and write nothing")
    parser.add_argument("--benchmark", default="fg-rendered", help="what to measure on; %(default)s")
    parser.add_argument("--split", default="test", help="%(default)s")
    parser.add_argument("--revision", help="commit of a Hub benchmark")
    # Those of `remeasure.BACKBONES`, which imports torch.
    words = (
        "backbone that heads may be made for, once for each; default: mini-clip, openai/clip-vit-base-patch16"
    )
    parser.add_argument("--backbone", dest="backbones", action="append", metavar="NAME", help=words)
    words = "where to embed; heads are always scored on the CPU"
    parser.add_argument("--device", default="auto", choices=DEVICES, help=words)


def run(
    results_dataset: str | None = None,
    limit: int | None = None,
    dry_run: bool = False,
    benchmark: str = "fg-rendered",
    split: str = "test",
    revision: str | None = None,
    backbones: Sequence[str] | None = None,
    device: str = "auto",
) -> int:
    """The exit status: INCOMPLETE when some head could not be tried and should be tried again."""
    from heads.hub.client import HUB_ERRORS, RAW_ERRORS, reason
    from leaderboard.benchmarks.split import open_split
    from leaderboard.embedding.progress import ProgressBars, silence_off_terminal
    from leaderboard.submissions.dataset import named_dataset
    from leaderboard.submissions.examine import RefreshSettings
    from leaderboard.submissions.refresh import refresh
    from leaderboard.submissions.remeasure import BACKBONES, LimitedEvaluator
    from leaderboard.submissions.results import summary

    if limit is not None and limit < 1:
        raise ValueError(f"limit: expected a whole number, at least 1, got {limit}")
    silence_off_terminal()
    settings = RefreshSettings(named_dataset(results_dataset), limit, dry_run)
    opened = open_split(benchmark, split, revision)
    try:
        with ProgressBars() as progress:
            evaluator = LimitedEvaluator(opened, backbones or BACKBONES, device, progress)
            results = refresh(settings, evaluator, report=lambda line: print(line, flush=True))
    except HUB_ERRORS as error:
        of = f"{settings.dataset}: " if isinstance(error, RAW_ERRORS) else ""
        raise ValueError(f"{of}{reason(error)}") from error
    print(f"{settings.dataset}: {summary(results)}")
    failed = [result for result in results if result.status == "failed"]
    if failed:
        print(f"{len(failed)} could not be tried; the same command again tries them again")
    return INCOMPLETE if failed else DONE
