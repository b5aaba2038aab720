"""The tests' own Hub, driven by the real clients: what it answers is what they expect of the real one."""

import subprocess
import sys
import time
from pathlib import Path

import httpx
import httpx2
import huggingface_hub
import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, hf_hub_download
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from tests.fake_hub.faults import ALTERED, LOST_REPLY, RESET, TIME_OUT, TRUNCATED, status
from tests.fake_hub.server import HubServer

CARD = b"---\ntags: [reprojection-head]\nbase_model: org/clip\nbase_model_relation: adapter\ndatasets: [org/fg]\n---\n"


@pytest.fixture
def api(hub: HubServer) -> HfApi:
    return HfApi(token=hub.add_token("alice"))


def add(**files: bytes) -> list[CommitOperationAdd]:
    return [CommitOperationAdd(path.replace("__", "."), data) for path, data in files.items()]


def test_a_repository_is_created_committed_to_and_downloaded(hub: HubServer, api: HfApi):
    assert api.whoami()["name"] == "alice"
    api.create_repo("alice/head")
    api.create_repo("alice/head", exist_ok=True)
    made = api.create_commit(
        "alice/head", add(config__json=b"{}", model__safetensors=b"weights"), commit_message="First"
    )
    assert hub.files("alice/head") == {"config.json": b"{}", "model.safetensors": b"weights"}
    assert [commit.title for commit in hub.commits("alice/head")] == ["First", "initial commit"]
    path = Path(hf_hub_download("alice/head", "model.safetensors"))
    assert path.read_bytes() == b"weights"
    assert path.parent.name == made.oid
    count = len(hub.requests)
    assert hf_hub_download("alice/head", "model.safetensors", revision=made.oid) == str(path)
    assert len(hub.requests) == count, "pinned and in the cache: nothing is asked"


def test_unchanged_files_make_no_commit(hub: HubServer, api: HfApi):
    api.create_repo("alice/head")
    for _ in range(2):
        operations = add(config__json=b"{}", model__safetensors=b"weights")
        api.create_commit("alice/head", operations, commit_message="First")
    assert len(hub.commits("alice/head")) == 2


def test_files_are_deleted_and_seen_at_every_commit(hub: HubServer, api: HfApi):
    first = hub.create_repo("alice/head", files={"a.txt": b"1", "sub/b.txt": b"2"})
    operations = [CommitOperationDelete("a.txt"), CommitOperationAdd("c.txt", b"3")]
    second = api.create_commit("alice/head", operations, commit_message="m").oid
    assert set(hub.files("alice/head")) == {"sub/b.txt", "c.txt"}
    assert set(hub.files("alice/head", first)) == {"a.txt", "sub/b.txt"}
    assert [c.commit_id for c in api.list_repo_commits("alice/head")] == [second, first]


def test_a_commit_on_a_moved_parent_is_refused(hub: HubServer, api: HfApi):
    before = hub.create_repo("alice/head")
    hub.commit("alice/head", {"other.txt": b"x"})
    with pytest.raises(HfHubHTTPError, match="A commit has happened since"):
        api.create_commit("alice/head", add(a__txt=b"1"), commit_message="m", parent_commit=before)


def test_who_has_no_right_is_refused(hub: HubServer):
    hub.create_repo("alice/head")
    hub.create_repo("alice/secret", private=True)
    bob = HfApi(token=hub.add_token("bob"))
    with pytest.raises(HfHubHTTPError, match="403"):
        bob.create_commit("alice/head", add(a__txt=b"1"), commit_message="m")
    with pytest.raises(HfHubHTTPError, match="403"):
        bob.create_repo("alice/another")
    with pytest.raises(RepositoryNotFoundError):
        bob.model_info("alice/secret")
    with pytest.raises(HfHubHTTPError, match="Invalid user token"):
        HfApi(token="hf_nonsense").whoami()


def test_scopes_say_what_a_token_may_do(hub: HubServer):
    hub.create_repo("carol/old")
    reader = HfApi(token=hub.add_token("carol", ["read-repos"]))
    with pytest.raises(HfHubHTTPError, match="403"):
        reader.create_repo("carol/new")
    contributor = HfApi(token=hub.add_token("carol", ["contribute-repos"]))
    contributor.create_repo("carol/new")
    contributor.create_commit("carol/new", add(a__txt=b"1"), commit_message="m")
    with pytest.raises(HfHubHTTPError, match="403"):
        contributor.create_commit("carol/old", add(a__txt=b"1"), commit_message="m")
    with pytest.raises(HfHubHTTPError, match="403"):
        contributor.create_commit("carol/new", add(a__txt=b"2"), commit_message="m", create_pr=True)


