"""Ray and its workers, begun and ended: one of its own on this machine, or a cluster that runs."""

import logging
import math
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, NamedTuple

import torch

from leaderboard.embedding.ray_encoder import RayEncoder, got
from leaderboard.embedding.ray_worker import Described, RayWorker

logger = logging.getLogger(__name__)

OBJECT_STORE = 2**30
"""Bytes of the object store of a Ray begun here; a running one has its own. What does not fit goes to the disk."""

RETRIES = 3
"""How often a call is begun anew whose worker died; one that kills every worker ends the run."""

PATIENCE = 120
"""Seconds after which the run begins with those workers that are there, as soon as it is one."""

CONNECT = 10
"""Seconds in which an address has to answer."""

MOST_DECODERS = 16

AUTO = "auto"
"""The address of a Ray that runs on this machine."""


class Places(NamedTuple):
    """Room for so many workers in a cluster, and for so many threads that decode in each."""

    workers: int
    cores: int


@contextmanager
def ray_encoder(
    backbone: str, device: str = "auto", address: str | None = None, precision: str = "auto"
) -> Iterator[RayEncoder]:
    """An encoder of all workers that the Ray at `address` has room for; without an address of a Ray that is begun on
    this machine, and ends with the block. A worker takes a GPU, or as many cores as this process has threads.

    `address` is `auto`, a Ray that runs on this machine, or HOST:PORT. `device` is `auto` (GPUs where there are any),
    `cpu` or `cuda`, `precision` as for `load_backbone`. Workers import this project and open images by the paths that
    this process knows: machines share a folder, or have the same at the same place.

    Raises ValueError when Ray is not installed, there is no room for a worker, or the backbone cannot be loaded or is
    not the same everywhere; OSError when the address does not answer.
    """
    if find_spec("ray") is None:
        raise ValueError(
            "engine: expected Ray to be installed for 'ray', found none: pip install -r requirements-ray.txt"
        )
    if address not in (None, AUTO):
        _check_answers(address)
    with _connected(address) as nodes:
        has_gpus = any(_resource(node, "GPU") >= 1 for node in nodes)
        used = ("cuda" if has_gpus else "cpu") if device == "auto" else device
        room = places(nodes, used, torch.get_num_threads())
        workers = _begin(room, backbone, used, precision)
        there, described = _described(workers)
        yield RayEncoder(there, described, room.cores)


def places(nodes: Sequence[Mapping[str, Any]], device: str, threads: int) -> Places:
    """Room for workers on the nodes, which are as `ray.nodes()` has them: one a GPU, or one for each `threads` cores.

    Raises ValueError when there is none.
    """
    if device == "cpu":
        room = Places(sum(math.floor(_resource(node, "CPU") / threads) for node in nodes), threads)
        wanted = f"a machine of at least {threads} cores, as many as torch has threads here (OMP_NUM_THREADS)"
    else:
        with_gpu = [node for node in nodes if _resource(node, "GPU") >= 1]
        shares = [math.floor(_resource(node, "CPU") / _resource(node, "GPU")) for node in with_gpu]
        cores = max(1, min(MOST_DECODERS, *shares)) if shares else 1
        room = Places(sum(math.floor(_resource(node, "GPU")) for node in with_gpu), cores)
        wanted = "a machine with a GPU"
    if not room.workers:
        found = "; ".join(
            f"{_resource(node, 'CPU'):g} cores, {_resource(node, 'GPU'):g} GPUs" for node in nodes
        )
        raise ValueError(f"engine: expected {wanted} in Ray's cluster, found {found or 'no machine'}")
    return room


def _resource(node: Mapping[str, Any], name: str) -> float:
    return node.get("Resources", {}).get(name, 0.0)


@contextmanager
def _connected(address: str | None) -> Iterator[list[Mapping[str, Any]]]:
    """The cluster's living nodes, while it is connected to."""
    # Read when Ray is imported: it would send what is run here to its makers.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray

    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        if address is None:
            ray.init(
                address="local",
                include_dashboard=False,
                object_store_memory=OBJECT_STORE,
                _node_ip_address="127.0.0.1",
                # By itself it runs workers as what may wait for everything else on the machine (nice 15).
                _system_config={"worker_niceness": 0},
                **quiet,
            )
        else:
            ray.init(address=address, **quiet)
    except (ConnectionError, RuntimeError) as error:
        raise OSError(
            f"address: expected a Ray that runs at {address or 'this machine'}, of this version, and that asks for no "
            f"token or one that RAY_AUTH_MODE=token finds: {error}"
        ) from error
    try:
        yield [node for node in ray.nodes() if node["Alive"]]
    finally:
        ray.shutdown()


def _check_answers(address: str) -> None:
    """Raises OSError when nothing answers there, in seconds: Ray itself tries for minutes."""
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isdecimal() or "/" in host:
        raise ValueError(f"address: expected auto or HOST:PORT, got {address!r}")
    try:
        socket.create_connection((host.strip("[]"), int(port)), CONNECT).close()
    except (OSError, OverflowError) as error:
        raise OSError(f"address: expected a Ray that runs at {address}, got: {error}") from error


def _begin(room: Places, backbone: str, device: str, precision: str) -> list[Any]:
    import ray

    options: dict[str, Any] = {"num_cpus": room.cores, "num_gpus": int(device != "cpu")}
    options |= {"max_restarts": -1, "max_task_retries": RETRIES}
    options |= {"concurrency_groups": {"cutting": room.cores, "tokenizing": 1, "encoding": 1}}
    actor: Any = ray.remote(**options)(RayWorker)
    return [actor.remote(backbone, device, precision, torch.get_num_threads()) for _ in range(room.workers)]


def _described(workers: Sequence[Any]) -> tuple[list[Any], Described]:
    """Those of the workers that are there, at least one, and what all of them are. Raises ValueError when they differ."""
    import ray

    asked = {worker.describe.remote(): worker for worker in workers}
    done, late = ray.wait(list(asked), num_returns=len(asked), timeout=PATIENCE)
    while not done:
        logger.warning("ray: no worker has begun yet; others may use the cluster, and it is waited for room")
        done, late = ray.wait(list(asked), num_returns=1, timeout=PATIENCE)
    if late:
        logger.warning("ray: %d of %d workers have begun: going on with them", len(done), len(asked))
    for call in late:
        ray.kill(asked[call])
    described = {got(call) for call in done}
    if len(described) > 1:
        raise ValueError(f"backbone: expected the same on every machine, got {sorted(described)}")
    return [asked[call] for call in done], described.pop()
