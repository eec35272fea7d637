"""The scheduler: gives every new pod a node that has room for it, or says why none has."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from stanch.sandbox.cluster.admission import requested
from stanch.sandbox.cluster.journal import Change
from stanch.sandbox.cluster.pods import condition, is_active
from stanch.sandbox.cluster.quantities import value
from stanch.sandbox.cluster.selectors import object_selector
from stanch.sandbox.cluster.times import stamp

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster, Key

_COMPONENT = "default-scheduler"
_MEASURED = ("cpu", "memory", "ephemeral-storage")
_HOST = "kubernetes.io/hostname"
_UNSCHEDULABLE = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
_ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules"


class Scheduler:
    """Binds pods to nodes: the fitting node with the fewest pods, in the order of names."""

    def __init__(self, cluster: "Cluster") -> None:
        self._cluster = cluster
        self._waiting: dict[tuple[str, str], None] = {}

    def keys(self, change: Change) -> "Iterable[Key]":
        """Return the pods without a node that may have a chance after `change`."""
        if change.plural == "pods":
            metadata = change.new["metadata"]
            key = (metadata["namespace"], metadata["name"])
            if change.action == "DELETED":
                self._waiting.pop(key, None)
                return tuple(self._waiting)
            if not change.new["spec"].get("nodeName"):
                return [] if change.action == "MODIFIED" else [key]
            if change.old is not None and is_active(change.old) and not is_active(change.new):
                return tuple(self._waiting)
        elif change.plural == "nodes" and (
            change.old is None or _view(change.old) != _view(change.new)
        ):
            return tuple(self._waiting)
        return []

    def reconcile(self, namespace: str, name: str) -> None:
        """Find a node for one pod."""
        pod = self._cluster.store.find("pods", namespace, name)
        if pod is None or pod["spec"].get("nodeName") or not is_active(pod):
            self._waiting.pop((namespace, name), None)
            return
        load = self._load()
        nodes = self._cluster.store.list("nodes")
        refusals: Counter[str] = Counter()
        fitting = []
        for node in nodes:
            why = _why_not(pod, node, pods=load.get(node["metadata"]["name"], []))
            if why:
                refusals[why] += 1
            else:
                fitting.append(node["metadata"]["name"])
        if fitting:
            self._bind(pod, min(fitting, key=lambda node: (len(load.get(node, ())), node)))
        else:
            self._refuse(pod, refusals, total=len(nodes))

    def _load(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for pod in self._cluster.store.list("pods"):
            node = pod["spec"].get("nodeName")
            if node and pod.get("status", {}).get("phase") not in {"Succeeded", "Failed"}:
                found.setdefault(node, []).append(pod)
        return found

    def _bind(self, pod: dict[str, Any], node: str) -> None:
        metadata = pod["metadata"]
        self._waiting.pop((metadata["namespace"], metadata["name"]), None)
        scheduled = _condition(pod, "True", now=self._cluster.now)
        status = {**pod.get("status", {}), "conditions": [scheduled]}
        spec = {**pod["spec"], "nodeName": node}
        self._cluster.store.replace("pods", {**pod, "spec": spec, "status": status})
        text = f"Successfully assigned {metadata['namespace']}/{metadata['name']} to {node}"
        self._cluster.events.normal(pod, "Scheduled", text, component=_COMPONENT)

    def _refuse(self, pod: dict[str, Any], refusals: Counter[str], *, total: int) -> None:
        metadata = pod["metadata"]
        self._waiting[metadata["namespace"], metadata["name"]] = None
        counted = ", ".join(f"{count} {why}" for why, count in sorted(refusals.items()))
        helps = sum(count for why, count in refusals.items() if _is_room(why))
        vain = {
            "No preemption victims found for incoming pod": helps,
            "Preemption is not helpful for scheduling": total - helps,
        }
        tried = ", ".join(f"{count} {why}" for why, count in vain.items() if count)
        text = f"0/{total} nodes are available: {counted}. "
        text += f"preemption: 0/{total} nodes are available: {tried}."
        scheduled = _condition(
            pod, "False", now=self._cluster.now, reason="Unschedulable", message=text
        )
        status = {**pod.get("status", {}), "conditions": [scheduled]}
        self._cluster.store.replace("pods", {**pod, "status": status})
        self._cluster.events.warning(pod, "FailedScheduling", text, component=_COMPONENT)


def _condition(pod: dict[str, Any], status: str, *, now: float, **words: str) -> dict[str, Any]:
    old = condition(pod, "PodScheduled")
    since = old["lastTransitionTime"] if old and old["status"] == status else stamp(now)
    head = {"type": "PodScheduled", "status": status}
    return {**head, "lastTransitionTime": since, **words}


def _view(node: dict[str, Any]) -> tuple[Any, ...]:
    ready = condition(node, "Ready")
    room = node.get("status", {}).get("allocatable")
    return node.get("spec"), ready and ready["status"], room, node["metadata"].get("labels")


def _why_not(pod: dict[str, Any], node: dict[str, Any], *, pods: list[dict[str, Any]]) -> str:
    """Return why the pod cannot run on the node, or "" when it can."""
    spec, ready = node.get("spec", {}), condition(node, "Ready")
    bad = [
        taint
        for taint in spec.get("taints", ())
        if taint["effect"] != "PreferNoSchedule" and not tolerates(pod, taint)
    ]
    labels = node["metadata"].get("labels", {})
    if spec.get("unschedulable") and not tolerates(pod, _UNSCHEDULABLE):
        why = "node(s) were unschedulable"
    elif bad:
        why = f"node(s) had untolerated taint {{{bad[0]['key']}: {bad[0].get('value', '')}}}"
    elif ready is None or ready["status"] != "True":
        why = "node(s) were not ready"
    elif not (
        pod["spec"].get("nodeSelector", {}).items() <= labels.items() and _is_meant(pod, node)
    ):
        why = "node(s) didn't match Pod's node affinity/selector"
    else:
        why = _lack(pod, node, pods=pods) or _apart(pod, pods=pods)
    return why


def _is_meant(pod: dict[str, Any], node: dict[str, Any]) -> bool:
    """Tell whether the node has the name that the pod is bound to, if it is to one."""
    wanted = pod["spec"].get("affinity", {}).get("nodeAffinity", {})
    terms = wanted.get("requiredDuringSchedulingIgnoredDuringExecution", {})
    named = [
        rule["values"]
        for term in terms.get("nodeSelectorTerms", ())
        for rule in term.get("matchFields", ())
        if rule["key"] == "metadata.name"
    ]
    return not named or any(node["metadata"]["name"] in names for names in named)


def _is_room(why: str) -> bool:
    """Tell whether other pods are in the way, so that ending some of them might help."""
    return why.startswith(("Insufficient", "Too many pods")) or why == _ANTI_AFFINITY


def _apart(pod: dict[str, Any], *, pods: list[dict[str, Any]]) -> str:
    """Return why the pod does not go with those on the node, or "" when it does."""
    affinity = pod["spec"].get("affinity", {}).get("podAntiAffinity", {})
    for term in affinity.get("requiredDuringSchedulingIgnoredDuringExecution", ()):
        fits = object_selector(term.get("labelSelector"))
        spaces = term.get("namespaces") or [pod["metadata"]["namespace"]]
        if term.get("topologyKey") == _HOST and any(
            other["metadata"]["namespace"] in spaces and fits(other["metadata"].get("labels", {}))
            for other in pods
        ):
            return _ANTI_AFFINITY
    return ""


def _lack(pod: dict[str, Any], node: dict[str, Any], *, pods: list[dict[str, Any]]) -> str:
    room = node.get("status", {}).get("allocatable", {})
    if len(pods) + 1 > value(room.get("pods", "0")):
        return "Too many pods"
    for resource in _MEASURED:
        wanted = requested(pod, resource)
        used = sum(requested(other, resource) for other in pods) if wanted else 0
        if wanted and used + wanted > value(room.get(resource, "0")):
            return f"Insufficient {resource}"
    return ""


def tolerates(pod: dict[str, Any], taint: dict[str, Any]) -> bool:
    """Tell whether the pod may run in spite of a taint."""
    for item in pod["spec"].get("tolerations", ()):
        same_key = not item.get("key") or item["key"] == taint["key"]
        same_effect = not item.get("effect") or item["effect"] == taint["effect"]
        exists = item.get("operator") == "Exists"
        same_value = exists or item.get("value", "") == taint.get("value", "")
        if same_key and same_effect and same_value:
            return True
    return False
