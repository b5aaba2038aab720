"""The tests' Hub, writing: creating repositories, uploading, committing, pull requests."""

import base64
import hashlib
import json
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fake_hub.answers import Refused, address, base, commit_id, flag, repo, signed_in, store
from tests.fake_hub.repos import Account, Blob, Discussion, Repo, is_large, now

LFS_JSON = "application/vnd.git-lfs+json"


async def create(request: Request) -> Response:
    who, body = signed_in(request), await request.json()
    kind, namespace = body.get("type") or "model", body.get("organization") or who.user
    private = body.get("visibility") == "private" or bool(body.get("private"))
    made = Repo(f"{namespace}/{body['name']}", kind, private, creator=who.app or who.user)
    url = address(request, made)
    if (kind, made.id) in store(request).repos:
        return JSONResponse({"error": f"You already created this {kind} repo", "url": url}, 409)
    if not who.may_create(namespace):
        words = f'You don\'t have the rights to create a {kind} under the namespace "{namespace}"'
        raise Refused(403, words)
    store(request).create(made, {}, who.user)
    return JSONResponse({"url": url, "name": made.id, "id": made.id})


async def delete(request: Request) -> Response:
    who, body = signed_in(request), await request.json()
    key = body.get("type") or "model", f"{body.get('organization') or who.user}/{body['name']}"
    of = store(request).repos.get(key)
    if of is None:
        raise Refused(404, "Repository not found", "RepoNotFound")
    _check_writer(who, of)
    del store(request).repos[key]
    return JSONResponse({})


async def validate(request: Request) -> Response:
    return JSONResponse({"errors": [], "warnings": []})


async def preupload(request: Request) -> Response:
    of = repo(request)
    signed_in(request)
    id, body = commit_id(request, of), await request.json()
    files, answer = of.files(id), []
    for file in body["files"]:
        path = file["path"]
        mode = "lfs" if is_large(path, file["size"]) else "regular"
        known = {"oid": files[path].etag} if path in files else {}
        answer.append({"path": path, "uploadMode": mode, "shouldIgnore": False, **known})
    return JSONResponse({"files": answer, "commitOid": id})


async def lfs_batch(request: Request) -> Response:
    signed_in(request)
    objects = []
    for wanted in (await request.json())["objects"]:
        upload = {"href": f"{base(request)}/_lfs/{wanted['oid']}"}
        verify = {"href": f"{base(request)}/_lfs_verify", "header": {}}
        there = wanted["oid"] in store(request).large
        objects.append(wanted | ({} if there else {"actions": {"upload": upload, "verify": verify}}))
    return JSONResponse({"transfer": "basic", "objects": objects}, media_type=LFS_JSON)


async def lfs_upload(request: Request) -> Response:
    data, oid = await request.body(), request.path_params["oid"]
    if hashlib.sha256(data).hexdigest() != oid:
        raise Refused(400, "the content is not what its digest says")
    store(request).large[oid] = data
    return Response(b"", 200, {"ETag": '"uploaded"'})


async def lfs_verify(request: Request) -> Response:
    known = store(request).large.get((wanted := await request.json())["oid"])
    return Response(b"", 200 if known is not None and len(known) == wanted["size"] else 404)


async def commit(request: Request) -> Response:
    """One commit, of all its files or of none."""
    of, who = repo(request), signed_in(request)
    revision, as_request = unquote(request.path_params["revision"]), flag(request, "create_pr")
    _check_committer(who, of, revision, as_request)
    lines = [json.loads(line) for line in (await request.body()).splitlines()]
    parent = commit_id(request, of)  # after the wait for the body, in which another commit may come
    header = next(line["value"] for line in lines if line["key"] == "header")
    if header.get("parentCommit") not in (None, parent):
        raise Refused(412, "A commit has happened since. Please refresh and try again.")
    files = dict(of.files(parent))
    for line in lines:
        _apply(files, line["key"], line["value"], store(request).large)
    answer: dict[str, Any] = {}
    if as_request:
        number = len(of.discussions) + 1
        opened = Discussion(number, header["summary"], who.user, parent, now())
        opened.comments.append(header.get("description") or "")
        of.discussions.append(opened)
        revision = f"refs/pr/{number}"
        of.refs[revision] = parent
        answer["pullRequestUrl"] = f"{address(request, of)}/discussions/{number}"
    ref = revision.removeprefix("refs/heads/")
    id = of.add_commit(ref, files, header["summary"], who.user, header.get("description") or "")
    url = f"{address(request, of)}/commit/{id}"
    return JSONResponse({"success": True, "commitOid": id, "commitUrl": url, "hookOutput": "", **answer})


async def branch(request: Request) -> Response:
    of, who = repo(request), signed_in(request)
    _check_writer(who, of)
    name, body = unquote(request.path_params["revision"]), await request.body()
    start = json.loads(body).get("startingPoint", "main") if body else "main"
    if name in of.refs:
        raise Refused(409, f"Reference already exists: refs/heads/{name}")
    of.refs[name] = of.resolve(start) or of.refs["main"]
    return JSONResponse({})


def _apply(files: dict[str, Blob], key: str, value: dict[str, Any], large: dict[str, bytes]) -> None:
    path = value.get("path", "")
    if key == "file":
        files[path] = Blob(base64.b64decode(value["content"]), large=False)
    elif key == "lfsFile":
        if value["oid"] not in large:
            raise Refused(400, f"LFS object missing: {value['oid']}")
        files[path] = Blob(large[value["oid"]], large=True)
    elif key == "deletedFile":
        if files.pop(path, None) is None:
            raise Refused(404, f"no such file: {path}", "EntryNotFound")
    elif key == "deletedFolder":
        for inside in [other for other in files if other.startswith(f"{path.rstrip('/')}/")]:
            del files[inside]
    elif key != "header":
        raise Refused(400, f"unknown operation: {key}")


def _check_writer(who: Account, of: Repo) -> None:
    if not who.may_write(of):
        raise Refused(403, f"Forbidden: you have no right to write to {of.id}")


def _check_committer(who: Account, of: Repo, revision: str, as_request: bool) -> None:
    if as_request and not who.may_discuss():
        raise Refused(403, "Forbidden: this token may not open pull requests")
    if not as_request and not who.may_write(of):
        number = int(revision.removeprefix("refs/pr/")) if revision.startswith("refs/pr/") else 0
        if not number or of.discussions[number - 1].author != who.user:
            words = "pass `create_pr=1` as a query parameter to create a Pull Request"
            raise Refused(403, f"Forbidden: {words}")
