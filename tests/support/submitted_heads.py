"""Heads on the tests' Hub, and something quick to measure them with."""

from dataclasses import replace
from pathlib import Path

from fg_demo.models.clip import MINI_CLIP_FOLDER
from fg_demo.models.pretrained import folder_revision
from heads import save_head
from leaderboard.benchmarks.split import BenchmarkSplit
from leaderboard.evaluation.measure import benchmark_entry
from leaderboard.records.record import Record
from leaderboard.submissions.remeasure import HeadRefused
from tests.fake_hub.server import HubServer
from tests.support.head_samples import make_head
from tests.support.tiny_records import measured

DATASET = "heads-lab/results"
DIM = 256


def head_files(folder: Path, seed: int = 0, backbone: str = "mini-clip") -> dict[str, bytes]:
    """The files of a head made for mini-clip."""
    saved = save_head(
        make_head("linear", DIM, seed),
        folder,
        backbone=backbone,
        backbone_revision=folder_revision(MINI_CLIP_FOLDER),
        stage="fine-grained",
    )
    return {path.name: path.read_bytes() for path in saved.iterdir()}


def put_head(hub: HubServer, folder: Path, repo: str = "alice/head", **options) -> str:
    """The commit of a new repository with a head."""
    return hub.create_repo(repo, files=head_files(folder, **options))


class QuickEvaluator:
    """HeadEvaluator without measuring: figures out of the air, for tests of everything around them."""

    def __init__(self, split: BenchmarkSplit):
        self.split = split
        self.asked: list[str] = []

    def backbones(self) -> dict[str, str]:
        return {"mini-clip": folder_revision(MINI_CLIP_FOLDER)}

    def remeasure(self, folder: Path, repo: str, commit: str) -> Record:
        self.asked.append(repo)
        if "bad" in repo:
            raise HeadRefused("expected finite scores")
        record = measured(repo)
        where = f"{repo}@{commit}"
        same = {
            "benchmark": benchmark_entry(self.split),
            "protocol": self.split.protocol,
            "provenance": "re-measured",
        }
        return replace(record, head=replace(record.head, source=where), source=where, **same)
