"""The controller of disruption budgets: how many pods of each may go by will at this moment."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from stanch.sandbox.cluster import rollout
from stanch.sandbox.cluster.journal import Change
from stanch.sandbox.cluster.pods import controller_of, is_active, is_ready
from stanch.sandbox.cluster.selectors import object_selector
from stanch.sandbox.cluster.times import seconds, stamp

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster, Key

_PLURALS = {
    "ReplicaSet": "replicasets",
    "StatefulSet": "statefulsets",
    "Deployment": "deployments",
}
_FORGOTTEN = 120.0
"""Seconds after which a pod that was to be evicted and is still there counts again."""


class Budgets:
    """Counts the healthy pods under each PodDisruptionBudget."""

    def __init__(self, cluster: "Cluster") -> None:
        self._cluster = cluster

    def keys(self, change: Change) -> "Iterable[Key]":
        """Return the budgets that a change is about."""
        metadata = change.new["metadata"]
        if change.plural == "poddisruptionbudgets":
            return [(metadata["namespace"], metadata["name"])]
        if change.plural in {"pods", *_PLURALS.values()}:
            every = self._cluster.store.list("poddisruptionbudgets", metadata["namespace"])
            return [(metadata["namespace"], one["metadata"]["name"]) for one in every]
        return []

    def reconcile(self, namespace: str, name: str) -> None:
        """Write down how many pods one budget lets go."""
        store = self._cluster.store
        found = store.find("poddisruptionbudgets", namespace, name)
        if found is None or "deletionTimestamp" in found["metadata"]:
            return
        pods = [pod for pod in store.list("pods", namespace) if covers(found, pod)]
        pods = [pod for pod in pods if pod.get("status", {}).get("phase") not in _ENDED]
        expected, desired = self._bounds(found["spec"], pods)
        going = self._going(found, pods)
        healthy = sum(
            is_active(pod) and is_ready(pod) and pod["metadata"]["name"] not in going
            for pod in pods
        )
        allowed = max(healthy - desired, 0) if expected > 0 else 0
        status: dict[str, Any] = {
            "currentHealthy": healthy,
            "desiredHealthy": desired,
            "disruptionsAllowed": allowed,
            "expectedPods": expected,
            "observedGeneration": found["metadata"]["generation"],
            "conditions": [self._condition(found, allowed=allowed > 0)],
        }
        if going:
            status["disruptedPods"] = going
        store.replace("poddisruptionbudgets", {**found, "status": status})

    def _bounds(self, spec: dict[str, Any], pods: list[dict[str, Any]]) -> tuple[int, int]:
        """Return how many pods there are to be, and how many of them healthy."""
        if "maxUnavailable" in spec:
            expected = self._scale(pods)
            gone = rollout.amount(spec["maxUnavailable"], expected, up=True)
            return expected, max(expected - gone, 0)
        least = spec.get("minAvailable", 1)
        if isinstance(least, int):
            return len(pods), least
        expected = self._scale(pods)
        return expected, rollout.amount(least, expected, up=True)

    def _scale(self, pods: list[dict[str, Any]]) -> int:
        """Return how many replicas the controllers of the pods want together."""
        sizes: dict[str, int] = {}
        for pod in pods:
            above, namespace = controller_of(pod), pod["metadata"]["namespace"]
            while above is not None and above["kind"] in _PLURALS:
                owner = self._cluster.store.find(_PLURALS[above["kind"]], namespace, above["name"])
                if owner is None:
                    break
                higher = controller_of(owner)
                if higher is None or higher["kind"] not in _PLURALS:
                    sizes[owner["metadata"]["uid"]] = owner["spec"]["replicas"]
                    break
                above = higher
        return sum(sizes.values())

    def _going(self, found: dict[str, Any], pods: list[dict[str, Any]]) -> dict[str, str]:
        alive = {pod["metadata"]["name"] for pod in pods if is_active(pod)}
        going = {}
        for name, since in found.get("status", {}).get("disruptedPods", {}).items():
            due = seconds(since) + _FORGOTTEN
            if name in alive and due > self._cluster.now:
                going[name] = since
                key = (found["metadata"]["namespace"], found["metadata"]["name"])
                self._cluster.look_again(Budgets, key, at=due)
        return going

    def _condition(self, found: dict[str, Any], *, allowed: bool) -> dict[str, Any]:
        word = "True" if allowed else "False"
        before = found.get("status", {}).get("conditions", ())
        since = [one["lastTransitionTime"] for one in before if one["status"] == word]
        return {
            "type": "DisruptionAllowed",
            "status": word,
            "reason": "SufficientPods" if allowed else "InsufficientPods",
            "message": "",
            "observedGeneration": found["metadata"]["generation"],
            "lastTransitionTime": since[0] if since else stamp(self._cluster.now),
        }


_ENDED = {"Succeeded", "Failed"}


def covers(budget: dict[str, Any], pod: dict[str, Any]) -> bool:
    """Tell whether a budget counts a pod."""
    selector = budget["spec"].get("selector")
    if selector is None or budget["metadata"]["namespace"] != pod["metadata"]["namespace"]:
        return False
    return object_selector(selector)(pod["metadata"].get("labels", {}))
