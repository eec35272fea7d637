"""The pods of a node, or one pod, with their budgets and workloads: what evictions must know."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from stanch.tools.clients.cap import Cap
from stanch.tools.clients.kubernetes.found import Found
from stanch.tools.clients.kubernetes.kinds import BUDGETS, KINDS, PODS, REPLICA_SETS, Kind
from stanch.tools.clients.kubernetes.objects import cleaned, uid_of
from stanch.tools.clients.kubernetes.requests import NotFoundError
from stanch.tools.clients.kubernetes.visit import Visit
from stanch.tools.operations.evictions import MIRROR, controller_of, own_kind
from stanch.tools.operations.kubernetes_evictable import InspectEvictions

Json = dict[str, Any]

_ROOM: Final = 64 * 1024 * 1024
_OLD_BUDGETS: Final = Kind(BUDGETS.plural, BUDGETS.group, "v1beta1", name=BUDGETS.name)
_OWN: Final = {"StatefulSet": "statefulsets", "DaemonSet": "daemonsets"}
_HEAD: Final = ("name", "namespace", "uid", "labels", "ownerReferences", "deletionTimestamp")


def inspect(operation: InspectEvictions, visit: Visit, cap: Cap) -> Found:
    """Return the pods with what their eviction must know."""
    room = Cap(_ROOM)
    node: Json | None = None
    if operation.node is not None:
        node = cleaned(visit.get(KINDS["nodes"], None, operation.node))
        fields = f"spec.nodeName={operation.node}"
        found = room.first(_slim(one) for one in visit.items(PODS, None, fields=fields, cap=room))
    else:
        name = operation.name or ""
        found = [_slim(cleaned(visit.get(PODS, operation.namespace, name)))]
    budgets = _budgets(visit, operation.namespace, room)
    data = {
        "node": cap.shortened(node) if node is not None else None,
        "pods": cap.first(found),
        "budgets": cap.first(budgets),
        "workloads": _workloads(found, visit),
    }
    text = f"{len(found)} pods and {len(budgets)} disruption budgets"
    return Found(data, text, cap.truncated or room.truncated)


def _slim(pod: Mapping[str, Any]) -> Json:
    metadata, status = pod["metadata"], pod.get("status") or {}
    head = {key: metadata[key] for key in _HEAD if key in metadata}
    if MIRROR in (metadata.get("annotations") or {}):
        head["annotations"] = {MIRROR: "true"}
    volumes = [
        {"name": one["name"], **kind}
        for one in pod["spec"].get("volumes") or ()
        if (kind := own_kind(one)) is not None
    ]
    ready = [
        {"type": one["type"], "status": one["status"]}
        for one in status.get("conditions") or ()
        if one.get("type") == "Ready"
    ]
    return {
        "metadata": head,
        "spec": {"nodeName": pod["spec"].get("nodeName", ""), "volumes": volumes},
        "status": {"phase": status.get("phase", "Pending"), "conditions": ready},
    }


def _budgets(visit: Visit, namespace: str | None, room: Cap) -> list[Json]:
    try:
        found = room.first(visit.items(BUDGETS, namespace, cap=room))
    except NotFoundError:
        # Clusters before 1.21 know budgets only in their first version.
        found = room.first(visit.items(_OLD_BUDGETS, namespace, cap=room))
    counts = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")
    return [
        {
            "metadata": {key: one["metadata"][key] for key in ("name", "namespace", "uid")},
            "spec": {"selector": one["spec"].get("selector")},
            "status": {key: (one.get("status") or {}).get(key, 0) for key in counts},
        }
        for one in found
    ]


def _workloads(pods: Sequence[Json], visit: Visit) -> dict[str, Json]:
    """Return the workload of each pod that has one, by the UID of the pod."""
    found: dict[str, Json] = {}
    sets: dict[tuple[str, str], list[str]] = {}
    for pod in pods:
        above = controller_of(pod)
        if above is None:
            continue
        if above["kind"] in _OWN:
            found[uid_of(pod)] = {"resource": _OWN[above["kind"]], "name": above["name"]}
        elif above["kind"] == "ReplicaSet":
            where = (pod["metadata"]["namespace"], above["name"])
            sets.setdefault(where, []).append(uid_of(pod))
    if not sets:
        return found
    held = visit.side_by_side(*(partial(visit.find, REPLICA_SETS, *where) for where in sets))
    for replica_set, uids in zip(held, sets.values(), strict=True):
        above = controller_of(replica_set) if replica_set is not None else None
        if above is not None and above["kind"] == "Deployment":
            workload = {"resource": "deployments", "name": above["name"]}
            found |= dict.fromkeys(uids, workload)
    return found
