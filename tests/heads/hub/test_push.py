"""Pushing heads, through the real client, to the tests' Hub."""

import logging
import re
from pathlib import Path

import pytest
import torch
import yaml
from huggingface_hub import HfApi

from heads import CosineHead, load_head, push_head, save_head
from heads.__main__ import main
from heads.vetting.vet import vet
from tests.fake_hub.server import HubServer
from tests.support.head_samples import make_head, normal
from tests.support.push_samples import CLIP, REPO, make_folder, record_of, written


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path)


@pytest.mark.usefixtures("alice")
def test_a_head_is_pushed_in_one_commit_found_vetted_and_loaded(hub: HubServer, folder: Path):
    pushed = push_head(folder, REPO)
    files = hub.files(REPO)
    assert set(files) == {
        "config.json",
        "model.safetensors",
        "README.md",
        "history.json",
        "learning_curve.png",
    }
    assert files["model.safetensors"] == (folder / "model.safetensors").read_bytes()
    assert [commit.title for commit in hub.commits(REPO)] == ["Push the head my-head", "initial commit"]
    assert (pushed.changed, pushed.commit, pushed.pull_request) == (True, hub.commits(REPO)[0].id, None)
    narrow = ["reprojection-head", f"base_model:adapter:{CLIP['backbone']}", "dataset:org/fg-ovd"]
    assert [model.id for model in HfApi(token=False).list_models(filter=narrow)] == [REPO]
    assert vet(REPO, backbones={CLIP["backbone"]: CLIP["backbone_revision"]}).passed
    head, image, text = load_head(REPO), normal(2, 4), normal(2, 3, 4)
    assert torch.equal(head.score(image, text), load_head(folder).score(image, text))


@pytest.mark.usefixtures("alice")
def test_pushing_twice_changes_nothing(hub: HubServer, folder: Path):
    first = push_head(folder, REPO)
    second = push_head(folder, REPO)
    assert (first.changed, second.changed) == (True, False)
    assert second.commit == first.commit
    assert len(hub.commits(REPO)) == 2


@pytest.mark.usefixtures("alice")
def test_a_new_version_replaces_the_old_one_as_a_whole(hub: HubServer, folder: Path, tmp_path: Path):
    push_head(folder, REPO, record=written(folder, record_of(folder)))
    first = hub.commits(REPO)[0].id
    other = save_head(make_head("mlp", 4), tmp_path / "other", **CLIP)
    push_head(other, REPO)
    assert set(hub.files(REPO)) == {"config.json", "model.safetensors", "README.md"}
    assert load_head(REPO).kind == "mlp"
    assert load_head(REPO, revision=first).kind == "linear"


@pytest.mark.usefixtures("alice")
def test_a_private_push_stays_private(hub: HubServer, folder: Path):
    push_head(folder, REPO, private=True)
    assert hub.store.find(REPO).private
    assert not vet(REPO, token=False).passed
    hub.create_repo("alice/open")
    with pytest.raises(
        ValueError, match="private: expected a private repository, alice/open is there and public"
    ):
        push_head(folder, "alice/open", private=True)
    assert hub.files("alice/open") == {}


@pytest.mark.usefixtures("alice")
def test_a_branch_is_made_and_main_left_alone(hub: HubServer, folder: Path):
    hub.create_repo(REPO)
    for changed in (True, False):
        assert push_head(folder, REPO, branch="v2").changed is changed
    assert "config.json" in hub.files(REPO, "v2")
    assert hub.files(REPO) == {}


