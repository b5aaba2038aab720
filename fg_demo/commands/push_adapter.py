"""`python -m fg_demo push-adapter`: an adapter to the Hub."""

import argparse
import sys
from pathlib import Path

from heads.commands.program import DONE


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    parser.add_argument("folder", type=Path, help="the adapter's folder, as `fg_demo adapt` writes it")
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
    private: bool = False,
    branch: str | None = None,
    create_pr: bool = False,
    dry_run: bool = False,
) -> int:
    """The exit status of `python -m fg_demo push-adapter`. Errors are those of `push_adapter`."""
    from fg_demo.adaptation.folder.files import CARD
    from fg_demo.adaptation.folder.made import read_made
    from fg_demo.adaptation.folder.push import adapter_files, push_adapter
    from heads.hub.repo_name import check_repo
    from heads.hub.upload import listed

    if dry_run:
        check_repo(repo)
        files = adapter_files(read_made(folder), repo)
        print(f"{listed(files, repo)}\n\n{files[CARD].decode()}")
        return DONE
    done = push_adapter(
        folder,
        repo,
        private=private,
        branch=branch,
        create_pr=create_pr,
        report=lambda line: print(line, file=sys.stderr),
    )
    print(done.pull_request or done.url)
    return DONE
