"""Git's blob id of a file's content, the digests by which the Hub knows files, and that of a file."""

import hashlib
from pathlib import Path


def blob_id(content: bytes) -> str:
    """The id that git gives a file of this content: SHA-1 of "blob", its length, a zero byte and itself."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def has_digest(path: Path, digest: str) -> bool:
    """Whether the Hub knows the file by `digest`: SHA-256 of 64 hex digits, for large files, or git's id. Raises OSError
    when it cannot be read.
    """
    return digest == (file_sha256(path) if len(digest) == 64 else blob_id(path.read_bytes()))


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's content, in hex digits. Raises OSError when it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
