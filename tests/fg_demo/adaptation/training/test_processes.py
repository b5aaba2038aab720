"""Several processes by `torchrun`: what two train together is what one trains alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from fg_demo.__main__ import main
from fg_demo.adaptation.training.processes import ALONE, Processes, started_together
from fg_demo.adaptation.training.run import progress_path
from heads.io.tensors import read_metadata
from tests.support.gradients import write_gradients
from tests.support.tiny_adaptation import run_adapt, write_tiny_vidsitu

PATIENCE = 1800
"""Seconds: two processes that import torch, on a machine that has other things to do."""


@given(length=st.integers(1, 50), count=st.integers(1, 8))
def test_shares_are_equal_and_hold_every_row_in_order(length: int, count: int):
    shares = [Processes(rank, count).rows(length) for rank in range(count)]
    assert len({len(share) for share in shares}) == 1 and len(shares[0]) >= 1
    assert [row for share in shares for row in share][:length] == list(range(length))
    assert len(shares[0]) * count < length + count


def test_one_alone_changes_nothing():
    own, gradient = torch.ones(3, 2, requires_grad=True), torch.ones(2)
    assert ALONE.gathered(own, 3) is own and ALONE.rows(3) == [0, 1, 2]
    ALONE.add_up([gradient], 0.5)
    assert torch.equal(gradient, torch.ones(2))
    with started_together("cpu") as processes:
        assert processes == ALONE and processes.first


def torchrun(module: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """`torchrun` with two processes on this machine; gloo asks for no other network than its own."""
    local = {"GLOO_SOCKET_IFNAME": "lo"} if sys.platform == "linux" else {}
    start = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", module]
    return subprocess.run(
        [sys.executable, *start, *map(str, arguments)],
        env={**os.environ, "OMP_NUM_THREADS": "1", **local},
        cwd=Path(__file__).parents[4],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def check_same(one: Path, two: Path) -> None:
    """The same figures in both folders."""
    first, second = (json.loads((folder / "history.json").read_text()) for folder in (one, two))
    assert [epoch["epoch"] for epoch in first] == [epoch["epoch"] for epoch in second]
    for before, after in zip(first[1:], second[1:], strict=True):
        assert after["loss"] == pytest.approx(before["loss"], rel=1e-3)
        assert after["mean_rank"] == pytest.approx(before["mean_rank"], abs=0.3)


@pytest.mark.slow
@pytest.mark.timeout(PATIENCE)
def test_two_processes_have_the_gradients_of_one(clip_folder: Path, tmp_path: Path):
    one, two = tmp_path / "one.safetensors", tmp_path / "two.safetensors"
    write_gradients(clip_folder, tmp_path / "frames", one, ALONE)
    done = torchrun("tests.support.gradients", clip_folder, tmp_path / "frames", two)
    assert done.returncode == 0, done.stderr
    first, second = load_file(one), load_file(two)
    assert first.keys() == second.keys() and len(first) > 10
    for name, gradient in first.items():
        torch.testing.assert_close(second[name], gradient, atol=1e-4, rtol=1e-3)
    losses = [float(read_metadata(path)["loss"]) for path in (one, two)]
    assert losses[1] == pytest.approx(losses[0], rel=1e-5)


@pytest.mark.slow
@pytest.mark.timeout(PATIENCE)
def test_two_processes_train_clips_and_regions_as_one_does(
    clip_folder: Path, regions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    write_tiny_vidsitu(tmp_path)
    data = ["--vidsitu", str(tmp_path), "--frames", str(tmp_path / "frames"), "--regions", str(regions)]
    numbers = {"rank": 2, "epochs": 2, "batch": 3, "region-batch": 3, "contextualiser-layers": 1}
    settings = [part for name, value in numbers.items() for part in (f"--{name}", str(value))]
    line = ["adapt", "--backbone", str(clip_folder), "--device", "cpu", "--learning-rate", "1e-3"]
    one, two = tmp_path / "one", tmp_path / "two"
    assert main([*line, *data, *settings, "--output", str(one)]) == 0
    alone = capsys.readouterr()
    done = torchrun("fg_demo", *line, *data, *settings, "--output", two)
    assert done.returncode == 0, done.stderr
    check_same(one, two)
    # Told once, by the first of them.
    assert done.stdout.count("mean rank") == alone.out.count("mean rank") == 1
    assert done.stderr.count("left out 1 clips without an annotation") == 1


@pytest.mark.slow
@pytest.mark.timeout(PATIENCE)
def test_two_processes_go_on_with_what_one_began(
    clip_folder: Path, regions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    quick = ("--learning-rate", "5e-3")
    assert run_adapt(clip_folder, regions, whole, *quick) == 0

    def stop(*arguments: object, **named: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("fg_demo.adaptation.training.run._show", stop)
        assert run_adapt(clip_folder, regions, stopped, *quick) == 130
    assert progress_path(stopped).exists()
    monkeypatch.setattr(
        "tests.support.tiny_adaptation.main", lambda line: torchrun("fg_demo", *line).returncode
    )
    assert run_adapt(clip_folder, regions, stopped, *quick, "--resume") == 0
    assert not progress_path(stopped).exists()
    check_same(whole, stopped)
    first, second = (load_file(folder / "adapter_model.safetensors") for folder in (whole, stopped))
    # Of B, which begins at 0, so that its size is how far it has come. Adam makes a whole step of a gradient that is
    # nothing but rounding, so that a few numbers may differ.
    one, two = (
        torch.cat([part[name].flatten() for name in sorted(part) if "lora_B" in name])
        for part in (first, second)
    )
    assert torch.dist(one, two) < 0.05 * one.norm() and one.norm() > 0
