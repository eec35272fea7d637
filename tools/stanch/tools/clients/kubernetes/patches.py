"""The one JSON patch that makes a change, and what forbids it beforehand; pure.

The deed and the mark of its operation stand in the same patch, so that they land
together or not at all: only then does the mark prove, after a crash or a broken
connection, whether the deed was done.
"""

from typing import Any, TypeAlias, assert_never

from stanch.tools.clients.kubernetes.objects import LAST_APPLIED, annotations_of
from stanch.tools.errors import OperationRefusedError, PreconditionFailedError
from stanch.tools.operations import (
    KubernetesChange,
    RestartDeployment,
    RollBackDeployment,
    ScaleDeployment,
)
from stanch.tools.operations.workload import MARK, REVISION, bare_template, template_digest

Patch: TypeAlias = list[dict[str, Any]]

RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
_KEPT = (
    LAST_APPLIED,
    REVISION,
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
)
"""Annotations that a roll back leaves as the deployment has them, as kubectl does."""


def permit(
    change: KubernetesChange, deployment: dict[str, Any], replica_set: dict[str, Any] | None
) -> None:
    """Return if the change makes sense for the deployment as it is now.

    Raises:
        PreconditionFailedError: the deployment or the ReplicaSet is not the one that is meant.
        OperationRefusedError: the deployment is paused, or the change would change nothing.
    """
    name = f"deployment {change.namespace}/{change.name}"
    if deployment["metadata"].get("uid") != change.uid:
        raise PreconditionFailedError(
            f"The {name} was deleted and made anew: uid is {deployment['metadata'].get('uid')}, "
            f"and the change is for {change.uid}."
        )
    if deployment["metadata"].get("deletionTimestamp") is not None:
        raise PreconditionFailedError(f"The {name} is being deleted.")
    spec = deployment["spec"]
    if spec.get("paused") and not isinstance(change, ScaleDeployment):
        raise OperationRefusedError(
            f"The {name} is paused, and a new template would not roll out. "
            f"Run `kubectl rollout resume deployment/{change.name} -n {change.namespace}` first."
        )
    match change:
        case RollBackDeployment():
            _permit_roll_back(change, spec, replica_set)
        case ScaleDeployment():
            if spec.get("replicas") != change.from_replicas:
                raise PreconditionFailedError(
                    f"The {name} has {spec.get('replicas')} replicas, and the change is "
                    f"from {change.from_replicas}: replicas differ."
                )
        case RestartDeployment():
            pass
        case _:
            assert_never(change)


def patch_for(
    change: KubernetesChange,
    deployment: dict[str, Any],
    *,
    replica_set: dict[str, Any] | None,
    key: str,
) -> Patch:
    """Return the patch that makes `change` on exactly this version of the deployment."""
    version = deployment["metadata"]["resourceVersion"]
    patch: Patch = [{"op": "test", "path": "/metadata/resourceVersion", "value": version}]
    annotations = dict(annotations_of(deployment))
    match change:
        case RollBackDeployment():
            if replica_set is None:
                raise AssertionError("a roll back was permitted without a ReplicaSet")
            template = bare_template(replica_set["spec"]["template"])
            patch.append({"op": "replace", "path": "/spec/template", "value": template})
            annotations = _after_roll_back(deployment, replica_set)
        case RestartDeployment():
            patch.append(_restart(change, deployment["spec"]["template"]))
        case ScaleDeployment():
            path = "/spec/replicas"
            patch.append({"op": "test", "path": path, "value": change.from_replicas})
            patch.append({"op": "replace", "path": path, "value": change.replicas})
        case _:
            assert_never(change)
    # `add` replaces a member that is there, and makes one that is not.
    patch.append({"op": "add", "path": "/metadata/annotations", "value": annotations | {MARK: key}})
    return patch


def _permit_roll_back(
    change: RollBackDeployment, spec: dict[str, Any], replica_set: dict[str, Any] | None
) -> None:
    where = f"ReplicaSet {change.namespace}/{change.replica_set} of revision {change.revision}"
    again = f"Choose another revision of deployment {change.name}."
    if replica_set is None or replica_set["metadata"].get("uid") != change.replica_set_uid:
        raise PreconditionFailedError(f"The {where} is gone: replica_set differs. {again}")
    if template_digest(replica_set["spec"]["template"]) != change.template_digest:
        raise PreconditionFailedError(
            f"The {where} has another template than the one that was seen: "
            f"replica_set.template_sha256 differs. {again}"
        )
    if template_digest(spec["template"]) == change.template_digest:
        raise OperationRefusedError(
            f"Deployment {change.namespace}/{change.name} has the template of {change.replica_set} "
            f"already, so there is nothing to put back. {again}"
        )


def _after_roll_back(deployment: dict[str, Any], replica_set: dict[str, Any]) -> dict[str, str]:
    mine, its = annotations_of(deployment), annotations_of(replica_set)
    kept = {name: mine[name] for name in _KEPT if name in mine}
    return kept | {name: value for name, value in its.items() if name not in _KEPT}


def _restart(change: RestartDeployment, template: dict[str, Any]) -> dict[str, Any]:
    metadata = dict(template.get("metadata") or {})
    annotations = (metadata.get("annotations") or {}) | {RESTARTED_AT: change.restarted_at}
    value = metadata | {"annotations": annotations}
    return {"op": "add", "path": "/spec/template/metadata", "value": value}
