"""The gate's target as a server of its own, which takes requests of processes that die."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from stanch.tools.errors import OutcomeUnknownError, PreconditionFailedError
from stanch.tools.operations import ScaleDeployment
from stanch.tools.outcome import DryRun, Outcome
from tests.gate.gate_target import Target


@contextmanager
def serving() -> Iterator[tuple[Target, int]]:
    """Give a target and the port at which it is served."""
    target, lock = Target(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                answer = _answer(target, asked)
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield target, server.server_port
    finally:
        server.shutdown()
        server.server_close()


def _answer(target: Target, asked: Mapping[str, Any]) -> Any:
    match asked["what"]:
        case "look":
            return target.facts()
        case "probe":
            return target.probe(None, key=asked["key"])
        case _:
            change = ScaleDeployment.model_validate(asked["change"])
            try:
                target.apply(change, key=asked["key"], observed=asked["observed"])
            except PreconditionFailedError as error:
                return {"refused": str(error)}
            return {}


class Remote:
    """The target as a process sees it that speaks to the server."""

    def __init__(self, port: int, before: Any = lambda _: None) -> None:
        self._url = f"http://127.0.0.1:{port}/"
        self._before = before

    def hands(self, _change: Any) -> "Remote":
        """Return itself: it is the client of its one target."""
        return self

    def look(self, _change: Any) -> dict[str, Any]:
        """Return the facts."""
        self._before("look")
        facts: dict[str, Any] = self._ask({"what": "look"})
        return facts

    def preview(self, _change: Any, *, key: str) -> DryRun:
        """Say nothing of what it would do."""
        del key
        return DryRun(accepted=True, note="", before={}, after={})

    def apply(self, change: Any, *, key: str, observed: Mapping[str, Any]) -> Outcome:
        """Send the request."""
        self._before("send")
        body = change.model_dump(mode="json")
        asked = {"what": "apply", "change": body, "key": key, "observed": dict(observed)}
        answer = self._ask(asked)
        self._before("sent")
        if "refused" in answer:
            raise PreconditionFailedError(answer["refused"])
        return Outcome(data={}, text="done", duration=0.0)

    def probe(self, _change: Any, *, key: str) -> bool | None:
        """Ask for the mark."""
        self._before("probe")
        found: bool | None = self._ask({"what": "probe", "key": key})
        return found

    def _ask(self, asked: Mapping[str, Any]) -> Any:
        request = urllib.request.Request(self._url, data=json.dumps(asked).encode())  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
                return json.loads(answer.read())
        except urllib.error.URLError as error:
            raise OutcomeUnknownError(str(error)) from None
