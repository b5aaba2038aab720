"""`python -m leaderboard embed`: a split's crops and captions, as files for training."""

import argparse
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from heads.commands.program import DONE
from heads.io.device import PRECISIONS
from leaderboard.flags import add_encoding, names

if TYPE_CHECKING:
    from fg_demo.models.backbone import Encoder
    from heads.candidates import Candidates
    from leaderboard.benchmarks.samples import Sample
    from leaderboard.benchmarks.split import BenchmarkSplit

SWAPS, VALUES = "swaps", "values"
"""Files beside those of the subsets: captions with attributes exchanged, and named values."""


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    either = parser.add_mutually_exclusive_group(required=True)
    either.add_argument("--output", type=Path, help="folder for the files")
    words = (
        "write no files, only the cache, beside other processes that are told the same: each encodes what no other has, "
        "and what a killed one had; the command with --output then finds all of it"
    )
    either.add_argument("--cache-only", action="store_true", help=words)
    words = "write also swaps.safetensors: each caption beside itself with two of its attributes exchanged"
    parser.add_argument("--swaps", action="store_true", help=words)
    words = "write also values.safetensors: the attribute values that each caption names, for `heads ground`"
    parser.add_argument("--values", action="store_true", help=words)
    add_encoding(parser)
    words = "what the backbone computes in; auto is half on a GPU, full on a CPU"
    parser.add_argument("--precision", default="auto", choices=PRECISIONS, help=words)


def run(
    output: Path | None = None,
    cache_only: bool = False,
    backbone: str = "mini-clip",
    adapter: str | None = None,
    benchmark: str = "fg-rendered",
    data: Path | None = None,
    image_folder: Path | None = None,
    split: str = "test",
    revision: str | None = None,
    subsets: str | None = None,
    device: str = "auto",
    precision: str = "auto",
    swaps: bool = False,
    values: bool = False,
) -> int:
    """Writes one Candidates file a subset and the Pairs of all captions, and what else is asked for, into `output`; or,
    with `cache_only`, encodes them into the cache. Returns the exit status.
    """
    from fg_demo.models.adapter import joint_name
    from fg_demo.models.clip import load_backbone
    from heads.candidates import save_candidates
    from heads.pairs import save_pairs
    from leaderboard.benchmarks.split import open_split
    from leaderboard.embedding.embed import Embedder
    from leaderboard.embedding.progress import ProgressBars, silence_off_terminal
    from leaderboard.evaluation.attributes import regions, with_exchanges
    from leaderboard.records.record import CAPTIONS

    silence_off_terminal()
    opened = open_split(benchmark, split, revision, data, image_folder, names(subsets))
    opened.build_missing()
    opened = opened.pinned()
    encoder = load_backbone(joint_name(backbone, adapter), device=device, precision=precision)
    about = _about(opened, encoder)
    with ProgressBars() as progress:
        embedder = Embedder(encoder, progress=progress)
        samples_of = opened.samples_by_subset()
        described = regions(chain.from_iterable(samples_of.values())) if swaps or values else []
        asked = {SWAPS: with_exchanges(described)} if swaps else {}
        asked |= {VALUES: described} if values else {}
        if cache_only or output is None:
            embedder.fill({**samples_of, **asked}, opened.captions, opened.images)
            return DONE
        candidates_of = embedder.candidates({**samples_of, **asked}, opened.images)
        pairs = embedder.pairs(opened.captions, opened.images) if opened.captions else None
    # What is known of the captions that a head has seen goes by their subset: none named, all of them.
    whole = {"subset": next(iter(samples_of)) if len(samples_of) == 1 else "", **about}
    if values:
        _save_values(candidates_of.pop(VALUES), described, output, whole)
    for name, candidates in candidates_of.items():
        of = {"subset": name, **about} if name in samples_of else whole
        path = save_candidates(candidates, output / f"{name}.safetensors", **of)
        print(f"{path}: {len(candidates):,} regions, {len(candidates.captions):,} captions")
    if pairs:
        path = save_pairs(pairs, output / f"{CAPTIONS}.safetensors", subset=CAPTIONS, **about)
        print(f"{path}: {len(pairs.image):,} images, {len(pairs.text):,} captions")
    return DONE


def _about(opened: "BenchmarkSplit", encoder: "Encoder") -> dict[str, str]:
    """What every file says of where its embeddings are from."""
    from leaderboard.evaluation.measure import benchmark_entry

    entry = benchmark_entry(opened)
    return {
        "backbone": encoder.name,
        "backbone_revision": encoder.revision,
        **({} if encoder.precision == "full" else {"precision": encoder.precision}),
        "benchmark": entry.name,
        "benchmark_revision": str(entry.revision),
        "split": opened.split,
    }


def _save_values(alone: "Candidates", described: "list[Sample]", output: Path, about: dict[str, str]) -> None:
    """Writes the regions with the values that their captions, the first of `alone`, name."""
    from heads.values import Values, save_values, value_places
    from leaderboard.evaluation.attributes import named_values

    named, factors = value_places([named_values(sample.positive) for sample in described])
    of_regions = Values(alone.image, alone.captions[alone.index[:, 0]], named, factors)
    path = save_values(of_regions, output / f"{VALUES}.safetensors", **about)
    print(f"{path}: {len(of_regions):,} regions, {len(factors)} factors")
