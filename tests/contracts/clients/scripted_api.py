"""An API server in a few lines, for clusters that the practice cluster is not: old, or unlucky.

It keeps objects by their paths and answers as the API does; an answer that was laid down for
a request goes before that, once.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import yaml

from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.outcome import Limits
from tests.contracts.clients.client_front import Canned, Front, Seen

Json = dict[str, Any]


def refused(code: int, reason: str, message: str) -> Canned:
    """Return a Status that says no."""
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code}
    return Canned(code, json.dumps({**status, "reason": reason, "message": message}).encode())


def good(thing: Any, code: int = 200) -> Canned:
    return Canned(code, json.dumps(thing).encode(), {"Content-Type": "application/json"})


class ScriptedApi:
    """What the server has, and what it answers in place of that."""

    def __init__(self) -> None:
        self.objects: dict[str, Json] = {}
        self.instead: dict[tuple[str, str], list[Canned]] = {}
        """The answers to come, by method and path."""
        self.seen: list[Seen] = []

    def answer(self, seen: Seen) -> Canned:
        self.seen.append(seen)
        path = seen.path.partition("?")[0]
        laid_down = self.instead.get((seen.method, path))
        if laid_down:
            return laid_down.pop(0)
        if seen.method == "POST":
            return good({**seen.body, "metadata": {**seen.body["metadata"], "uid": "made"}}, 201)
        if path not in self.objects:
            return refused(404, "NotFound", f"{path} not found")
        if seen.method == "DELETE":
            if "dryRun" not in seen.path:
                del self.objects[path]
            return good({"kind": "Status", "status": "Success"})
        return good(self.objects[path])

    def sent(self, *methods: str) -> list[Seen]:
        """Return the requests of these methods that arrived."""
        return [one for one in self.seen if one.method in methods]


@contextmanager
def scripted(folder: Path) -> Iterator[tuple[ScriptedApi, KubernetesClient]]:
    """Start such a server, and open a client of it."""
    api = ScriptedApi()
    with httpx2.Client() as nobody:
        front = Front(nobody)
        front.rule = api.answer
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "it",
            "clusters": [{"name": "it", "cluster": {"server": front.url}}],
            "users": [{"name": "me", "user": {"token": "t"}}],
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "me"}}],
        }
        path = folder / "scripted.kubeconfig"
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        client = KubernetesClient(kubeconfig=path, context=None, limits=Limits(seconds=10))
        try:
            yield api, client
        finally:
            client.close()
            front.close()
