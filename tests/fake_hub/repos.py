"""What the Hub of the tests holds: repositories with commits and pull requests, large files, accounts."""

import hashlib
import itertools
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import unquote

import yaml

KINDS = ("model", "dataset", "space")
LARGE = (".safetensors", ".bin", ".pt", ".pth", ".pkl", ".parquet", ".zip", ".npz", ".png", ".jpg", ".jpeg")
"""Endings of files that are stored as LFS objects, as the Hub's default .gitattributes has it."""
_SERIAL = itertools.count()


@dataclass(frozen=True)
class Blob:
    """One version of a file. `oid` is git's own name of it, `sha256` that of its content."""

    data: bytes
    large: bool

    @property
    def size(self) -> int:
        return len(self.data)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def oid(self) -> str:
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.sha256}\nsize {self.size}\n"
        stored = pointer.encode() if self.large else self.data
        return hashlib.sha1(b"blob %d\0" % len(stored) + stored).hexdigest()

    @property
    def etag(self) -> str:
        return self.sha256 if self.large else self.oid


@dataclass(frozen=True)
class Commit:
    """A state of a repository; `parent` is the commit before it."""

    id: str
    files: Mapping[str, Blob]
    parent: str | None
    title: str
    description: str
    author: str
    date: str


@dataclass
class Discussion:
    """A discussion; with `base`, the commit it starts from, a pull request on `refs/pr/<number>`."""

    number: int
    title: str
    author: str
    base: str | None
    created: str
    status: str = "open"
    comments: list[str] = field(default_factory=list)


@dataclass
class Repo:
    """A repository: its commits, and what its branches and pull requests point to."""

    id: str
    kind: str
    private: bool
    creator: str
    """The app or token that made it: what the scope contribute-repos goes by."""
    gated: bool = False
    commits: dict[str, Commit] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    discussions: list[Discussion] = field(default_factory=list)
    created: str = field(default_factory=lambda: now())

    @property
    def owner(self) -> str:
        return self.id.split("/")[0]

    def resolve(self, revision: str) -> str | None:
        """The commit a branch, a pull request or a commit id stands for."""
        revision = unquote(revision).removeprefix("refs/heads/")
        return self.refs.get(revision) or (revision if revision in self.commits else None)

    def files(self, revision: str = "main") -> Mapping[str, Blob]:
        return self.commits[self.resolve(revision) or ""].files

    def add_commit(
        self, ref: str, files: Mapping[str, Blob], title: str, author: str, description: str = ""
    ) -> str:
        """The id of the new commit, which `ref` then points to."""
        parent = self.refs.get(ref)
        seed = repr((self.id, title, parent, next(_SERIAL), sorted((p, b.oid) for p, b in files.items())))
        id = hashlib.sha1(seed.encode()).hexdigest()
        self.commits[id] = Commit(id, dict(files), parent, title, description, author, now())
        self.refs[ref] = id
        return id

    def history(self, revision: str = "main") -> list[Commit]:
        """The commits, newest first."""
        found, id = [], self.resolve(revision)
        while id is not None:
            found.append(self.commits[id])
            id = self.commits[id].parent
        return found

    def merge(self, number: int, author: str) -> bool:
        """Whether the pull request's changes could be put onto main: not when main changed the same file."""
        request = self.discussions[number - 1]
        base, ours, theirs = (self.files(r) for r in (request.base or "", "main", f"refs/pr/{number}"))
        paths = set(base) | set(theirs)
        changed = {path for path in paths if base.get(path) != theirs.get(path)}
        if any(ours.get(path) not in (base.get(path), theirs.get(path)) for path in changed):
            return False
        kept = {path: blob for path, blob in ours.items() if path not in changed}
        merged = kept | {path: theirs[path] for path in changed if path in theirs}
        self.add_commit("main", merged, f"{request.title} (#{number})", author)
        request.status = "merged"
        return True

    def front_matter(self, revision: str = "main") -> dict[str, object]:
        """The metadata at the top of README.md; empty when there is none that can be read."""
        readme = self.files(revision).get("README.md")
        found = re.match(rb"^---\r?\n(.*?)\r?\n---", readme.data, re.DOTALL) if readme else None
        try:
            values = yaml.safe_load(found[1]) if found else None
        except yaml.YAMLError:
            return {}
        return values if isinstance(values, dict) else {}


@dataclass(frozen=True)
class Account:
    """Who a token stands for, and what it may do. `app` is the OAuth application it was given to."""

    user: str
    scopes: frozenset[str]
    orgs: tuple[str, ...] = ()
    app: str = ""

    def may_create(self, namespace: str) -> bool:
        return self._owns(namespace) and bool(
            self.scopes & {"write-repos", "manage-repos", "contribute-repos"}
        )

    def may_write(self, repo: Repo) -> bool:
        everywhere = bool(self.scopes & {"write-repos", "manage-repos"})
        own_work = "contribute-repos" in self.scopes and repo.creator == (self.app or self.user)
        return self._owns(repo.owner) and (everywhere or own_work)

    def may_discuss(self) -> bool:
        return bool(self.scopes & {"write-repos", "manage-repos", "write-discussions"})

    def may_read(self, repo: Repo) -> bool:
        return not repo.private or self._owns(repo.owner)

    def _owns(self, namespace: str) -> bool:
        return namespace == self.user or namespace in self.orgs


@dataclass
class Store:
    """All of it: repositories by kind and id, large files by digest, accounts by token."""

    repos: dict[tuple[str, str], Repo] = field(default_factory=dict)
    large: dict[str, bytes] = field(default_factory=dict)
    tokens: dict[str, Account] = field(default_factory=dict)
    page_size: int = 1000
    oauth_user: str = "alice"

    def add_token(self, account: Account) -> str:
        token = f"hf_{account.user}{secrets.token_hex(16)}"
        self.tokens[token] = account
        return token

    def create(self, repo: Repo, files: Mapping[str, bytes], author: str) -> Repo:
        blobs = {path: blob(path, data) for path, data in files.items()}
        attributes = Blob(b"*.safetensors filter=lfs diff=lfs merge=lfs -text\n", large=False)
        repo.add_commit("main", {".gitattributes": attributes, **blobs}, "initial commit", author)
        self.repos[repo.kind, repo.id] = repo
        return repo

    def find(self, id: str, kind: str | None = None) -> Repo:
        """The repository, of any kind when none is given. Raises KeyError when there is none."""
        kinds: Iterable[str] = KINDS if kind is None else (kind,)
        return (
            next((self.repos[k, id] for k in kinds if (k, id) in self.repos), None)
            or self.repos[kind or "model", id]
        )


def blob(path: str, data: bytes) -> Blob:
    """The file as it is stored: as an LFS object when its ending says so, or it is above 10 MiB."""
    return Blob(data, large=is_large(path, len(data)))


def is_large(path: str, size: int) -> bool:
    return path.endswith(LARGE) or size > 10 * 2**20


def now() -> str:
    """The time as the Hub writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
