"""`python -m leaderboard submit`: ask for a head on the Hub to be measured."""

import argparse
from typing import TYPE_CHECKING

from heads.commands.program import DONE
from leaderboard.flags import add_results_dataset

if TYPE_CHECKING:
    from heads.vetting.vet import VettingCheck


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    parser.add_argument("repo", metavar="USER/NAME", help="the head's repository, a model on the Hub")
    parser.add_argument("--revision", help="branch, tag or commit; default: the newest commit")
    add_results_dataset(parser)
    parser.add_argument("--dry-run", action="store_true", help="vet, show what would be sent, send nothing")


def run(
    repo: str, revision: str | None = None, results_dataset: str | None = None, dry_run: bool = False
) -> int:
    """Vets the head line by line, then opens the pull request. Returns the exit status."""
    from heads.hub.client import HUB_ERRORS, reason
    from heads.vetting.vet import vet
    from leaderboard.submissions.dataset import named_dataset
    from leaderboard.submissions.requests import submission_json
    from leaderboard.submissions.submit import check_passed, description, open_request, submission_of, title

    dataset = named_dataset(results_dataset)
    try:
        vetting = check_passed(vet(repo, revision, report=show))
        if dry_run:
            submission = submission_of(vetting)
            print(
                f"\nWould open a pull request on {dataset}: {title(submission)}\n\n{description(vetting)}\n"
            )
            print(f"with the file {submission.path}:\n{submission_json(submission).decode()}")
            return DONE
        done = open_request(dataset, vetting)
    except HUB_ERRORS as error:
        raise ValueError(reason(error)) from error
    print(f"{'Submitted before' if done.before else 'Submitted'}: {done.url}")
    return DONE


def show(check: "VettingCheck") -> None:
    """Prints a line for a check of a vetting."""
    print(f"{'✓' if check.passed else '✗'} {check.name}: {check.reason}", flush=True)
