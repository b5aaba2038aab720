"""`python -m heads push`: a head to the Hub."""

import argparse
import sys
from pathlib import Path

from heads.hub.download import is_repo
from heads.hub.push import push_head
from heads.hub.push_files import push_files
from heads.persistence.card import CARD_NAME
from heads.vetting.vet import vet_folder


def add_push(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command's flags."""
    words = "push a head to the Hugging Face Hub, in one commit; the same again changes nothing"
    command = commands.add_parser("push", help=words, description=f"{words.capitalize()}.")
    command.set_defaults(run=push)
    command.add_argument("folder", type=Path, help="the head's folder, as `heads train` writes it")
    command.add_argument(
        "--repo", required=True, metavar="USER/NAME", help="repository; made if there is none"
    )
    words = "result record of the head, as `leaderboard evaluate` writes it, for the card"
    command.add_argument("--record", type=Path, metavar="FILE", help=words)
    words = "your own README.md in place of the written one; missing metadata are filled in"
    command.add_argument("--card", type=Path, metavar="FILE", help=words)
    command.add_argument("--private", action="store_true", help="make the repository private")
    command.add_argument("--branch", help="push to this branch, made if there is none; main")
    command.add_argument("--create-pr", action="store_true", help="open a pull request instead")
    words = "show every file with its size, and the card; ask nothing of the Hub"
    command.add_argument("--dry-run", action="store_true", help=words)


def push(options: argparse.Namespace) -> int:
    """The exit status of `python -m heads push`."""
    if options.dry_run:
        return _show(options)
    done = push_head(
        options.folder,
        options.repo,
        private=options.private,
        branch=options.branch,
        create_pr=options.create_pr,
        record=options.record,
        own_card=options.card,
        report=lambda line: print(line, file=sys.stderr),
    )
    found = vet_folder(options.folder)
    if not found.passed:
        print(f"note: a leaderboard would not take it: {found.reason}", file=sys.stderr)
    print(done.pull_request or done.url)
    return 0


def _show(options: argparse.Namespace) -> int:
    if not is_repo(options.repo):
        raise ValueError(f"repo: expected owner/name, got {options.repo!r:.100}")
    files = push_files(options.folder, options.repo, options.record, options.card)
    for path, data in sorted(files.items()):
        print(f"{len(data):>12,} bytes  {path}")
    print(f"{sum(map(len, files.values())):>12,} bytes  in one commit to {options.repo}\n")
    print(files[CARD_NAME].decode())
    return 0
