"""Pushing adapters, through the real client, to the tests' Hub, and loading them from there."""

import json
import re
from pathlib import Path

import pytest
import torch
import yaml
from PIL import Image

from fg_demo.__main__ import main
from fg_demo.adaptation.folder.alpha import rescale
from fg_demo.adaptation.folder.push import push_adapter
from fg_demo.models.clip import load_backbone
from heads.hub.push import push_head
from tests.fake_hub.server import HubServer
from tests.support.push_samples import make_folder

REPO = "alice/tuned"
FILES = {
    "adapter_config.json",
    "adapter_model.safetensors",
    "training.json",
    "history.json",
    "learning_curve.html",
    "README.md",
}


@pytest.mark.usefixtures("alice")
def test_an_adapter_is_pushed_in_one_commit_and_loads_from_there(
    hub: HubServer, clip_folder: Path, folder: Path
):
    pushed = push_adapter(folder, REPO)
    assert set(hub.files(REPO)) == FILES
    assert [commit.title for commit in hub.commits(REPO)] == ["Push the adapter tuned", "initial commit"]
    assert pushed.changed and pushed.commit == hub.commits(REPO)[0].id
    there = load_backbone(str(clip_folder), adapter=REPO, device="cpu")
    here = load_backbone(str(clip_folder), adapter=str(folder), device="cpu")
    image = [Image.new("RGB", (32, 32), "red")]
    assert there.name == f"tiny-clip+{REPO}" and there.revision == here.revision
    assert torch.equal(there.encode_images(image), here.encode_images(image))
    card = hub.files(REPO)["README.md"].decode()
    assert f'load_backbone("tiny-clip", adapter="{REPO}")' in card
    # The Hub would look for a base model of that name.
    assert "base_model" not in yaml.safe_load(card.split("---")[1])


@pytest.mark.usefixtures("alice")
def test_pushing_twice_changes_nothing_and_another_alpha_is_one_commit_more(hub: HubServer, folder: Path):
    first, second = (push_adapter(folder, REPO) for _ in range(2))
    assert (first.changed, second.changed) == (True, False) and first.commit == second.commit
    rescale(folder, 4.0)
    assert push_adapter(folder, REPO).changed and len(hub.commits(REPO)) == 3
    assert json.loads(hub.files(REPO)["adapter_config.json"])["lora_alpha"] == 4
    assert "| alpha | 8, shipped at 4 |" in hub.files(REPO)["README.md"].decode()


@pytest.mark.usefixtures("alice")
def test_what_the_new_one_lacks_goes(hub: HubServer, folder: Path):
    (folder / "contextualiser.safetensors").write_bytes(b"x")
    push_adapter(folder, REPO)
    assert set(hub.files(REPO)) == FILES | {"contextualiser.safetensors"}
    (folder / "contextualiser.safetensors").unlink()
    push_adapter(folder, REPO)
    assert set(hub.files(REPO)) == FILES


@pytest.mark.usefixtures("alice")
def test_a_card_of_ones_own_goes_up_as_it_is(hub: HubServer, folder: Path):
    mine = (folder / "README.md").read_text() + "\nMy own words.\n"
    (folder / "README.md").write_text(mine)
    push_adapter(folder, REPO)
    assert hub.files(REPO)["README.md"].decode() == mine
    assert not push_adapter(folder, REPO).changed


def other_backbone(config: bytes) -> bytes:
    return json.dumps({**json.loads(config), "base_model_name_or_path": "org/clip"}).encode()


@pytest.mark.usefixtures("alice")
def test_nothing_is_pushed_over_what_somebody_else_put_there(hub: HubServer, folder: Path, trained: Path):
    here = {name: (trained / name).read_bytes() for name in FILES}
    config = here["adapter_config.json"]
    elsewhere = {
        "another model: a model (config.json)": {"config.json": b"{}", "model.safetensors": b"x"},
        "another model: a transformers model": {"tokenizer.json": b"{}"},
        "weights that are no adapter's (adapter_model.safetensors)": {"adapter_model.safetensors": b"x"},
        "it has no training.json": {"adapter_config.json": config},
        "another adapter": {"adapter_config.json": b"{}", "training.json": b"{}"},
        "an adapter of another backbone, 'org/clip'": {
            **here,
            "adapter_config.json": other_backbone(config),
        },
        "a card that somebody wrote or changed (README.md)": {"README.md": b"# Years of work\n"},
    }
    for number, (words, files) in enumerate(elsewhere.items()):
        repo = f"alice/other-{number}"
        hub.create_repo(repo, files=files)
        for create_pr in (False, True):
            with pytest.raises(ValueError, match=f"repo: expected a new .* holds .*{re.escape(words)}"):
                push_adapter(folder, repo, create_pr=create_pr)
        assert hub.files(repo) == files and not hub.pull_requests(repo)


@pytest.mark.usefixtures("alice")
def test_heads_and_adapters_keep_apart(hub: HubServer, folder: Path, tmp_path: Path):
    push_head(make_folder(tmp_path), "alice/head")
    push_adapter(folder, REPO)
    with pytest.raises(ValueError, match="alice/head holds another model: a model"):
        push_adapter(folder, "alice/head")
    with pytest.raises(ValueError, match=f"{REPO} holds another model: a PEFT adapter"):
        push_head(tmp_path / "mine", REPO)


@pytest.mark.usefixtures("alice")
def test_a_branch_and_a_pull_request_leave_main_alone(hub: HubServer, folder: Path):
    hub.create_repo(REPO)
    for changed in (True, False):
        assert push_adapter(folder, REPO, branch="v2").changed is changed
    assert set(hub.files(REPO, "v2")) == FILES
    first, again = (push_adapter(folder, REPO, create_pr=True) for _ in range(2))
    assert first.pull_request == again.pull_request == f"{hub.url}/{REPO}/discussions/1"
    assert hub.files(REPO) == {}


@pytest.mark.usefixtures("alice")
def test_the_command_pushes_or_shows_what_it_would(
    hub: HubServer, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["push-adapter", str(folder), "--repo", REPO, "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert all(f"bytes  {name}\n" in shown for name in FILES) and f"# {REPO}\n" in shown
    assert hub.requests == []
    assert main(["push-adapter", str(folder), "--repo", REPO, "--private"]) == 0
    printed = capsys.readouterr()
    assert printed.out == f"{hub.url}/{REPO}\n" and f"{REPO}: pushing 6 files" in printed.err
    assert hub.store.find(REPO).private
    for flags, words in (
        ([str(folder), "--repo", "my adapter"], "repo: expected owner/name, got 'my adapter'"),
        ([str(folder), "--repo", "my adapter", "--dry-run"], "repo: expected owner/name, got 'my adapter'"),
        ([str(tmp_path / "none"), "--repo", REPO], "expected adapter_config.json, found none"),
        ([str(folder), "--repo", REPO, "--branch", "b", "--create-pr"], "branch: expected none"),
    ):
        assert main(["push-adapter", *flags]) == 2
        assert words in capsys.readouterr().err


def test_without_a_token_nothing_is_asked(hub: HubServer, folder: Path):
    with pytest.raises(PermissionError, match="token: expected one that may write, got none"):
        push_adapter(folder, REPO)
    assert hub.requests == []