def test_a_pull_request_is_opened_seen_and_merged(hub: HubServer, api: HfApi):
    hub.create_repo("alice/head", files={"a.txt": b"1"})
    bob = HfApi(token=hub.add_token("bob", ["write-discussions"]))
    opened = bob.create_commit(
        "alice/head", add(b__txt=b"2"), commit_message="Add b", commit_description="words", create_pr=True
    )
    assert opened.pr_num == 1
    assert opened.pr_revision == "refs/pr/1"
    assert "b.txt" not in hub.files("alice/head")
    assert Path(hf_hub_download("alice/head", "b.txt", revision="refs/pr/1")).read_bytes() == b"2"
    details = api.get_discussion_details("alice/head", 1)
    assert (details.status, details.title, details.is_pull_request) == ("open", "Add b", True)
    api.comment_discussion("alice/head", 1, "thank you")
    hub.commit("alice/head", {"c.txt": b"3"})
    api.merge_pull_request("alice/head", 1)
    assert set(hub.files("alice/head")) == {"a.txt", "b.txt", "c.txt"}
    assert [one.status for one in hub.pull_requests("alice/head")] == ["merged"]
    assert [d.status for d in api.get_repo_discussions("alice/head")] == ["merged"]
    assert [
        one.ref for one in api.list_repo_refs("alice/head", include_pull_requests=True).pull_requests or []
    ]


def test_listing_filters_and_pages(hub: HubServer, api: HfApi):
    hub.store.page_size = 2
    for number in range(5):
        hub.create_repo(f"alice/head-{number}", files={"README.md": CARD})
    hub.create_repo("alice/other")
    hub.create_repo("alice/private", files={"README.md": CARD}, private=True)
    names = [f"alice/head-{number}" for number in range(5)]
    anonymous = HfApi(token=False)
    assert [m.id for m in anonymous.list_models(filter=["reprojection-head"], full=True)] == names
    wanted = ["reprojection-head", "base_model:adapter:org/clip"]
    assert [m.id for m in anonymous.list_models(filter=wanted)] == names
    assert [m.id for m in api.list_models(trained_dataset="org/fg")] == [*names, "alice/private"]
    assert [m.id for m in anonymous.list_models(filter="reprojection-head", limit=3)] == names[:3]
    assert list(anonymous.list_models(filter="something-else")) == []


def test_information_and_trees(hub: HubServer, api: HfApi):
    commit = hub.create_repo("alice/head", files={"README.md": CARD, "sub/w.safetensors": b"12345"})
    info = api.model_info("alice/head", files_metadata=True)
    assert info.sha == commit
    assert info.card_data is not None
    sizes = {one.rfilename: one.size for one in info.siblings or []}
    assert sizes == {
        "README.md": len(CARD),
        "sub/w.safetensors": 5,
        ".gitattributes": sizes[".gitattributes"],
    }
    paths = {one.path for one in api.list_repo_tree("alice/head", recursive=True)}
    assert {"README.md", "sub", "sub/w.safetensors"} <= paths
    assert {one.path for one in api.list_repo_tree("alice/head")} >= {"README.md", "sub"}
    assert [one.path for one in api.get_paths_info("alice/head", ["README.md", "none"])] == ["README.md"]
    assert api.file_exists("alice/head", "README.md")
    assert not api.file_exists("alice/head", "none")


def test_what_is_not_there_says_which_part(hub: HubServer, api: HfApi):
    hub.create_repo("alice/head")
    hub.create_repo("alice/gated", files={"a.txt": b"1"}, gated=True)
    with pytest.raises(EntryNotFoundError):
        hf_hub_download("alice/head", "none.txt")
    with pytest.raises(RevisionNotFoundError):
        hf_hub_download("alice/head", "a.txt", revision="v9")
    with pytest.raises(RepositoryNotFoundError):
        api.model_info("alice/none")
    with pytest.raises(GatedRepoError):
        hf_hub_download("alice/gated", "a.txt")


