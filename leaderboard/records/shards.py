"""Records as Parquet: a row a record, and what is of its single items in a column of its own that nobody need read.

Here rows are text; what a record is, `files` knows.
"""

import re
import stat
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import accumulate, islice
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as parquet

SUFFIX = ".parquet"
SHARD, GROUP = 1000, 100
"""Rows of a file as it is written, and the most of a row group, which is read as a whole."""

LARGEST_SHARD, LARGEST_TEXT = 500_000_000, 1_000_000
"""Bytes of a file; of a record, and of what is of its single items."""
MOST_ROWS = 100_000
"""Of a file that is read."""

OPENED = 4
"""Row groups whose items are in memory, the last that were asked for: heads that stand together are written together."""

_WORDS = (
    *("file", "benchmark", "benchmark_revision", "split", "protocol", "backbone", "backbone_revision"),
    *("head", "kind", "stage", "head_revision", "provenance", "source", "date", "commit", "command"),
)
_NUMBERS = ("mean_rank", "top1", "image_to_text_r10", "text_to_image_r10")
_SUBSET = pa.struct(
    [("subset", pa.string()), ("n", pa.int64()), ("mean_rank", pa.float64()), ("top1", pa.float64())]
)
DIGEST, RECORD, ITEMS = "items_digest", "record", "items"
COLUMNS = pa.schema(
    [
        *((name, pa.string()) for name in _WORDS),
        *((name, pa.float64()) for name in _NUMBERS),
        ("subsets", pa.list_(_SUBSET)),
        *((name, pa.string()) for name in (DIGEST, RECORD, ITEMS)),
    ]
)
"""The last three are read here: a digest of every item's rank, the record as JSON without what is of single items, and
what is left out of it. The others follow from these, for those who filter rows elsewhere.
"""


class ShardRow(NamedTuple):
    """A record without what is of single items, as JSON, and the digest of its items' ranks."""

    record: str
    digest: str


