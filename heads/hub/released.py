"""Heads that their authors published on GitHub, converted to this project's folders.

They are not redistributed: each is downloaded from its authors' repository, where it was published, and only if it
is byte for byte the file that a catalogue names.
"""

import http.client
import io
import logging
import time
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.error import HTTPError

import torch
from torch import Tensor

from heads.head import KINDS, Head
from heads.io.digests import blob_id
from heads.io.waiting import asked_seconds
from heads.persistence.config import read_config
from heads.persistence.folder import save_head

logger = logging.getLogger(__name__)

ASKED_TO_WAIT = (429, 503)
LONGEST_WAIT = 60.0
"""Seconds; a server that asks for more is not waited for."""
MOST_BYTES = 16 * 2**20
"""What is read at most of a file whose size is not known: four times the weights of the largest head."""


@dataclass(frozen=True, slots=True)
class Publication:
    """Where heads were published, and what they were trained on top of."""

    repository: str
    """On GitHub, owner/name."""
    commit: str
    folder: str
    """The folder of the repository below which the files lie."""
    backbone: str
    licence: str

    @property
    def base_url(self) -> str:
        """The address below which the files lie."""
        return f"https://raw.githubusercontent.com/{self.repository}/{self.commit}/{self.folder}"


@dataclass(frozen=True, slots=True)
class Released:
    """A file of a publication, and the head it holds."""

    name: str
    """Of the file, without its folder and ending."""
    stage: Literal["warm-up", "fine-grained"]
    kind: str
    arguments: dict[str, Any]
    """Of the kind's constructor, beside dim, similarity and logit_scale."""
    blob: str
    """git's id of the file: SHA-1 of "blob <size>", a zero byte and its bytes."""
    published: Publication
    size: int | None = None
    """In bytes; None: not known, so that the id alone vouches for the file."""
    dim: int = 512
    place: str = "{}.pt"
    """The file below the publication's folder, with the name in place of the braces."""

    @property
    def file_name(self) -> str:
        """The file's path below the publication's folder."""
        return self.place.format(self.name)


def wanted_entries(names: Sequence[str], catalogue: Sequence[Released], source: str | Path) -> list[Released]:
    """The entries of these names; without names all of them, or those whose files are in the folder `source`.

    Raises ValueError when a name is not in the catalogue, or the folder has no file of it.
    """
    known = {entry.name: entry for entry in catalogue}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"name: expected one of {', '.join(known)}, got {', '.join(unknown)}")
    if names:
        return [known[name] for name in names]
    if isinstance(source, str):
        return list(catalogue)
    there = [entry for entry in catalogue if (source / entry.file_name).is_file()]
    if not there:
        expected = ", ".join(entry.file_name for entry in catalogue)
        raise ValueError(f"from: expected a folder with some of {expected}, got {source}")
    return there


def fetch_released(
    wanted: Iterable[Released],
    output: Path,
    source: str | Path,
    similarity: str = "dot",
    timeout: float = 60.0,
) -> Iterator[tuple[Released, Path | OSError | ValueError]]:
    """Each file in turn, with the head folder under `output` made from it, or the reason why there is none.

    `source` is an address below which the files lie, or a folder that holds them; a folder already made from
    the same file is kept and nothing is downloaded. One file that fails does not hold up the others.

    `similarity` compares their projections; `timeout` is for each whole file, in seconds.
    """
    for entry in wanted:
        try:
            yield entry, _made(entry, output / entry.name, source, similarity, timeout)
        except (OSError, ValueError) as error:
            yield entry, error


def convert(entry: Released, content: bytes, similarity: str = "dot") -> Head:
    """The head in the file `content`, once it is known to be the very file that was released.

    Raises ValueError when it is another file, or its tensors are not exactly those of such a head.
    """
    check_content(entry, content)
    # The one place where a pickle is read: of known bytes, and by torch's reader that makes tensors only.
    state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    # The released score is a sigmoid of the dot product: as a logit that is taken as it is.
    scale = {"logit_scale": 1.0} if similarity == "dot" else {}
    head = KINDS[entry.kind](dim=entry.dim, similarity=similarity, **scale, **entry.arguments)
    head.load_state_dict(_renamed(entry, state, head.state_dict()))
    return head.eval()


