"""A real HTTP server on loopback whose every answer takes its time, as a busy target's does.

`python -m tests.bench.slow_server SECONDS` prints its address and serves until its standard
input ends. It is a process of its own, so that its work is not counted as its clients'.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.services.web_server import WebServer

_METRICS = {
    "status": "success",
    "data": {"resultType": "vector", "result": [{"metric": {}, "value": [1793534400, "0.35"]}]},
}
_PODS: dict[str, Any] = {
    "kind": "PodList",
    "apiVersion": "v1",
    "metadata": {"resourceVersion": "1"},
    "items": [],
}


@contextmanager
def slow_server(seconds: float) -> Iterator[str]:
    """Serve metrics and empty lists of pods, each after `seconds`; give the address."""
    command = [sys.executable, "-m", __name__, str(seconds)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    seconds = 0.0
    pause = threading.Event()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        pass

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._say(_METRICS)

    def do_GET(self) -> None:
        self._say(_PODS)

    def _say(self, value: dict[str, Any]) -> None:
        self.pause.wait(self.seconds)
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _main() -> None:
    _Answer.seconds = float(sys.argv[1])
    server = WebServer(("127.0.0.1", 0), _Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    _main()
