"""Records of one's own in the results dataset, and the detectors' predictions that they follow from."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from heads.hub.client import HUB_ERRORS, reason
from leaderboard.records.files import file_name, to_json
from leaderboard.records.folders import IN_DATASET
from leaderboard.records.record import Record
from leaderboard.submissions.commit import add_once

PREDICTIONS = "predictions"
"""The dataset's folder of boxes and scores, one Parquet file a detector and benchmark, each named by its content."""


def publish_measured(dataset: str, records: Sequence[Record], predictions: Sequence[Path]) -> str | None:
    """The one commit that adds them; None when all of them were there. What is there already stays.

    Raises OSError in words when the Hub refuses; nothing is written then.
    """
    files = {f"{IN_DATASET}/{file_name(record)}": to_json(record).encode() for record in records}
    for path in predictions:
        content = path.read_bytes()
        files[f"{PREDICTIONS}/{hashlib.sha256(content).hexdigest()[:12]}.parquet"] = content
    try:
        return add_once(dataset, files, "Add a detector's records and predictions")
    except HUB_ERRORS as error:
        raise OSError(f"{dataset}: {reason(error)}") from error
