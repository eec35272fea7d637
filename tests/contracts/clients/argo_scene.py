"""An application of Argo CD for one test, and the controller's part played by the test."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from stanch.mitigation import Plan, strategy_for
from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.operations import ArgoRollBack, KubernetesRead, RollBackApplication
from tests.contracts.clients.client_targets import NAMESPACE, Corner, Json, Target

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ROOT = "/apis/argoproj.io/v1alpha1"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
REVISIONS = ("a" * 40, "b" * 40, "c" * 40)
AUTOMATED = {"prune": True, "selfHeal": True}
SOURCE = {"repoURL": "https://git.local/shop.git", "path": "checkout", "targetRevision": "main"}


def serve(target: Target) -> None:
    """Have the cluster serve applications, as installing Argo CD would."""
    door = target.door()
    if door.get(ROOT).is_success:
        return
    names = {
        "plural": "applications",
        "singular": "application",
        "kind": "Application",
        "shortNames": ["app", "apps"],
    }
    keep = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {
        "name": "v1alpha1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": keep},
    }
    body = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "applications.argoproj.io"},
        "spec": {
            "group": "argoproj.io",
            "scope": "Namespaced",
            "names": names,
            "versions": [version],
        },
    }
    answer = door.post(DEFINITIONS, json=body)
    assert answer.is_success or answer.status_code == 409, answer.text


class Application:
    """One application whose history has the three revisions, the last of them deployed."""

    def __init__(self, corner: Corner) -> None:
        self.corner = corner
        self.name = corner.name
        self.path = f"{ROOT}/namespaces/{NAMESPACE}/applications/{corner.name}"

    def create(self, automated: Any = None, **spec: Any) -> Json:
        policy = {"syncOptions": ["CreateNamespace=true"]}
        policy |= {} if automated is None else {"automated": automated}
        history = [
            {"id": number, "revision": revision, "source": SOURCE, "deployedAt": f"2026-11-0{day}"}
            for day, (number, revision) in enumerate(enumerate(REVISIONS, start=4), start=1)
        ]
        body = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": self.name, "namespace": NAMESPACE},
            "spec": {
                "project": "default",
                "source": SOURCE,
                "destination": {"namespace": NAMESPACE, "server": "https://kubernetes.default.svc"},
                "syncPolicy": policy,
                **spec,
            },
            "status": {"history": history, "operationState": {"phase": "Succeeded"}},
        }
        collection = self.path.rpartition("/")[0]

        def post() -> Any:
            return self.corner.admin.post(collection, json=body)

        # A definition that was just made is not served at once.
        answer = self.corner.until(post, lambda answer: answer.status_code != 404)
        assert answer.is_success, answer.text
        made: Json = answer.json()
        return made

    def get(self) -> Json:
        answer = self.corner.admin.get(self.path)
        assert answer.is_success, answer.text
        found: Json = answer.json()
        return found

    def merge(self, body: Json) -> Json:
        answer = self.corner.admin.patch(
            self.path,
            content=json.dumps(body),
            headers={"Content-Type": "application/merge-patch+json"},
        )
        assert answer.is_success, answer.text
        found: Json = answer.json()
        return found

    def sync(self) -> None:
        """Do what the controller does with the sync that is asked for."""
        found = self.get()
        asked = found["operation"]["sync"]
        history = found["status"]["history"]
        entry = {"id": history[-1]["id"] + 1, "revision": asked["revision"]}
        done = {"phase": "Succeeded", "operation": found["operation"]}
        status = {
            "history": [*history, {**entry, "source": asked["source"]}],
            "operationState": done,
        }
        self.merge({"operation": None, "status": status})

    def delete(self) -> None:
        self.corner.delete(self.path)


@pytest.fixture
def application(target: Target, corner: Corner) -> Iterator[Application]:
    serve(target)
    made = Application(corner)
    yield made
    made.delete()


def planned(client: KubernetesClient, name: str, history_id: int | None = None) -> Plan:
    intent = RollBackApplication(namespace=NAMESPACE, name=name, history_id=history_id)
    strategy = strategy_for(intent)
    assert strategy is not None
    seen = {}
    for look, read in strategy.looks(intent).items():
        assert isinstance(read, KubernetesRead)
        seen[look] = client.observe(read).data
    return strategy.plan(intent, seen, now=NOW)


def change_of(made: Plan) -> ArgoRollBack:
    assert isinstance(made.operation, ArgoRollBack)
    return made.operation


def back_of(made: Plan) -> ArgoRollBack:
    assert isinstance(made.inverse, ArgoRollBack)
    return made.inverse
