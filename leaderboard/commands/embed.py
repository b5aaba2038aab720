"""`python -m leaderboard embed`: a split's crops and captions, as files for training."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from heads.commands.program import DONE, INCOMPLETE
from heads.io.device import PRECISIONS
from leaderboard.flags import add_encoding, names

if TYPE_CHECKING:
    from fg_demo.models.backbone import Encoder
    from leaderboard.embedding.embed import Progress
    from leaderboard.embedding.sharing.exchange import Shards
    from leaderboard.embedding.sharing.parts import MachineShare

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
    words = (
        "where machines share embeddings: s3://bucket/cache, hf://buckets/OWNER/NAME, a folder, whatever fsspec knows; "
        "what lies there is taken first, and what is encoded is put there part by part"
    )
    parser.add_argument("--shards", metavar="ADDRESS", help=words)
    words = "this machine's share of the parts, with --cache-only: 1/8 to 8/8 for eight machines that share no disk"
    parser.add_argument("--share", metavar="PLACE/MACHINES", help=words)
    words = "write also swaps.safetensors: each caption beside itself with two of its attributes exchanged"
    parser.add_argument("--swaps", action="store_true", help=words)
    words = "write also values.safetensors: the attribute values that each caption names, for `heads ground`"
    parser.add_argument("--values", action="store_true", help=words)
    add_encoding(parser)
    words = "what the backbone computes in; auto is half on a GPU, full on a CPU"
    parser.add_argument("--precision", default="auto", choices=PRECISIONS, help=words)
    words = (
        "translate the image tower by torch.compile first, which takes a minute and then saves an eighth of the time on "
        "a CPU; its embeddings are kept apart, since their last bits are others"
    )
    parser.add_argument("--compile", dest="compiled", action="store_true", help=words)
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
    compiled: bool = False,
    swaps: bool = False,
    values: bool = False,
    engine: str = LOCAL,
    address: str | None = None,
    shards: str | None = None,
    share: str | None = None,
) -> int:
    """Writes one Candidates file a subset and the Pairs of all captions, and what else is asked for, into `output`; or,
    with `cache_only`, encodes them into the cache. Returns the exit status: not that of success when images were left
    out since they do not open.
    """
    from fg_demo.models.adapter import joint_name
    from leaderboard.benchmarks.split import open_split
    from leaderboard.embedding.embed import Embedder
    from leaderboard.embedding.progress import ProgressBars, silence_off_terminal
    from leaderboard.training_files.asked import Asked
    from leaderboard.training_files.files import origin, save_files

    silence_off_terminal()
    part = _part(share, cache_only)
    with ProgressBars() as progress:
        shared = _open_shards(shards, cache_only, progress)
        opened = open_split(benchmark, split, revision, data, image_folder, names(subsets))
        opened.build_missing()
        asked = Asked(opened.pinned(), swaps, values)
        asked_for = engine, address, joint_name(backbone, adapter), device, precision, compiled
        with _encoder(*asked_for) as encoder:
            about = origin(asked.opened, encoder)
            embedder = Embedder(encoder, progress=progress, shards=shared)
            embedder.open()
            if shared:
                print(f"{shared.objects}: taken {shared.taken}", flush=True)
            if cache_only:
                asked.fill(embedder, part)
            made = None if output is None else (asked.candidates(embedder), asked.pairs(embedder))
    if shared:
        print(f"{shared.objects}: put {shared.put}")
    if made and output:
        save_files(asked, *made, about, output)
    return _ended(asked.left_out)


def _part(share: str | None, cache_only: bool) -> "MachineShare":
    """What is this machine's. Raises ValueError for what names no share, and where files need all of them."""
    from leaderboard.embedding.sharing.parts import ALL, read_share

    if share is not None and not cache_only:
        raise ValueError(f"share: expected none but with --cache-only, since files need all, got {share!r}")
    return ALL if share is None else read_share(share)


def _open_shards(address: str | None, must_put: bool, progress: "Progress") -> "Shards | None":
    """Where shards are shared, if anywhere; who writes files goes on where nothing can be put."""
    from leaderboard.embedding.sharing.exchange import open_shards

    if address is None:
        return None
    shared = open_shards(address, must_put, progress)
    if shared.refused:
        print(f"shards: taken and not put, since nothing can be written: {shared.refused}", file=sys.stderr)
    return shared


def _ended(left_out: dict[str, str]) -> int:
    """The exit status, after the images that are left out are counted and named."""
    if not left_out:
        return DONE
    named = (f"{image}: {why}" for image, why in left_out.items())
    print(f"left out: {len(left_out):,} images that do not open", *named, sep="\n  ", file=sys.stderr)
    return INCOMPLETE


@contextmanager
def _encoder(
    engine: str, address: str | None, backbone: str, device: str, precision: str, compiled: bool
) -> "Iterator[Encoder]":
    """What encodes. Raises ValueError when an address is named and nothing to ask there, or Ray is to compile."""
    from fg_demo.models.clip import load_backbone

    if engine == RAY and compiled:
        raise ValueError(f"compile: expected --engine {LOCAL}, got {engine!r}")
    if engine == RAY:
        from leaderboard.embedding.ray_cluster import ray_encoder

        with ray_encoder(backbone, device, address, precision) as encoder:
            yield encoder
    elif address is not None:
        raise ValueError(f"address: expected none with --engine {engine}, got {address!r}")
    else:
        encoder = load_backbone(backbone, device=device, precision=precision)
        if compiled:
            encoder.compile_images()
        yield encoder
