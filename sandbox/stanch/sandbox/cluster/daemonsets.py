"""The DaemonSet controller: one pod on every node that takes it, replaced a few at a time."""

import copy
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from stanch.sandbox.cluster import revisions, rollout
from stanch.sandbox.cluster.journal import Change
from stanch.sandbox.cluster.pods import (
    controller_of,
    is_active,
    is_ready,
    owner_reference,
    ready_since,
)
from stanch.sandbox.cluster.scheduler import tolerates
from stanch.sandbox.cluster.status import ApiError

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster, Key

_COMPONENT = "daemonset-controller"
_RETRY = 30.0
_GENERATION = "deprecated.daemonset.template.generation"
_BORNE = (
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
)
"""The taints that every pod of a DaemonSet bears."""


class DaemonSets:
    """Makes, replaces and ends the pods of DaemonSets, node by node."""

    def __init__(self, cluster: "Cluster") -> None:
        self._cluster = cluster

    def keys(self, change: Change) -> "Iterable[Key]":
        """Return the DaemonSets that a change is about."""
        metadata = change.new["metadata"]
        if change.plural == "daemonsets":
            return [(metadata["namespace"], metadata["name"])]
        if change.plural == "nodes" and (
            change.old is None or change.old.get("spec") != change.new.get("spec")
        ):
            every = self._cluster.store.list("daemonsets")
            return [(one["metadata"]["namespace"], one["metadata"]["name"]) for one in every]
        owner = controller_of(change.new) if change.plural == "pods" else None
        if owner and owner["kind"] == "DaemonSet":
            return [(metadata["namespace"], owner["name"])]
        return []

    def reconcile(self, namespace: str, name: str) -> None:
        """Take the next steps of one DaemonSet."""
        found = self._cluster.store.find("daemonsets", namespace, name)
        if found is None or "deletionTimestamp" in found["metadata"]:
            return
        found = self._counted(found)
        update = revisions.current(self._cluster, found, hash_label=revisions.LABEL)
        nodes = self._cluster.store.list("nodes")
        meant = {node["metadata"]["name"] for node in nodes if _takes(found, node, "NoSchedule")}
        kept = {node["metadata"]["name"] for node in nodes if _takes(found, node, "NoExecute")}
        for pod in self._pods(found):
            ended = pod.get("status", {}).get("phase") in {"Succeeded", "Failed"}
            if "deletionTimestamp" not in pod["metadata"] and (ended or _node(pod) not in kept):
                self._delete(found, pod)
        held = {_node(pod) for pod in self._pods(found)}
        for node in sorted(meant - held):
            if self._create(found, update, node):
                due = self._cluster.now + _RETRY
                self._cluster.look_again(DaemonSets, (namespace, name), at=due)
                break
        if found["spec"]["updateStrategy"]["type"] == "RollingUpdate":
            self._roll(found, update, meant=meant)
        self._report(found, update, meant=meant)

    def _counted(self, found: dict[str, Any]) -> dict[str, Any]:
        """Return the set with the generation of its template raised where it has a new one."""
        history = revisions.history(self._cluster, found)
        if not history or history[-1]["data"] == revisions.patch_of(found):
            return found
        annotations = found["metadata"].get("annotations", {})
        number = str(int(annotations.get(_GENERATION, "1")) + 1)
        metadata = {**found["metadata"], "annotations": {**annotations, _GENERATION: number}}
        return self._cluster.store.replace("daemonsets", {**found, "metadata": metadata})

    def _pods(self, found: dict[str, Any]) -> list[dict[str, Any]]:
        return self._cluster.store.owned(found["metadata"]["uid"], "pods")

    def _roll(self, found: dict[str, Any], update: dict[str, Any], *, meant: set[str]) -> None:
        rolling = found["spec"]["updateStrategy"].get("rollingUpdate", {})
        most = rollout.amount(rolling.get("maxUnavailable", 1), len(meant), up=True) or 1
        mark = update["metadata"]["labels"][revisions.LABEL]
        up = {_node(pod) for pod in self._pods(found) if self._is_available(found, pod)}
        old = [pod for pod in self._pods(found) if is_active(pod) and _hash(pod) != mark]
        for pod in old:
            if _node(pod) not in up:
                # It serves nobody: its place is not counted.
                self._delete(found, pod)
        room = max(most - len(meant - up), 0)
        for pod in [pod for pod in old if _node(pod) in up][:room]:
            self._delete(found, pod)

    def _is_available(self, found: dict[str, Any], pod: dict[str, Any]) -> bool:
        since, wait = ready_since(pod), found["spec"].get("minReadySeconds", 0)
        if since is None or not is_active(pod):
            return False
        if since + wait <= self._cluster.now:
            return True
        key = (found["metadata"]["namespace"], found["metadata"]["name"])
        self._cluster.look_again(DaemonSets, key, at=since + wait)
        return False

    def _create(self, found: dict[str, Any], update: dict[str, Any], node: str) -> str:
        metadata, template = found["metadata"], revisions.template_in(update)
        head = {**template["metadata"], "generateName": f"{metadata['name']}-"}
        head["labels"] = {
            **head.get("labels", {}),
            revisions.LABEL: update["metadata"]["labels"][revisions.LABEL],
            "pod-template-generation": metadata["annotations"][_GENERATION],
        }
        head["ownerReferences"] = [owner_reference(found)]
        spec = _bound(copy.deepcopy(template["spec"]), node)
        try:
            made = self._cluster.store.create(
                "pods", metadata["namespace"], {"metadata": head, "spec": spec}
            )
        except ApiError as error:
            text = f"Error creating: {error.message}"
            self._cluster.events.warning(found, "FailedCreate", text, component=_COMPONENT)
            return error.message
        text = f"Created pod: {made['metadata']['name']}"
        self._cluster.events.normal(found, "SuccessfulCreate", text, component=_COMPONENT)
        return ""

    def _delete(self, found: dict[str, Any], pod: dict[str, Any]) -> None:
        metadata = pod["metadata"]
        self._cluster.store.delete("pods", metadata["namespace"], metadata["name"])
        text = f"Deleted pod: {metadata['name']}"
        self._cluster.events.normal(found, "SuccessfulDelete", text, component=_COMPONENT)

    def _report(self, found: dict[str, Any], update: dict[str, Any], *, meant: set[str]) -> None:
        mark, pods = update["metadata"]["labels"][revisions.LABEL], self._pods(found)
        on = [pod for pod in pods if _node(pod) in meant and is_active(pod)]
        available = sum(self._is_available(found, pod) for pod in on)
        counts = {
            "updatedNumberScheduled": sum(_hash(pod) == mark for pod in on),
            "numberAvailable": available,
            "numberUnavailable": len(meant) - available,
        }
        status = {
            "currentNumberScheduled": len(on),
            "desiredNumberScheduled": len(meant),
            "numberMisscheduled": sum(is_active(pod) and _node(pod) not in meant for pod in pods),
            "numberReady": sum(map(is_ready, on)),
            "observedGeneration": found["metadata"]["generation"],
            **{name: count for name, count in counts.items() if count},
        }
        self._cluster.store.replace("daemonsets", {**found, "status": status})
        hashes = {mark, *map(_hash, pods)}
        history = revisions.history(self._cluster, found)
        live = {
            one["metadata"]["name"]
            for one in history
            if one["metadata"]["labels"][revisions.LABEL] in hashes
        }
        revisions.truncate(self._cluster, found, live=live)


