"""The tests' Hub, reading: whoami, listings, information, trees, downloads."""

import hashlib
import re
from typing import Any
from urllib.parse import parse_qs, unquote

import yaml
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fake_hub.answers import Refused, address, commit_id, entry, flag, info, repo, signed_in, store
from tests.fake_hub.answers import account as account_of
from tests.fake_hub.repos import Repo


async def whoami(request: Request) -> Response:
    who = signed_in(request)
    orgs = [{"type": "org", "name": name, "roleInOrg": "write"} for name in who.orgs]
    token = {"displayName": "tests", "role": "fineGrained", "scopes": sorted(who.scopes)}
    auth = {"type": "access_token", "accessToken": token}
    return JSONResponse(
        {"type": "user", "id": who.user, "name": who.user, "fullname": who.user, "orgs": orgs, "auth": auth}
    )


async def repo_info(request: Request) -> Response:
    of = repo(request)
    found = commit_id(request, of)
    shown = info(of, found, full=True, sizes=flag(request, "blobs"))
    return JSONResponse(_expanded(request, of, shown))


async def listing(request: Request) -> Response:
    kind = request.path_params["kind"].removesuffix("s")
    if kind not in ("model", "dataset", "space"):
        raise Refused(404, "not found")
    query, who = request.query_params, account_of(request)
    found = []
    for of in store(request).repos.values():
        if of.kind == kind and (not of.private or (who is not None and who.may_read(of))):
            full = flag(request, "full") or flag(request, "cardData")
            shown = info(of, "main", full=full, sizes=False)
            if _matches(shown, query):
                found.append(_expanded(request, of, shown))
    if query.get("sort"):
        found.sort(key=lambda shown: str(shown.get(query["sort"])), reverse=query.get("direction") == "-1")
    return _page(request, found)


async def tree(request: Request) -> Response:
    of = repo(request)
    files = of.files(commit_id(request, of))
    folder = unquote(request.path_params.get("path") or "").strip("/")
    inside = {path: blob for path, blob in files.items() if path == folder or _under(path, folder)}
    if folder and not inside:
        raise Refused(404, f"{folder} does not exist", "EntryNotFound")
    found: dict[str, Any] = {}
    for path, blob in sorted(inside.items()):
        depth = len(folder.split("/")) if folder else 0
        parents = path.split("/")[:-1]
        deepest = len(parents) if flag(request, "recursive") else min(len(parents), depth + 1)
        for end in range(depth + 1, deepest + 1):
            name = "/".join(parents[:end])
            oid = hashlib.sha1(name.encode()).hexdigest()
            found.setdefault(name, {"type": "directory", "oid": oid, "size": 0, "path": name})
        if flag(request, "recursive") or len(parents) <= depth:
            found[path] = entry(path, blob)
    return _page(request, list(found.values()))


async def paths_info(request: Request) -> Response:
    of = repo(request)
    files = of.files(commit_id(request, of))
    is_json = "json" in request.headers.get("content-type", "")
    body = await request.body()
    paths = (await request.json())["paths"] if is_json else parse_qs(body.decode()).get("paths", [])
    found = [entry(path, files[path]) for path in paths if path in files]
    folders = [path for path in paths if any(_under(other, path) for other in files)]
    return JSONResponse(
        found + [{"type": "directory", "oid": "0" * 40, "size": 0, "path": path} for path in folders]
    )


async def refs(request: Request) -> Response:
    of = repo(request)
    named = {True: [], False: []}
    for name, target in of.refs.items():
        is_request = name.startswith("refs/pr/")
        ref = name if is_request else f"refs/heads/{name}"
        named[is_request].append({"name": name, "ref": ref, "targetCommit": target})
    requests = {"pullRequests": named[True]} if flag(request, "include_prs") else {}
    return JSONResponse({"branches": named[False], "converts": [], "tags": [], **requests})


