"""A record's figures on the card and in `.eval_results`, as they arrive on the tests' Hub."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import HfApi

from heads import push_head
from leaderboard.records.files import to_json
from tests.fake_hub.server import HubServer
from tests.support.protocols import PROTOCOL
from tests.support.push_samples import REPO, make_folder, record_of, written
from tests.support.tiny_records import measured


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path)


@pytest.mark.usefixtures("alice")
def test_the_card_says_how_it_scores(hub: HubServer, folder: Path):
    push_head(folder, REPO, record=written(folder, record_of(folder)))
    text = hub.files(REPO)["README.md"].decode()
    for words in (
        "On `org/fg-ovd` (test, revision bbbb",
        "| hard | 2.50 [2.25, 2.75] | 40.0% | 97 | 6.00 |",
        "recall@10: image → text 33.3%; text → image 25.0%",
        "Protocol: Crop of the given box",
        "Measured 2026-11-20 with version 0.1.0",
        "```sh\npython -m leaderboard evaluate --head mine\n```",
        "![Learning curve](learning_curve.png)",
    ):
        assert words in text
    matter = yaml.safe_load(text.split("---")[1])
    assert matter["datasets"] == ["org/fg-ovd"]
    assert matter["base_model_relation"] == "adapter"


@pytest.mark.usefixtures("alice")
def test_a_protocol_of_fields_is_said_in_its_sentence(hub: HubServer, folder: Path):
    record = replace(measured(), protocol=PROTOCOL)
    protocol = json.loads(to_json(record))["protocol"]
    push_head(folder, REPO, record=written(folder, record_of(folder, protocol=protocol)))
    assert "Protocol: Crop of the given box, context 1.0; rank among" in hub.files(REPO)["README.md"].decode()


@pytest.mark.usefixtures("alice")
def test_its_results_are_where_the_hub_looks_for_them(hub: HubServer, folder: Path):
    push_head(folder, REPO, record=written(folder, record_of(folder)))
    found = HfApi().model_info(REPO, expand=["evalResults"]).eval_results
    assert found is not None
    assert [(one.dataset_id, one.task_id, one.value) for one in found] == [
        ("org/fg-ovd", "hard", 0.4),
        ("org/fg-ovd", "easy", 0.75),
    ]
    hub.create_repo("org/fg-ovd", "dataset")
    board = HfApi().get_dataset_leaderboard("org/fg-ovd")
    assert [(row.rank, row.model_id, row.value) for row in board] == [(1, REPO, 0.75), (2, REPO, 0.4)]


@pytest.mark.usefixtures("alice")
def test_a_benchmark_that_is_not_on_the_hub_gets_no_results_file(hub: HubServer, folder: Path):
    record = record_of(folder, benchmark={"name": "fg-rendered", "revision": "c", "split": "test"})
    push_head(folder, REPO, record=written(folder, record))
    assert not [path for path in hub.files(REPO) if path.startswith(".eval_results")]
    assert "On `fg-rendered`" in hub.files(REPO)["README.md"].decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"head": {"kind": "linear", "revision": "0" * 12}}, "head: expected linear"),
        ({"head": {"kind": "mlp", "revision": "0" * 12}}, "head: expected linear"),
        ({"backbone": {"name": "mini-clip"}}, "backbone: expected openai/clip"),
        ({"provenance": "published"}, "provenance: expected measured figures, got published"),
        (
            {"subsets": {"hard": {"top1": 0.5}}},
            "expected a result record, got something else: subsets.hard.mean_rank: Field required",
        ),
        ({"produced": None}, "expected a result record"),
        ({"head": []}, "expected a result record"),
    ],
)
def test_a_record_of_something_else_is_refused_before_anything_is_asked(
    hub: HubServer, folder: Path, changes: dict[str, Any], words: str
):
    with pytest.raises(ValueError, match=rf"record\.json: {words}"):
        push_head(folder, REPO, record=written(folder, record_of(folder, **changes)))
    assert hub.requests == []
