"""`python -m leaderboard embed`: a split's crops and captions, as files for training."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from heads.commands.program import DONE, INCOMPLETE
from heads.io.device import PRECISIONS
from leaderboard.flags import add_encoding, names

if TYPE_CHECKING:
    from fg_demo.models.backbone import Encoder
    from heads.candidates import Candidates
    from heads.pairs import Pairs
    from leaderboard.benchmarks.samples import Sample
    from leaderboard.benchmarks.split import BenchmarkSplit

SWAPS, VALUES = "swaps", "values"
"""Files beside those of the subsets: captions with attributes exchanged, and named values."""

Made = TypeVar("Made")

LOCAL, RAY = "local", "ray"
"""What encodes."""


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
    words = "what encodes: this process, or workers of Ray on any number of machines (requirements-ray.txt)"
    parser.add_argument("--engine", default=LOCAL, choices=(LOCAL, RAY), help=words)
    words = "of a Ray that runs: auto or HOST:PORT; default: one that is begun on this machine"
    parser.add_argument("--address", help=words)


def run(
    output: Path | None = None,
    cache_only: bool = False,
    backbone: str = "mini-clip",
    adapter: str | None = None,
    benchmark: str = "fg-rendered",
    data: Path | None = None,
    image_folder: str | None = None,
    split: str = "test",
    revision: str | None = None,
    subsets: str | None = None,
    device: str = "auto",
    precision: str = "auto",
    swaps: bool = False,
    values: bool = False,
    engine: str = LOCAL,
    address: str | None = None,
) -> int:
    """Writes one Candidates file a subset and the Pairs of all captions, and what else is asked for, into `output`; or,
    with `cache_only`, encodes them into the cache. Returns the exit status: not that of success when images were left
    out since they do not open.
    """
    from fg_demo.models.adapter import joint_name
    from leaderboard.benchmarks.split import open_split
    from leaderboard.embedding.embed import Embedder
    from leaderboard.embedding.engine import UnreadableImages
    from leaderboard.embedding.progress import ProgressBars, silence_off_terminal
    from leaderboard.evaluation.attributes import regions, with_exchanges

    silence_off_terminal()
    opened = open_split(benchmark, split, revision, data, image_folder, names(subsets))
    opened.build_missing()
    opened = opened.pinned()
    left_out: dict[str, str] = {}

    def samples() -> "tuple[dict[str, list[Sample]], list[Sample], dict[str, list[Sample]]]":
        samples_of = {
            name: [sample for sample in some if sample.image not in left_out]
            for name, some in opened.samples_by_subset().items()
        }
        described = regions(chain.from_iterable(samples_of.values())) if swaps or values else []
        asked = {SWAPS: with_exchanges(described)} if swaps else {}
        asked |= {VALUES: described} if values else {}
        return samples_of, described, {**samples_of, **asked}

    def of_samples() -> "tuple[dict[str, list[Sample]], list[Sample], dict[str, Candidates]]":
        samples_of, described, asked = samples()
        return samples_of, described, embedder.candidates(asked, opened.images)

    def of_captions() -> "Pairs | None":
        captions = {image: texts for image, texts in opened.captions.items() if image not in left_out}
        return embedder.pairs(captions, opened.images) if captions else None

    asked_for = engine, address, joint_name(backbone, adapter), device, precision
    with _encoder(*asked_for) as encoder, ProgressBars() as progress:
        about = _about(opened, encoder)
        embedder = Embedder(encoder, progress=progress)
        if cache_only or output is None:
            try:
                embedder.fill(samples()[-1], opened.captions, opened.images)
            except UnreadableImages as error:
                left_out = error.reasons
            return _ended(left_out)
        samples_of, described, candidates_of = _of_what_opens(of_samples, left_out)
        pairs = _of_what_opens(of_captions, left_out)
    # What is known of the captions that a head has seen goes by their subset: none named, all of them.
    whole = {"subset": next(iter(samples_of)) if len(samples_of) == 1 else "", **about}
    if values:
        _save_values(candidates_of.pop(VALUES), described, output, whole)
    about_of = {name: {"subset": name, **about} if name in samples_of else whole for name in candidates_of}
    _save_candidates(candidates_of, about_of, output)
    if pairs:
        _save_pairs(pairs, about, output)
    of = {sample.image for some in samples_of.values() for sample in some} | opened.captions.keys()
    _save_left_out(left_out, len(of | left_out.keys()), output)
    return _ended(left_out)


def _save_candidates(
    candidates_of: "dict[str, Candidates]", about_of: dict[str, dict[str, str]], output: Path
) -> None:
    from heads.candidates import save_candidates

    for name, candidates in candidates_of.items():
        path = save_candidates(candidates, output / f"{name}.safetensors", **about_of[name])
        print(f"{path}: {len(candidates):,} regions, {len(candidates.captions):,} captions")


def _save_pairs(pairs: "Pairs", about: dict[str, str], output: Path) -> None:
    from heads.pairs import save_pairs
    from leaderboard.records.record import CAPTIONS

    path = save_pairs(pairs, output / f"{CAPTIONS}.safetensors", subset=CAPTIONS, **about)
    print(f"{path}: {len(pairs.image):,} images, {len(pairs.text):,} captions")


def _save_left_out(left_out: dict[str, str], of: int, output: Path) -> None:
    """Writes which of so many images are left out, and why; no file where none are."""
    from heads.io.atomic import remove, replacing
    from leaderboard.embedding.engine import LEFT_OUT

    remove(output / LEFT_OUT)
    if left_out:
        with replacing(output / LEFT_OUT) as aside:
            aside.write_text(json.dumps({"of": of, "left_out": left_out}, indent=1) + "\n", encoding="utf-8")


def _ended(left_out: dict[str, str]) -> int:
    """The exit status, after the images that are left out are counted and named."""
    if not left_out:
        return DONE
    named = (f"{image}: {why}" for image, why in left_out.items())
    print(f"left out: {len(left_out):,} images that do not open", *named, sep="\n  ", file=sys.stderr)
    return INCOMPLETE


@contextmanager
def _encoder(
    engine: str, address: str | None, backbone: str, device: str, precision: str
) -> "Iterator[Encoder]":
    """What encodes. Raises ValueError when an address is named and nothing to ask there."""
    from fg_demo.models.clip import load_backbone

    if engine == RAY:
        from leaderboard.embedding.ray_cluster import ray_encoder

        with ray_encoder(backbone, device, address, precision) as encoder:
            yield encoder
    elif address is not None:
        raise ValueError(f"address: expected none with --engine {engine}, got {address!r}")
    else:
        yield load_backbone(backbone, device=device, precision=precision)


def _of_what_opens(embed: Callable[[], Made], left_out: dict[str, str]) -> Made:
    """What `embed` gives, which leaves out what `left_out` names: there are added the images that do not open. All
    others are in the cache by then.
    """
    from leaderboard.embedding.engine import UnreadableImages

    try:
        return embed()
    except UnreadableImages as error:
        left_out |= error.reasons
        return embed()


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
