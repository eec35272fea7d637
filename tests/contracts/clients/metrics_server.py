"""A small metrics server on loopback that answers with the API's own bodies, or misbehaves."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs

from tests.services.web_server import WebServer

NOW = 1741271400.781


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that arrived: its path, its form and its headers by lower-case name."""

    path: str
    form: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer; `length` claims another size, `pause` seconds pass between the bytes."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    pause: float = 0.0


Rule = Callable[[Asked], Reply]


def success(result_type: str, result: Any, **more: Any) -> Reply:
    data = {"resultType": result_type, "result": result}
    return Reply(json.dumps({"status": "success", "data": data, **more}).encode())


def failure(status: int, kind: str, words: str, **headers: str) -> Reply:
    body = {"status": "error", "errorType": kind, "error": words}
    return Reply(json.dumps(body).encode(), status, headers)


class MetricsServer:
    """The server; `rule` answers all but the question what time it is."""

    def __init__(self) -> None:
        self.rule: Rule = lambda _: success("vector", [])
        self.asked: list[Asked] = []
        self.stop = threading.Event()
        server = self

        class Handler(_Handler):
            owner = server

        self._server = WebServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def reply(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        if asked.form.get("query") == "time()":
            return success("scalar", [NOW, str(NOW)])
        return self.rule(asked)

    def close(self) -> None:
        self.stop.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    owner: MetricsServer

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        pass

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        form = {name: values[0] for name, values in parse_qs(text).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.owner.reply(Asked(self.path, form, headers))
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name.replace("_", "-"), value)
        length = len(reply.body) if reply.length is None else reply.length
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.close_connection = True
        if not reply.pause:
            self.wfile.write(reply.body)
            return
        for byte in reply.body:
            try:
                self.wfile.write(bytes([byte]))
            except OSError:
                return
            if self.owner.stop.wait(reply.pause):
                return
