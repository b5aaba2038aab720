"""A program that embeds by Ray and stops at a moment that is asked for: `python -m tests.support.ray_driver`.

    ADDRESS CACHE BACKBONE BENCHMARK STOP

Once STOP crops are embedded it writes the process id of its first worker, and goes on when it is given a line. With the
address HERE it encodes by itself, in one thread as a worker, and no Ray.
"""

import os
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import torch

from fg_demo.models.backbone import Encoder
from fg_demo.models.clip import load_backbone
from leaderboard.benchmarks.split import open_split
from leaderboard.embedding.embed import Embedder
from leaderboard.embedding.ray_cluster import ray_encoder

BATCH = 2
HERE = "here"
WORKER, DONE = "worker ", "done"
"""What it writes: the process id behind the one, the other last."""


def main(address: str, cache: str, backbone: str, benchmark: str, stop: str) -> None:
    """Embeds the whole images and captions of the benchmark."""
    left = [int(stop)]
    opened = open_split(benchmark)
    with _encoder(backbone, address) as encoder:

        def progress(what: str, done: int, total: int) -> None:
            if what == "crops" and left and done >= left[0]:
                left.clear()
                print(f"{WORKER}{os.getpid() if address == HERE else _first_worker(encoder)}", flush=True)
                sys.stdin.readline()

        Embedder(encoder, Path(cache), progress, batch_size=BATCH).pairs(opened.captions, opened.images)
    print(DONE, flush=True)


def _encoder(backbone: str, address: str) -> AbstractContextManager[Encoder]:
    if address == HERE:
        torch.set_num_threads(1)
        return nullcontext(load_backbone(backbone, device="cpu"))
    return ray_encoder(backbone, "cpu", address)


def _first_worker(encoder: Any) -> int:
    import ray

    return ray.get(encoder._workers[0].__ray_call__.remote(lambda worker: os.getpid()))


if __name__ == "__main__":
    main(*sys.argv[1:])
