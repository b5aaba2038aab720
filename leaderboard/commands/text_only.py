"""`python -m leaderboard text-only`: what captions alone give away, as two records to read a head's beside."""

import argparse
import shlex
from pathlib import Path

from leaderboard.benchmarks.catalogue import known_subsets
from leaderboard.benchmarks.source import Source, use_folders
from leaderboard.evaluation.text_only_records import text_only_records
from leaderboard.records.figures import SubsetResult
from leaderboard.records.files import save_record
from leaderboard.records.record import Record


def add_text_only(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", results: Path) -> None:
    """The command's flags."""
    command = commands.add_parser(
        "text-only", help="what the captions of a benchmark give away without images"
    )
    add_text_only_flags(command)
    command.add_argument("--results", type=Path, default=results, help="folder of records")
    command.set_defaults(run=text_only_command)


def add_text_only_flags(command: argparse.ArgumentParser) -> None:
    """The flags of what is ranked without images, and what that is fitted on."""
    command.add_argument("--benchmark", default="fg-rendered", help="a benchmark, a Hub dataset or a folder")
    command.add_argument(
        "--data", type=Path, help="folder with annotation files, e.g. fg-ovd/1_attributes.json"
    )
    command.add_argument("--split", default="test", help="test, validation or train")
    command.add_argument("--revision", help="commit of a Hub benchmark")
    command.add_argument("--subsets", help="comma-separated; default: all")
    own = "the split itself, in folds that share no image and no positive caption"
    command.add_argument("--fitted-on", metavar="SPLIT", help=f"split to fit on; default: {own}")
    command.add_argument("--seed", type=int, default=0, help="of the folds")


def text_only_command(options: argparse.Namespace) -> int:
    """Rank the split's positives without images, print the figures, write the two records."""
    use_folders(options.data, None)
    subsets = options.subsets.split(",") if options.subsets else None
    source = Source(options.benchmark, options.split, options.revision, subsets).pinned()
    command = shlex.join(["python", "-m", "leaderboard", *options.arguments])
    records = text_only_records(source, command, options.fitted_on, options.seed)
    print(figures(*records))
    for record in records:
        print(f"written to {save_record(record, options.results)}")
    return 0


def figures(text_only: Record, medoid: Record) -> str:
    """A line a subset: items, chance, mean rank with its 95 % and top-1 of the text-only model, and of the medoid."""
    header = (
        f"{'':14}{'items':>7}{'chance':>8}{'text only':>11} {'95 %':<13}{'top-1':>6}{'medoid':>8}{'top-1':>7}"
    )
    titles = {name: subset.title for name, subset in known_subsets().items()}
    lines = [_line(titles[name], result, medoid.subsets[name]) for name, result in text_only.subsets.items()]
    return "\n".join([f"{text_only.benchmark.name} {text_only.benchmark.split}", header, *lines])


def _line(title: str, fitted: SubsetResult, medoid: SubsetResult) -> str:
    ends = "–".join(f"{end:.2f}" for end in fitted.interval or ())
    numbers = f"{fitted.n:>7,}{fitted.chance:>8.2f}{fitted.mean_rank:>11.2f} {ends:<13}{fitted.top1:>6.1%}"
    return f"{title:14}{numbers}{medoid.mean_rank:>8.2f}{medoid.top1:>7.1%}"
