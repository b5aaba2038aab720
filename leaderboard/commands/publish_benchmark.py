"""`python -m leaderboard publish-benchmark`."""

import argparse
import re
import sys
from pathlib import Path
from typing import Any

from leaderboard.publishing.check import check_source
from leaderboard.publishing.push import EVAL, plan, push, written


def add_publish_benchmark(commands: Any) -> None:
    """Adds the command to the parser's."""
    command = commands.add_parser(
        "publish-benchmark",
        help="check a benchmark's rows and push them to the Hub as a dataset",
        description="Checks every row, writes Parquet files, dataset card and eval.yaml, shows what would be "
        "pushed, asks, and pushes in one commit. Annotations only, unless --images.",
    )
    command.add_argument("source", help="a benchmark, a folder of annotation files or a Hub dataset")
    command.add_argument("--repo", required=True, help="dataset repo to push to, owner/name")
    command.add_argument("--splits", default="test", help="comma-separated; default: test")
    command.add_argument("--images", action="store_true", help="push the pixels too; mind who owns them")
    command.add_argument("--private", action="store_true", help="make a new repo private")
    command.add_argument("--dry-run", action="store_true", help="check and show, push nothing")
    command.add_argument("--output", type=Path, help="keep what is pushed in this new folder")
    command.add_argument("--yes", action="store_true", help="push without asking")
    command.set_defaults(run=publish_benchmark_command)


def publish_benchmark_command(options: argparse.Namespace) -> int:
    """0 when pushed, or shown with --dry-run; 1 when the answer was no."""
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", options.repo):
        raise ValueError(f"--repo: expected owner/name, got {options.repo!r}")
    if options.output and options.output.exists():
        raise ValueError(f"--output: expected a folder that does not exist yet, got {options.output}")
    parts = check_source(options.source, options.splits.split(","))
    with written(options, parts) as folder:
        print(plan(options.source, parts, folder, options.repo, options.images))
        if options.dry_run:
            print("nothing pushed (--dry-run)")
            return 0
        if not options.yes and not _agreed():
            print("nothing pushed")
            return 1
        pushed = push(folder, options.repo, options.private)
        print(f"pushed to {pushed.url}")
        if pushed.without_eval:
            print(f"{EVAL} was left out, since the Hub refused it: {pushed.without_eval}", file=sys.stderr)
    return 0


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise ValueError("--yes: expected, since nobody can be asked here whether to push")
    return input("push? [y/N] ").strip().lower() in ("y", "yes")
