"""What a Deployment and its ReplicaSets say of a rollout, by kubectl's own rules; pure."""

from collections.abc import Sequence
from typing import Any, Literal

from stanch.tools.clients.kubernetes.objects import annotations_of, name_of, uid_of
from stanch.tools.operations.workload import HASH_LABEL, images, revision, template_digest

State = Literal["complete", "progressing", "failed", "paused"]

_CAUSE = "kubernetes.io/change-cause"


def status_of(deployment: dict[str, Any]) -> tuple[State, str]:
    """Return how far the rollout is, and the sentence that kubectl would print."""
    name, status = name_of(deployment), deployment.get("status") or {}
    if deployment["metadata"].get("generation", 0) > status.get("observedGeneration", 0):
        return "progressing", "Waiting for deployment spec update to be observed"
    if _progress_reason(status) == "ProgressDeadlineExceeded":
        return "failed", f'deployment "{name}" exceeded its progress deadline'
    waiting = _waiting(deployment["spec"].get("replicas"), status)
    if waiting is None:
        return "complete", f'deployment "{name}" successfully rolled out'
    message = f'Waiting for deployment "{name}" rollout to finish: {waiting}'
    return "paused" if deployment["spec"].get("paused") else "progressing", message


def revisions_of(
    deployment: dict[str, Any], replica_sets: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return what each of the deployment's ReplicaSets can be rolled back to, newest first."""
    current = _current(deployment, replica_sets)
    return [_entry(item, current=item is current) for item in newest_first(replica_sets)]


def newest_first(replica_sets: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the ReplicaSets by revision, the newest first."""
    return sorted(replica_sets, key=revision, reverse=True)


def _progress_reason(status: dict[str, Any]) -> str | None:
    conditions = status.get("conditions") or []
    return next((c.get("reason") for c in conditions if c.get("type") == "Progressing"), None)


def _waiting(wanted: int | None, status: dict[str, Any]) -> str | None:
    updated = status.get("updatedReplicas", 0)
    replicas = status.get("replicas", 0)
    available = status.get("availableReplicas", 0)
    if wanted is not None and updated < wanted:
        return f"{updated} out of {wanted} new replicas have been updated"
    if replicas > updated:
        return f"{replicas - updated} old replicas are pending termination"
    if available < updated:
        return f"{available} of {updated} updated replicas are available"
    return None


def _current(
    deployment: dict[str, Any], replica_sets: Sequence[dict[str, Any]]
) -> dict[str, Any] | None:
    """The controller takes the oldest ReplicaSet of an equal template, and so does this."""
    wanted = template_digest(deployment["spec"]["template"])
    same = [item for item in replica_sets if template_digest(item["spec"]["template"]) == wanted]
    return min(same, key=lambda i: str(i["metadata"].get("creationTimestamp", "")), default=None)


def _entry(item: dict[str, Any], *, current: bool) -> dict[str, Any]:
    metadata, status = item["metadata"], item.get("status") or {}
    template = item["spec"]["template"]
    return {
        "revision": revision(item),
        "replica_set": name_of(item),
        "uid": uid_of(item),
        "created": metadata.get("creationTimestamp"),
        "template_hash": (metadata.get("labels") or {}).get(HASH_LABEL, ""),
        "images": list(images(template)),
        "replicas": status.get("replicas", 0),
        "ready": status.get("readyReplicas", 0),
        "current": current,
        "template": template,
        "change_cause": annotations_of(item).get(_CAUSE),
    }