def check_content(entry: Released, content: bytes) -> None:
    """Nothing, or ValueError when `content` is not byte for byte the file that was released."""
    if entry.size is not None and len(content) != entry.size:
        begins = f", which begin with {content[:20]!r}" if content[:1] == b"<" else ""
        raise ValueError(f"{entry.file_name}: expected {entry.size} bytes, got {len(content)}{begins}")
    if (blob := blob_id(content)) != entry.blob:
        raise ValueError(
            f"{entry.file_name}: expected git's id {entry.blob}, got {len(content)} bytes of id {blob}"
        )


def _made(entry: Released, folder: Path, source: str | Path, similarity: str, timeout: float) -> Path:
    origin = origin_of(entry)
    if is_made(folder, origin, similarity):
        return folder
    content = read_file(entry, source) if isinstance(source, Path) else download(entry, source, timeout)
    head = convert(entry, content, similarity)
    backbone, licence = entry.published.backbone, entry.published.licence
    return save_head(
        head, folder, backbone=backbone, stage=entry.stage, source=origin, licence=licence, input="raw"
    )


def origin_of(entry: Released) -> dict[str, str]:
    """What the folder made from the file says of its source."""
    at = entry.published
    origin = {"repository": f"github.com/{at.repository}", "commit": at.commit, "blob": entry.blob}
    return origin | {"file": f"{at.folder}/{entry.file_name}"}


def is_made(folder: Path, origin: dict[str, str], similarity: str) -> bool:
    """Whether `folder` holds the head of this origin, compared so. Raises ValueError when it holds no head."""
    if not folder.exists():
        return False
    config = read_config(folder)
    return config.metadata.get("source") == origin and config.arguments.get("similarity") == similarity


def _renamed(entry: Released, state: dict[str, Tensor], expected: dict[str, Tensor]) -> dict[str, Tensor]:
    names = {_released_name(name): name for name in expected}
    if set(state) != set(names):
        raise ValueError(f"{entry.file_name}: expected the tensors {sorted(names)}, found {sorted(state)}")
    for name, ours in names.items():
        found = (state[name].dtype, tuple(state[name].shape))
        if found != (torch.float32, tuple(expected[ours].shape)):
            shape = tuple(expected[ours].shape)
            raise ValueError(f"{entry.file_name}: {name}: expected float32 of shape {shape}, got {found}")
    return {ours: state[name] for name, ours in names.items()}


def _released_name(name: str) -> str:
    """`image.weight` → `linear_layers.0.0.weight`, `text.2.bias` → `linear_layers.1.1.bias`: side, layer."""
    side, *place, parameter = name.split(".")
    layer = int(place[0]) // 2 if place else 0  # ours counts the tanh after each layer
    return f"linear_layers.{('image', 'text').index(side)}.{layer}.{parameter}"


def read_file(entry: Released, folder: Path) -> bytes:
    """The bytes of the file in `folder`. Raises OSError when it cannot be read."""
    return (folder / entry.file_name).read_bytes()


def download(entry: Released, base_url: str, timeout: float) -> bytes:
    """The bytes at `base_url`/<file name>, at most one more than there should be.

    A server that asks to wait, for at most LONGEST_WAIT seconds, is asked once more after that. Raises
    OSError, naming the address, when the bytes cannot be had or take longer than `timeout` seconds.
    """
    url, most = f"{base_url}/{entry.file_name}", entry.size or MOST_BYTES
    try:
        try:
            return _read(url, most, timeout)
        except HTTPError as error:
            asked = asked_seconds(error.headers.get("Retry-After"))
            if error.code not in ASKED_TO_WAIT or asked is None or asked > LONGEST_WAIT:
                raise
            logger.warning("%s: status %d; waiting %.0f s, then once more", url, error.code, asked)
            time.sleep(asked)
            return _read(url, most, timeout)
    except (OSError, http.client.HTTPException) as error:
        raise OSError(f"{url}: expected the released file, got {error or type(error).__name__}") from error


def _read(url: str, most: int, timeout: float) -> bytes:
    deadline, content = time.monotonic() + timeout, b""
    with urllib.request.urlopen(url, timeout=timeout) as response:
        while len(content) <= most and (part := response.read1(2**16)):
            content += part
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(content)} bytes in {timeout:g} s")
    return content
