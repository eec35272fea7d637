"""One user's plain HTTPS door to a Kubernetes API, for tests that care about bodies and headers.

The address and the credentials come from a kubeconfig; what the server answers is handed on
unchanged, as parsed JSON or as text.
"""

import base64
import json
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias

import httpx2
import yaml

Json: TypeAlias = dict[str, Any]
Query: TypeAlias = Mapping[str, str | int]

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"

_PAUSE = threading.Event()
_LOOK_EVERY = 0.02


class Api:
    """Requests to one server with one user's credentials."""

    def __init__(self, kubeconfig: Path, *, credentials: bool = True) -> None:
        """Read `kubeconfig`; without `credentials` the requests are anonymous."""
        config = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
        [cluster], [user] = config["clusters"], config["users"]
        trust = base64.b64decode(cluster["cluster"]["certificate-authority-data"]).decode()
        context = ssl.create_default_context(cadata=trust)
        headers: dict[str, str] = {}
        if credentials:
            if token := user["user"].get("token"):
                headers["Authorization"] = f"Bearer {token}"
            if "client-certificate-data" in user["user"]:
                _present_certificate(context, user["user"])
        self._http = httpx2.Client(
            base_url=cluster["cluster"]["server"], verify=context, headers=headers, timeout=30
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        kind: str = "application/json",
        accept: str = "application/json",
        query: Query | None = None,
    ) -> httpx2.Response:
        """Send one request and return the answer, whatever its status."""
        headers = {"Accept": accept}
        content = None
        if body is not None:
            headers["Content-Type"] = kind
            content = json.dumps(body).encode()
        return self._http.request(
            method, path, content=content, headers=headers, params=dict(query or {})
        )

    def get(self, path: str, **query: str | int) -> Json:
        """Read `path`, which must succeed."""
        return _success(self.send("GET", path, query=query))

    def create(self, path: str, body: Json, **query: str | int) -> Json:
        """POST `body` to the collection `path`, which must succeed."""
        return _success(self.send("POST", path, body=body, query=query))

    def replace(self, path: str, body: Json, **query: str | int) -> Json:
        """PUT `body`, which must succeed."""
        return _success(self.send("PUT", path, body=body, query=query))

    def patch(self, path: str, body: object, kind: str, **query: str | int) -> Json:
        """PATCH with a body of the media type `kind`, which must succeed."""
        return _success(self.send("PATCH", path, body=body, kind=kind, query=query))

    def delete(self, path: str, body: Json | None = None, **query: str | int) -> Json:
        """DELETE `path`, which must succeed."""
        return _success(self.send("DELETE", path, body=body, query=query))

    def table(self, path: str, **query: str | int) -> Json:
        """Read `path` in the form that kubectl prints."""
        return _success(self.send("GET", path, accept=TABLE, query=query))

    def refused(self, method: str, path: str, status: int, **request: Any) -> Json:
        """Send a request that the server must refuse with `status`, and return its Status body."""
        answer = self.send(method, path, **request)
        assert answer.status_code == status, f"{answer.status_code}: {answer.text[:500]}"
        body: Json = answer.json()
        assert (body["kind"], body["apiVersion"], body["status"]) == ("Status", "v1", "Failure")
        assert body["code"] == status
        return body

    def watch(
        self, path: str, *, seconds: int, accept: str = "application/json", **query: str | int
    ) -> Generator[Json]:
        """Yield the events of `path` until the server ends the watch after `seconds`."""
        params = {"watch": "1", "timeoutSeconds": seconds, **query}
        headers = {"Accept": accept}
        with self._http.stream("GET", path, params=params, headers=headers) as answer:
            assert answer.status_code == 200, answer.read()
            for line in answer.iter_lines():
                if line.strip():
                    yield json.loads(line)

    def lines(self, path: str, **query: str | int) -> Generator[str]:
        """Yield the lines of a text stream, as they come, until the server ends it."""
        with self._http.stream("GET", path, params=query) as answer:
            assert answer.status_code == 200, answer.read()
            yield from answer.iter_lines()

    def wait(self, path: str, done: Callable[[Json], object], *, seconds: float = 90) -> Json:
        """Read `path` until `done` accepts the object, and return that object.

        While a controller replaces it under the same name, it may be away for a moment.
        """
        deadline = time.monotonic() + seconds
        while True:
            answer = self.send("GET", path)
            if answer.status_code != 404 and done(_success(answer)):
                return _success(answer)
            assert time.monotonic() < deadline, f"after {seconds} s, {path} is {answer.text}"
            pause(_LOOK_EVERY)

    def states(self, made: Json, collection: str, done: Callable[[Json], object]) -> list[Json]:
        """Return what `made`, of `collection`, looked like after each change until `done`.

        A look now and then may miss a state that lasts for a moment; a watch shows every one.
        """
        meta = made["metadata"]
        mine = {"fieldSelector": f"metadata.name={meta['name']}"}
        watch = self.watch(collection, seconds=90, resourceVersion=meta["resourceVersion"], **mine)
        seen: list[Json] = []
        with closing(watch) as events:
            for event in events:
                seen.append(event["object"])
                if done(event["object"]):
                    return seen
        raise AssertionError(f"the watch ended after {seen[-1:]}")

    def wait_there(self, path: str, *, seconds: float = 90) -> None:
        """Wait until `path` no longer answers 404."""
        deadline = time.monotonic() + seconds
        while self.send("GET", path).status_code == 404:
            assert time.monotonic() < deadline, f"after {seconds} s, {path} is not there"
            pause(_LOOK_EVERY)

    def wait_gone(self, path: str, *, seconds: float = 90) -> None:
        """Wait until `path` answers 404."""
        deadline = time.monotonic() + seconds
        while self.send("GET", path).status_code != 404:
            assert time.monotonic() < deadline, f"after {seconds} s, {path} is still there"
            pause(_LOOK_EVERY)


def pause(seconds: float) -> None:
    """Let `seconds` pass between two looks at the server."""
    _PAUSE.wait(seconds)


def _success(answer: httpx2.Response) -> Json:
    assert answer.is_success, (
        f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:500]}"
    )
    body: Json = answer.json()
    return body


def _present_certificate(context: ssl.SSLContext, user: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        both = Path(folder, "both.pem")
        parts = (user["client-certificate-data"], user["client-key-data"])
        both.touch(mode=0o600)
        both.write_bytes(b"\n".join(base64.b64decode(part) for part in parts))
        context.load_cert_chain(both)
