"""Git's blob id of a file's content, and the digests by which the Hub knows files."""

import hashlib


def blob_id(content: bytes) -> str:
    """The id that git gives a file of this content: SHA-1 of "blob", its length, a zero byte and itself."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def has_digest(content: bytes, digest: str) -> bool:
    """Whether the Hub knows a file of this content by `digest`: SHA-256 of 64 hex digits, for large files, or
    git's id.
    """
    return digest == (hashlib.sha256(content).hexdigest() if len(digest) == 64 else blob_id(content))
