"""A server that speaks the Hugging Face Hub's protocol on this machine, for the real clients to talk to.

A test takes the fixture `hub`: it starts the server, and points `huggingface_hub` and `datasets`, in this process
and by `hub.environment()` in its children, at it and at empty caches. What the server holds is in `hub_repos.py`;
how it answers in `hub_routes.py`, `hub_read.py`, `hub_write.py`, `hub_discussions.py` and `hub_oauth.py`; what
goes wrong on request in `hub_faults.py`.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from huggingface_hub import close_session
from starlette.applications import Starlette

import tests.fake_hub.oauth as hub_oauth
from tests.fake_hub.faults import Fault, Plan, Planned, suffer
from tests.fake_hub.repos import Account, Commit, Discussion, Repo, Store, blob
from tests.fake_hub.routes import routes

WRITER = ("write-repos",)
ORG = "heads-lab"


@dataclass(frozen=True)
class Seen:
    """A request as it came, and the status and size of the answer. No token is kept."""

    method: str
    path: str
    query: str
    signed_in: bool
    range: str
    status: int
    sent: int


@dataclass
class Clock:
    """Stands for `time` in the client: it notes how long it was told to wait, and does not wait."""

    waits: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


class HubServer:
    """The server, on a free port of this machine, in a thread of its own."""

    def __init__(self):
        self.store, self.plan, self.clock = Store(), Plan(), Clock()
        self.requests: list[Seen] = []
        self._app = Starlette(routes=routes())
        self._app.state.store = self.store
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        quiet: dict[str, Any] = {"log_level": "critical", "lifespan": "off", "interface": "asgi3"}
        self._server = uvicorn.Server(uvicorn.Config(self._serve, **quiet, timeout_graceful_shutdown=0))
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    def start(self) -> "HubServer":
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)
        return self

    def stop(self) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(5)
        self._socket.close()

    def add_token(self, user: str, scopes: Iterable[str] = WRITER, orgs: Iterable[str] = (ORG,)) -> str:
        """A token of `user`, who may also write to the organizations `orgs`.

        Scopes: read-repos, write-repos, manage-repos, contribute-repos (create repositories and write to
        those), write-discussions (discussions and pull requests).
        """
        return self.store.add_token(Account(user, frozenset(scopes), tuple(orgs)))

    def create_repo(
        self,
        id: str,
        kind: str = "model",
        files: Mapping[str, bytes] | None = None,
        *,
        private: bool = False,
        gated: bool = False,
    ) -> str:
        """The commit of the new repository, which holds `files`."""
        made = Repo(id, kind, private, creator="", gated=gated)
        self.store.create(made, files or {}, author=made.owner)
        return made.refs["main"]

    def commit(self, id: str, files: Mapping[str, bytes | None], revision: str = "main") -> str:
        """The id of a new commit, as somebody else pushes one; None removes a file."""
        of = self.store.find(id)
        kept = {path: old for path, old in of.files(revision).items() if path not in files}
        new = {path: blob(path, data) for path, data in files.items() if data is not None}
        return of.add_commit(revision, kept | new, "a change by somebody else", of.owner)

    def delete_repo(self, id: str) -> None:
        of = self.store.find(id)
        del self.store.repos[of.kind, id]

    def repos(self) -> list[str]:
        """Ids of all repositories."""
        return [id for _, id in self.store.repos]

    def files(self, id: str, revision: str = "main", kind: str | None = None) -> dict[str, bytes]:
        """Path → content of what was committed, without the .gitattributes every repository starts with."""
        found = self.store.find(id, kind).files(revision)
        return {path: blob.data for path, blob in found.items() if path != ".gitattributes"}

    def commits(self, id: str, revision: str = "main", kind: str | None = None) -> list[Commit]:
        """Newest first, the first one (`initial commit`) included."""
        return self.store.find(id, kind).history(revision)

    def pull_requests(self, id: str, kind: str | None = None) -> list[Discussion]:
        return [one for one in self.store.find(id, kind).discussions if one.base is not None]

    def fail(self, step: str, fault: Fault | Callable[[], object], nth: int = 1, times: int = 1) -> None:
        """Plans a fault for the `nth` request of a step and the `times - 1` after it, counted from now.

        `step` is a name in `hub_faults.STEPS`, or a regular expression for the beginning of `METHOD path`. In
        place of a fault, a function: it is called, and the request goes on.
        """
        self.plan.planned.append(Planned(step, fault, nth, nth + times - 1))

    def heal(self) -> None:
        """No more faults; the clients connect anew, as another command would."""
        self.plan.planned.clear()
        close_session()

    def sign_in_as(self, user: str) -> None:
        """Who signs in at /oauth/authorize from now on."""
        self.store.oauth_user = user

    def environment(self, home: Path, token: str | None = None) -> dict[str, str]:
        """What a process needs in its environment to talk to this server, with its caches in `home`."""
        known = {
            "HF_ENDPOINT": self.url,
            "HF_HOME": str(home),
            "HF_HUB_OFFLINE": "0",
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_UPDATE_CHECK": "1",
            "HF_DATASETS_CACHE": str(home / "datasets"),
            "NO_PROXY": "127.0.0.1",
        }
        return known | ({"HF_TOKEN": token} if token else {})

    def space_environment(self, home: Path, scopes: str) -> dict[str, str]:
        """The same for a Gradio app that runs as a Space and lets people sign in here."""
        return self.environment(home) | {
            "SYSTEM": "spaces",
            "SPACE_ID": f"{ORG}/space",
            "OAUTH_CLIENT_ID": hub_oauth.CLIENT_ID,
            "OAUTH_CLIENT_SECRET": hub_oauth.CLIENT_SECRET,
            "OAUTH_SCOPES": scopes,
            "OPENID_PROVIDER_URL": self.url,
        }

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        """Routes by the path as it was sent, so that %2F in a revision stays inside it; notes the request."""
        path = scope["raw_path"].decode().split("?")[0]
        scope = {**scope, "path": path}
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        status, sent = 0, 0

        async def count(message: Any) -> None:
            nonlocal status, sent
            status = message.get("status", status)
            sent += len(message.get("body", b""))
            await send(message)

        due = self.plan.due(f"{scope['method']} {path}")
        faults = [fault for fault in due if isinstance(fault, Fault)]
        for fault in due:
            if not isinstance(fault, Fault):
                fault()
        if faults:
            connection = send.__self__.transport  # uvicorn's own: the protocol has no way to reset
            await suffer(faults[0], self._app, scope, receive, count, connection.abort)
        else:
            await self._app(scope, receive, count)
        query, signed_in = scope["query_string"].decode(), "authorization" in headers
        self.requests.append(
            Seen(scope["method"], path, query, signed_in, headers.get("range", ""), status, sent)
        )
