"""`python -m leaderboard refresh`: bring the results dataset up to date with the heads on the Hub."""

import argparse

from heads.hub.client import HUB_ERRORS, RAW_ERRORS, reason
from leaderboard.benchmarks.source import Source
from leaderboard.commands.submit import add_dataset
from leaderboard.embedding.progress import ProgressBars
from leaderboard.submissions.dataset import named_dataset
from leaderboard.submissions.examine import Settings
from leaderboard.submissions.refresh import refresh
from leaderboard.submissions.remeasure import BACKBONES, LimitedEvaluator
from leaderboard.submissions.results import summary


def add_refresh(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command's flags."""
    words = "vet and measure the new heads on the Hub, and write their records to the results dataset"
    command = commands.add_parser("refresh", help=words, description=f"{words[0].upper()}{words[1:]}.")
    command.set_defaults(run=run_refresh)
    add_dataset(command)
    command.add_argument("--limit", type=int, metavar="N", help="at most so many new heads")
    command.add_argument("--dry-run", action="store_true", help="find and vet, measure and write nothing")
    command.add_argument("--benchmark", default="fg-rendered", help="what to measure on; %(default)s")
    command.add_argument("--split", default="test", help="%(default)s")
    command.add_argument("--revision", help="commit of a Hub benchmark")
    words = f"backbone that heads may be made for, once for each; default: {', '.join(BACKBONES)}"
    command.add_argument("--backbone", action="append", metavar="NAME", help=words)
    words = "where to embed; heads are always scored on the CPU"
    command.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"), help=words)


def run_refresh(options: argparse.Namespace) -> int:
    """The exit status: 0, or 1 when some head could not be tried and should be tried again."""
    if options.limit is not None and options.limit < 1:
        raise ValueError(f"limit: expected a whole number, at least 1, got {options.limit}")
    settings = Settings(named_dataset(options), options.limit, options.dry_run)
    source = Source(options.benchmark, options.split, options.revision)
    try:
        with ProgressBars() as progress:
            evaluator = LimitedEvaluator(source, options.backbone or BACKBONES, options.device, progress)
            outcomes = refresh(settings, evaluator, report=lambda line: print(line, flush=True))
    except HUB_ERRORS as error:
        of = f"{settings.dataset}: " if isinstance(error, RAW_ERRORS) else ""
        raise ValueError(f"{of}{reason(error)}") from error
    print(f"{settings.dataset}: {summary(outcomes)}")
    failed = [outcome for outcome in outcomes if outcome.result == "failed"]
    if failed:
        print(f"{len(failed)} could not be tried; the same command again tries them again")
    return 1 if failed else 0
