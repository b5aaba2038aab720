"""Faults of the tests' Hub: what goes wrong at which request, as a layer around the server."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

STEPS = {
    "whoami": r"GET /api/whoami-v2",
    "create": r"POST /api/repos/create",
    "validate": r"POST /api/validate-yaml",
    "preupload": r"POST /api/\w+/[^/]+/[^/]+/preupload/",
    "lfs-batch": r"POST /.*\.git/info/lfs/objects/batch",
    "lfs-upload": r"PUT /_lfs/",
    "lfs-verify": r"POST /_lfs_verify",
    "commit": r"POST /api/\w+/[^/]+/[^/]+/commit/",
    "branch": r"POST /api/\w+/[^/]+/[^/]+/branch/",
    "info": r"GET /api/\w+/[^/]+/[^/]+(/revision/[^/]+)?$",
    "list": r"GET /api/(models|datasets|spaces)$",
    "tree": r"GET /api/\w+/[^/]+/[^/]+/tree/",
    "refs": r"GET /api/\w+/[^/]+/[^/]+/refs",
    "head": r"HEAD /.*/resolve/",
    "download": r"GET /.*/resolve/",
    "discussion": r"(GET|POST) /api/\w+/[^/]+/[^/]+/discussions(/\d+)?$",
    "merge": r"POST /api/.*/merge$",
}
"""Name of a step → the requests that are it, as `METHOD path`."""


@dataclass(frozen=True)
class Fault:
    """What happens to a request. Made by the functions below."""

    kind: str
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    message: str = ""


TIME_OUT = Fault("time-out")
"""No answer, until the client gives up. The request is not carried out."""
RESET = Fault("reset")
"""The connection ends in the middle of the answer. The request is not carried out."""
LOST_REPLY = Fault("lost-reply")
"""The request is carried out, and the connection ends in the middle of the answer."""
TRUNCATED = Fault("truncated")
"""Half of the answer's body, said to be all of it."""
ALTERED = Fault("altered")
"""One bit of the answer's body is another, in its middle."""


def status(code: int, message: str = "", **headers: str) -> Fault:
    """An error status in place of the answer. `Retry_After="1"` becomes the header Retry-After."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Fault("status", code, named, message or f"made to answer {code}")


@dataclass
class Planned:
    """A fault, or something to call first, at the `first`-th to `last`-th request of a step."""

    step: str
    fault: Fault | Callable[[], object]
    first: int = 1
    last: int = 1
    seen: int = 0


@dataclass
class Plan:
    """The faults to come, and every request so far."""

    planned: list[Planned] = field(default_factory=list)

    def due(self, request: str) -> list[Fault | Callable[[], object]]:
        """What is planned for this request, `METHOD path`; counts it."""
        found = []
        for item in self.planned:
            if re.match(STEPS.get(item.step, item.step), request):
                item.seen += 1
                if item.first <= item.seen <= item.last:
                    found.append(item.fault)
        return found


async def suffer(
    fault: Fault, app: Any, scope: Any, receive: Any, send: Any, abort: Callable[[], None]
) -> None:
    """Answers the request as the fault has it; `abort` resets the connection."""
    if fault.kind == "time-out":
        await _wait_for_the_client_to_leave(receive)
    elif fault.kind == "status":
        await _answer(send, fault.status, fault.headers, b'{"error": "%s"}' % fault.message.encode())
    elif fault.kind == "reset":
        await _break_off(send, 200, [], b"{", abort)
    else:
        start, body = await _answer_of(app, scope, receive)
        headers = [(k, v) for k, v in start["headers"] if k.lower() != b"content-length"]
        if fault.kind == "lost-reply":
            await _break_off(send, start["status"], headers, body[: len(body) // 2], abort)
        else:
            await _spoil(fault, send, start["status"], headers, body, scope["method"] == "HEAD", start)


async def _spoil(
    fault: Fault, send: Any, code: int, headers: list[Any], body: bytes, empty: bool, start: Any
) -> None:
    if empty or not body:
        await send(start)
        await send({"type": "http.response.body", "body": b""})
        return
    middle = len(body) // 2
    altered = body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]
    spoiled = body[:middle] if fault.kind == "truncated" else altered
    length = (b"content-length", str(len(spoiled)).encode())
    await send({"type": "http.response.start", "status": code, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": spoiled})


async def _answer(send: Any, code: int, headers: Any, body: bytes) -> None:
    pairs = [(name.encode(), value.encode()) for name, value in headers]
    known = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": code, "headers": [*pairs, *known]})
    await send({"type": "http.response.body", "body": body})


async def _break_off(
    send: Any, code: int, headers: list[Any], body: bytes, abort: Callable[[], None]
) -> None:
    length = (b"content-length", str(len(body) + 1000).encode())
    await send({"type": "http.response.start", "status": code, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    abort()


async def _wait_for_the_client_to_leave(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        await asyncio.sleep(0)


async def _answer_of(app: Any, scope: Any, receive: Any) -> tuple[dict[str, Any], bytes]:
    parts: list[dict[str, Any]] = []

    async def keep(message: dict[str, Any]) -> None:
        parts.append(message)

    await app(scope, receive, keep)
    return parts[0], b"".join(part.get("body", b"") for part in parts[1:])