async def commits(request: Request) -> Response:
    of = repo(request)
    shown = [
        {
            "id": commit.id,
            "title": commit.title,
            "message": commit.description,
            "authors": [{"user": commit.author}],
            "date": commit.date,
        }
        for commit in of.history(commit_id(request, of))
    ]
    return _page(request, shown)


async def resolve(request: Request) -> Response:
    """A file, whole or a range of it, of the commit that the revision stands for."""
    of = repo(request)
    if of.gated:
        raise Refused(403, f"Access to {address(request, of)} is restricted", "GatedRepo")
    id = commit_id(request, of)
    blob = of.files(id).get(unquote(request.path_params["path"]))
    if blob is None:
        raise Refused(404, "Entry not found", "EntryNotFound")
    headers = {"X-Repo-Commit": id, "ETag": f'"{blob.etag}"', "Accept-Ranges": "bytes"}
    if blob.large:
        headers |= {"X-Linked-Etag": f'"{blob.sha256}"', "X-Linked-Size": str(blob.size)}
    wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("range", ""))
    if request.method == "HEAD":
        return Response(b"", 200, headers | {"Content-Length": str(blob.size)})
    if wanted is None or blob.size == 0:
        return Response(blob.data, 200, headers, "application/octet-stream")
    first, last = _range(wanted[1], wanted[2], blob.size)
    if first >= blob.size:
        return Response(b"", 416, headers | {"Content-Range": f"bytes */{blob.size}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{blob.size}"
    return Response(blob.data[first : last + 1], 206, headers, "application/octet-stream")


async def leaderboard(request: Request) -> Response:
    """The dataset's leaderboard, gathered from `.eval_results` of every model."""
    wanted, rows = repo(request).id, []
    for of in store(request).repos.values():
        for result in eval_results(of, "main") if of.kind == "model" else []:
            if result["data"]["dataset"]["id"] == wanted:
                author = {"_id": of.owner, "name": of.owner, "fullname": of.owner, "type": "user"}
                author |= {"avatarUrl": "", "isPro": False, "isHf": False, "isMod": False}
                row = {"modelId": of.id, "value": result["data"]["value"], "verified": False}
                rows.append(row | {"filename": result["filename"], "author": author})
    rows.sort(key=lambda row: -row["value"])
    return JSONResponse([row | {"rank": place} for place, row in enumerate(rows, start=1)])


def eval_results(of: Repo, revision: str) -> list[dict[str, Any]]:
    """The entries of the repository's `.eval_results/*.yaml`."""
    return [
        {"filename": path, "verified": False, "data": one}
        for path, blob in of.files(revision).items()
        if re.fullmatch(r"\.eval_results/[^/]+\.ya?ml", path)
        for one in yaml.safe_load(blob.data)
    ]


def _range(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last) if last else size - 1, size - 1)


def _expanded(request: Request, of: Repo, shown: dict[str, Any]) -> dict[str, Any]:
    wanted = request.query_params.getlist("expand") or request.query_params.getlist("expand[]")
    if not wanted:
        return shown
    if "evalResults" in wanted:
        shown = shown | {"evalResults": eval_results(of, shown["sha"])}
    return {name: value for name, value in shown.items() if name in ("_id", "id", *wanted)}


def _matches(shown: dict[str, Any], query: Any) -> bool:
    wanted = [one for several in query.getlist("filter") for one in several.split(",")]
    return (
        all(one in shown["tags"] for one in wanted)
        and query.get("author") in (None, shown["author"])
        and (query.get("search") or "").lower() in shown["id"].lower()
    )


def _page(request: Request, rows: list[Any]) -> Response:
    start, size = int(request.query_params.get("cursor") or 0), store(request).page_size
    end = start + min(int(request.query_params.get("limit") or size), size)
    following = str(request.url.include_query_params(cursor=end))
    headers = {"Link": f'<{following}>; rel="next"'} if end < len(rows) else {}
    return JSONResponse(rows[start:end], headers=headers)


def _under(path: str, folder: str) -> bool:
    return path.startswith(f"{folder}/") if folder else True
