"""What the Hub's client raises on a damaged answer is the Hub's fault; the same errors of ours are ours, and loud."""

import json
from pathlib import Path

import pytest
from huggingface_hub.errors import HFValidationError

from heads.hub.client import HUB_ERRORS, HubError, client_errors, hub_api, is_transient, reason
from leaderboard.benchmarks.split import open_split
from leaderboard.submissions.examine import RefreshSettings
from leaderboard.submissions.refresh import refresh
from tests.fake_hub.server import HubServer
from tests.support.submitted_heads import DATASET, QuickEvaluator, put_head


@pytest.mark.parametrize("kind", [KeyError, TypeError, AttributeError, IndexError])
def test_an_answer_that_the_client_cannot_read_is_the_hub_s_fault(
    hub: HubServer, kind: type[Exception], monkeypatch
):
    def damaged(*_: object, **__: object) -> None:
        raise kind("hf_abcdefghij")

    monkeypatch.setattr("huggingface_hub.HfApi.model_info", damaged)
    with pytest.raises(HubError) as raised:
        hub_api().model_info("alice/head")
    assert isinstance(raised.value, HUB_ERRORS) and is_transient(raised.value)
    assert reason(raised.value).startswith(f"the Hub answered something unexpected ({kind.__name__}: ")
    assert "hf_abcdefghij" not in str(raised.value)


def test_a_listing_is_read_as_it_is_asked_for(hub: HubServer, monkeypatch: pytest.MonkeyPatch):
    def damaged(*_: object, **__: object):
        yield 1
        raise KeyError("path")

    monkeypatch.setattr("huggingface_hub.HfApi.list_repo_tree", damaged)
    found = iter(hub_api().list_repo_tree("alice/head"))
    assert next(found) == 1
    with pytest.raises(HubError):
        next(found)


def test_other_errors_pass_through():
    for error in (OSError("x"), HFValidationError("x"), ZeroDivisionError()):
        with pytest.raises(type(error)) as raised, client_errors():
            raise error
        assert raised.value is error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("Invalid metadata in README.md"), "Invalid metadata in README.md"),
        (json.JSONDecodeError("Expecting value", "<html>", 0), "the Hub answered something unexpected (JSON"),
    ],
)
def test_a_value_that_the_client_cannot_read_or_the_hub_refuses_is_the_hub_s(error: ValueError, words: str):
    with pytest.raises(HubError) as raised, client_errors():
        raise error
    assert reason(raised.value).startswith(words)


@pytest.mark.parametrize("kind", [KeyError, TypeError, AttributeError, ValueError])
def test_a_fault_of_ours_ends_a_refresh_loudly(
    hub: HubServer,
    tiny_benchmark: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[Exception],
):
    monkeypatch.setenv("FG_CACHE", str(tmp_path / "cache"))
    hub.create_repo(DATASET, "dataset")
    put_head(hub, tmp_path / "head")
    evaluator = QuickEvaluator(open_split(str(tiny_benchmark)))

    def broken(*_: object) -> None:
        raise kind("ours")

    monkeypatch.setattr(evaluator, "remeasure", broken)
    with pytest.raises(kind, match="ours"):
        refresh(RefreshSettings(DATASET, token=hub.add_token("maintainer")), evaluator)
