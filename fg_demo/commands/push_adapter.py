"""`python -m fg_demo push-adapter`: an adapter to the Hub."""

import argparse
import sys
from pathlib import Path

from heads.commands.program import DONE
from heads.commands.push import add_repository


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    parser.add_argument("folder", type=Path, help="the adapter's folder, as `fg_demo adapt` writes it")
    add_repository(parser)


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
