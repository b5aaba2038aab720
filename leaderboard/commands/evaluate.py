"""`python -m leaderboard embed | evaluate | table`."""

import argparse
import shlex
import sys
from pathlib import Path

from fg_demo.models.backbone import Backbone
from fg_demo.models.clip import load_backbone
from heads.candidates import save_candidates
from heads.pairs import save_pairs
from leaderboard.benchmarks.catalogue import known_subsets
from leaderboard.benchmarks.source import Source, build_missing, use_folders
from leaderboard.embedding.progress import ProgressBars
from leaderboard.evaluation.measure import benchmark_entry, embed_captions, embed_subsets, measure
from leaderboard.records.files import load_results, save_record
from leaderboard.tables.frame import results_table, to_csv
from leaderboard.tables.markdown import to_markdown
from leaderboard.tables.report import next_commands, report
from leaderboard.tables.terminal import to_text

RESULTS = Path(__file__).parents[1] / "results"


def add_embed(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command's flags."""
    command = commands.add_parser("embed", help="encode a split's crops and captions into files for training")
    command.add_argument("--output", type=Path, required=True, help="folder for the files")
    _add_source(command)
    command.set_defaults(run=embed_command)


def add_evaluate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command's flags."""
    command = commands.add_parser("evaluate", help="measure a head and write its record")
    command.add_argument("--head", required=True, help="cosine, a shipped head, a folder or a Hub repo")
    words = "folders of the same head trained from other seeds, or one of heads train --seeds"
    command.add_argument("--seed-heads", nargs="+", default=(), metavar="FOLDER", help=words)
    _add_source(command)
    command.add_argument("--results", type=Path, default=RESULTS, help="folder of records")
    command.set_defaults(run=evaluate_command)


def add_table(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command's flags."""
    command = commands.add_parser("table", help="show the table of results")
    command.add_argument("--backbone", help="of this one alone; default: all")
    form = command.add_mutually_exclusive_group()
    form.add_argument("--csv", dest="form", action="store_const", const=to_csv, help="as CSV")
    form.add_argument("--markdown", dest="form", action="store_const", const=to_markdown, help="as Markdown")
    command.add_argument("--results", type=Path, default=RESULTS, help="folder of records")
    command.set_defaults(run=table_command, form=to_text)


def embed_command(options: argparse.Namespace) -> int:
    """Write one Candidates file a subset and the Pairs of all captions."""
    source, backbone = _source(options).pinned(), _backbone(options)
    entry = benchmark_entry(source)
    metadata = {
        "backbone": backbone.name,
        "backbone_revision": backbone.revision,
        "benchmark": entry.name,
        "benchmark_revision": str(entry.revision),
        "split": source.split,
    }
    with ProgressBars() as progress:
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
    with ProgressBars() as progress:
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
