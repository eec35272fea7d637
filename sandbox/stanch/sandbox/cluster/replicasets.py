"""The ReplicaSet controller: as many pods as asked for, no more and no fewer."""

import copy
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from stanch.sandbox.cluster.journal import Change
from stanch.sandbox.cluster.pods import (
    condition,
    controller_of,
    is_active,
    is_ready,
    owner_reference,
    ready_since,
)
from stanch.sandbox.cluster.selectors import object_selector
from stanch.sandbox.cluster.status import ApiError
from stanch.sandbox.cluster.times import seconds, stamp

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster, Key

_COMPONENT = "replicaset-controller"
_RETRY = 30.0
"""Seconds after which pods that were refused are asked for again."""
_PHASES = {"Pending": 0, "Unknown": 1, "Running": 2}


class ReplicaSets:
    """Creates and deletes the pods of ReplicaSets, and counts them in their status."""

    def __init__(self, cluster: "Cluster") -> None:
        self._cluster = cluster

    def keys(self, change: Change) -> "Iterable[Key]":
        """Return the ReplicaSet that a change is about."""
        metadata = change.new["metadata"]
        if change.plural == "replicasets":
            return [(metadata["namespace"], metadata["name"])]
        if change.plural == "pods":
            owner = controller_of(change.new)
            if owner and owner["kind"] == "ReplicaSet":
                return [(metadata["namespace"], owner["name"])]
        if change.plural == "resourcequotas":
            sets = self._cluster.store.list("replicasets", metadata["namespace"])
            refused = [one["metadata"]["name"] for one in sets if condition(one, "ReplicaFailure")]
            return [(metadata["namespace"], name) for name in refused]
        return []

    def reconcile(self, namespace: str, name: str) -> None:
        """Bring the number of pods to what is asked for."""
        store = self._cluster.store
        found = store.find("replicasets", namespace, name)
        if found is None:
            return
        if "deletionTimestamp" not in found["metadata"]:
            self._adopt(found)
            pods = self._pods(found)
            failure = ""
            surplus = len(pods) - found["spec"]["replicas"]
            if surplus < 0:
                failure = self._create(found, -surplus)
                if failure:
                    due = self._cluster.now + _RETRY
                    self._cluster.look_again(ReplicaSets, (namespace, name), at=due)
            elif surplus > 0:
                self._delete(found, sorted(pods, key=_rank)[:surplus])
        else:
            failure = ""
        self._count(found, failure=failure)

    def _pods(self, found: dict[str, Any]) -> list[dict[str, Any]]:
        owned = self._cluster.store.owned(found["metadata"]["uid"], "pods")
        return [pod for pod in owned if is_active(pod)]

    def _adopt(self, found: dict[str, Any]) -> None:
        fits = object_selector(found["spec"]["selector"])
        for pod in self._cluster.store.owned("", "pods"):
            metadata = pod["metadata"]
            same = metadata["namespace"] == found["metadata"]["namespace"]
            if same and is_active(pod) and fits(metadata.get("labels", {})):
                owners = [*metadata.get("ownerReferences", ()), owner_reference(found)]
                metadata = {**metadata, "ownerReferences": owners}
                self._cluster.store.replace("pods", {**pod, "metadata": metadata})

    def _create(self, found: dict[str, Any], count: int) -> str:
        """Create pods; return why it failed, or ""."""
        metadata, template = found["metadata"], found["spec"]["template"]
        head: dict[str, Any] = {"generateName": f"{metadata['name']}-"}
        for field in ("labels", "annotations"):
            if field in template["metadata"]:
                head[field] = dict(template["metadata"][field])
        head["ownerReferences"] = [owner_reference(found)]
        for _ in range(count):
            pod = {"metadata": dict(head), "spec": copy.deepcopy(template["spec"])}
            try:
                made = self._cluster.store.create("pods", metadata["namespace"], pod)
            except ApiError as error:
                text = f"Error creating: {error.message}"
                self._cluster.events.warning(found, "FailedCreate", text, component=_COMPONENT)
                return error.message
            text = f"Created pod: {made['metadata']['name']}"
            self._cluster.events.normal(found, "SuccessfulCreate", text, component=_COMPONENT)
        return ""

    def _delete(self, found: dict[str, Any], pods: list[dict[str, Any]]) -> None:
        for pod in pods:
            metadata = pod["metadata"]
            self._cluster.store.delete("pods", metadata["namespace"], metadata["name"])
            text = f"Deleted pod: {metadata['name']}"
            self._cluster.events.normal(found, "SuccessfulDelete", text, component=_COMPONENT)

    def _count(self, found: dict[str, Any], *, failure: str) -> None:
        pods = self._pods(found)
        labels = found["spec"]["template"]["metadata"].get("labels", {}).items()
        ready = [pod for pod in pods if is_ready(pod)]
        counts = {
            "fullyLabeledReplicas": sum(
                labels <= pod["metadata"].get("labels", {}).items() for pod in pods
            ),
            "readyReplicas": len(ready),
            "availableReplicas": sum(self._is_available(found, pod) for pod in ready),
        }
        status = {"replicas": len(pods), **{key: n for key, n in counts.items() if n}}
        status["observedGeneration"] = found["metadata"]["generation"]
        conditions = self._conditions(found, failure)
        if conditions:
            status["conditions"] = conditions
        self._cluster.store.replace("replicasets", {**found, "status": status})

    def _is_available(self, found: dict[str, Any], pod: dict[str, Any]) -> bool:
        wait = found["spec"].get("minReadySeconds", 0)
        since = ready_since(pod)
        if not wait or since is None:
            return since is not None
        due = since + wait
        if due <= self._cluster.now:
            return True
        key = (found["metadata"]["namespace"], found["metadata"]["name"])
        self._cluster.look_again(ReplicaSets, key, at=due)
        return False

    def _conditions(self, found: dict[str, Any], failure: str) -> list[dict[str, Any]]:
        if not failure:
            return []
        if (old := condition(found, "ReplicaFailure")) is not None:
            # Its words stay those of the first refusal: the names in them change each time.
            return [old]
        since = stamp(self._cluster.now)
        words = {"reason": "FailedCreate", "message": failure}
        kind = {"type": "ReplicaFailure", "status": "True", "lastTransitionTime": since}
        return [{**kind, **words}]


def _rank(pod: dict[str, Any]) -> tuple[Any, ...]:
    """Order pods by how little would be lost with them; the first goes first."""
    status = pod.get("status", {})
    restarts = [item.get("restartCount", 0) for item in status.get("containerStatuses", ())]
    return (
        bool(pod["spec"].get("nodeName")),
        _PHASES.get(status.get("phase", "Pending"), 1),
        is_ready(pod),
        -(ready_since(pod) or 0.0),
        -max(restarts, default=0),
        -seconds(pod["metadata"]["creationTimestamp"]),
        pod["metadata"]["name"],
    )
