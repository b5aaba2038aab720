"""`python -m leaderboard detect`: a detector's figures on the regions that heads are measured on, and its records."""

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from heads.commands.program import DONE
from heads.io.cache import cache_folder
from heads.io.device import DEVICES
from leaderboard.flags import add_benchmark, add_images, add_results, names
from leaderboard.records.folders import RESULTS

if TYPE_CHECKING:
    from fg_demo.models.detectors.detector import Captions, Detector
    from leaderboard.benchmarks.split import BenchmarkSplit
    from leaderboard.evaluation.detection.records import Tokens
    from leaderboard.records.record import Record

CLIP = "openai/clip-vit-base-patch16"
"""Its tokenizer counts captions for detectors that have another."""


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    parser.add_argument("--detector", default="mini-owl", help="mini-owl, a Hub id or a folder")
    words = "regions: all, or short, those whose captions are of at most 16 tokens, all that OWL reads"
    parser.add_argument("--items", default="all", choices=["all", "short"], help=words)
    words = "how GroundingDINO and OmDet read a vocabulary; all at once, scores are set-aware"
    parser.add_argument(
        "--captions", default="one at a time", choices=["one at a time", "all at once"], help=words
    )
    parser.add_argument(
        "--boxes", type=int, help="boxes kept of a vocabulary; default: as FG-OVD's authors, 100 or 1000"
    )
    parser.add_argument(
        "--padding", type=float, help="grey of OWLv2's padding, 0 to 1; default: 0.5, as published"
    )
    words = "another class head of an OWL as well, from the same look: NoctOWL's by name, or a folder"
    parser.add_argument("--class-head", metavar="NAME", help=words)
    words = "a head as well: on true boxes, on found ones, and as verifier (detection × head)"
    parser.add_argument("--head", help=words)
    parser.add_argument(
        "--backbone", default="mini-clip", help="of the head; mini-clip, a Hub id or a folder"
    )
    words = "Parquet file that keeps boxes and scores; a run goes on from it; default: one in the cache"
    parser.add_argument("--predictions", type=Path, metavar="FILE", help=words)
    words = "dataset on the Hub to which records, boxes and scores are added"
    parser.add_argument("--publish", metavar="OWNER/NAME", help=words)
    add_benchmark(parser)
    add_images(parser)
    parser.add_argument("--device", default="auto", choices=DEVICES)
    add_results(parser)


def run(
    command: str,
    detector: str = "mini-owl",
    items: Literal["all", "short"] = "all",
    captions: "Captions" = "one at a time",
    boxes: int | None = None,
    padding: float | None = None,
    class_head: str | None = None,
    head: str | None = None,
    backbone: str = "mini-clip",
    predictions: Path | None = None,
    publish: str | None = None,
    benchmark: str = "fg-rendered",
    data: Path | None = None,
    image_folder: str | None = None,
    split: str = "test",
    revision: str | None = None,
    subsets: str | None = None,
    device: str = "auto",
    results: Path = RESULTS,
) -> int:
    """Measures a detector, and a head beside it, prints figures, writes the records, which keep `command`.

    Returns the exit status.
    """
    from fg_demo.models.clip import load_backbone
    from fg_demo.models.detectors.load import load_detector
    from leaderboard.benchmarks.split import open_split
    from leaderboard.embedding.embed import Embedder
    from leaderboard.embedding.progress import ProgressBars, silence_off_terminal
    from leaderboard.evaluation.detection.records import decomposition_records, detector_record, find
    from leaderboard.evaluation.open_head import open_head
    from leaderboard.submissions.dataset import named_dataset

    silence_off_terminal()
    dataset = named_dataset(publish) if publish else None
    opened = open_split(benchmark, split, revision, data, image_folder, names(subsets))
    opened.build_missing()
    loaded = load_detector(detector, device, captions, boxes, padding)
    encoder = load_backbone(backbone, device=device) if head else None
    chosen = open_head(head, encoder) if head and encoder else None
    kept = kept_files(loaded, class_head, predictions, opened)
    with ProgressBars() as progress:
        tokens = token_counter(loaded) if items == "short" else None
        both = find(list(kept.items()), opened, tokens, progress)
    records = [detector_record(found, command) for found in both]
    for record in records:
        show(record, results)  # at once: a head takes as long again
    if chosen and encoder:
        with ProgressBars() as progress:
            embedder = Embedder(encoder, progress=progress)
            beside = decomposition_records(both[0], *chosen, encoder, embedder, command)
        for record in beside:
            show(record, results)
        records += beside
    for path in kept.values():
        print(f"boxes and scores in {path}")
    if dataset:
        publish_in(dataset, records, list(kept.values()))
    return DONE


def kept_files(
    loaded: "Detector", class_head: str | None, predictions: Path | None, split: "BenchmarkSplit"
) -> "dict[Detector, Path]":
    """The detector, and the one with another class head where that is asked for, each with the file that keeps what it
    finds: the first's is `predictions` where it is given.
    """
    from fg_demo.models.detectors.load import with_class_head
    from fg_demo.models.detectors.noctowl import load_class_head

    kept = {loaded: predictions or default_file(loaded, split)}
    if class_head:
        other = with_class_head(loaded, load_class_head(class_head))
        kept[other] = default_file(other, split)
    return kept


def publish_in(dataset: str, records: "Sequence[Record]", predictions: Sequence[Path]) -> None:
    """Adds both to the dataset on the Hub, and prints the commit."""
    from leaderboard.submissions.measured import publish_measured

    commit = publish_measured(dataset, records, predictions)
    print(f"published in {dataset}: " + (f"commit {commit}" if commit else "all was there already"))


def show(record: "Record", results: Path) -> None:
    """Prints the record and where it is written."""
    from leaderboard.records.files import save_record
    from leaderboard.tables.report import report

    print(report(record))
    print(f"written to {save_record(record, results)}", flush=True)


def default_file(detector: "Detector", split: "BenchmarkSplit") -> Path:
    """The file in the cache for predictions of this detector, with its settings, on this split."""
    from leaderboard.evaluation.detection.predictions import about

    of = about(detector, split.benchmark.name, split.split, split.revision)
    digest = hashlib.sha256(json.dumps(of, sort_keys=True).encode()).hexdigest()[:12]
    return cache_folder() / "detections" / f"{digest}.parquet"


def token_counter(detector: "Detector") -> "Tokens":
    """What counts a caption's tokens: OWL's own tokenizer, which is CLIP's, or CLIP's for other detectors.

    Raises OSError when CLIP's tokenizer cannot be had.
    """
    from fg_demo.models.detectors.load import MINI_OWL
    from fg_demo.models.detectors.owl import OwlDetector
    from leaderboard.evaluation.detection.records import Tokens

    if isinstance(detector, OwlDetector):
        return Tokens(detector.token_counts, "mini-clip's" if detector.name == MINI_OWL else "CLIP's")
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(CLIP)
    return Tokens(lambda texts: [len(ids) for ids in tokenizer(list(texts))["input_ids"]], "CLIP's")
