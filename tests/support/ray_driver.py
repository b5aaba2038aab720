"""A program that embeds by Ray and stops at a moment that is asked for: `python -m tests.support.ray_driver`.

    ADDRESS CACHE BACKBONE BENCHMARK STOP

Once STOP crops are embedded it writes the process id of its first worker, and goes on when it is given a line. It
writes "done" at the end.
"""

import os
import sys
from pathlib import Path
from typing import Any

from leaderboard.benchmarks.split import open_split
from leaderboard.embedding.embed import Embedder
from leaderboard.embedding.ray_cluster import ray_encoder

BATCH = 2


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
                print(ray.get(workers[0].__ray_call__.remote(lambda worker: os.getpid())), flush=True)
                sys.stdin.readline()

        Embedder(encoder, Path(cache), progress, batch_size=BATCH).pairs(opened.captions, opened.images)
    print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
