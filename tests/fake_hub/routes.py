"""The tests' Hub: which path is answered by which function."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import tests.fake_hub.discussions as hub_discussions
import tests.fake_hub.oauth as hub_oauth
import tests.fake_hub.read as hub_read
import tests.fake_hub.write as hub_write
from tests.fake_hub.answers import Refused, answers


async def _unknown(request: Request) -> Response:
    raise Refused(404, "not a part of the Hub that the tests know")


def routes() -> list[Route]:
    """Every path the server knows, and one for those it does not: the client expects JSON there too."""
    repo = "/api/{kind:str}/{namespace:str}/{name:str}"
    number = "/discussions/{number:int}"
    table: list[tuple[str, str, Any]] = [
        ("GET", "/api/whoami-v2", hub_read.whoami),
        ("POST", "/api/repos/create", hub_write.create),
        ("DELETE", "/api/repos/delete", hub_write.delete),
        ("POST", "/api/validate-yaml", hub_write.validate),
        ("PUT", "/_lfs/{oid}", hub_write.lfs_upload),
        ("POST", "/_lfs_verify", hub_write.lfs_verify),
        ("POST", f"{repo}/preupload/{{revision}}", hub_write.preupload),
        ("POST", f"{repo}/commit/{{revision}}", hub_write.commit),
        ("POST", f"{repo}/branch/{{revision}}", hub_write.branch),
        ("GET", f"{repo}/leaderboard", hub_read.leaderboard),
        ("GET", f"{repo}/tree/{{revision}}", hub_read.tree),
        ("GET", f"{repo}/tree/{{revision}}/{{path:path}}", hub_read.tree),
        ("POST", f"{repo}/paths-info/{{revision}}", hub_read.paths_info),
        ("GET", f"{repo}/refs", hub_read.refs),
        ("GET", f"{repo}/commits/{{revision}}", hub_read.commits),
        ("GET", f"{repo}/discussions", hub_discussions.discussions),
        ("POST", f"{repo}/discussions", hub_discussions.discussions),
        ("GET", f"{repo}{number}", hub_discussions.discussion),
        ("POST", f"{repo}{number}/comment", hub_discussions.comment),
        ("POST", f"{repo}{number}/status", hub_discussions.status),
        ("POST", f"{repo}{number}/merge", hub_discussions.merge),
        ("GET", f"{repo}/revision/{{revision}}", hub_read.repo_info),
        ("GET", repo, hub_read.repo_info),
        ("GET", "/api/{kind:str}", hub_read.listing),
    ]
    known = [Route(path, answers(endpoint), methods=[method]) for method, path, endpoint in table]
    for kind, prefix in (("datasets", "/datasets"), ("spaces", "/spaces"), ("models", "")):
        at = f"{prefix}/{{namespace}}/{{name}}"
        batch = _of(kind, hub_write.lfs_batch)
        known.append(Route(f"{at}.git/info/lfs/objects/batch", batch, methods=["POST"]))
        known.append(Route(f"{at}/resolve/{{revision}}/{{path:path}}", _of(kind, hub_read.resolve)))
    everything = Route("/{path:path}", answers(_unknown), methods=["GET", "POST", "PUT", "DELETE"])
    return [*hub_oauth.ROUTES, *known, everything]


def _of(kind: str, endpoint: Any) -> Any:
    """The endpoint, for a path that says what kind of repository it is of by its beginning."""

    async def with_kind(request: Request) -> Response:
        request.path_params["kind"] = kind
        return await answers(endpoint)(request)

    return with_kind
