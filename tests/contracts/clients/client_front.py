"""A front of the API server that misbehaves on request: a real HTTP server that hands requests on.

It speaks plain HTTP and uses the credentials that it is sent, so what passes it is judged
by the server behind it as if it had come straight.
"""

import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal

import httpx2

from tests.services.web_server import WebServer

Misdeed = Literal["cut before", "cut after", "half an answer", "trickle", "stall"]


@dataclass(frozen=True, slots=True)
class Canned:
    """An answer that the front gives itself."""

    status: int
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that arrived."""

    method: str
    path: str
    body: Any
    connection: int


Rule = Callable[[Seen], Misdeed | Canned | None]


class Front:
    """The front; `rule` says for each request how to misbehave, None to behave."""

    def __init__(self, behind: httpx2.Client) -> None:
        self.behind = behind
        self.rule: Rule = lambda _: None
        self.seen: list[Seen] = []
        self.made: list[Seen] = []
        """The changes that the server behind took; one that it refused for a move is none."""
        self.going = 0
        self.most_going = 0
        self.stop = threading.Event()
        self.lock = threading.Lock()
        front = self

        class Handler(_Handler):
            owner = front

        self._server = WebServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def patches(self) -> list[Seen]:
        """The changes that arrived: no dry runs."""
        return [one for one in self.seen if one.method == "PATCH" and "dryRun" not in one.path]

    def close(self) -> None:
        self.stop.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    owner: Front

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        pass

    def do_GET(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        content = json.loads(body) if body else None
        seen = Seen(self.command, self.path, content, self.client_address[1])
        with self.owner.lock:
            self.owner.seen.append(seen)
            self.owner.going += 1
            self.owner.most_going = max(self.owner.most_going, self.owner.going)
        try:
            self._answer(seen, body)
        finally:
            with self.owner.lock:
                self.owner.going -= 1

    def _answer(self, seen: Seen, body: bytes) -> None:
        what = self.owner.rule(seen)
        if isinstance(what, Canned):
            self._send(what.status, what.headers, what.body)
            return
        if what == "cut before":
            self._cut()
            return
        if what == "stall":
            self.owner.stop.wait(20)
            self._cut()
            return
        answer = self._hand_on(body)
        if answer.is_success and seen.method == "PATCH" and "dryRun" not in seen.path:
            self.owner.made.append(seen)
        headers = {"Content-Type": answer.headers.get("Content-Type", "text/plain")}
        if what == "cut after":
            self._cut()
        elif what in {"half an answer", "trickle"}:
            self._begin(answer.status_code, headers, len(answer.content))
            half = answer.content[: len(answer.content) // 2]
            if what == "trickle":
                for byte in half:
                    self.wfile.write(bytes([byte]))
                    if self.owner.stop.wait(0.05):
                        break
            else:
                self.wfile.write(half)
            self._cut()
        else:
            self._send(answer.status_code, headers, answer.content)

    def _hand_on(self, body: bytes) -> httpx2.Response:
        wanted = {"Authorization", "Content-Type", "Accept"}
        headers = {name: value for name, value in self.headers.items() if name.title() in wanted}
        return self.owner.behind.request(self.command, self.path, content=body, headers=headers)

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self._begin(status, headers, len(body))
        self.wfile.write(body)

    def _begin(self, status: int, headers: dict[str, str], length: int) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        if self.close_connection:
            # As real servers say it; a client could send the next request into the end else.
            self.send_header("Connection", "close")
        self.end_headers()

    def _cut(self) -> None:
        self.close_connection = True
        # With no time to linger the connection is reset, as by a server that dies.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def handle(self) -> None:
        try:
            super().handle()
        except (OSError, ValueError):
            self.close_connection = True

    def finish(self) -> None:
        try:
            super().finish()
        except (OSError, ValueError):
            self.close_connection = True
