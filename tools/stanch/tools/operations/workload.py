"""Readings of a Deployment's JSON that bind an approval to what was seen; pure."""

import copy
from typing import Any

from stanch.tools.operations.base import digest_of
from stanch.tools.operations.changes import (
    PauseRollout,
    RestartDeployment,
    RollBackDeployment,
    ScaleDeployment,
)

KubernetesChange = RollBackDeployment | RestartDeployment | ScaleDeployment | PauseRollout

REVISION = "deployment.kubernetes.io/revision"
HASH_LABEL = "pod-template-hash"
MARK = "stanch.dev/operation"
"""The annotation that says which operation changed the object last."""


def bare_template(template: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a pod template without the hash label and without null fields."""
    bare: dict[str, Any] = _without_nulls(copy.deepcopy(template))
    labels = bare.get("metadata", {}).get("labels", {})
    labels.pop(HASH_LABEL, None)
    return bare


def template_digest(template: dict[str, Any]) -> str:
    """Return the digest of a pod template; equal for a Deployment and its own ReplicaSet."""
    return digest_of(bare_template(template))


def images(template: dict[str, Any]) -> tuple[str, ...]:
    """Return the images of a pod template's containers, in order."""
    return tuple(c.get("image", "") for c in template.get("spec", {}).get("containers", []))


def revision(thing: dict[str, Any]) -> int:
    """Return the revision number of a Deployment or ReplicaSet; 0 when it has none."""
    text = (thing["metadata"].get("annotations") or {}).get(REVISION, "0")
    return int(text) if text.isdecimal() else 0


def observed(deployment: dict[str, Any]) -> dict[str, Any]:
    """Return the facts about a Deployment that must still hold when a change is sent.

    Its identity and its whole desired state. Status is left out, because a sick workload
    moves it every few seconds; and so is the generation, which the API server of a real
    cluster also raises when only an annotation changes, as its controllers do.
    """
    meta = deployment["metadata"]
    return {
        "uid": meta["uid"],
        "deleting": meta.get("deletionTimestamp") is not None,
        "replicas": deployment["spec"].get("replicas", 1),
        "spec_sha256": digest_of(_without_nulls({**deployment["spec"], "replicas": None})),
    }


def foretold(change: KubernetesChange, after: dict[str, Any]) -> dict[str, Any]:
    """Return the facts by which one knows that nobody changed a Deployment after `change`.

    `after` is the object as the dry run showed it. An autoscaler may move the replicas of
    what was rolled back or restarted at any time; that takes nothing away from the change.
    """
    facts = observed(after)
    if not isinstance(change, ScaleDeployment):
        del facts["replicas"]
    return facts


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value