def _hash(pod: dict[str, Any]) -> str:
    return str(pod["metadata"].get("labels", {}).get(revisions.LABEL, ""))


def _node(pod: dict[str, Any]) -> str:
    """Return the node that a pod is on, or is meant for."""
    if name := pod["spec"].get("nodeName"):
        return str(name)
    terms = pod["spec"]["affinity"]["nodeAffinity"][_REQUIRED]["nodeSelectorTerms"]
    return str(terms[0]["matchFields"][0]["values"][0])


_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def _bound(spec: dict[str, Any], node: str) -> dict[str, Any]:
    rule = {"key": "metadata.name", "operator": "In", "values": [node]}
    terms = {"nodeSelectorTerms": [{"matchFields": [rule]}]}
    affinity = {**spec.get("affinity", {}), "nodeAffinity": {_REQUIRED: terms}}
    borne = [{"key": key, "operator": "Exists", "effect": effect} for key, effect in _BORNE]
    return {**spec, "affinity": affinity, "tolerations": [*spec.get("tolerations", ()), *borne]}


def _takes(found: dict[str, Any], node: dict[str, Any], effect: str) -> bool:
    """Tell whether the pods may run on a node; "NoExecute" asks whether they may stay."""
    spec = found["spec"]["template"]["spec"]
    labels = node["metadata"].get("labels", {})
    if not spec.get("nodeSelector", {}).items() <= labels.items():
        return False
    pod = {"spec": _bound(spec, node["metadata"]["name"])}
    counted = {"NoExecute"} if effect == "NoExecute" else {"NoSchedule", "NoExecute"}
    taints = node.get("spec", {}).get("taints", ())
    return all(tolerates(pod, one) for one in taints if one["effect"] in counted)
