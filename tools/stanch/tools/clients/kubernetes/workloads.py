"""Stateful sets and daemon sets: how far their rollout is, and the revisions they had."""

from typing import Any

from stanch.tools.clients.cap import Cap
from stanch.tools.clients.kubernetes.catalog import Catalog
from stanch.tools.clients.kubernetes.found import Found
from stanch.tools.clients.kubernetes.kinds import REVISIONS
from stanch.tools.clients.kubernetes.objects import (
    annotations_of,
    cleaned,
    name_of,
    owned_by,
    selector_of,
    uid_of,
)
from stanch.tools.clients.kubernetes.rollout import State
from stanch.tools.clients.kubernetes.visit import Visit
from stanch.tools.operations.kubernetes_waits import WorkloadRolloutHistory, WorkloadRolloutStatus
from stanch.tools.operations.workload import images

_CAUSE = "kubernetes.io/change-cause"
_ROOM = 64 * 1024 * 1024


def status(operation: WorkloadRolloutStatus, catalog: Catalog, visit: Visit, cap: Cap) -> Found:
    """Return how far the rollout is."""
    kind = catalog.find(operation.resource, visit)
    workload = cleaned(visit.get(kind, operation.namespace, operation.name))
    told = stateful_status if operation.resource == "statefulsets" else daemon_status
    state, message = told(workload)
    data = {"workload": cap.shortened(workload), "state": state, "message": message}
    return Found(data, message, cap.truncated)


def history(operation: WorkloadRolloutHistory, catalog: Catalog, visit: Visit, cap: Cap) -> Found:
    """Return the revisions, the newest first."""
    kind = catalog.find(operation.resource, visit)
    workload = cleaned(visit.get(kind, operation.namespace, operation.name))
    owner, room = {uid_of(workload)}, Cap(_ROOM)
    labels = selector_of(workload)
    held = visit.items(REVISIONS, operation.namespace, labels=labels, cap=room)
    mine = [one for one in held if owned_by(one, owner)]
    shown = cap.shortened(workload)
    revisions = cap.first(revisions_of(workload, mine))
    text = f"{len(revisions)} revisions of {operation.resource}/{operation.name}"
    return Found({"workload": shown, "revisions": revisions}, text, cap.truncated or room.truncated)


def revisions_of(workload: dict[str, Any], revisions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what the ControllerRevisions of a workload say, the newest first."""
    newest = sorted(revisions, key=lambda one: int(one.get("revision", 0)), reverse=True)
    # A daemon set does not name its revision: it is the newest.
    wanted = (workload.get("status") or {}).get("updateRevision") or (
        name_of(newest[0]) if newest else ""
    )
    return [_entry(one, current=name_of(one) == wanted) for one in newest]


def _entry(one: dict[str, Any], *, current: bool) -> dict[str, Any]:
    template = ((one.get("data") or {}).get("spec") or {}).get("template") or {}
    template = {key: value for key, value in template.items() if key != "$patch"}
    return {
        "revision": int(one.get("revision", 0)),
        "controller_revision": name_of(one),
        "uid": uid_of(one),
        "created": one["metadata"].get("creationTimestamp"),
        "images": list(images(template)),
        "current": current,
        "template": template,
        "change_cause": annotations_of(one).get(_CAUSE),
    }


def stateful_status(workload: dict[str, Any]) -> tuple[State, str]:
    """Return how far the rollout of a stateful set is, and a sentence about it."""
    name, spec, status = name_of(workload), workload["spec"], workload.get("status") or {}
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type", "RollingUpdate") != "RollingUpdate":
        return "paused", f'statefulset "{name}" changes its pods only when they are deleted'
    if _unobserved(workload):
        return "progressing", "Waiting for statefulset spec update to be observed"
    wanted = spec.get("replicas", 1)
    ready, updated = status.get("readyReplicas", 0), status.get("updatedReplicas", 0)
    if ready < wanted:
        return "progressing", f"Waiting for {wanted - ready} pods of statefulset {name} to be ready"
    partition = (strategy.get("rollingUpdate") or {}).get("partition") or 0
    if partition:
        due = max(wanted - partition, 0)
        done = f"{min(updated, due)} of {due} pods of statefulset {name} behind the partition"
        return ("progressing" if updated < due else "complete"), f"{done} have been updated"
    current, new = status.get("currentRevision"), status.get("updateRevision")
    if new != current:
        return "progressing", f"Waiting for statefulset {name}: {updated} pods at revision {new}"
    return "complete", f'statefulset "{name}" successfully rolled out, at revision {current}'


def daemon_status(workload: dict[str, Any]) -> tuple[State, str]:
    """Return how far the rollout of a daemon set is, and a sentence about it."""
    name, status = name_of(workload), workload.get("status") or {}
    strategy = workload["spec"].get("updateStrategy") or {}
    if strategy.get("type", "RollingUpdate") != "RollingUpdate":
        return "paused", f'daemonset "{name}" changes its pods only when they are deleted'
    if _unobserved(workload):
        return "progressing", "Waiting for daemon set spec update to be observed"
    wanted = status.get("desiredNumberScheduled", 0)
    updated = status.get("updatedNumberScheduled", 0)
    available = status.get("numberAvailable", 0)
    waiting = f'Waiting for daemon set "{name}" rollout to finish:'
    if updated < wanted:
        return "progressing", f"{waiting} {updated} out of {wanted} new pods have been updated"
    if available < wanted:
        return "progressing", f"{waiting} {available} of {wanted} updated pods are available"
    return "complete", f'daemon set "{name}" successfully rolled out'


def _unobserved(workload: dict[str, Any]) -> bool:
    observed = (workload.get("status") or {}).get("observedGeneration", 0)
    return bool(workload["metadata"].get("generation", 0) > observed)
