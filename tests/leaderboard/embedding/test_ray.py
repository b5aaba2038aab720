"""Embedding by a Ray of two workers on this machine: equal bytes, and what is killed or broken on the way."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import Timer

import pytest
import torch

from fg_demo.models.clip import load_backbone
from leaderboard.benchmarks.split import open_split
from leaderboard.embedding.embed import Embedder
from leaderboard.embedding.engine import LEFT_OUT
from leaderboard.embedding.shards import read_shards
from tests.support.app_server import ROOT
from tests.support.ray_driver import BATCH, DONE, HERE, WORKER
from tests.support.tiny_benchmark import truncate_image, write_benchmark
from tests.support.tiny_clip import write_tiny_clip

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(find_spec("ray") is None, reason="needs requirements-ray.txt"),
]

PATIENCE = 900
"""Seconds after which something hangs; a busy machine is no defect."""

IMAGES = 40
STOP = 10
"""Crops after which a run is interrupted, of IMAGES."""

CLUSTER = """
import json, sys
import ray
ray.init(address="local", num_cpus=2, object_store_memory=100 * 2**20, include_dashboard=False,
         _temp_dir=sys.argv[1], _node_ip_address="127.0.0.1", _system_config={"worker_niceness": 0})
print(json.dumps(ray.get_runtime_context().gcs_address), flush=True)
sys.stdin.read()
"""
SETTINGS = {
    "PYTHONPATH": str(ROOT),
    # One thread a worker, so that two find room, and the same number in the process that it is compared with.
    "OMP_NUM_THREADS": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    # Else it would leave a token in the home folder.
    "RAY_AUTH_MODE": "disabled",
    # Else Ray ends workers when other tests have filled the memory.
    "RAY_memory_monitor_refresh_ms": "0",
    "NO_PROXY": "127.0.0.1,localhost",
    "no_proxy": "127.0.0.1,localhost",
}


@dataclass(frozen=True)
class Cluster:
    """A Ray that runs, and what is embedded by it: a backbone and a benchmark, both tiny."""

    address: str
    folder: Path
    backbone: Path
    benchmark: Path

    def embed(self, cache: Path, *more: str) -> subprocess.CompletedProcess[str]:
        """`python -m leaderboard embed` with its cache and files in that folder."""
        line = [sys.executable, "-m", "leaderboard", "embed", "--benchmark", str(self.benchmark)]
        line += ["--backbone", str(self.backbone), "--device", "cpu", "--output", str(cache / "files"), *more]
        return subprocess.run(
            line,
            cwd=ROOT,
            env={**os.environ, **SETTINGS, "FG_CACHE": str(cache)},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def driver(self, cache: Path, stop: int, address: str | None = None) -> subprocess.Popen[str]:
        """`tests.support.ray_driver`, which stops after so many crops; `address`: this Ray's, or HERE."""
        line = [sys.executable, "-m", "tests.support.ray_driver", address or self.address, str(cache)]
        line += [str(self.backbone), str(self.benchmark), str(stop)]
        return subprocess.Popen(
            line,
            cwd=ROOT,
            env={**os.environ, **SETTINGS},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """It is begun once. Where Ray does not start at all, these tests are skipped with the reason."""
    # Short: the path of a socket, which Ray makes below it, has at most 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="r-", dir="/tmp"))
    log = folder / "log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", CLUSTER, str(folder / "ray")],
            cwd=ROOT,
            env={**os.environ, **SETTINGS},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    try:
        said = line_of(process)
        if not said:
            pytest.skip(f"Ray does not start on this machine: {log.read_text()[-2000:]}")
        yield Cluster(
            json.loads(said),
            folder,
            write_tiny_clip(folder / "clip"),
            write_benchmark(folder / "benchmark", IMAGES, ("test",)),
        )
    finally:
        end(process)
        shutil.rmtree(folder, ignore_errors=True)


def line_of(process: subprocess.Popen[str]) -> str:
    """The next line it writes; empty when it ends before, or writes none for so long that it has to be ended."""
    assert process.stdout
    timer = Timer(PATIENCE, process.kill)
    timer.start()
    try:
        return process.stdout.readline()
    finally:
        timer.cancel()


def worker_of(driver: subprocess.Popen[str]) -> int:
    """The process id of its first worker, once it has come to where it stops; Ray may write lines of its own."""
    while line := line_of(driver):
        if line.startswith(WORKER):
            return int(line.removeprefix(WORKER))
    raise AssertionError("expected a driver that stops, got one that ended before")


def finish(driver: subprocess.Popen[str]) -> None:
    """Goes on with it to its end."""
    said, _ = driver.communicate("go on\n", timeout=PATIENCE)
    assert driver.returncode == 0 and said.splitlines()[-1] == DONE


def end(process: subprocess.Popen[str]) -> None:
    """Ends the cluster and whatever of it is left."""
    assert process.stdin and process.stdout
    process.stdin.close()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.stdout.close()


