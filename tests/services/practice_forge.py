"""A tiny forge: it takes drafts as GitHub and GitLab do, and looks into a real repository.

A branch that is not in the repository is refused, as the real ones refuse it; so a draft
that is open here is one whose branch was pushed before.
"""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from tests.services.web_server import WebServer

TOKEN = "practice-forge-token"


@dataclass(slots=True)
class Forge:
    """What it was asked, and how it misbehaves."""

    repository: Path
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    """Method, path and body of each request that was let in."""
    answers: int | None = None
    """The status that is answered in place of the right one."""
    plain: bool = False
    """Whether it opens no drafts, as a free private project of GitHub."""
    url: str = ""

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.asked.append((method, path, body))
        if self.answers is not None:
            return self.answers, {"message": "not today"}
        if method != "POST":
            return 405, {"message": "only drafts are opened here"}
        if path == "/repos/acme/shop/pulls":
            return self._opened(body["head"], body["base"], "html_url", draft=body["draft"])
        if path == "/projects/acme%2Fshop/merge_requests":
            draft = body["title"].startswith("Draft: ")
            branches = body["source_branch"], body["target_branch"]
            return self._opened(*branches, "web_url", draft=draft)
        return 404, {"message": "Not Found"}

    def _opened(self, head: str, base: str, key: str, *, draft: bool) -> tuple[int, dict[str, Any]]:
        for branch in (head, base):
            found = subprocess.run(
                ("git", "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}"),
                cwd=self.repository,
                check=False,
                stdout=subprocess.DEVNULL,
            )
            if found.returncode != 0:
                return 422, {"message": f"Validation Failed: {branch}"}
        number = len(self.asked)
        return 201, {key: f"{self.url}/acme/shop/{number}", "draft": draft and not self.plain}


@contextmanager
def forge(repository: Path) -> Iterator[Forge]:
    """Serve a forge over `repository` until the end of the `with`."""
    here = Forge(repository)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length) or b"{}")
            given = self.headers.get("Authorization"), self.headers.get("PRIVATE-TOKEN")
            if given not in {(f"Bearer {TOKEN}", None), (None, TOKEN)}:
                self._send(401, {"message": "Bad credentials"})
                return
            self._send(*here.answer(self.command, self.path, body))

        do_PUT = do_PATCH = do_DELETE = do_GET = do_POST  # noqa: N815 - names of the library

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
            """Stay silent."""

        def _send(self, status: int, body: dict[str, Any]) -> None:
            raw = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

    server = WebServer(("127.0.0.1", 0), Handler)
    here.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
