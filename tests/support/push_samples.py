"""A head to push, as training leaves it, and a record of it."""

import json
from pathlib import Path
from typing import Any

from heads import load_head, save_head
from heads.persistence.revision import head_revision
from tests.support.head_samples import make_head

REPO = "alice/my-head"
CLIP = {"backbone": "openai/clip-vit-base-patch16", "backbone_revision": "a" * 40}


def make_folder(tmp_path: Path) -> Path:
    """The folder of a linear head of dimension 4, with its history and learning curve."""
    data = {"hard": {"benchmark": "org/fg-ovd", "split": "train"}}
    saved = save_head(make_head("linear", 4), tmp_path / "mine", **CLIP, stage="fine-grained", data=data)
    (saved / "history.json").write_text("[]")
    (saved / "learning_curve.png").write_bytes(b"\x89PNG")
    return saved


def record_of(folder: Path, **changes: Any) -> dict[str, Any]:
    """What a measurement of the head in the folder would write."""
    subset = {"mean_rank": 2.5, "top1": 0.4, "n": 97, "chance": 6.0, "interval": [2.25, 2.75]}
    return {
        "schema": 2,
        "head": {"name": "mine", "kind": "linear", "revision": head_revision(load_head(folder))},
        "backbone": {"name": CLIP["backbone"], "dim": 4},
        "benchmark": {"name": "org/fg-ovd", "revision": "b" * 40, "split": "test"},
        "protocol": "Crop of the given box; ties count against the head.",
        "provenance": "measured",
        "subsets": {"hard": subset, "easy": subset | {"top1": 0.75}},
        "retrieval": {"image_to_text": {"r1": 0.1, "r10": 0.333}, "text_to_image": {"r10": 0.25}},
        "produced": {
            "code_version": "0.1.0",
            "command": "python -m leaderboard evaluate --head mine",
            "date": "2026-11-20T10:00:00+00:00",
        },
    } | changes


def written(folder: Path, record: dict[str, Any]) -> Path:
    path = folder.parent / "record.json"
    path.write_text(json.dumps(record))
    return path
