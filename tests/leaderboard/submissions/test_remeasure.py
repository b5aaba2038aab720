"""Measuring a stranger's head in a process of its own, with the real backbone, and the command around it."""

import math
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest
from safetensors.torch import save_file

from fg_demo import load_backbone
from fg_demo.models.clip import MINI_CLIP_FOLDER
from fg_demo.models.pretrained import folder_revision
from heads import save_head
from leaderboard.benchmarks.split import open_split
from leaderboard.embedding.embed import Embedder
from leaderboard.evaluation.measure import measure
from leaderboard.records.files import from_json
from leaderboard.submissions import remeasure, sandboxed
from leaderboard.submissions.remeasure import HeadRefused, LimitedEvaluator
from tests.fake_hub.server import HubServer
from tests.support.head_samples import make_head
from tests.support.submitted_heads import DATASET, DIM, head_files

COMMIT = "c" * 40


def saved(folder: Path) -> Path:
    revision = folder_revision(MINI_CLIP_FOLDER)
    return save_head(make_head("linear", DIM), folder, backbone="mini-clip", backbone_revision=revision)


def arguments(folder: Path, output: Path, benchmark: Path, revision: str) -> list[str]:
    backbone = ["--backbone", "mini-clip", revision, str(DIM), "cpu", "full"]
    return [
        str(folder),
        str(output),
        *backbone,
        "--benchmark",
        str(benchmark),
        "--split",
        "test",
        "--command",
        "x",
    ]


@pytest.mark.slow
def test_the_sandbox_measures_what_we_measure(tiny_benchmark: Path, tmp_path: Path):
    folder, split = saved(tmp_path / "head"), open_split(str(tiny_benchmark))
    record = LimitedEvaluator(split, device="cpu").remeasure(folder, "alice/head", COMMIT)
    ours = measure(str(folder), split, Embedder(load_backbone("mini-clip", device="cpu")), "x")
    assert record.subsets == ours.subsets and record.retrieval == ours.retrieval
    assert record.provenance == "re-measured"
    assert record.head.name == "alice/head" and record.source == f"alice/head@{COMMIT}"
    assert "--head alice/head" in (record.produced.command if record.produced else "")


@pytest.mark.slow
def test_a_head_that_cannot_be_scored_is_refused_with_the_reason(tiny_benchmark: Path, tmp_path: Path):
    folder = saved(tmp_path / "head")
    weights = make_head("linear", DIM)
    next(weights.parameters()).data[0, 0] = math.nan
    save_file({k: v.contiguous() for k, v in weights.state_dict().items()}, folder / "model.safetensors")
    with pytest.raises(HeadRefused, match="expected finite weights"):
        LimitedEvaluator(open_split(str(tiny_benchmark)), device="cpu").remeasure(
            folder, "alice/head", COMMIT
        )