def test_ranges_and_offline_settings(hub: HubServer):
    hub.create_repo("alice/head", files={"w.bin": b"0123456789"})
    url = f"{hub.url}/alice/head/resolve/main/w.bin"
    answer = httpx.get(url, headers={"range": "bytes=2-4"}, trust_env=False)
    assert (answer.status_code, answer.content) == (206, b"234")
    assert answer.headers["content-range"] == "bytes 2-4/10"
    for _ in range(100):  # the server notes a request once it has sent the answer
        if hub.requests:
            break
        time.sleep(0.02)
    assert hub.requests[-1].sent == 3


def test_faults_come_where_they_are_planned(hub: HubServer, api: HfApi, monkeypatch: pytest.MonkeyPatch):
    hub.create_repo("alice/head", files={"a.txt": b"0123456789"})
    hub.fail("info", status(429, Retry_After="3"), nth=2)
    api.model_info("alice/head")
    with pytest.raises(HfHubHTTPError, match="429"):
        api.model_info("alice/head")
    api.model_info("alice/head")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_ETAG_TIMEOUT", 1)
    hub.fail("download", TRUNCATED)
    with pytest.raises(OSError, match="Consistency check failed"):
        hf_hub_download("alice/head", "a.txt")
    hub.fail("download", ALTERED)
    assert Path(hf_hub_download("alice/head", "a.txt")).read_bytes() != b"0123456789", "the client is fooled"
    hub.fail("commit", LOST_REPLY)
    with pytest.raises(httpx2.HTTPError):
        api.create_commit("alice/head", add(b__txt=b"1"), commit_message="m")
    assert "b.txt" in hub.files("alice/head")
    hub.fail("commit", RESET)
    with pytest.raises(httpx2.HTTPError):
        api.create_commit("alice/head", add(c__txt=b"1"), commit_message="m")
    assert "c.txt" not in hub.files("alice/head")
    hub.fail("info", TIME_OUT)
    with pytest.raises(httpx2.TimeoutException):
        api.model_info("alice/head", timeout=0.2)


def test_a_retry_waits_as_long_as_it_was_told(hub: HubServer, api: HfApi):
    hub.create_repo("alice/head")
    hub.fail("lfs-batch", status(429, Retry_After="3"))
    api.create_commit("alice/head", add(w__safetensors=b"1"), commit_message="m")
    assert hub.clock.waits == [4.0]


def test_something_else_happens_in_between(hub: HubServer, api: HfApi):
    first = hub.create_repo("alice/head")
    hub.fail("info", lambda: hub.commit("alice/head", {"a.txt": b"1"}), nth=2)
    assert api.model_info("alice/head").sha == first
    assert api.model_info("alice/head").sha != first


@pytest.mark.slow
def test_a_dataset_is_pushed_and_loaded_in_a_process_of_its_own(hub: HubServer, tmp_path: Path):
    code = (
        "import datasets\n"
        "rows = datasets.Dataset.from_list([{'a': 1}, {'a': 2}])\n"
        "rows.push_to_hub('alice/rows', config_name='one', split='test')\n"
        "rows.push_to_hub('alice/rows', config_name='two', split='test')\n"
        "print(datasets.load_dataset('alice/rows', 'two', split='test')['a'])\n"
        "print(datasets.get_dataset_config_names('alice/rows'))\n"
    )
    home = hub.environment(tmp_path / "home", hub.add_token("alice"))
    environment = {"PATH": "/usr/bin:/bin", **home}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split("\n")[-3:] == ["Column([1, 2])", "['one', 'two']", ""]


def test_signing_in_gives_a_token_with_the_scopes_asked_for(hub: HubServer):
    hub.sign_in_as("bob")
    query = "client_id=app&redirect_uri=http://127.0.0.1/back&state=s&nonce=n&scope=openid contribute-repos"
    there = httpx.get(f"{hub.url}/oauth/authorize?{query}", trust_env=False)
    code = httpx.URL(there.headers["location"]).params["code"]
    given = httpx.post(f"{hub.url}/oauth/token", data={"code": code}, trust_env=False).json()
    assert given["scope"] == "openid contribute-repos"
    assert HfApi(token=given["access_token"]).whoami()["name"] == "bob"
