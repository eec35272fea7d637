"""The StatefulSet controller: pods with names of their own, made and replaced in order.

With the policy OrderedReady it waits for every pod to be ready before it goes on. A pod that
never is holds up all, also the way back to a template that worked: somebody has to delete it.
"""

import copy
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from stanch.sandbox.cluster import revisions
from stanch.sandbox.cluster.journal import Change
from stanch.sandbox.cluster.pods import controller_of, is_ready, owner_reference, ready_since
from stanch.sandbox.cluster.status import ApiError

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster, Key

_COMPONENT = "statefulset-controller"
_HASH = "controller.kubernetes.io/hash"
_RETRY = 30.0
_ENDED = {"Succeeded", "Failed"}


class StatefulSets:
    """Makes, replaces and ends the pods of StatefulSets, one after the other."""

    def __init__(self, cluster: "Cluster") -> None:
        self._cluster = cluster

    def keys(self, change: Change) -> "Iterable[Key]":
        """Return the StatefulSet that a change is about."""
        metadata = change.new["metadata"]
        if change.plural == "statefulsets":
            return [(metadata["namespace"], metadata["name"])]
        owner = controller_of(change.new) if change.plural == "pods" else None
        if owner and owner["kind"] == "StatefulSet":
            return [(metadata["namespace"], owner["name"])]
        return []

    def reconcile(self, namespace: str, name: str) -> None:
        """Take the next steps of one StatefulSet."""
        found = self._cluster.store.find("statefulsets", namespace, name)
        if found is None or "deletionTimestamp" in found["metadata"]:
            return
        update = revisions.current(self._cluster, found, hash_label=_HASH)
        held = {one["metadata"]["name"]: one for one in revisions.history(self._cluster, found)}
        current = held.get(found.get("status", {}).get("currentRevision", ""), update)
        failed = self._step(found, current, update)
        if failed:
            due = self._cluster.now + _RETRY
            self._cluster.look_again(StatefulSets, (namespace, name), at=due)
        self._report(found, current, update)

    def _pods(self, found: dict[str, Any]) -> dict[int, dict[str, Any]]:
        owned = self._cluster.store.owned(found["metadata"]["uid"], "pods")
        numbered = ((_ordinal(found, pod), pod) for pod in owned)
        return {number: pod for number, pod in numbered if number is not None}

    def _step(self, found: dict[str, Any], current: dict[str, Any], update: dict[str, Any]) -> str:
        """Do what can be done now; return why a pod could not be made, or ""."""
        pods, wanted = self._pods(found), found["spec"]["replicas"]
        ordered = found["spec"]["podManagementPolicy"] == "OrderedReady"
        for number in range(wanted):
            pod = pods.get(number)
            if pod is None:
                if failed := self._create(found, current, update, number=number):
                    return failed
            elif pod.get("status", {}).get("phase") in _ENDED:
                self._delete(found, pod)
            elif self._is_well(found, pod):
                continue
            if ordered:
                return ""
        for number in sorted((one for one in pods if one >= wanted), reverse=True):
            if "deletionTimestamp" not in pods[number]["metadata"]:
                self._delete(found, pods[number])
            if ordered:
                return ""
        self._update(found, update)
        return ""

    def _update(self, found: dict[str, Any], update: dict[str, Any]) -> None:
        strategy, pods = found["spec"]["updateStrategy"], self._pods(found)
        if strategy["type"] != "RollingUpdate":
            return
        least = strategy.get("rollingUpdate", {}).get("partition", 0)
        for number in range(found["spec"]["replicas"] - 1, least - 1, -1):
            pod = pods.get(number)
            if pod is None or "deletionTimestamp" in pod["metadata"]:
                return
            if _revision_of(pod) != update["metadata"]["name"]:
                self._delete(found, pod)
                return
            if not self._is_well(found, pod):
                return

    def _is_well(self, found: dict[str, Any], pod: dict[str, Any]) -> bool:
        return "deletionTimestamp" not in pod["metadata"] and self._is_available(found, pod)

    def _is_available(self, found: dict[str, Any], pod: dict[str, Any]) -> bool:
        since, wait = ready_since(pod), found["spec"].get("minReadySeconds", 0)
        if since is None or since + wait <= self._cluster.now:
            return since is not None
        key = (found["metadata"]["namespace"], found["metadata"]["name"])
        self._cluster.look_again(StatefulSets, key, at=since + wait)
        return False

    def _create(
        self,
        found: dict[str, Any],
        current: dict[str, Any],
        update: dict[str, Any],
        *,
        number: int,
    ) -> str:
        strategy, metadata = found["spec"]["updateStrategy"], found["metadata"]
        partition = strategy.get("rollingUpdate", {}).get("partition", 0)
        held_back = strategy["type"] == "RollingUpdate" and number < partition
        revision = current if held_back else update
        template = revisions.template_in(revision)
        name = f"{metadata['name']}-{number}"
        head = dict(template["metadata"])
        head["labels"] = {
            **head.get("labels", {}),
            "apps.kubernetes.io/pod-index": str(number),
            revisions.LABEL: revision["metadata"]["name"],
            "statefulset.kubernetes.io/pod-name": name,
        }
        head |= {"name": name, "ownerReferences": [owner_reference(found)]}
        spec = copy.deepcopy(template["spec"])
        spec["hostname"] = name
        if service := found["spec"].get("serviceName"):
            spec["subdomain"] = service
        try:
            self._claim(found, spec, name)
            self._cluster.store.create(
                "pods", metadata["namespace"], {"metadata": head, "spec": spec}
            )
        except ApiError as error:
            text = (
                f"create Pod {name} in StatefulSet {metadata['name']} failed error: {error.message}"
            )
            self._cluster.events.warning(found, "FailedCreate", text, component=_COMPONENT)
            return error.message
        text = f"create Pod {name} in StatefulSet {metadata['name']} successful"
        self._cluster.events.normal(found, "SuccessfulCreate", text, component=_COMPONENT)
        return ""

    def _claim(self, found: dict[str, Any], spec: dict[str, Any], pod: str) -> None:
        """Give the pod its volumes; their claims outlive it."""
        store, namespace = self._cluster.store, found["metadata"]["namespace"]
        for template in found["spec"].get("volumeClaimTemplates", ()):
            volume = template["metadata"]["name"]
            claim = f"{volume}-{pod}"
            if store.find("persistentvolumeclaims", namespace, claim) is None:
                body = {"metadata": {"name": claim}, "spec": copy.deepcopy(template["spec"])}
                store.create("persistentvolumeclaims", namespace, body)
            mounted = {"name": volume, "persistentVolumeClaim": {"claimName": claim}}
            others = [one for one in spec.get("volumes", ()) if one["name"] != volume]
            spec["volumes"] = [*others, mounted]

    def _delete(self, found: dict[str, Any], pod: dict[str, Any]) -> None:
        name, metadata = pod["metadata"]["name"], found["metadata"]
        self._cluster.store.delete("pods", metadata["namespace"], name)
        text = f"delete Pod {name} in StatefulSet {metadata['name']} successful"
        self._cluster.events.normal(found, "SuccessfulDelete", text, component=_COMPONENT)

    def _report(
        self, found: dict[str, Any], current: dict[str, Any], update: dict[str, Any]
    ) -> None:
        metadata, strategy = found["metadata"], found["spec"]["updateStrategy"]
        pods = list(self._pods(found).values())
        now, new = current["metadata"]["name"], update["metadata"]["name"]
        ready = sum(map(is_ready, pods))
        updated = sum(_revision_of(pod) == new for pod in pods)
        every = len(pods) == updated == ready == found["spec"]["replicas"]
        if strategy["type"] == "RollingUpdate" and every:
            now = new
        counts = {
            "currentReplicas": sum(_revision_of(pod) == now for pod in pods),
            "readyReplicas": ready,
            "updatedReplicas": updated,
        }
        status = {
            "availableReplicas": sum(self._is_well(found, pod) for pod in pods),
            "collisionCount": 0,
            "currentRevision": now,
            "observedGeneration": metadata["generation"],
            "replicas": len(pods),
            "updateRevision": new,
            **{name: count for name, count in counts.items() if count},
        }
        self._cluster.store.replace("statefulsets", {**found, "status": status})
        live = {now, new, *(_revision_of(pod) for pod in pods)}
        revisions.truncate(self._cluster, found, live=live)


def _ordinal(found: dict[str, Any], pod: dict[str, Any]) -> int | None:
    name = re.escape(found["metadata"]["name"])
    match = re.fullmatch(rf"{name}-([0-9]+)", pod["metadata"]["name"])
    return int(match[1]) if match else None


def _revision_of(pod: dict[str, Any]) -> str:
    return str(pod["metadata"].get("labels", {}).get(revisions.LABEL, ""))
