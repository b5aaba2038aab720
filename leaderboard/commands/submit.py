"""`python -m leaderboard submit`: ask for a head on the Hub to be measured."""

import argparse

from heads.hub.client import HUB_ERRORS, reason
from heads.vetting.vet import Check, vet
from leaderboard.submissions.dataset import named_dataset
from leaderboard.submissions.requests import submission_json
from leaderboard.submissions.submit import description, passed, request, submission_of, title


def add_submit(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command's flags."""
    words = "ask for a head on the Hub to be measured and shown on the leaderboard"
    command = commands.add_parser("submit", help=words, description=f"{words[0].upper()}{words[1:]}.")
    command.set_defaults(run=run_submit)
    command.add_argument("repo", metavar="USER/NAME", help="the head's repository, a model on the Hub")
    command.add_argument("--revision", help="branch, tag or commit; default: the newest commit")
    add_dataset(command)
    command.add_argument("--dry-run", action="store_true", help="vet, show what would be sent, send nothing")


def add_dataset(command: argparse.ArgumentParser) -> None:
    """The flag that names the results dataset."""
    words = "dataset on the Hub that keeps the results; default: the variable FG_RESULTS"
    command.add_argument("--results-dataset", metavar="OWNER/NAME", help=words)


def run_submit(options: argparse.Namespace) -> int:
    """Vet the head line by line, then open the pull request; the exit status."""
    dataset = named_dataset(options)
    try:
        vetting = passed(vet(options.repo, options.revision, report=show))
        if options.dry_run:
            submission = submission_of(vetting)
            print(
                f"\nWould open a pull request on {dataset}: {title(submission)}\n\n{description(vetting)}\n"
            )
            print(f"with the file {submission.path}:\n{submission_json(submission).decode()}")
            return 0
        done = request(dataset, vetting)
    except HUB_ERRORS as error:
        raise ValueError(reason(error)) from error
    print(f"{'Submitted before' if done.before else 'Submitted'}: {done.url}")
    return 0


def show(check: Check) -> None:
    """A line for a check of a vetting."""
    print(f"{'✓' if check.passed else '✗'} {check.name}: {check.reason}", flush=True)
