"""The clusters that the client is tested on, and one test's own corner of their namespace `shop`.

The practice cluster is started from this checkout. A real API server is used as well when
STANCH_TEST_KUBECONFIG names its admin's kubeconfig, with those of operator, reader and
nobody beside it.
"""

import base64
import json
import os
import select
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import httpx2
import pytest
import yaml

from tests.services import unmeasured

Json: TypeAlias = dict[str, Any]

VARIABLE = "STANCH_TEST_KUBECONFIG"
USERS = ("admin", "operator", "reader", "nobody")
NAMESPACE = "shop"

_PAUSE = threading.Event()


class Target:
    """One running cluster: its kubeconfigs, and a plain door for arranging and checking."""

    def __init__(self, name: str, folder: Path, process: subprocess.Popen[bytes] | None) -> None:
        self.name = name
        self._folder = folder
        self._process = process
        self._doors: dict[str, httpx2.Client] = {}

    def kubeconfig(self, user: str = "admin") -> Path:
        return self._folder / f"{user}.kubeconfig"

    def config(self, user: str = "admin") -> Json:
        config: Json = yaml.safe_load(self.kubeconfig(user).read_text(encoding="utf-8"))
        return config

    def door(self, user: str = "admin") -> httpx2.Client:
        """Return a plain HTTP client with the credentials of `user`."""
        if user not in self._doors:
            config = self.config(user)
            cluster, who = config["clusters"][0]["cluster"], config["users"][0]["user"]
            trust = base64.b64decode(cluster["certificate-authority-data"]).decode()
            context = ssl.create_default_context(cadata=trust)
            headers = {}
            if "token" in who:
                headers["Authorization"] = f"Bearer {who['token']}"
            else:
                _present(context, who)
            self._doors[user] = httpx2.Client(
                base_url=cluster["server"], verify=context, headers=headers, timeout=30
            )
        return self._doors[user]

    def close(self) -> None:
        for door in self._doors.values():
            door.close()
        if self._process is not None:
            self._process.terminate()
            self._process.communicate(timeout=60)


def _present(context: ssl.SSLContext, who: Json) -> None:
    with tempfile.NamedTemporaryFile(suffix=".pem") as both:
        for name in ("client-certificate-data", "client-key-data"):
            both.write(base64.b64decode(who[name]) + b"\n")
        both.flush()
        context.load_cert_chain(both.name)


def contexts(target: Target) -> Json:
    """Return a kubeconfig with a context for each user, under the user's name."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "nobody",
        "clusters": [{"name": "it", "cluster": target.config()["clusters"][0]["cluster"]}],
        "users": [
            {"name": user, "user": target.config(user)["users"][0]["user"]} for user in USERS
        ],
        "contexts": [{"name": user, "context": {"cluster": "it", "user": user}} for user in USERS],
    }


def names() -> list[str]:
    return ["practice", "real"] if _real() else ["practice"]


def start(name: str, folder: Path) -> Target:
    if name == "real":
        return Target("real", Path(_real()).expanduser().parent, None)
    log = folder / "serve.log"
    command = [sys.executable, "-m", "stanch.sandbox.cluster.serve", "--dir", str(folder)]
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, env=unmeasured.environment()
        )
    assert process.stdout is not None
    readable, _, _ = select.select([process.stdout], [], [], 30)
    said = process.stdout.readline() if readable else b""
    if not said.startswith(b"ready https://"):
        process.terminate()
        process.communicate(timeout=60)
        pytest.fail(f"the practice cluster did not start: {log.read_text()[-2000:]}")
    return Target("practice", folder, process)


def _real() -> str:
    return os.environ.get(VARIABLE, "")  # noqa: TID251 - tests are told of a real cluster here


class Corner:
    """What one test makes in the namespace, under a name of its own."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.admin = target.door()
        self.name = f"c-{uuid.uuid4().hex[:8]}"
        self._made: list[str] = []

    def path(self, resource: str = "deployments", name: str | None = None) -> str:
        root = "/apis/apps/v1" if resource in {"deployments", "replicasets"} else "/api/v1"
        if resource == "horizontalpodautoscalers":
            root = "/apis/autoscaling/v1"
        return f"{root}/namespaces/{NAMESPACE}/{resource}" + (f"/{name}" if name else "")

    def get(self, resource: str = "deployments", name: str | None = None) -> Json:
        return _json(self.admin.get(self.path(resource, name or self.name)))

    def list(self, resource: str, label: str | None = None) -> list[Json]:
        query = {"labelSelector": label or f"app={self.name}"}
        found: list[Json] = _json(self.admin.get(self.path(resource), params=query))["items"]
        return found

    def create(self, resource: str, body: Json) -> Json:
        made = _json(self.admin.post(self.path(resource), json=body))
        self._made.append(self.path(resource, made["metadata"]["name"]))
        return made

    def patch(self, body: Json, resource: str = "deployments", name: str | None = None) -> Json:
        return _json(
            self.admin.patch(
                self.path(resource, name or self.name),
                content=json.dumps(body),
                headers={"Content-Type": "application/strategic-merge-patch+json"},
            )
        )

    def set_image(self, image: str, annotations: dict[str, str] | None = None) -> Json:
        """Ask for another image and, in the same breath, for annotations of the deployment."""
        containers = [{"name": "web", "image": image}]
        spec = {"template": {"spec": {"containers": containers}}}
        return self.patch({"metadata": {"annotations": annotations or {}}, "spec": spec})

    def deploy(
        self, image: str = "registry.local/web:v1", *, replicas: int = 1, **more: Any
    ) -> Json:
        self.create("deployments", deployment(self.name, image, replicas=replicas, **more))
        return self.settled()

    def settled(self) -> Json:
        found: Json = self.until(self.get, _rolled_out)
        return found

    def until(
        self, read: Callable[[], Any], good: Callable[[Any], bool], seconds: float = 90
    ) -> Any:
        end = time.monotonic() + seconds
        while not good(value := read()):
            if time.monotonic() > end:
                pytest.fail(f"did not come about within {seconds} s: {value}")
            _PAUSE.wait(0.05)
        return value

    def delete(self, path: str) -> None:
        options = {"propagationPolicy": "Background", "gracePeriodSeconds": 0}
        answer = self.admin.request("DELETE", path, json=options)
        assert answer.is_success or answer.status_code == 404, answer.text

    def clean(self) -> None:
        for path in reversed(self._made):
            self.delete(path)


def deployment(name: str, image: str, *, replicas: int, **more: Any) -> Json:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels, **more.pop("metadata", {})},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels, "annotations": more.pop("pod_annotations", {})},
                "spec": {"containers": [{"name": "web", "image": image}]},
            },
            **more,
        },
    }


def _rolled_out(found: Json) -> bool:
    wanted, status = found["spec"]["replicas"], found.get("status", {})
    return bool(
        status.get("observedGeneration", 0) >= found["metadata"]["generation"]
        and status.get("updatedReplicas", 0) == wanted
        and status.get("replicas", 0) == wanted
        and status.get("availableReplicas", 0) == wanted
    )


def _json(answer: httpx2.Response) -> Json:
    assert answer.is_success, f"{answer.status_code} {answer.text}"
    value: Json = answer.json()
    return value
