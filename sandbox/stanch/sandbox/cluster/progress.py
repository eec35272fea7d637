"""The status of a Deployment: its counts, and the conditions that say how the rollout goes."""

from typing import TYPE_CHECKING, Any

from stanch.sandbox.cluster import rollout
from stanch.sandbox.cluster.pods import condition
from stanch.sandbox.cluster.times import seconds, stamp

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster

_DONE, _GOING, _LATE = "NewReplicaSetAvailable", "ReplicaSetUpdated", "ProgressDeadlineExceeded"
_PAUSED, _RESUMED = "DeploymentPaused", "DeploymentResumed"


def is_complete(deployment: dict[str, Any]) -> bool:
    """Tell whether all pods are of the new template and available."""
    status, replicas = deployment.get("status", {}), deployment["spec"]["replicas"]
    counts = ("updatedReplicas", "replicas", "availableReplicas")
    seen: int = status.get("observedGeneration", 0)
    fits = all(status.get(name, 0) == replicas for name in counts)
    return fits and seen >= deployment["metadata"]["generation"]


def note_new(
    cluster: "Cluster", deployment: dict[str, Any], *, reason: str, message: str
) -> dict[str, Any]:
    """Say in the status that the rollout has found or made its ReplicaSet."""
    return _note(cluster, deployment, status="True", words=(reason, message))


def note_pause(cluster: "Cluster", deployment: dict[str, Any]) -> dict[str, Any]:
    """Say in the status that the rollout is paused or goes on; return the present object."""
    old = condition(deployment, "Progressing")
    reason = old["reason"] if old else ""
    paused = deployment["spec"].get("paused", False)
    if reason == _LATE:
        return deployment
    if paused and reason != _PAUSED:
        words = (_PAUSED, "Deployment is paused")
        return _note(cluster, deployment, status="Unknown", words=words)
    if not paused and reason == _PAUSED:
        words = (_RESUMED, "Deployment is resumed")
        return _note(cluster, deployment, status="Unknown", words=words)
    return deployment


def _note(
    cluster: "Cluster", deployment: dict[str, Any], *, status: str, words: tuple[str, str]
) -> dict[str, Any]:
    metadata = deployment["metadata"]
    current = cluster.store.get("deployments", metadata["namespace"], metadata["name"])
    conditions = _with(
        current.get("status", {}).get("conditions", []),
        _condition("Progressing", status, words=words, now=cluster.now),
    )
    changed = {**current.get("status", {}), "conditions": conditions}
    return cluster.store.replace("deployments", {**current, "status": changed})


def write(
    cluster: "Cluster",
    deployment: dict[str, Any],
    *,
    owned: list[dict[str, Any]],
    new: dict[str, Any] | None,
) -> dict[str, Any]:
    """Write the status that follows from the ReplicaSets; return the Deployment as it is now."""
    status = _counts(deployment, owned, new=new)
    conditions = list(deployment.get("status", {}).get("conditions", ()))
    conditions = _with(conditions, _availability(cluster, deployment, status))
    if moved := _progress(cluster, deployment, status, new=new):
        conditions = _with(conditions, moved)
    conditions = [item for item in conditions if item["type"] != "ReplicaFailure"]
    failures = [found for item in owned if (found := condition(item, "ReplicaFailure"))]
    for found in failures[-1:]:
        conditions.append({"lastUpdateTime": found["lastTransitionTime"], **found})
    status["conditions"] = conditions
    return cluster.store.replace("deployments", {**deployment, "status": status})


def _counts(
    deployment: dict[str, Any], owned: list[dict[str, Any]], *, new: dict[str, Any] | None
) -> dict[str, Any]:
    def total(field: str) -> int:
        return sum(item.get("status", {}).get(field, 0) for item in owned)

    counts = {
        "replicas": total("replicas"),
        "updatedReplicas": (new or {}).get("status", {}).get("replicas", 0),
        "readyReplicas": total("readyReplicas"),
        "availableReplicas": total("availableReplicas"),
    }
    asked = sum(map(rollout.wanted, owned))
    counts["unavailableReplicas"] = max(0, asked - counts["availableReplicas"])
    seen = {"observedGeneration": deployment["metadata"]["generation"]}
    return {**seen, **{key: count for key, count in counts.items() if count}}


