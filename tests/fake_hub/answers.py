"""How the tests' Hub answers: who asks, for which repository, at which commit, and the refusals' words."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fake_hub.repos import Account, Blob, Repo, Store

PREFIXES = {"model": "", "dataset": "datasets/", "space": "spaces/"}
_TRUE = ("1", "true", "True")


class Refused(Exception):
    """A request that gets an error status."""

    def __init__(self, code: int, message: str, error: str | None = None):
        super().__init__(message)
        self.code, self.message, self.error = code, message, error

    def response(self) -> Response:
        headers = {"X-Error-Message": self.message} | ({"X-Error-Code": self.error} if self.error else {})
        return JSONResponse({"error": self.message}, self.code, headers)


def answers(function: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """The same endpoint, with its refusals turned into responses."""

    async def endpoint(request: Request) -> Response:
        try:
            return await function(request)
        except Refused as refused:
            return refused.response()

    return endpoint


def store(request: Request) -> Store:
    return request.app.state.store


def flag(request: Request, name: str) -> bool:
    return request.query_params.get(name) in _TRUE


def base(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def account(request: Request) -> Account | None:
    """Whose token came along; None without one. A token that is none is refused, as the Hub does."""
    header = request.headers.get("authorization", "")
    if not header.startswith("Bearer "):
        return None
    found = store(request).tokens.get(header.removeprefix("Bearer "))
    if found is None:
        raise Refused(401, "Invalid credentials in Authorization header")
    return found


def signed_in(request: Request) -> Account:
    found = account(request)
    if found is None:
        raise Refused(401, "Invalid username or password.")
    return found


def repo(request: Request) -> Repo:
    """The repository in the path. One that is private looks as if it were not there, as on the Hub."""
    named = request.path_params
    kind = named["kind"].removesuffix("s")
    found = store(request).repos.get((kind, f"{named['namespace']}/{named['name']}"))
    who = account(request)
    if found is None or (found.private and (who is None or not who.may_read(found))):
        raise Refused(404 if who else 401, "Repository not found", "RepoNotFound")
    return found


def commit_id(request: Request, of: Repo) -> str:
    found = of.resolve(request.path_params.get("revision") or "main")
    if found is None:
        raise Refused(404, "Invalid rev id", "RevisionNotFound")
    return found


def address(request: Request, of: Repo) -> str:
    """The repository's page."""
    return f"{base(request)}/{PREFIXES[of.kind]}{of.id}"


def entry(path: str, blob: Blob) -> dict[str, Any]:
    """A file as listings show it."""
    return {"type": "file", "oid": blob.oid, "size": blob.size, "path": path} | large(blob, "oid")


def large(blob: Blob, name: str) -> dict[str, Any]:
    return {"lfs": {name: blob.sha256, "size": blob.size, "pointerSize": 134}} if blob.large else {}


def info(of: Repo, revision: str, *, full: bool, sizes: bool) -> dict[str, Any]:
    """What `model_info` and listings tell of a repository."""
    matter, files = of.front_matter(revision), of.files(revision)
    shown: dict[str, Any] = {
        "_id": of.id,
        "id": of.id,
        "modelId": of.id,
        "author": of.owner,
        "sha": of.resolve(revision),
        "lastModified": of.history(revision)[0].date,
        "createdAt": of.created,
        "private": of.private,
        "gated": "manual" if of.gated else False,
        "disabled": False,
        "downloads": 0,
        "likes": 0,
        "tags": tags(matter),
    }
    shown |= {name: matter[name] for name in ("library_name", "pipeline_tag") if name in matter}
    if full:
        shown["cardData"] = matter or None
        shown["siblings"] = [_sibling(path, blob, sizes) for path, blob in sorted(files.items())]
    return shown


def _sibling(path: str, blob: Blob, sizes: bool) -> dict[str, Any]:
    more = {"size": blob.size, "blobId": blob.oid} | large(blob, "sha256") if sizes else {}
    return {"rfilename": path} | more


def tags(matter: Mapping[str, Any]) -> list[str]:
    """What listings filter by: the card's own tags, and those that its other fields amount to."""
    relation = matter.get("base_model_relation")
    prefixes = {
        "tags": [""],
        "library_name": [""],
        "pipeline_tag": [""],
        "license": ["license:"],
        "datasets": ["dataset:"],
        "base_model": ["base_model:", *([f"base_model:{relation}:"] if relation else [])],
    }
    found = []
    for field, befores in prefixes.items():
        value = matter.get(field) or []
        values = value if isinstance(value, list) else [value]
        found += [f"{before}{one}" for before in befores for one in values]
    return found
