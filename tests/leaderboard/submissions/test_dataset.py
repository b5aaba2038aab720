"""The results dataset, read and written through the real client; its last good copy, and the folder the app shows."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from huggingface_hub import HfApi
from hypothesis import given
from hypothesis import strategies as st

from heads.hub.client import HUB_ERRORS
from heads.io.digests import blob_id
from leaderboard.board.live import LiveResults, in_words
from leaderboard.board.results import read_results
from leaderboard.records import files
from leaderboard.records.files import LARGEST_FILE, Problem, file_name, save_record, to_json
from leaderboard.submissions.commit import add_once
from leaderboard.submissions.dataset import last_copy, pull, results_dataset
from leaderboard.tables.parquet import write_dataset
from tests.fake_hub.faults import ALTERED, RESET, TRUNCATED, status
from tests.fake_hub.server import HubServer
from tests.support.submitted_heads import DATASET
from tests.support.tiny_records import measured


@pytest.fixture
def dataset(hub: HubServer) -> str:
    files = {f"results/{file_name(measured(name))}": to_json(measured(name)).encode() for name in ("a", "b")}
    hub.create_repo(
        DATASET, "dataset", files={**files, "README.md": b"# Results", "results/sub/x.json": b"{}"}
    )
    return DATASET


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    save_record(measured("shipped"), tmp_path / "shipped")
    return tmp_path / "shipped"


def test_which_dataset(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("FG_RESULTS", raising=False)
    assert results_dataset() is None
    monkeypatch.setenv("FG_RESULTS", "org/results")
    assert results_dataset() == "org/results"
    monkeypatch.setenv("FG_RESULTS", "https://evil")
    with pytest.raises(ValueError, match="FG_RESULTS: expected a dataset on the Hub, owner/name, got"):
        results_dataset()


def test_a_copy_holds_the_records_and_is_read_once(hub: HubServer, dataset: str, tmp_path: Path):
    copy = pull(dataset, cache=tmp_path)
    assert sorted(path.name for path in copy.folder.rglob("*.json")) == sorted(
        file_name(measured(name)) for name in ("a", "b")
    )
    asked = len(hub.requests)
    again = pull(dataset, cache=tmp_path)
    assert again.folder == copy.folder and len(hub.requests) == asked + 1


def test_only_what_changed_is_downloaded(hub: HubServer, dataset: str, tmp_path: Path):
    pull(dataset, cache=tmp_path)
    hub.commit(dataset, {"results/c.json": to_json(measured("c")).encode()})
    before = len([seen for seen in hub.requests if "/resolve/" in seen.path])
    copy = pull(dataset, cache=tmp_path)
    fetched = [seen.path for seen in hub.requests if "/resolve/" in seen.path][before:]
    assert len(list(copy.folder.glob("results/*.json"))) == 3
    assert fetched and all(path.endswith("c.json") for path in fetched)


@pytest.mark.parametrize("fault", [ALTERED, TRUNCATED, RESET, status(404), status(401)])
def test_a_copy_that_arrives_damaged_leaves_the_one_before(
    hub: HubServer, dataset: str, tmp_path: Path, fault
):
    good = pull(dataset, cache=tmp_path)
    hub.commit(dataset, {"results/c.json": to_json(measured("c")).encode()})
    hub.fail("download", fault, times=20)
    with pytest.raises(HUB_ERRORS):
        pull(dataset, cache=tmp_path)
    kept = last_copy(dataset, cache=tmp_path)
    assert kept is not None and kept.commit == good.commit and kept.folder.is_dir()
    assert not list(tmp_path.rglob("*.partial"))
    hub.heal()
    assert len(list(pull(dataset, cache=tmp_path).folder.glob("results/*.json"))) == 3


def test_a_file_too_large_is_left_out_and_named(hub: HubServer, dataset: str, tmp_path: Path):
    hub.commit(dataset, {"results/large.json": b" " * (LARGEST_FILE + 1)})
    copy = pull(dataset, cache=tmp_path)
    (problem,) = copy.left_out
    assert problem.file == "results/large.json" and "expected at most" in problem.reason
    assert last_copy(dataset, cache=tmp_path) is not None


def test_parquet_files_of_records_are_read_beside_json_files(hub: HubServer, shipped: Path, tmp_path: Path):
    source, output = tmp_path / "source", tmp_path / "dataset"
    for name in ("a", "b"):
        save_record(measured(name), source)
    write_dataset(source, output)
    hub.create_repo(DATASET, "dataset", files={"README.md": b"# Results"})
    token = hub.add_token("maintainer")
    HfApi(token=token).upload_folder(repo_id=DATASET, repo_type="dataset", folder_path=output)
    late = {f"results/{file_name(measured('late'))}": to_json(measured("late")).encode()}
    hub.commit(DATASET, {**late, "results/broken.parquet": b"PAR1", "queue/x.parquet": b"PAR1"})
    live = LiveResults(shipped, DATASET, tmp_path / "cache")
    live.update()
    boards = read_results(live.folder)
    assert sorted(entry.record.head.name for entry in boards.rows()) == ["a", "b", "late", "shipped"]
    records, problems, _ = live.current()
    assert sorted(record.head.name for record in records) == ["a", "b", "late", "shipped"]
    for problem in (*problems, *boards.problems):
        assert problem.file == "broken.parquet" and "expected records as Parquet, got" in problem.reason
    copy = last_copy(DATASET, tmp_path / "cache")
    assert copy and not list(copy.folder.rglob("x.parquet"))


def test_a_parquet_file_too_large_is_left_out(
    hub: HubServer, dataset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    hub.commit(dataset, {"results/large.parquet": b"PAR1" * 100})
    monkeypatch.setitem(files.LARGEST, ".parquet", 399)
    (problem,) = pull(dataset, cache=tmp_path).left_out
    assert problem == Problem("results/large.parquet", "size: expected at most 399 bytes, got 400")


def test_a_damaged_note_is_no_copy(hub: HubServer, dataset: str, tmp_path: Path):
    home = pull(dataset, cache=tmp_path).folder.parent
    (home / "copy.json").write_text('{"commit": 3}')
    assert last_copy(dataset, cache=tmp_path) is None
    assert pull(dataset, cache=tmp_path).folder.is_dir()


def test_files_are_added_once(hub: HubServer, dataset: str):
    token = hub.add_token("maintainer")
    assert add_once(dataset, {"queue/x.json": b"1"}, "Add", token=token)
    count = len(hub.commits(dataset))
    assert add_once(dataset, {"queue/x.json": b"2"}, "Add", token=token) is None
    assert hub.files(dataset)["queue/x.json"] == b"1" and len(hub.commits(dataset)) == count
    assert add_once(dataset, {}, "Done", remove=["queue/x.json", "queue/absent.json"], token=token)
    assert "queue/x.json" not in hub.files(dataset)


def test_a_lost_race_starts_from_the_new_parent(hub: HubServer, dataset: str):
    hub.fail("commit", lambda: hub.commit(dataset, {"other.md": b"first"}), times=3)
    assert add_once(dataset, {"queue/x.json": b"1"}, "Add", token=hub.add_token("maintainer"))
    assert {"other.md", "queue/x.json"} <= set(hub.files(dataset))


def test_the_same_file_by_somebody_else_in_between_is_theirs(hub: HubServer, dataset: str):
    hub.fail("commit", lambda: hub.commit(dataset, {"queue/x.json": b"theirs"}))
    assert add_once(dataset, {"queue/x.json": b"ours"}, "Add", token=hub.add_token("maintainer")) is None
    assert hub.files(dataset)["queue/x.json"] == b"theirs"


def test_the_app_shows_shipped_and_datasets_records(
    hub: HubServer, dataset: str, shipped: Path, tmp_path: Path
):
    live = LiveResults(shipped, dataset, tmp_path / "cache")
    assert [r.head.name for r in live.current()[0]] == ["shipped"] and live.age() is None
    assert "could not be read yet" in live.status()
    live.update()
    records, problems, age = live.current()
    assert sorted(r.head.name for r in records) == ["a", "b", "shipped"] and not problems
    assert age is not None and age < timedelta(minutes=5) and "just now" in live.status()


def test_without_the_hub_the_last_good_copy_is_shown_with_its_age(
    hub: HubServer, dataset: str, shipped: Path, tmp_path: Path
):
    LiveResults(shipped, dataset, tmp_path / "cache").update()
    hub.fail("info", status(503), times=100)
    live = LiveResults(shipped, dataset, tmp_path / "cache")
    live.update()
    assert len(live.current()[0]) == 3
    assert "could not be read again" in live.status() and "503" in live.status()
    hub.heal()
    hub.commit(dataset, {"results/c.json": to_json(measured("c")).encode()})
    live.update()
    assert len(live.current()[0]) == 4 and "503" not in live.status()


def test_the_folder_is_one_path_whose_content_changes_at_once(
    hub: HubServer, dataset: str, shipped: Path, tmp_path: Path
):
    live = LiveResults(shipped, dataset, tmp_path / "cache")
    before = live.folder
    live.update()
    assert live.folder == before and len(list(before.glob("*.json"))) == 3


def test_without_a_dataset_it_is_the_shipped_folder(shipped: Path):
    live = LiveResults(shipped, None)
    assert live.folder == shipped and live.status() == ""


def test_a_cache_that_cannot_be_written_leaves_the_shipped_records(
    hub: HubServer, dataset: str, shipped: Path, tmp_path: Path
):
    (tmp_path / "cache").write_text("a file, not a folder")
    live = LiveResults(shipped, dataset, tmp_path / "cache")
    live.update()
    assert [r.head.name for r in live.current()[0]] == ["shipped"] and "could not be read" in live.status()


@given(st.binary(max_size=200))
def test_gits_name_is_gits(content: bytes):
    import hashlib

    assert blob_id(content) == hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (5, "just now"),
        (60, "1 minute ago"),
        (7199, "1 hour ago"),
        (7200, "2 hours ago"),
        (200_000, "2 days ago"),
    ],
)
def test_ages_in_words(seconds: int, words: str):
    assert in_words(timedelta(seconds=seconds)) == words


def test_the_copy_before_is_gone_after_the_next_but_one(hub: HubServer, dataset: str, tmp_path: Path):
    for number in range(4):
        hub.commit(dataset, {f"results/{number}.json": b"{}"})
        copy = pull(dataset, cache=tmp_path)
    assert len([path for path in copy.folder.parent.iterdir() if path.is_dir()]) == 2
    shutil.rmtree(copy.folder)
    assert last_copy(dataset, cache=tmp_path) is None
