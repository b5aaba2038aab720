"""A server of plain files on this machine, as GitHub's raw files and COCO's images are served, with its faults."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from heads.io.download import Limits

TEXT = b"what the file holds"


@dataclass
class Answer:
    """`content` with these headers; `sent` bytes of it, then the connection ends."""

    content: bytes = TEXT
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    sent: int | None = None
    type: str = "text/plain; charset=utf-8"


@dataclass
class Server:
    """Answers each path by its list, the last for ever after; counts requests, and how many ran at once."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def limits(self, limits: Limits) -> Limits:
        return replace(limits, allowed=frozenset({f"{self.url}/"}), first_wait=0.0)

    def take(self, path: str) -> Answer:
        with self.lock:
            self.asked.append(path)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            known = self.answers.get(path, [Answer(b"none", 404)])
            return known.pop(0) if len(known) > 1 else known[0]

    def leave(self) -> None:
        with self.lock:
            self.at_once -= 1


class Quiet(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Says nothing: a client that hangs up is part of these tests."""


@contextmanager
def file_server() -> Iterator[Server]:
    """A server on a free port of this machine, for a while."""
    made = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = made.take(self.path)
            self.send_response(answer.status)
            headers = {
                "Content-Type": answer.type,
                "Content-Length": str(len(answer.content)),
                **answer.headers,
            }
            for name, value in ((name, value) for name, value in headers.items() if value):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.content[: answer.sent])
            made.leave()

        def log_message(self, format: str, *args: object) -> None: ...

    http = Quiet(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{http.server_port}"
    threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield made
    finally:
        http.shutdown()
        http.server_close()
