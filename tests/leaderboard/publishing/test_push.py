"""A benchmark published to and read from a Hub on this machine: pinned, streamed, and when things go wrong."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as parquet
import pytest
from PIL import Image

from leaderboard.__main__ import main
from leaderboard.benchmarks.at_hand import NotHereError, fetch
from leaderboard.benchmarks.catalogue import BENCHMARKS
from leaderboard.benchmarks.lookup import find_benchmark
from leaderboard.benchmarks.split import load_benchmark, open_split
from leaderboard.board import cases
from leaderboard.board.board import Entry
from leaderboard.embedding.embed import Embedder
from leaderboard.evaluation.measure import embed_split
from leaderboard.records.files import load_results
from tests.fake_hub.faults import LOST_REPLY, RESET, TIME_OUT, TRUNCATED, Fault, status
from tests.fake_hub.server import HubServer
from tests.support.annotation_samples import (
    FILE_OF,
    REGIONS,
    SIZE,
    write,
    write_lines,
    write_lvis,
    write_sugarcrepe,
)
from tests.support.killed import kills
from tests.support.tiny_benchmark import CountingBackbone

REPO = "alice/fg"


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder fg-ovd with two subsets, in two forms, and a folder of its images."""
    monkeypatch.delenv("FG_DATA", raising=False)
    for name in FILE_OF.values():
        (tmp_path / "coco" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", SIZE, "green").save(tmp_path / "coco" / name)
    monkeypatch.setenv("FG_IMAGES", str(tmp_path / "coco"))
    folder = tmp_path / "fg-ovd"
    write_lines(folder / "hard.jsonl")
    write_lvis(folder / "color.json", REGIONS[:2])
    return folder


@pytest.fixture
def publish(hub: HubServer, source: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    monkeypatch.setenv("HF_TOKEN", hub.add_token("alice"))

    def run(*options: str) -> int:
        return main(["publish-benchmark", str(source), "--repo", REPO, *options])

    return run


def test_what_was_published_reads_as_the_source_reads(
    hub: HubServer, publish: Callable[..., int], source: Path, capsys: pytest.CaptureFixture[str]
):
    assert publish("--yes") == 0
    shown = capsys.readouterr().out
    assert "Hard, test: 3 rows, all good" in shown and "1_attributes/test.parquet" in shown
    assert sorted(hub.files(REPO)) == [
        "1_attributes/test.parquet",
        "README.md",
        "color/test.parquet",
        "eval.yaml",
        "images/test.parquet",
    ]
    assert len(hub.commits(REPO)) == 2, "the first, and one with everything"
    assert set(open_split(REPO).reader.configs()) == {"1_attributes", "color", "images"}
    for subset in ("hard", "color"):
        assert load_benchmark(REPO, subset) == load_benchmark(str(source), subset)
        assert load_benchmark(REPO, subset, streaming=True) == load_benchmark(str(source), subset)
        assert open_split(REPO).samples(subset).oddities == open_split(str(source)).samples(subset).oddities
    assert set(open_split(REPO).images) == {"139", "285"} and open_split(REPO).images["285"].size == SIZE
    assert not any(open_split(REPO).captions.values())
    assert open_split(REPO).revision == hub.commits(REPO)[0].id


def test_pixels_are_published_on_demand_only_byte_for_byte(
    publish: Callable[..., int], source: Path, hub: HubServer
):
    assert publish("--yes", "--images", "--private") == 0
    table = parquet.read_table(io.BytesIO(hub.files(REPO)["images/test.parquet"]))
    stored = table["image"][0].as_py()["bytes"]
    assert stored == (source.parent / "coco" / FILE_OF[139]).read_bytes()
    assert open_split(REPO).images["139"].size == SIZE


def test_whole_images_are_published_and_read_too(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HF_TOKEN", hub.add_token("alice"))
    write_sugarcrepe(tmp_path / "sugarcrepe" / "swap_att.json")
    local = str(tmp_path / "sugarcrepe")
    assert main(["publish-benchmark", local, "--repo", "alice/crepe", "--yes"]) == 0
    assert load_benchmark("alice/crepe", "swap_att") == load_benchmark(local, "swap_att")


def test_rows_whose_images_nobody_could_find_are_not_published_without_them(
    hub: HubServer, tiny_benchmark: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("HF_TOKEN", hub.add_token("alice"))
    command = ["publish-benchmark", str(tiny_benchmark), "--repo", "alice/tiny", "--yes"]
    assert main(command) == 2
    assert "4 of 4 images name neither file nor address" in capsys.readouterr().err and hub.repos() == []
    assert main([*command, "--images"]) == 0
    assert open_split("alice/tiny").captions == open_split(str(tiny_benchmark)).captions
    assert load_benchmark("alice/tiny", "pattern") == load_benchmark(str(tiny_benchmark), "pattern")
    assert (
        open_split("alice/tiny").images["2"].tobytes()
        == open_split(str(tiny_benchmark)).images["2"].tobytes()
    )


def test_a_revision_pins_the_rows(hub: HubServer, publish: Callable[..., int], source: Path):
    publish("--yes")
    first, before = open_split(REPO).revision, load_benchmark(REPO, "hard")
    write_lines(source / "hard.jsonl", REGIONS[:1])
    (source / "color.json").unlink()
    publish("--yes")
    assert load_benchmark(REPO, "hard", revision=first) == before
    assert load_benchmark(REPO, "hard", revision=first, streaming=True) == before
    assert len(load_benchmark(REPO, "hard")) == 1
    assert "color" not in open_split(REPO).reader.configs(), "files that the source no longer has are gone"
    assert set(open_split(REPO, revision=first).reader.configs()) == {"1_attributes", "color", "images"}
    with pytest.raises(OSError, match=REPO):
        load_benchmark(REPO, "hard", revision="0" * 40)


def test_a_run_reads_one_commit_whatever_is_pushed_meanwhile(
    hub: HubServer, publish: Callable[..., int], source: Path, monkeypatch: pytest.MonkeyPatch
):
    publish("--yes")
    first = open_split(REPO).revision
    changed = {"1_attributes/test.parquet": b"no Parquet file"}
    hub.fail(r"GET /.*/color/test\.parquet", lambda: hub.commit(REPO, changed))
    data = embed_split(open_split(REPO), Embedder(CountingBackbone()))
    assert open_split(REPO).revision != first, "somebody pushed"
    assert data.entry.revision == first and set(data.subsets) == {"hard", "color"}
    assert open_split(str(source), revision="any").pinned().commit == "any"


def test_nothing_is_pushed_without_a_yes(
    hub: HubServer, publish: Callable[..., int], tmp_path: Path, capsys, monkeypatch
):
    assert publish("--dry-run", "--output", str(tmp_path / "kept")) == 0
    shown = capsys.readouterr().out
    assert "annotations only, no images" in shown and "nothing pushed" in shown
    assert len(load_benchmark(str(tmp_path / "kept"), "hard")) == 3
    assert [path.name for path in tmp_path.glob(".publish-*")] == []
    assert (
        publish("--output", str(tmp_path / "kept")) == 2 and "--output: expected" in capsys.readouterr().err
    )
    assert publish() == 2 and "--yes: expected" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: "n")
    assert publish() == 1
    assert hub.repos() == []


@pytest.mark.parametrize(
    "theirs", [{"train.parquet": b"x", "README.md": b"# Years of work\n"}, {"data/train.parquet": b"x"}]
)
def test_a_dataset_of_somebody_s_own_is_left_alone(
    hub: HubServer, publish: Callable[..., int], theirs: dict[str, bytes], capsys: pytest.CaptureFixture[str]
):
    hub.create_repo(REPO, "dataset", files=theirs)
    assert publish("--yes") == 2
    assert (
        f"--repo: expected a new dataset, or one as this command left it, {REPO} holds"
        in capsys.readouterr().err
    )
    assert hub.files(REPO) == theirs


def test_a_kept_folder_is_whole_and_stands_alone(
    publish: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    kept = tmp_path / "kept" / "fg"
    for moment in kills(lambda: publish("--dry-run", "--output", str(kept)), tmp_path / "kept", every=40):
        assert not kept.exists(), moment
    assert (kept / "README.md").is_file() and (kept / "1_attributes" / "test.parquet").is_file()


def test_every_wrong_row_is_named_and_nothing_pushed(
    hub: HubServer, publish: Callable[..., int], source: Path, capsys: pytest.CaptureFixture[str]
):
    lines = [json.loads(line) for line in (source / "hard.jsonl").read_text().splitlines()]
    lines[0]["bbox"], lines[2]["neg_expression"] = [1, 2], [""]
    write(source / "hard.jsonl", "\n".join(map(json.dumps, lines)))
    assert publish("--yes") == 2
    said = capsys.readouterr().err
    assert "2 wrong rows" in said and "line 1: bbox: expected four numbers" in said
    assert "line 3: neg_expression: expected captions" in said
    assert hub.repos() == []


PUSH_FAULTS = {
    "no right": ("commit", status(403), "the token has no right"),
    "out of order": ("create", status(500), "the Hub is out of order"),
    "changed meanwhile": ("commit", status(412), "somebody else changed the repository"),
}


@pytest.mark.parametrize("name", PUSH_FAULTS)
def test_a_push_that_fails_says_so_and_leaves_no_half(
    hub: HubServer, publish: Callable[..., int], capsys: pytest.CaptureFixture[str], name: str
):
    step, fault, message = PUSH_FAULTS[name]
    hub.fail(step, fault, times=99)
    assert publish("--yes") == 2
    assert f"error: {REPO}: {message}" in capsys.readouterr().err
    assert all("parquet" not in path for repo in hub.repos() for path in hub.files(repo))
    hub.heal()
    assert publish("--yes") == 0 and "1_attributes/test.parquet" in hub.files(REPO)


def test_an_eval_yaml_that_the_hub_refuses_does_not_keep_the_rows_from_it(
    hub: HubServer, publish: Callable[..., int], source: Path, capsys: pytest.CaptureFixture[str]
):
    hub.fail("commit", status(400, "eval.yaml: evaluation_framework must be one of inspect-ai, ..."))
    assert publish("--yes") == 0
    assert (
        "eval.yaml was left out, since the Hub refused it: refused (status 400, eval"
        in capsys.readouterr().err
    )
    assert "eval.yaml" not in hub.files(REPO) and len(hub.commits(REPO)) == 2
    assert load_benchmark(REPO, "hard") == load_benchmark(str(source), "hard")


def test_what_is_refused_without_it_too_is_an_error(
    hub: HubServer, publish: Callable[..., int], capsys: pytest.CaptureFixture[str]
):
    hub.fail("commit", status(400, "the card is no YAML"), times=2)
    assert publish("--yes") == 2
    assert f"error: {REPO}: refused (status 400, the card is no YAML)" in capsys.readouterr().err
    assert len(hub.commits(REPO)) == 1


def test_fg_ovd_is_read_from_the_dataset_that_a_variable_names(
    hub: HubServer,
    publish: Callable[..., int],
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    """Published once, it is evaluated on from there, and so are the gallery's cases and the images of links."""
    publish("--yes")
    before = load_benchmark(str(source), "hard")
    monkeypatch.setenv("FG_BENCHMARK", REPO)
    monkeypatch.setenv("FG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(BENCHMARKS, "fg-ovd", replace(BENCHMARKS["fg-ovd"], captions=None))
    assert load_benchmark("fg-ovd", "hard") == before
    monkeypatch.setattr("fg_demo.models.clip.load_backbone", lambda name, **_: CountingBackbone())
    results = ["--results", str(tmp_path / "results")]
    assert main(["evaluate", "--benchmark", "fg-ovd", "--head", "cosine", *results]) == 0
    (record,) = load_results(tmp_path / "results")[0]
    assert record.benchmark.name == "fg-ovd" and record.benchmark.revision == hub.commits(REPO)[0].id
    with pytest.raises(NotHereError):
        cases.load_samples(Entry("key", record, 1, {}), "hard")
    fetch("fg-ovd", "hard", "test")  # what the gallery's button does: no link makes the server fetch anything
    assert cases.load_samples(Entry("key", record, 1, {}), "hard") == before
    assert open_split("fg-ovd").images[before[0].image].size == SIZE


@pytest.mark.parametrize("value", ["fg-ovd", "a/b/c", "../there", "https://huggingface.co/datasets/a/b"])
def test_a_variable_that_names_no_dataset_is_told(monkeypatch: pytest.MonkeyPatch, value: str):
    monkeypatch.setenv("FG_BENCHMARK", value)
    with pytest.raises(ValueError, match=r"FG_BENCHMARK: expected a Hub dataset repo owner/name, got"):
        find_benchmark("fg-ovd")
    assert find_benchmark("sugarcrepe") is BENCHMARKS["sugarcrepe"], "of the others it says nothing"


def test_a_reader_without_a_token_or_of_nothing_is_told(
    hub: HubServer, publish: Callable[..., int], monkeypatch
):
    publish("--yes", "--private")
    monkeypatch.delenv("HF_TOKEN")
    for repo in (REPO, "alice/none"):
        with pytest.raises(OSError, match=repo):
            load_benchmark(repo, "hard")
        with pytest.raises(OSError, match=repo):
            assert open_split(repo).revision


PASSING = {
    "429 with Retry-After": ("download", status(429, Retry_After="3")),
    "500 at the file's head": ("head", status(503)),
    "reset": ("download", RESET),
    "lost reply": ("download", LOST_REPLY),
}


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes_is_survived(
    hub: HubServer, publish: Callable[..., int], source: Path, name: str, streaming: bool
):
    publish("--yes")
    step, fault = PASSING[name]
    hub.fail(rf"{'HEAD' if step == 'head' else 'GET'} /.*/1_attributes/test\.parquet", fault)
    samples = load_benchmark(REPO, "hard", streaming=streaming)
    assert samples == load_benchmark(str(source), "hard")


LASTING = {
    "401": status(401),
    "403": status(403),
    "404": status(404),
    "500": status(500),
    "reset": RESET,
    "truncated": TRUNCATED,
    "time-out": TIME_OUT,
}


@pytest.mark.parametrize("name", [*list(LASTING)[:-1], pytest.param("time-out", marks=pytest.mark.slow)])
def test_a_fault_that_lasts_is_named_and_nothing_half_is_kept(
    hub: HubServer, publish: Callable[..., int], source: Path, name: str, monkeypatch: pytest.MonkeyPatch
):
    publish("--yes")
    monkeypatch.setenv("FG_HUB_TIMEOUT", "0.3")
    fault: Fault = LASTING[name]
    hub.fail(r"GET /.*/1_attributes/test\.parquet", fault, times=99)
    with pytest.raises(OSError, match=REPO):
        load_benchmark(REPO, "hard")
    hub.heal()
    assert load_benchmark(REPO, "hard") == load_benchmark(str(source), "hard")