def _availability(
    cluster: "Cluster", deployment: dict[str, Any], status: dict[str, Any]
) -> dict[str, Any]:
    minimum = deployment["spec"]["replicas"] - rollout.bounds(deployment)[1]
    if status.get("availableReplicas", 0) >= minimum:
        words = ("MinimumReplicasAvailable", "Deployment has minimum availability.")
        return _condition("Available", "True", words=words, now=cluster.now)
    words = ("MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    return _condition("Available", "False", words=words, now=cluster.now)


def _progress(
    cluster: "Cluster",
    deployment: dict[str, Any],
    status: dict[str, Any],
    *,
    new: dict[str, Any] | None,
) -> dict[str, Any] | None:
    """Return the new condition Progressing, or None when it stays as it is."""
    current = condition(deployment, "Progressing")
    reason = current["reason"] if current else ""
    if deployment["spec"].get("paused") or "deletionTimestamp" in deployment["metadata"]:
        return None
    settled = status.get("replicas", 0) == status.get("updatedReplicas", 0)
    if settled and reason == _DONE:
        return None
    kind, thing = ("ReplicaSet", new) if new else ("Deployment", deployment)
    what = f'{kind} "{thing["metadata"]["name"]}"'
    now = cluster.now
    if is_complete({**deployment, "status": status}):
        words = (_DONE, f"{what} has successfully progressed.")
        return _condition("Progressing", "True", words=words, now=now)
    if _moved(deployment.get("status", {}), status):
        words = (_GOING, f"{what} is progressing.")
        return _condition("Progressing", "True", words=words, now=now)
    if _is_late(cluster, deployment, current):
        words = (_LATE, f"{what} has timed out progressing.")
        return _condition("Progressing", "False", words=words, now=now)
    return None


def _moved(before: dict[str, Any], after: dict[str, Any]) -> bool:
    def old_pods(status: dict[str, Any]) -> int:
        return int(status.get("replicas", 0)) - int(status.get("updatedReplicas", 0))

    grew = any(
        after.get(name, 0) > before.get(name, 0)
        for name in ("updatedReplicas", "readyReplicas", "availableReplicas")
    )
    return grew or old_pods(after) < old_pods(before)


def deadline(deployment: dict[str, Any]) -> float | None:
    """Return the Unix time at which a rollout that does not move is given up, if it can be."""
    current = condition(deployment, "Progressing")
    settled = {_DONE, _LATE, _PAUSED}
    if current is None or current["reason"] in settled or deployment["spec"].get("paused"):
        return None
    allowed: int = deployment["spec"]["progressDeadlineSeconds"]
    return seconds(current["lastUpdateTime"]) + allowed


def _is_late(
    cluster: "Cluster", deployment: dict[str, Any], current: dict[str, Any] | None
) -> bool:
    if current is None or current["reason"] == _DONE:
        return False
    if current["reason"] == _LATE:
        return True
    due = deadline(deployment)
    return due is not None and cluster.now > due


def _condition(kind: str, status: str, *, words: tuple[str, str], now: float) -> dict[str, Any]:
    return {
        "type": kind,
        "status": status,
        "lastUpdateTime": stamp(now),
        "lastTransitionTime": stamp(now),
        "reason": words[0],
        "message": words[1],
    }


def _with(conditions: list[dict[str, Any]], new: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the conditions with a newer one; one that says the same keeps its times."""
    old = next((item for item in conditions if item["type"] == new["type"]), None)
    if old is None:
        return [*conditions, new]
    if old["status"] == new["status"]:
        if old["reason"] == new["reason"] and new["type"] == "Available":
            return conditions
        new = {**new, "lastTransitionTime": old["lastTransitionTime"]}
    return [new if item["type"] == new["type"] else item for item in conditions]