@pytest.fixture(scope="module")
def expected(cluster: Cluster) -> list[tuple[list[bytes], list[bytes]]]:
    """The shards that this process makes of the driver's work, with one thread as the workers."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        opened = open_split(str(cluster.benchmark))
        encoder = load_backbone(str(cluster.backbone), device="cpu")
        cache = cluster.folder / "here"
        Embedder(encoder, cache, batch_size=BATCH).pairs(opened.captions, opened.images)
    finally:
        torch.set_num_threads(before)
    return shards(cache)


def shards(cache: Path) -> list[tuple[list[bytes], list[bytes]]]:
    """Keys and bytes of every shard, whatever it is called: each write has a name of its own."""
    found = []
    for folder in sorted(cache.glob("embeddings/*/*")):
        for _, shard in read_shards(folder, shard_dim(folder)):
            found.append((shard.keys, [row.numpy().tobytes() for row in shard.embeddings]))
    return sorted(found)


def shard_dim(folder: Path) -> int:
    from safetensors import safe_open

    with safe_open(next(folder.glob("*.safetensors")), "pt") as file:
        return file.get_slice("embeddings").get_shape()[1]


def files(cache: Path) -> set[str]:
    return {path.name for path in cache.glob("embeddings/*/*/*.safetensors")}


def test_the_command_gives_the_same_bytes_and_goes_on_where_it_stood_without_ray(
    cluster: Cluster, tmp_path: Path
):
    local, by_ray = tmp_path / "local", tmp_path / "ray"
    for cache, more in ((local, ()), (by_ray, ("--engine", "ray", "--address", cluster.address))):
        made = cluster.embed(cache, *more)
        assert made.returncode == 0, made.stderr
    assert len(shards(local)) > 2 and shards(by_ray) == shards(local)
    written = {path.name: path.read_bytes() for path in (local / "files").iterdir()}
    assert written == {path.name: path.read_bytes() for path in (by_ray / "files").iterdir()}
    before = files(local)
    again = cluster.embed(local, "--engine", "ray", "--address", cluster.address)
    assert again.returncode == 0 and files(local) == before, "nothing is computed twice"


def test_a_killed_worker_loses_nothing(cluster: Cluster, tmp_path: Path, expected: list):
    driver = cluster.driver(tmp_path, STOP)
    worker = worker_of(driver)
    assert 0 < len(shards(tmp_path)) < len(expected)
    os.kill(worker, signal.SIGKILL)
    finish(driver)
    assert shards(tmp_path) == expected


def test_a_killed_program_goes_on_with_what_it_had(cluster: Cluster, tmp_path: Path, expected: list):
    driver = cluster.driver(tmp_path, STOP)
    assert worker_of(driver)
    driver.kill()
    driver.wait(PATIENCE)
    before = files(tmp_path)
    assert STOP // BATCH <= len(before) < len(expected)
    finish(cluster.driver(tmp_path, IMAGES + 1))
    assert before <= files(tmp_path) and shards(tmp_path) == expected


def test_a_run_that_was_killed_with_ray_goes_on_without_it_and_the_other_way_round(
    cluster: Cluster, tmp_path: Path, expected: list
):
    """Each begins, is killed in the middle, and is ended by the other, which computes nothing twice."""
    begun_by_ray, begun_here = tmp_path / "ray", tmp_path / "local"
    driver = cluster.driver(begun_by_ray, STOP)
    assert worker_of(driver)
    driver.kill()
    driver.wait(PATIENCE)
    driver = cluster.driver(begun_here, STOP, address=HERE)
    assert worker_of(driver)
    driver.kill()
    driver.wait(PATIENCE)
    for cache, address in ((begun_by_ray, HERE), (begun_here, cluster.address)):
        before = files(cache)
        assert 0 < len(before) < len(expected)
        finish(cluster.driver(cache, IMAGES + 1, address=address))
        assert before <= files(cache) and shards(cache) == expected


def test_one_bad_image_is_counted_and_named_and_stops_nothing(cluster: Cluster, tmp_path: Path):
    folder = shutil.copytree(cluster.benchmark, tmp_path / "bad")
    truncate_image(folder, 3)
    one = Cluster(cluster.address, cluster.folder, cluster.backbone, folder)
    local, by_ray = tmp_path / "local", tmp_path / "ray"
    for cache, more in ((local, ()), (by_ray, ("--engine", "ray", "--address", cluster.address))):
        made = one.embed(cache, *more)
        assert made.returncode == 1, made.stderr
        assert "left out: 1 images that do not open\n  3: " in made.stderr
        said = json.loads((cache / "files" / LEFT_OUT).read_text())
        assert said["of"] == IMAGES and list(said["left_out"]) == ["3"]
    assert shards(by_ray) == shards(local)
    assert {path.name for path in (by_ray / "files").iterdir()} >= {
        "hard.safetensors",
        "captions.safetensors",
    }


BENCH = """
import json, sys
from pathlib import Path
from leaderboard.benchmarks.split import open_split
from tests.bench.bench_ray import _alone, ray_row
opened = open_split(sys.argv[1])
samples = _alone(opened.samples("hard").samples, 4)
row = ray_row("tiny", sys.argv[2], samples, opened.images, Path(sys.argv[3]), 1)
print(json.dumps(row.as_json()))
"""


def test_a_ray_of_its_own_is_measured_beside_our_own_loop(cluster: Cluster, tmp_path: Path):
    """And ends with the program: nothing but its answer is left."""
    line = [sys.executable, "-c", BENCH, str(cluster.benchmark), str(cluster.backbone), str(tmp_path)]
    environment = {**os.environ, **SETTINGS}
    made = subprocess.run(
        line, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["ratio"] > 0
