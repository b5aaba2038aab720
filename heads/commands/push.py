"""`python -m heads push`: a head to the Hub."""

import argparse
import sys
from pathlib import Path

from heads.commands.program import DONE
from heads.hub.push import push_head
from heads.hub.push_files import push_files
from heads.hub.repo_name import check_repo
from heads.hub.upload import listed
from heads.persistence.card import CARD_NAME
from heads.vetting.vet import vet_folder


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    parser.add_argument("folder", type=Path, help="the head's folder, as `heads train` writes it")
    add_repository(parser)
    words = "result record of the head, as `leaderboard evaluate` writes it, for the card"
    parser.add_argument("--record", type=Path, metavar="FILE", help=words)
    words = "your own README.md in place of the written one; missing metadata are filled in"
    parser.add_argument("--card", dest="own_card", type=Path, metavar="FILE", help=words)


def add_repository(parser: argparse.ArgumentParser) -> None:
    """Adds where a folder goes, and how: for every command that pushes one."""
    parser.add_argument(
        "--repo", required=True, metavar="USER/NAME", help="repository; made if there is none"
    )
    parser.add_argument("--private", action="store_true", help="make the repository private")
    parser.add_argument("--branch", help="push to this branch, made if there is none; main")
    parser.add_argument("--create-pr", action="store_true", help="open a pull request instead")
    words = "show every file with its size, and the card; ask nothing of the Hub"
    parser.add_argument("--dry-run", action="store_true", help=words)


def run(
    folder: Path,
    repo: str,
    record: Path | None = None,
    own_card: Path | None = None,
    private: bool = False,
    branch: str | None = None,
    create_pr: bool = False,
    dry_run: bool = False,
) -> int:
    """The exit status of `python -m heads push`. Errors are those of `push_head`."""
    if dry_run:
        return _show(folder, repo, record, own_card)
    done = push_head(
        folder,
        repo,
        private=private,
        branch=branch,
        create_pr=create_pr,
        record=record,
        own_card=own_card,
        report=lambda line: print(line, file=sys.stderr),
    )
    found = vet_folder(folder)
    if not found.passed:
        print(f"note: a leaderboard would not take it: {found.reason}", file=sys.stderr)
    print(done.pull_request or done.url)
    return DONE


def _show(folder: Path, repo: str, record: Path | None, own_card: Path | None) -> int:
    check_repo(repo)
    files = push_files(folder, repo, record, own_card)
    print(f"{listed(files, repo)}\n\n{files[CARD_NAME].decode()}")
    return DONE
