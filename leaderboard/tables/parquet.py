"""All records as a dataset: Parquet files and a card, laid out as the results dataset on the Hub is."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple

from huggingface_hub import DatasetCardData

from heads.io.atomic import replacing
from heads.persistence.card import signed
from leaderboard.records.files import (
    Problem,
    date_of,
    file_name,
    read_either,
    record_files,
    to_json,
)
from leaderboard.records.folders import IN_DATASET
from leaderboard.records.overall import mean_rank_over_subsets, top1_over_subsets
from leaderboard.records.record import Record
from leaderboard.records.shards import DIGEST, ITEMS, RECORD, SUFFIX, write_shards
from leaderboard.records.slim import items_digest, left_out, slimmed

CARD = Path(__file__).with_name("results_card.md")


class Written(NamedTuple):
    """What was written, in words, and the files that held no record."""

    summary: str
    problems: list[Problem]


class _Line(NamedTuple):
    """Where a record's row is in the file that keeps them until all are read, and where it stands among them; `prior` is
    the larger of what counts, of one measurement: the date, then whether it is a JSON file's.
    """

    order: tuple[Any, ...]
    prior: tuple[str, bool]
    start: int


def write_dataset(folder: Path, output: Path, backbone: str | None = None) -> Written:
    """All records in the folder's files, or those of a backbone, as a dataset in a new folder. A measurement that is
    there twice is written once, the one measured last; those of a board stand together, best first, so that whoever
    compares neighbours reads each row group once.

    Raises ValueError when there is no record, or something is in the new folder's place.
    """
    if output.exists():
        raise ValueError(f"--parquet: expected a folder that does not exist yet, got {output}")
    with TemporaryFile("w+b") as kept, replacing(output) as aside:
        lines, problems = _keep(folder, backbone, kept)
        if not lines:
            raise ValueError(f"{folder}: expected a folder of records, found none")
        starts = [line.start for line in sorted(lines.values())]
        files = write_shards(_rows(kept, starts), len(starts), aside / IN_DATASET)
        size = sum(path.stat().st_size for path in files)
        card = _card(output.resolve().name, len(starts))
        (aside / "README.md").write_text(signed(card), encoding="utf-8")
    words = f"{output}: {len(starts):,} records, {len(files)} Parquet files, {size:,} bytes"
    return Written(words, problems)


def _keep(folder: Path, backbone: str | None, kept: IO[bytes]) -> tuple[dict[str, _Line], list[Problem]]:
    """Writes each record's row, as a line of JSON: there may be more than memory holds."""
    lines: dict[str, _Line] = {}
    problems = []
    for path in record_files(folder):
        try:
            records = read_either(path)
        except (OSError, ValueError) as error:
            problems.append(Problem(path.name, str(error)))
            continue
        for record in records:
            rival, prior = lines.get(file_name(record)), (date_of(record), path.suffix != SUFFIX)
            if backbone in (None, record.backbone.name) and (rival is None or prior >= rival.prior):
                row = row_of(record)
                lines[row["file"]] = _Line(_order(row), prior, kept.tell())
                kept.write(json.dumps(row).encode() + b"\n")
    return lines, problems


def _order(row: dict[str, Any]) -> tuple[Any, ...]:
    board = [row[name] or "" for name in ("benchmark", "split", "benchmark_revision", "protocol")]
    rank = row["mean_rank"]
    return (*board, float("inf") if rank is None else rank, row["file"])


def _rows(kept: IO[bytes], starts: Sequence[int]) -> Iterator[dict[str, Any]]:
    for start in starts:
        kept.seek(start)
        yield json.loads(kept.readline())


def row_of(record: Record) -> dict[str, Any]:
    """The record as a row of `shards.COLUMNS`."""
    head, backbone, benchmark, produced = record.head, record.backbone, record.benchmark, record.produced
    retrieval = record.retrieval
    whole, slim = to_json(record), to_json(slimmed(record))
    return {
        "file": file_name(record),
        "benchmark": benchmark.name,
        "benchmark_revision": benchmark.revision,
        "split": benchmark.split,
        "protocol": str(record.protocol),
        "backbone": backbone.name,
        "backbone_revision": backbone.revision,
        "head": head.name,
        "kind": head.kind,
        "stage": head.stage,
        "head_revision": head.revision,
        "provenance": record.provenance,
        "source": record.source,
        "date": produced and produced.date,
        "commit": produced and produced.commit,
        "command": produced and produced.command,
        "mean_rank": mean_rank_over_subsets(record),
        "top1": top1_over_subsets(record),
        "image_to_text_r10": retrieval and retrieval.image_to_text.r10,
        "text_to_image_r10": retrieval and retrieval.text_to_image.r10,
        "subsets": [
            {"subset": name, "n": result.n, "mean_rank": result.mean_rank, "top1": result.top1}
            for name, result in record.subsets.items()
        ],
        DIGEST: items_digest(record),
        RECORD: slim,
        ITEMS: left_out(whole, slim),
    }


def _card(name: str, records: int) -> str:
    about = DatasetCardData(
        pretty_name=name,
        tags=["fine-grained", "leaderboard"],
        configs=[{"config_name": "default", "data_files": f"{IN_DATASET}/*{SUFFIX}"}],
    )
    filled = CARD.read_text(encoding="utf-8").format(name=name, records=f"{records:,}")
    return f"---\n{about.to_yaml()}\n---\n\n{filled}"