def test_a_backbone_that_does_not_load_or_a_record_that_is_none_says_nothing_of_the_head(
    tiny_benchmark: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def broken(*_: object, **__: object) -> NoReturn:
        raise ValueError("backbone: could not load 'mini-clip'")

    monkeypatch.setattr(remeasure, "load_backbone", broken)
    with pytest.raises(RuntimeError, match="could not load 'mini-clip'"):
        LimitedEvaluator(open_split(str(tiny_benchmark))).remeasure(saved(tmp_path / "head"), "a/b", COMMIT)
    (tmp_path / "record.json").write_text("{}")
    with pytest.raises(RuntimeError, match=r"record: schema"):
        remeasure._read(tmp_path / "record.json")


def test_an_embedding_that_is_missing_is_our_fault(tiny_benchmark: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("FG_CACHE", str(tmp_path / "empty"))
    folder, revision = saved(tmp_path / "head"), folder_revision(MINI_CLIP_FOLDER)
    with pytest.raises(RuntimeError, match=r"expected all .* in the cache"):
        sandboxed.main(arguments(folder, tmp_path / "record.json", tiny_benchmark, revision))


def test_embeddings_are_looked_for_in_the_precision_that_they_were_made_in(
    tiny_benchmark: Path, tmp_path: Path
):
    """As a GPU makes them, in another than the process itself would."""
    encoder, split = (
        load_backbone("mini-clip", device="cpu", precision="half"),
        open_split(str(tiny_benchmark)),
    )
    remeasure.embed_split(split, Embedder(encoder))
    told = remeasure._arguments(saved(tmp_path / "head"), tmp_path / "record.json", encoder, split)
    assert sandboxed.main([*told, "--command", "x"]) == 0
    assert from_json((tmp_path / "record.json").read_bytes()).backbone.name == "mini-clip"


def test_a_head_for_another_backbone_is_refused_in_a_line(tiny_benchmark: Path, tmp_path: Path, capsys):
    folder, output = saved(tmp_path / "head"), tmp_path / "record.json"
    assert sandboxed.main(arguments(folder, output, tiny_benchmark, "0123456789ab")) == sandboxed.REFUSED
    assert "backbone: expected mini-clip" in capsys.readouterr().err.splitlines()[-1]
    assert not output.exists()


@pytest.mark.slow
def test_a_refresh_killed_while_it_commits_is_completed_by_the_next(
    hub: HubServer, tiny_benchmark: Path, tmp_path: Path
):
    hub.create_repo(DATASET, "dataset")
    hub.create_repo("alice/head", files=head_files(tmp_path / "head"))
    token = hub.add_token("maintainer")
    environment = {
        **os.environ,
        **hub.environment(tmp_path / "home", token),
        "FG_CACHE": str(tmp_path / "cache"),
        "FG_RESULTS": DATASET,
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, "-m", "leaderboard", "refresh", "--benchmark", str(tiny_benchmark)]
    command += ["--backbone", "mini-clip", "--device", "cpu"]
    line: dict = {"env": environment, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    first = subprocess.Popen(command, **line)
    hub.fail("commit", lambda: os.kill(first.pid, signal.SIGKILL))
    said, _ = first.communicate(timeout=280)
    assert first.returncode == -signal.SIGKILL, said
    second = subprocess.run(command, timeout=280, check=False, **line)
    assert second.returncode == 0, second.stdout
    assert "1 measured" in second.stdout or "1 known" in second.stdout
    (record,) = [from_json(data) for data in hub.files(DATASET).values()]
    assert record.head.name == "alice/head"
    assert token not in said + second.stdout


def test_the_process_looks_for_the_benchmark_where_its_parent_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    for folder in ("data", "coco", "mine"):
        (tmp_path / folder).mkdir()
    encoder, head = sandboxed.EmbeddedEncoder("b", "r", 8, "cpu", "full"), Path("head")
    monkeypatch.setenv("FG_DATA", "data")
    monkeypatch.setenv("FG_IMAGES", "coco")
    monkeypatch.setenv("FG_BENCHMARK", "alice/fg-ovd")

    def told(name: str, data: Path | None = None) -> list[str]:
        split = open_split(name, "test", "c0ffee", data)
        return remeasure._arguments(head, head / "record.json", encoder, split)

    given = told("fg-ovd")
    assert given[given.index("--data") + 1] == str(tmp_path / "data"), "it has another working folder"
    assert given[given.index("--image-folder") + 1] == str(tmp_path / "coco")
    assert (
        given[given.index("--benchmark") + 1] == "fg-ovd" and given[given.index("--revision") + 1] == "c0ffee"
    )
    assert str(tmp_path / "mine") in told("mine"), "so has the benchmark that is a folder"
    other = told("fg-ovd", data=Path("coco"))
    assert other[other.index("--data") + 1] == str(tmp_path / "coco"), "two splits of one process may differ"
    assert remeasure._variables()["FG_BENCHMARK"] == "alice/fg-ovd"
    for name in ("FG_DATA", "FG_IMAGES", "FG_BENCHMARK"):
        monkeypatch.delenv(name)
    assert not {"--data", "--image-folder"} & {*told("fg-ovd")}
    assert not {"FG_DATA", "FG_BENCHMARK"} & remeasure._variables().keys()
