"""The heads that the authors of arXiv 2404.03539 released, converted to this project's folders.

They have no licence, so they are not redistributed: each is downloaded from the authors' repository, where it
was published, and only if it is byte for byte the file named here.
"""

import http.client
import io
import logging
import time
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.error import HTTPError

import torch
from torch import Tensor

from heads.head import KINDS, Head
from heads.io.cache import cache_folder
from heads.io.digests import blob_id
from heads.io.waiting import asked_seconds
from heads.persistence.config import read_config
from heads.persistence.folder import save_head

logger = logging.getLogger(__name__)

REPOSITORY = "lorebianchi98/FG-CLIP"
COMMIT = "695c5d6aa467859326ca6bf603a6587716dabfe4"
BASE_URL = f"https://raw.githubusercontent.com/{REPOSITORY}/{COMMIT}/checkpoints"
BACKBONE = "openai/clip-vit-base-patch16"

ASKED_TO_WAIT = (429, 503)
LONGEST_WAIT = 60.0
"""Seconds; a server that asks for more is not waited for."""
MOST_BYTES = 16 * 2**20
"""What is read at most of a file whose size is not known: four times the weights of the largest head."""


@dataclass(frozen=True, slots=True)
class Released:
    """A file of the repository's folder `checkpoints`, and the head it holds."""

    name: str
    """Of the file, without its ending .pt."""
    stage: Literal["warm-up", "fine-grained"]
    kind: str
    arguments: dict[str, Any]
    """Of the kind's constructor, beside dim, similarity and logit_scale."""
    blob: str
    """git's id of the file: SHA-1 of "blob <size>", a zero byte and its bytes."""
    size: int | None = None
    """In bytes; None: not known, so that the id alone vouches for the file."""
    dim: int = 512

    @property
    def file_name(self) -> str:
        """The file's name in the authors' repository."""
        return f"{self.name}.pt"


def _linear(name: str, sides: str, blob: str, size: int) -> Released:
    stage = "fine-grained" if name.startswith("fg-ovd") else "warm-up"
    return Released(name, stage, "linear", {"sides": sides}, blob, size)


# "te-freezed" leaves the text encoder's embedding raw, so that the image alone is re-projected; "ve-freezed"
# the other way round (configs/model/*.yaml there: keep_embeds). The "triplet" files are the warm-up.
CATALOGUE = (
    _linear("triplet_linear-mlp", "both", "d9f8e56a4a2ec96138b0b1adf549fb01ec78eb82", 2103656),
    _linear("triplet_linear-mlp_te-freezed", "image", "f7f5e3a111a5f6313a70756ef6ff4f47193cdf00", 1052508),
    _linear("triplet_linear-mlp_ve-freezed", "text", "727866dc54e53470ef1c539d4a2266fa4d183482", 1052508),
    Released("triplet_non-linear-mlp", "warm-up", "mlp", {}, "61960012429d3979594e0a3eb2160ec73424ed2a"),
    _linear("fg-ovd_linear-mlp", "both", "f1fffd36fcbe39a04fd5d0e43e4b3c874c1a55c8", 2103648),
    _linear("fg-ovd_linear-mlp_te-freezed", "image", "830507c8bc8079ac51be67d5d7a9926fb7f1839a", 1052502),
    _linear("fg-ovd_linear-mlp_ve-freezed", "text", "e1d96812b0889a96ff6c1a0add79b83ca31dd19a", 1052502),
    Released("fg-ovd_non-linear-mlp", "fine-grained", "mlp", {}, "8af714883585b7f0c1f2992362a7eac41040f092"),
)


def released_folder() -> Path:
    """Where converted heads are kept unless said otherwise."""
    return cache_folder() / "released"


def fetch_released(
    wanted: Iterable[Released],
    output: Path,
    source: str | Path = BASE_URL,
    similarity: str = "dot",
    timeout: float = 60.0,
) -> Iterator[tuple[Released, Path | OSError | ValueError]]:
    """Each file in turn, with the head folder under `output` made from it, or the reason why there is none.

    `source` is an address below which the files lie, or a folder that holds them; a folder already made from
    the same file is kept and nothing is downloaded. One file that fails does not hold up the others.

    The files were published before the authors' training compared by the cosine: until then, by the dot
    product (`src/model.py` there, 67c2cc7). `similarity` "cosine" compares their projections as the later code
    does. `timeout` is for each whole file, in seconds.
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
    licence = "none stated: not to be redistributed"
    return save_head(
        head, folder, backbone=BACKBONE, stage=entry.stage, source=origin, licence=licence, input="raw"
    )


def origin_of(entry: Released) -> dict[str, str]:
    """What the folder made from the file says of its source."""
    origin = {"repository": f"github.com/{REPOSITORY}", "commit": COMMIT, "blob": entry.blob}
    return origin | {"file": f"checkpoints/{entry.file_name}"}


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
    """The bytes at `base_url`/<name>.pt, at most one more than there should be.

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
