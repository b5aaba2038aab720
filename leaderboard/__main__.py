"""`python -m leaderboard`: embed a benchmark, evaluate a head on it, show the table of results."""

import argparse
import sys
from collections.abc import Sequence

from huggingface_hub.errors import HfHubHTTPError

from leaderboard.commands.balance import add_balance
from leaderboard.commands.compare import add_compare
from leaderboard.commands.evaluate import (
    RESULTS,
    add_embed,
    add_evaluate,
    add_table,
)
from leaderboard.commands.publish_benchmark import add_publish_benchmark
from leaderboard.commands.refresh import add_refresh
from leaderboard.commands.submit import add_submit
from leaderboard.commands.text_only import add_text_only
from leaderboard.embedding.progress import silence_off_terminal


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0, or 1 with a message on stderr when the input was wrong, 130 after Ctrl-C."""
    silence_off_terminal()
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(given, argparse.Namespace(arguments=given))
    try:
        return options.run(options)
    except (ValueError, OSError, HfHubHTTPError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; what was embedded so far is kept", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m leaderboard", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    add_embed(commands)
    add_evaluate(commands)
    add_publish_benchmark(commands)
    add_submit(commands)
    add_refresh(commands)
    add_compare(commands, RESULTS)
    add_text_only(commands, RESULTS)
    add_balance(commands, RESULTS.parent / "balanced")
    add_table(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
