"""`python -m leaderboard publish-benchmark`: a benchmark's rows as a dataset on the Hub."""

import argparse
import sys
from pathlib import Path

from heads.commands.program import DONE, INCOMPLETE
from heads.hub.repo_name import is_repo


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    parser.description = (
        "Checks every row, writes Parquet files, dataset card and eval.yaml, shows what would be "
        "pushed, asks, and pushes in one commit. Annotations only, unless --images."
    )
    parser.add_argument("source", help="a benchmark, a folder of annotation files or a Hub dataset")
    parser.add_argument("--repo", required=True, help="dataset repo to push to, owner/name")
    parser.add_argument("--splits", default="test", help="comma-separated; default: test")
    parser.add_argument("--images", action="store_true", help="push the pixels too; mind who owns them")
    parser.add_argument("--private", action="store_true", help="make a new repo private")
    parser.add_argument("--dry-run", action="store_true", help="check and show, push nothing")
    parser.add_argument("--output", type=Path, help="keep what is pushed in this new folder")
    parser.add_argument("--yes", action="store_true", help="push without asking")


def run(
    source: str,
    repo: str,
    splits: str = "test",
    images: bool = False,
    private: bool = False,
    dry_run: bool = False,
    output: Path | None = None,
    yes: bool = False,
) -> int:
    """The exit status: DONE when pushed, or shown with `dry_run`; INCOMPLETE when the answer was no."""
    from leaderboard.embedding.progress import silence_off_terminal
    from leaderboard.publishing.check import check_source
    from leaderboard.publishing.push import EVAL, plan, push, written

    silence_off_terminal()
    if not is_repo(repo):
        raise ValueError(f"--repo: expected owner/name, got {repo!r}")
    if output and output.exists():
        raise ValueError(f"--output: expected a folder that does not exist yet, got {output}")
    parts = check_source(source, splits.split(","))
    with written(repo, parts, images, output) as folder:
        print(plan(parts, folder, repo, images))
        if dry_run:
            print("nothing pushed (--dry-run)")
            return DONE
        if not yes and not _agreed():
            print("nothing pushed")
            return INCOMPLETE
        pushed = push(folder, repo, private)
        print(f"pushed to {pushed.url}")
        if pushed.without_eval:
            print(f"{EVAL} was left out, since the Hub refused it: {pushed.without_eval}", file=sys.stderr)
    return DONE


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise ValueError("--yes: expected, since nobody can be asked here whether to push")
    return input("push? [y/N] ").strip().lower() in ("y", "yes")
