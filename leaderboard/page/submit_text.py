"""What the submit tab says, worked out without it. Everything that comes from a stranger is shown as text."""

from collections.abc import Iterable
from pathlib import Path

from heads.hub.client import reason, status_of
from heads.hub.repo_name import is_repo
from heads.vetting.vet import VettingCheck
from leaderboard.page.templates import render
from leaderboard.submissions.submit import Submitted

INTRODUCTION = """
Trained a head? Put it on the Hugging Face Hub and ask for it to be measured. Its weights are looked over before
they are fetched, scored by our own code, and its record stands on the leaderboard with the commit it was
measured at. What its author states is shown apart.
"""
REACH = (
    "Signing in lets this app create repositories under your name, write to those that it created itself, and open "
    "discussions and pull requests as you (the scopes `contribute-repos` and `write-discussions`). It can write to no "
    "repository that you made in a terminal or by another Space."
)
NOT_ITS_OWN = (
    "Signed in here, this app may write only to repositories that it created itself. Choose a new name, or push to the "
    "old one in a terminal: python -m heads push my-head/ --repo "
)
SIGNED_OUT = f"Sign in to push a head under your own name and to submit it. {REACH}\n\nYou can do the same in a terminal:"
ELSEWHERE = "Signing in works where this app runs as a Space on the Hub. Here, two commands in a terminal do the same:"
NO_DATASET = (
    "This app has no results dataset, so nothing can be submitted to it: set the variable FG_RESULTS to a "
    "dataset on the Hub, owner/name."
)
CSS = (Path(__file__).parent / "submit.css").read_text(encoding="utf-8")


def commands(dataset: str | None) -> str:
    """Markdown: what to type where there is no signing in."""
    named = dataset or "OWNER/DATASET"
    return (
        "```sh\nhf auth login\n"
        "# config, weights, card, in one commit:\n"
        "python -m heads push my-head/ --repo USER/NAME\n"
        "# looks it over, then opens a pull request:\n"
        f"python -m leaderboard submit USER/NAME --results-dataset {named}\n```\n"
        "Heads that `push` wrote carry the tag `reprojection-head`; the next "
        "`python -m leaderboard refresh` finds them even without being asked."
    )


def checks(done: Iterable[VettingCheck], waiting: bool = False) -> str:
    """HTML: the vetting so far, a line a check."""
    made = list(done)
    return render("submit_checks", checks=made, waiting=waiting) if made or waiting else ""


def submitted(done: Submitted) -> str:
    """HTML: where to follow the request."""
    words = "It was submitted before" if done.before else "Submitted"
    return _answer(f"{words}:", done.url, ". The answer comes there, and on the leaderboard.")


def pushed(url: str) -> str:
    """HTML: where the head is now."""
    return _answer("Pushed to", url, ".")


def passed(to_push: bool) -> str:
    """HTML: what comes after a vetting that was passed."""
    return _answer(f"It passes. {'Push it, then submit it' if to_push else 'You can submit it'}.")


def push_problem(error: Exception, repo: str) -> str:
    """HTML: why the push failed; where the app has no right to write to `repo`, what its rights are."""
    causes = (one for one in (error, error.__cause__) if isinstance(one, Exception))
    refused = any(status_of(one) == 403 for one in causes)
    return problem(f"{reason(error)} {NOT_ITS_OWN}{repo}" if refused else reason(error))


def problem(text: str) -> str:
    """HTML: what went wrong."""
    return _answer(text, is_problem=True)


def repository(user: str, name: str) -> str:
    """The repository `user/name`. Raises ValueError when the name is none."""
    repo = f"{user}/{name.strip()}"
    if not is_repo(repo):
        raise ValueError(f"name: expected letters, digits, dots and dashes, got {name.strip()!r:.80}")
    return repo


def _answer(before: str, url: str = "", after: str = "", is_problem: bool = False) -> str:
    """Words, and where to look: a link if it is an address of the web."""
    return render("submit_answer", before=before, url=url, after=after, is_problem=is_problem)
