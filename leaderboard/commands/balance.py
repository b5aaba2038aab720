"""TODO: a docstring."""

import argparse
import shlex
from pathlib import Path

from leaderboard.benchmarks.catalogue import known_subsets
from leaderboard.benchmarks.source import Source, use_folders
from leaderboard.commands.text_only import add_text_only_flags
from leaderboard.evaluation.balanced_view import balanced_view, save_view
from leaderboard.evaluation.text_only_records import text_only_records


def add_balance(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", folder: Path) -> None:
    """The command's flags."""
    command = commands.add_parser(
        "balance", help="weigh a benchmark's items so that captions alone are at chance"
    )
    add_text_only_flags(command)
    command.add_argument("--output", type=Path, default=folder, help="folder for the weights")
    command.set_defaults(run=balance_command)


def balance_command(options: argparse.Namespace) -> int:
    """Weigh the split's items, print how many are left in effect, write the weights."""
    use_folders(options.data, None)
    subsets = options.subsets.split(",") if options.subsets else None
    source = Source(options.benchmark, options.split, options.revision, subsets).pinned()
    command = shlex.join(["python", "-m", "leaderboard", *options.arguments])
    text_only, _ = text_only_records(source, command, options.fitted_on, options.seed)
    view = balanced_view(source, text_only)
    for name, subset in view.subsets.items():
        print(
            f"{known_subsets()[name].title:14}{len(subset.weights):>7,} items, {subset.effective:>9,.1f} in effect"
        )
    for name, reason in view.left_out.items():
        print(f"{known_subsets()[name].title:14}cannot be balanced: {reason}")
    print(f"written to {save_view(view, options.output)}")
    return 0