def write_shards(rows: Iterable[dict[str, Any]], count: int, folder: Path) -> list[Path]:
    """The written files: `rows`, `count` of them, in their order, with the fields of COLUMNS."""
    folder.mkdir(parents=True, exist_ok=True)
    left, files = iter(rows), -(-count // SHARD)
    paths = [folder / f"records-{number:05d}-of-{files:05d}{SUFFIX}" for number in range(files)]
    # No two records' texts are the same: a dictionary of them would be as large as they are.
    how: dict[str, Any] = {"use_dictionary": list(_WORDS), "write_statistics": [*_WORDS, *_NUMBERS]}
    for path in paths:
        with parquet.ParquetWriter(
            path, COLUMNS, compression="zstd", write_page_checksum=True, **how
        ) as file:
            for _ in range(SHARD // GROUP):
                if group := list(islice(left, GROUP)):
                    file.write_table(pa.Table.from_pylist(group, COLUMNS))
    return paths


def read_rows(path: Path) -> list[ShardRow]:
    """The rows of a file, without what is of single items, which is not touched. Raises OSError, or ValueError naming the
    column that is wrong.
    """
    with _opened(path, (RECORD, DIGEST)) as file:
        groups = range(file.metadata.num_row_groups)
        return [ShardRow(*row) for group in groups for row in _texts(file, group, (RECORD, DIGEST))]


def read_items(path: Path, row: int) -> str:
    """What is of single items in a row's record, as JSON: its row group is read, and nothing else. Raises as
    `read_rows`.
    """
    found = path.stat()
    starts = _starts(path, found.st_mtime_ns, found.st_size)
    group = bisect_right(starts, row) - 1
    texts = _items(path, found.st_mtime_ns, found.st_size, group)
    if row - starts[group] >= len(texts):
        raise ValueError(f"row {row}: expected one of {starts[group] + len(texts)}, there is none")
    return texts[row - starts[group]]


def check_file(path: Path, largest: int) -> None:
    """Raises OSError when there is none, ValueError when it is no file or larger than so many bytes."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise ValueError("expected a file, found a folder, a pipe or a device")
    if found.st_size > largest:
        raise ValueError(f"size: expected at most {largest} bytes, got {found.st_size}")


@lru_cache(maxsize=256)
def _starts(path: Path, changed: int, size: int) -> list[int]:
    """The first row of each row group of the file as it was then."""
    with _opened(path, (ITEMS,)) as file:
        rows = [file.metadata.row_group(group).num_rows for group in range(file.metadata.num_row_groups)]
    return [0, *accumulate(rows)][:-1] or [0]


@lru_cache(maxsize=OPENED)
def _items(path: Path, changed: int, size: int, group: int) -> list[str]:
    with _opened(path, (ITEMS,)) as file:
        return [text for (text,) in _texts(file, group, (ITEMS,))]


@contextmanager
def _opened(path: Path, names: tuple[str, ...]) -> Iterator[parquet.ParquetFile]:
    """The file, which has these columns of text. Texts are read as a dictionary, which takes no more memory than it says,
    however often one is repeated.
    """
    check_file(path, LARGEST_SHARD)
    try:
        about = parquet.read_metadata(path)
        _check_columns(about, names)
        how: dict[str, Any] = {"read_dictionary": [*names], "page_checksum_verification": True}
        with parquet.ParquetFile(path, metadata=about, **how) as file:
            yield file
    except pa.ArrowException as error:
        raise ValueError(f"expected records as Parquet, got {_first_line(error)}") from error
    except OSError as error:
        if error.errno is not None:
            raise
        # Arrow's own, of what it cannot decode
        raise ValueError(f"expected records as Parquet, got {_first_line(error)}") from error


def _check_columns(about: parquet.FileMetaData, names: tuple[str, ...]) -> None:
    schema = about.schema.to_arrow_schema()
    for name in names:
        if schema.names.count(name) != 1:
            raise ValueError(f"{name}: expected one column of that name, got {schema.names}")
        if not pa.types.is_string(kind := schema.field(name).type):
            raise ValueError(f"{name}: expected the type string, got {kind}")
    if about.num_rows > MOST_ROWS:
        raise ValueError(f"expected at most {MOST_ROWS} rows, got {about.num_rows}")
    for group in range(about.num_row_groups):
        part = about.row_group(group)
        if part.num_rows > GROUP:
            raise ValueError(f"row group {group}: expected at most {GROUP} rows, got {part.num_rows}")
        columns = (part.column(number) for number in range(part.num_columns))
        sizes = {one.path_in_schema: one.total_uncompressed_size for one in columns}
        large = next((name for name in names if sizes[name] > GROUP * LARGEST_TEXT), None)
        if large:
            raise ValueError(
                f"row group {group}: {large}: expected at most {GROUP * LARGEST_TEXT} bytes, got {sizes[large]}"
            )


def _texts(file: parquet.ParquetFile, group: int, names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The rows of a row group."""
    table = file.read_row_group(group, columns=[*names], use_threads=False)
    for name in names:
        for chunk in table.column(name).chunks:
            where = f"row group {group}: {name}"
            if chunk.null_count:
                raise ValueError(f"{where}: expected a text in each row, got {chunk.null_count} without")
            longest = max((text.as_buffer().size for text in chunk.dictionary), default=0)
            if longest > LARGEST_TEXT:
                raise ValueError(f"{where}: expected texts of at most {LARGEST_TEXT} bytes, got {longest}")
    try:
        yield from zip(*(table.column(name).to_pylist() for name in names), strict=True)
    except UnicodeDecodeError as error:
        raise ValueError(f"row group {group}: expected UTF-8, got {error}") from error


def _first_line(error: Exception) -> str:
    return re.sub(r"\s+", " ", str(error)).strip()[:200] or type(error).__name__
