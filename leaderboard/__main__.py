"""`python -m leaderboard`: embed a benchmark, evaluate a head on it, show the table of results."""

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from huggingface_hub.errors import HfHubHTTPError

from fg_demo import Backbone, load_backbone
from heads import save_candidates, save_pairs
from leaderboard.balanced_view import add_balance
from leaderboard.bars import Bars, silence_off_terminal
from leaderboard.benchmark import build_missing, known_subsets, use_folders
from leaderboard.compare_command import add_compare
from leaderboard.markdown_table import to_markdown
from leaderboard.measure import Source, embed_captions, embed_subsets, measure
from leaderboard.publish_benchmark import add_publish_benchmark
from leaderboard.records import load_results, save_record
from leaderboard.refresh_command import add_refresh
from leaderboard.report import next_commands, report
from leaderboard.submit_command import add_submit
from leaderboard.table import results_table, to_csv
from leaderboard.text_only_command import add_text_only
from leaderboard.text_table import to_text

RESULTS = Path(__file__).parent / "results"
BALANCED = Path(__file__).parent / "balanced"


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


def embed_command(options: argparse.Namespace) -> int:
    """Write one Candidates file a subset and the Pairs of all captions."""
    source, backbone = _source(options).pinned(), _backbone(options)
    entry = source.entry()
    metadata = {
        "backbone": backbone.name,
        "backbone_revision": backbone.revision,
        "benchmark": entry.name,
        "benchmark_revision": str(entry.revision),
        "split": source.split,
    }
    with Bars() as progress:
        subsets = embed_subsets(source, backbone, progress=progress)
        pairs = embed_captions(source, backbone, progress=progress)
    for name, candidates in subsets.items():
        path = save_candidates(candidates, options.output / f"{name}.safetensors", subset=name, **metadata)
        print(f"{path}: {len(candidates):,} regions, {len(candidates.captions):,} captions")
    if pairs:
        path = save_pairs(pairs, options.output / "captions.safetensors", subset="captions", **metadata)
        print(f"{path}: {len(pairs.image):,} images, {len(pairs.text):,} captions")
    return 0


def evaluate_command(options: argparse.Namespace) -> int:
    """Measure a head, print its figures, write its record."""
    command = shlex.join(["python", "-m", "leaderboard", *options.arguments])
    with Bars() as progress:
        record = measure(
            options.head,
            _source(options),
            _backbone(options),
            command,
            progress=progress,
            seed_heads=options.seed_heads,
        )
    print(report(record))
    print(f"written to {save_record(record, options.results)}")
    print(next_commands(record))
    return 0


def table_command(options: argparse.Namespace) -> int:
    """Print the table; files that are no records are named on stderr."""
    records, problems = load_results(options.results)
    for problem in problems:
        print(f"{problem.file}: not a result: {problem.reason}", file=sys.stderr)
    chosen = [record for record in records if options.backbone in (None, record.backbone.name)]
    print(options.form(results_table(chosen)), end="")
    return 0


def _source(options: argparse.Namespace) -> Source:
    use_folders(options.data, options.image_folder)
    build_missing(options.benchmark, options.split)
    subsets = options.subsets.split(",") if options.subsets else None
    return Source(options.benchmark, options.split, options.revision, subsets)


def _backbone(options: argparse.Namespace) -> Backbone:
    return load_backbone(options.backbone, device=options.device)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m leaderboard", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    embed = commands.add_parser("embed", help="encode a split's crops and captions into files for training")
    embed.add_argument("--output", type=Path, required=True, help="folder for the files")
    embed.set_defaults(run=embed_command)
    evaluate = commands.add_parser("evaluate", help="measure a head and write its record")
    evaluate.add_argument("--head", required=True, help="cosine, a shipped head, a folder or a Hub repo")
    words = "folders of the same head trained from other seeds, or one of heads train --seeds"
    evaluate.add_argument("--seed-heads", nargs="+", default=(), metavar="FOLDER", help=words)
    evaluate.set_defaults(run=evaluate_command)
    for command in (embed, evaluate):
        _add_source(command)
    add_publish_benchmark(commands)
    add_submit(commands)
    add_refresh(commands)
    add_compare(commands, RESULTS)
    add_text_only(commands, RESULTS)
    add_balance(commands, BALANCED)
    table = commands.add_parser("table", help="show the table of results")
    table.add_argument("--backbone", help="of this one alone; default: all")
    form = table.add_mutually_exclusive_group()
    form.add_argument("--csv", dest="form", action="store_const", const=to_csv, help="as CSV")
    form.add_argument("--markdown", dest="form", action="store_const", const=to_markdown, help="as Markdown")
    table.set_defaults(run=table_command, form=to_text)
    for command in (evaluate, table):
        command.add_argument("--results", type=Path, default=RESULTS, help="folder of records")
    return parser


def _add_source(command: argparse.ArgumentParser) -> None:
    command.add_argument("--backbone", default="mini-clip", help="mini-clip, a Hub id or a folder")
    command.add_argument(
        "--benchmark", default="fg-rendered", help="a benchmark, a CSV file, a Hub dataset or a folder"
    )
    command.add_argument(
        "--data", type=Path, help="folder with annotation files, e.g. fg-ovd/1_attributes.json"
    )
    command.add_argument("--image-folder", type=Path, help="COCO's images: train2017/ and val2017/ below it")
    command.add_argument("--split", default="test", help="test, validation or train")
    command.add_argument("--revision", help="commit of a Hub benchmark")
    command.add_argument("--subsets", help=f"comma-separated, of {', '.join(known_subsets())}; default: all")
    command.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))


if __name__ == "__main__":
    sys.exit(main())
