"""`python -m leaderboard doctor`: whether what a reproduction needs from outside is there, a line each."""

import argparse
from collections.abc import Sequence

from heads.commands.program import DONE, INCOMPLETE
from heads.io.device import DEVICES


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    parser.add_argument(
        "--backbone",
        default="openai/clip-vit-base-patch16",
        help="mini-clip, a Hub id or a folder; %(default)s",
    )
    words = (
        "look at this benchmark of the catalogue, once for each; default: all that are not in this repository"
    )
    parser.add_argument("--benchmark", dest="benchmarks", action="append", metavar="NAME", help=words)
    parser.add_argument("--device", default="auto", choices=DEVICES)
    words = "also whether the account that is signed in may write there"
    parser.add_argument("--publish", metavar="ORG", help=words)


def run(
    backbone: str = "openai/clip-vit-base-patch16",
    benchmarks: Sequence[str] | None = None,
    device: str = "auto",
    publish: str | None = None,
) -> int:
    """The exit status: INCOMPLETE when something is not as it should be. Raises ValueError for a benchmark that is
    not in the catalogue.
    """
    from leaderboard.embedding.progress import silence_off_terminal
    from leaderboard.reproduction.doctor import examine, remote_benchmarks

    known = remote_benchmarks()
    wrong = sorted(set(benchmarks or ()) - set(known))
    if wrong:
        raise ValueError(f"benchmark: expected some of {', '.join(known)}, got {', '.join(wrong)}")
    silence_off_terminal()
    failed = 0
    for check in examine(backbone, benchmarks or known, device, publish):
        print(f"{'✓' if check.passed else '✗'} {check.name}: {check.words}", flush=True)
        failed += not check.passed
    print("all is there" if not failed else f"{failed} not as expected")
    return INCOMPLETE if failed else DONE