def test_a_pull_request_is_opened_once(hub: HubServer, folder: Path, monkeypatch: pytest.MonkeyPatch):
    hub.create_repo("org/head")
    monkeypatch.setenv("HF_TOKEN", hub.add_token("bob", ["write-discussions"]))
    first = push_head(folder, "org/head", create_pr=True)
    assert first.pull_request == f"{hub.url}/org/head/discussions/1"
    assert "config.json" in hub.files("org/head", "refs/pr/1")
    assert hub.files("org/head") == {}
    again = push_head(folder, "org/head", create_pr=True)
    assert (again.changed, again.pull_request) == (False, first.pull_request)
    (folder / "history.json").write_text("[1]")
    assert push_head(folder, "org/head", create_pr=True).changed
    assert [one.status for one in hub.pull_requests("org/head")] == ["open"]
    HfApi(token=hub.add_token("org")).merge_pull_request("org/head", 1)
    assert load_head("org/head").kind == "linear"
    push_head(folder, "org/head", create_pr=True)
    assert len(hub.pull_requests("org/head")) == 1 or hub.pull_requests("org/head")[1].status == "open"


def test_an_own_card_is_kept_and_its_metadata_completed(
    hub: HubServer, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("HF_TOKEN", hub.add_token("alice"))
    mine = tmp_path / "MINE.md"
    mine.write_text("---\nlicense: mit\ntags: [mine]\n---\n# My words\n")
    push_head(folder, REPO, own_card=mine)
    text = hub.files(REPO)["README.md"].decode()
    matter = yaml.safe_load(text.split("---")[1])
    assert matter["tags"] == ["mine", "reprojection-head", "fg-ovd"]
    assert (matter["license"], matter["library_name"]) == ("mit", "reprojection-heads")
    assert "# My words" in text


def test_what_is_wrong_with_the_input_is_said_before_anything_is_asked(
    hub: HubServer, folder: Path, tmp_path: Path
):
    cases = [
        ((tmp_path / "none", REPO, {}), FileNotFoundError, "expected a head's folder"),
        ((folder, "my head", {}), ValueError, "repo: expected owner/name, got 'my head'"),
        ((folder, REPO, {"branch": "b", "create_pr": True}), ValueError, "branch: expected none"),
        (
            (folder, REPO, {"record": tmp_path / "none.json"}),
            FileNotFoundError,
            "expected a record, found none",
        ),
        ((folder, REPO, {}), PermissionError, "token: expected one that may write, got none"),
    ]
    for (what, where, options), kind, words in cases:
        with pytest.raises(kind, match=re.escape(words)):
            push_head(what, where, **options)
    (folder / "model.safetensors").write_bytes(b"")
    with pytest.raises(ValueError, match="expected a safetensors file"):
        push_head(folder, REPO)
    assert hub.requests == []


def test_who_may_not_is_told_so(hub: HubServer, folder: Path):
    hub.create_repo("org/head")
    reader = hub.add_token("bob", ["read-repos"], orgs=())
    for repo, doing in (("org/head", "pushing"), ("bob/new", "creating it"), ("carol/new", "creating it")):
        with pytest.raises(OSError, match=f"{repo}: {doing}: the token has no right to do this"):
            push_head(folder, repo, token=reader)
    with pytest.raises(OSError, match=r"Nothing was published"):
        push_head(folder, "org/head", token="hf_nonsense")
    assert hub.files("org/head") == {}
    assert hub.repos() == ["org/head"]


@pytest.mark.usefixtures("alice")
def test_another_model_is_not_overwritten(hub: HubServer, folder: Path):
    other = {"config.json": b'{"model_type": "clip"}', "pytorch_model.bin": b"x"}
    hub.create_repo(REPO, files=other)
    with pytest.raises(ValueError, match="holds another model"):
        push_head(folder, REPO)
    assert hub.files(REPO) == other


@pytest.mark.usefixtures("alice")
def test_a_push_that_loses_a_race_says_so_and_can_be_repeated(hub: HubServer, folder: Path):
    hub.create_repo(REPO)
    hub.fail("preupload", lambda: hub.commit(REPO, {"NOTES.md": b"mine"}))
    with pytest.raises(OSError, match="somebody else changed the repository in the meantime"):
        push_head(folder, REPO)
    assert set(hub.files(REPO)) == {"NOTES.md"}
    push_head(folder, REPO)
    assert set(hub.files(REPO)) >= {"NOTES.md", "config.json"}


def test_a_dry_run_shows_every_file_and_the_card_and_asks_nothing(
    hub: HubServer, folder: Path, capsys: pytest.CaptureFixture[str]
):
    record = written(folder, record_of(folder))
    line = ["push", str(folder), "--repo", REPO, "--dry-run", "--record", str(record)]
    assert main(line) == 0
    printed = capsys.readouterr().out
    for name in (
        "config.json",
        "model.safetensors",
        "README.md",
        "learning_curve.png",
        ".eval_results/fg-ovd.yaml",
    ):
        assert re.search(rf"[\d,]+ bytes  {re.escape(name)}\n", printed)
    assert f"# {REPO}\n" in printed
    assert "base_model_relation: adapter" in printed
    assert hub.requests == []


@pytest.mark.usefixtures("alice")
def test_the_command_prints_where_the_head_is(
    hub: HubServer, folder: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["push", str(folder), "--repo", REPO]) == 0
    printed = capsys.readouterr()
    assert printed.out == f"{hub.url}/{REPO}\n"
    assert f"{REPO}: pushing 5 files" in printed.err
    assert "note:" not in printed.err
    assert main(["push", str(folder), "--repo", "carol/x"]) == 2
    assert (
        capsys.readouterr()
        .err.splitlines()[-1]
        .startswith("error: carol/x: creating it: the token has no right")
    )


@pytest.mark.usefixtures("alice")
def test_the_command_says_what_a_leaderboard_would_miss(
    hub: HubServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    nameless = save_head(make_head("linear", 4), tmp_path / "nameless")
    assert main(["push", str(nameless), "--repo", REPO]) == 0
    words = "note: a leaderboard would not take it: backbone: expected one that is named with its revision"
    assert words in capsys.readouterr().err


def test_no_token_is_ever_said(
    hub: HubServer, folder: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
):
    """Not printed, not logged, not in a traceback, not pushed; even when the Hub itself repeats it."""
    import traceback

    from tests.fake_hub.faults import RESET, status

    caplog.set_level(logging.DEBUG)
    token, said = hub.add_token("alice"), []
    for fault in (status(403, f"the token {token} may not"), status(500, f"Bearer {token}"), RESET):
        hub.fail("commit", fault, times=20)
        with pytest.raises(OSError, match="the same command again") as raised:
            push_head(folder, REPO, token=token)
        said += [str(raised.value), *traceback.format_exception(raised.value)]
        hub.heal()
    push_head(folder, REPO, token=token)
    everything = "".join([*said, *capsys.readouterr()])
    assert token not in everything
    assert token not in caplog.text
    assert all(token.encode() not in data for data in hub.files(REPO).values())


@pytest.mark.slow
@pytest.mark.usefixtures("alice")
def test_the_cards_code_runs_on_the_pushed_head(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The block as it stands in the card, which names the repository, on the embedded backbone."""
    from PIL import Image

    push_head(save_head(CosineHead(), tmp_path / "cosine", backbone="mini-clip"), REPO)
    (code,) = re.findall(r"```python\n(.*?)```", hub.files(REPO)["README.md"].decode(), re.DOTALL)
    assert f'load_head("{REPO}")' in code
    Image.new("RGB", (32, 32), "red").save(tmp_path / "photo.jpg")
    monkeypatch.chdir(tmp_path)
    printed = []
    exec(code, {"print": printed.append})
    assert printed[0].shape == (1, 2)


ELSEWHERE = {
    "a PEFT adapter": {"adapter_config.json": b"{}", "adapter_model.safetensors": b"x"},
    "a diffusers pipeline": {"model_index.json": b"{}", "unet/diffusion_pytorch_model.safetensors": b"x"},
    "an open_clip model": {"open_clip_config.json": b"{}", "open_clip_model.safetensors": b"x"},
    "a sentence-transformers model": {"modules.json": b"[]", "1_Pooling/config.json": b"{}"},
    "a transformers model": {"tokenizer.json": b"{}", "config.json": b"{}"},
    "weights that are no head's (model.safetensors)": {"model.safetensors": b"x"},
    "weights that are no head's (weights/last.CKPT)": {"weights/last.CKPT": b"x"},
    "a card that somebody wrote or changed (README.md)": {"README.md": b"# Years of work\n"},
}


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize("what", ELSEWHERE)
def test_nothing_is_pushed_over_what_somebody_else_put_there(hub: HubServer, folder: Path, what: str):
    hub.create_repo(REPO, files=ELSEWHERE[what])
    for create_pr in (False, True):
        with pytest.raises(ValueError, match=f"{REPO} holds .*{re.escape(what)}"):
            push_head(folder, REPO, create_pr=create_pr)
    assert hub.files(REPO) == ELSEWHERE[what]
    assert not hub.pull_requests(REPO)


@pytest.mark.usefixtures("alice")
def test_a_card_that_was_changed_is_kept_until_it_is_given(hub: HubServer, folder: Path, tmp_path: Path):
    push_head(folder, REPO)
    changed = hub.files(REPO)["README.md"] + b"\nMy own words.\n"
    hub.commit(REPO, {"README.md": changed})
    with pytest.raises(
        ValueError, match=r"a card that somebody wrote or changed \(README\.md\): download it"
    ):
        push_head(folder, REPO)
    assert hub.files(REPO)["README.md"] == changed
    (tmp_path / "mine.md").write_bytes(changed)
    push_head(folder, REPO, own_card=tmp_path / "mine.md")
    assert "My own words." in hub.files(REPO)["README.md"].decode()
    assert not push_head(folder, REPO, own_card=tmp_path / "mine.md").changed


CARDS = {
    "a byte-order mark": ("\ufeff---\ntags: mine\nlicense:\n---\n# Étude\n".encode(), None),
    "lines of Windows": ("---\r\ntags:\r\n- mine\r\n---\r\n# Étude\r\n".encode(), None),
    "no metadata": ("# Étude\n".encode(), None),
    "Latin-1": ("# Étude\n".encode("latin-1"), r"expected a card in UTF-8, got another encoding"),
    "UTF-16": ("# Étude\n".encode("utf-16"), r"expected a card in UTF-8, got another encoding"),
    "broken YAML": (b"---\ntags: [mine\n---\n# x\n", r"expected metadata in YAML between --- and ---, got"),
    "a list": (b"---\n- mine\n---\n# x\n", r"expected metadata in YAML between --- and ---, got"),
}


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize("name", CARDS)
def test_cards_as_editors_write_them(hub: HubServer, folder: Path, tmp_path: Path, name: str):
    content, complaint = CARDS[name]
    mine = tmp_path / "mine.md"
    mine.write_bytes(content)
    if complaint is not None:
        with pytest.raises(ValueError, match=rf"mine\.md: {complaint}"):
            push_head(folder, REPO, own_card=mine)
        assert hub.requests == []
        return
    push_head(folder, REPO, own_card=mine)
    text = hub.files(REPO)["README.md"].decode()
    matter = yaml.safe_load(text.split("---")[1])
    assert set(matter["tags"]) >= {"reprojection-head"} and "Étude" in text
    assert ("mine" in matter["tags"]) == (name != "no metadata")
    assert None not in matter.values()


def test_a_token_may_bring_white_space_along(hub: HubServer, folder: Path):
    token = hub.add_token("alice")
    assert push_head(folder, REPO, token=f" {token}\r\n\n").changed
    assert vet(REPO, token=f"{token}\n").checks[0].passed
    for wrong in (f"{token[:9]} {token[9:]}", f"{token}é", f"{token}\n{token}"):
        with pytest.raises(ValueError, match="token: expected letters, digits and _") as raised:
            push_head(folder, REPO, token=wrong)
        assert token[9:] not in str(raised.value)
