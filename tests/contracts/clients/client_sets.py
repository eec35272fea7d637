"""Stateful sets and daemon sets of one test, and plans of their changes as the graph makes them."""

from datetime import UTC, datetime
from typing import Any

from stanch.mitigation import Plan, strategy_for
from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.operations import Intent, KubernetesRead
from stanch.tools.operations.kubernetes_intents import Rollout, ScaleObjects
from stanch.tools.operations.kubernetes_names import Subject
from tests.contracts.clients.client_targets import NAMESPACE, Corner, Json

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
APPS = f"/apis/apps/v1/namespaces/{NAMESPACE}"
STRATEGIC = {"Content-Type": "application/strategic-merge-patch+json"}


def planned(client: KubernetesClient, intent: Intent) -> Plan:
    strategy = strategy_for(intent)
    assert strategy is not None
    seen = {}
    for name, read in strategy.looks(intent).items():
        assert isinstance(read, KubernetesRead)
        seen[name] = client.observe(read).data
    return strategy.plan(intent, seen, now=NOW)


def foretold(intent: Intent, made: Plan, after: dict[str, Any]) -> dict[str, Any]:
    strategy = strategy_for(intent)
    assert strategy is not None
    return strategy.foretold(made.operation, after)


class Rolling:
    """One stateful set or daemon set under the name of a corner."""

    def __init__(self, corner: Corner, resource: str) -> None:
        self.corner = corner
        self.resource = resource
        self.path = f"{APPS}/{resource}/{corner.name}"

    def make(self, image: str = "v1", **spec: Any) -> Json:
        labels = {"app": self.corner.name}
        body: Json = {"selector": {"matchLabels": labels}, "template": self._template(image)}
        if self.resource == "statefulsets":
            body |= {"serviceName": self.corner.name, "replicas": 2}
        kind = {"statefulsets": "StatefulSet", "daemonsets": "DaemonSet"}[self.resource]
        whole = {
            "apiVersion": "apps/v1",
            "kind": kind,
            "metadata": {"name": self.corner.name, "labels": labels},
            "spec": {**body, **spec},
        }
        answer = self.corner.admin.post(f"{APPS}/{self.resource}", json=whole)
        assert answer.is_success, answer.text
        return self.settled()

    def get(self) -> Json:
        found: Json = self.corner.admin.get(self.path).json()
        return found

    def patch(self, body: Json) -> Json:
        answer = self.corner.admin.patch(self.path, json=body, headers=STRATEGIC)
        assert answer.is_success, answer.text
        found: Json = answer.json()
        return found

    def release(self, image: str) -> None:
        containers = [{"name": "web", "image": f"registry.local/web:{image}"}]
        self.patch({"spec": {"template": {"spec": {"containers": containers}}}})

    def settled(self) -> Json:
        found: Json = self.corner.until(self.get, self._is_settled)
        return found

    def images(self) -> list[str]:
        pods = self.corner.list("pods")
        shown = [pod["spec"]["containers"][0]["image"].rpartition(":")[2] for pod in pods]
        return sorted(shown)

    def revisions(self) -> list[Json]:
        query = {"labelSelector": f"app={self.corner.name}"}
        found: list[Json] = self.corner.admin.get(
            f"{APPS}/controllerrevisions", params=query
        ).json()["items"]
        return sorted(found, key=lambda one: int(one["revision"]))

    def asks(self, action: str) -> Intent:
        subject = Subject(resource=self.resource, name=self.corner.name)
        return Rollout.model_validate(
            {"objects": (subject,), "namespace": NAMESPACE, "action": action}
        )

    def scales(self, replicas: int) -> Intent:
        subject = Subject(resource=self.resource, name=self.corner.name)
        return ScaleObjects(objects=(subject,), namespace=NAMESPACE, replicas=replicas)

    def remove(self) -> None:
        self.corner.delete(self.path)

    def _template(self, image: str) -> Json:
        container = {"name": "web", "image": f"registry.local/web:{image}"}
        return {
            "metadata": {"labels": {"app": self.corner.name}},
            "spec": {"containers": [container]},
        }

    def _is_settled(self, found: Json) -> bool:
        status, spec = found.get("status", {}), found["spec"]
        if status.get("observedGeneration", 0) < found["metadata"]["generation"]:
            return False
        if self.resource == "daemonsets":
            wanted = status.get("desiredNumberScheduled", 0)
            counts = (status.get("updatedNumberScheduled"), status.get("numberAvailable"))
            return wanted > 0 and counts == (wanted, wanted)
        counts = (status.get("readyReplicas", 0), status.get("updatedReplicas", 0))
        return counts == (spec["replicas"], spec["replicas"])
