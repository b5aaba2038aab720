"""A program that embeds by Ray and stops at a moment that is asked for: `python -m tests.support.ray_driver`.

    ADDRESS CACHE BACKBONE BENCHMARK STOP

Once STOP crops are embedded it writes the process id of its first worker, and goes on when it is given a line.
"""

import os
import sys
from pathlib import Path
from typing import Any

from leaderboard.benchmarks.split import open_split
from leaderboard.embedding.embed import Embedder
from leaderboard.embedding.ray_cluster import ray_encoder

BATCH = 2
WORKER, DONE = "worker ", "done"
"""What it writes: the process id behind the one, the other last."""


def main(address: str, cache: str, backbone: str, benchmark: str, stop: str) -> None:
    """Embeds the whole images and captions of the benchmark."""
    import ray

    left = [int(stop)]
    opened = open_split(benchmark)
    with ray_encoder(backbone, "cpu", address) as encoder:
        workers: Any = encoder._workers

        def progress(what: str, done: int, total: int) -> None:
            if what == "crops" and left and done >= left[0]:
                left.clear()
                pid = ray.get(workers[0].__ray_call__.remote(lambda worker: os.getpid()))
                print(f"{WORKER}{pid}", flush=True)
                sys.stdin.readline()

        Embedder(encoder, Path(cache), progress, batch_size=BATCH).pairs(opened.captions, opened.images)
    print(DONE, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
