"""The tests' Hub: discussions and pull requests."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fake_hub.answers import Refused, flag, repo, signed_in
from tests.fake_hub.repos import Discussion, Repo, now


async def discussions(request: Request) -> Response:
    """Those of a repository; a POST opens one, a draft pull request where it asks for that."""
    of = repo(request)
    if request.method == "GET":
        wanted = request.query_params.get("author")
        shown = [_shown(of, one) for one in of.discussions if wanted in (None, one.author)]
        return JSONResponse(
            {"discussions": shown, "count": len(shown), "start": 0, "numClosedDiscussions": 0}
        )
    who, body = signed_in(request), await request.json()
    if not who.may_discuss():
        raise Refused(403, "Forbidden: this token may not write discussions")
    number = len(of.discussions) + 1
    base = of.refs["main"] if body.get("pullRequest") else None
    opened = Discussion(number, body["title"], who.user, base, now(), "draft" if base else "open")
    opened.comments.append(body.get("description") or "")
    of.discussions.append(opened)
    if base:
        of.refs[f"refs/pr/{number}"] = base
    return JSONResponse({"num": number, "pullRequest": bool(base)})


async def discussion(request: Request) -> Response:
    of = repo(request)
    one = _one(request, of)
    events = [_comment(one, number, text) for number, text in enumerate(one.comments)]
    shown = _shown(of, one) | {"events": events, "filesWithConflicts": [], "diffUrl": None}
    changes = {"changes": {"base": "refs/heads/main"}} if one.base else {}
    diff = {"diff": _diff(of, one)} if flag(request, "diff") and one.base else {}
    return JSONResponse(shown | changes | diff)


async def comment(request: Request) -> Response:
    one = _changed_by(request)
    one.comments.append((await request.json())["comment"])
    return JSONResponse({"newMessage": _comment(one, len(one.comments), one.comments[-1])})


async def status(request: Request) -> Response:
    one = _changed_by(request)
    one.status = (await request.json())["status"]
    event = {"id": "status", "type": "status-change", "createdAt": now(), "author": {"name": one.author}}
    return JSONResponse({"newStatus": event | {"data": {"status": one.status}}})


async def merge(request: Request) -> Response:
    of, who = repo(request), signed_in(request)
    one = _one(request, of)
    if not who.may_write(of):
        raise Refused(403, f"Forbidden: you have no right to merge into {of.id}")
    if one.base is None or one.status not in ("open", "draft"):
        raise Refused(409, f"Pull request {one.number} cannot be merged: it is {one.status}")
    if not of.merge(one.number, who.user):
        raise Refused(409, "This branch has conflicts that must be resolved")
    return JSONResponse({})


def _one(request: Request, of: Repo) -> Discussion:
    number = request.path_params["number"]
    if not 1 <= number <= len(of.discussions):
        raise Refused(404, f"Discussion {number} not found")
    return of.discussions[number - 1]


def _changed_by(request: Request) -> Discussion:
    if not signed_in(request).may_discuss():
        raise Refused(403, "Forbidden: this token may not write discussions")
    return _one(request, repo(request))


def _shown(of: Repo, one: Discussion) -> dict[str, Any]:
    return {
        "num": one.number,
        "title": one.title,
        "status": one.status,
        "isPullRequest": one.base is not None,
        "author": {"name": one.author},
        "createdAt": one.created,
        "repo": {"name": of.id, "type": of.kind},
        "repoOwner": {"name": of.owner},
        "numComments": len(one.comments),
        "pinned": False,
        "topReactions": [],
        "numReactionUsers": 0,
    }


def _comment(one: Discussion, number: int, text: str) -> dict[str, Any]:
    author = {"name": one.author}
    latest = {"raw": text, "html": "", "updatedAt": one.created, "author": author}
    data = {"edited": False, "hidden": False, "latest": latest}
    kind = {"id": f"c{number}", "type": "comment", "createdAt": one.created}
    return kind | {"author": author, "data": data}


def _diff(of: Repo, one: Discussion) -> str:
    before, after = of.files(one.base or "main"), of.files(f"refs/pr/{one.number}")
    paths = sorted(set(before) | set(after))
    return "\n".join(f"diff --git a/{p} b/{p}" for p in paths if before.get(p) != after.get(p))
