"""Ray before anything of it runs: room for workers, addresses, and what is said where it is not installed."""

import socket
from pathlib import Path

import pytest

import leaderboard.__main__ as cli
from leaderboard.embedding import ray_cluster
from leaderboard.embedding.ray_cluster import Places, places, ray_encoder

FOUR = {"Resources": {"CPU": 4.0, "memory": 1e9}}
WITH_GPUS = {"Resources": {"CPU": 16.0, "GPU": 2.0}}


@pytest.fixture
def as_if_installed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ray_cluster, "find_spec", lambda name: object())


def test_a_worker_takes_a_gpu_or_as_many_cores_as_there_are_threads():
    assert places([FOUR, WITH_GPUS], "cpu", 1) == Places(20, 1)
    assert places([FOUR, WITH_GPUS], "cpu", 3) == Places(1 + 5, 3)
    assert places([FOUR, WITH_GPUS], "cuda", 3) == Places(2, 8)
    assert places([{"Resources": {"CPU": 1.0, "GPU": 4.0}}], "cuda", 1) == Places(4, 1)
    assert places([{"Resources": {"CPU": 96.0, "GPU": 1.0}}], "cuda", 1).cores == ray_cluster.MOST_DECODERS


@pytest.mark.parametrize(
    ("nodes", "device", "words"),
    [
        ([FOUR], "cpu", r"a machine of at least 8 cores.*\(OMP_NUM_THREADS\).*, found 4 cores, 0 GPUs"),
        ([FOUR, FOUR], "cuda", "a machine with a GPU in Ray's cluster, found 4 cores, 0 GPUs; 4 cores"),
        ([], "cpu", "found no machine"),
    ],
)
def test_no_room_is_said(nodes: list, device: str, words: str):
    with pytest.raises(ValueError, match=words):
        places(nodes, device, 8)


@pytest.mark.usefixtures("as_if_installed")
@pytest.mark.parametrize("address", ["somewhere", ":6379", "ray://host:10001", "host:port", ""])
def test_what_is_no_address_is_refused(address: str):
    with (
        pytest.raises(ValueError, match="address: expected auto or HOST:PORT, got"),
        ray_encoder("mini-clip", "cpu", address),
    ):
        pass


@pytest.mark.usefixtures("as_if_installed")
def test_an_address_that_does_not_answer_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listened at: whoever comes is refused
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        line = ["embed", "--engine", "ray", "--address", address, "--output", str(tmp_path)]
        assert cli.main(line) == 2
    assert f"address: expected a Ray that runs at {address}, got: " in capsys.readouterr().err


def test_without_ray_it_is_said_how_to_install_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ray_cluster, "find_spec", lambda name: None)
    assert cli.main(["embed", "--engine", "ray", "--output", str(tmp_path)]) == 2
    assert "pip install -r requirements-ray.txt" in capsys.readouterr().err


def test_an_address_that_nobody_asks_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["embed", "--address", "auto", "--output", str(tmp_path)]) == 2
    assert "address: expected none with --engine local, got 'auto'" in capsys.readouterr().err
