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
    PauseRollout,
    RestartDeployment,
    RestartSet,
    RollBackDeployment,
    RollBackSet,
    ScaleDeployment,
    ScaleSet,
    SetChange,
)
from stanch.tools.operations.controller_revisions import data_digest, is_template, template_of
from stanch.tools.operations.workload import MARK, REVISION, bare_template, template_digest

Patch: TypeAlias = list[dict[str, Any]]
WorkloadChange: TypeAlias = KubernetesChange | SetChange
_Thing: TypeAlias = dict[str, Any]

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


def permit(change: WorkloadChange, thing: _Thing, earlier: _Thing | None) -> None:
    """Return if the change makes sense for the workload as it is now.

    `earlier` is the ReplicaSet or ControllerRevision to go back to.

    Raises:
        PreconditionFailedError: the workload or the revision is not the one that is meant.
        OperationRefusedError: the rollout is paused, or the change would change nothing.
    """
    name = f"{_word(change)} {change.namespace}/{change.name}"
    if thing["metadata"].get("uid") != change.uid:
        raise PreconditionFailedError(
            f"The {name} was deleted and made anew: uid is {thing['metadata'].get('uid')}, "
            f"and the change is for {change.uid}."
        )
    if thing["metadata"].get("deletionTimestamp") is not None:
        raise PreconditionFailedError(f"The {name} is being deleted.")
    spec = thing["spec"]
    if spec.get("paused") and isinstance(change, RollBackDeployment | RestartDeployment):
        raise OperationRefusedError(
            f"The {name} is paused, and a new template would not roll out. "
            f"Run `kubectl rollout resume deployment/{change.name} -n {change.namespace}` first."
        )
    match change:
        case RollBackDeployment():
            _permit_roll_back(change, spec, earlier)
        case RollBackSet():
            _permit_set_back(change, spec, earlier)
        case ScaleDeployment() | ScaleSet():
            _permit_scale(change, spec, name)
        case PauseRollout():
            _permit_pause(change, spec, name)
        case RestartDeployment() | RestartSet():
            pass
        case _:
            assert_never(change)


def _permit_scale(change: ScaleDeployment | ScaleSet, spec: _Thing, name: str) -> None:
    if spec.get("replicas") != change.from_replicas:
        raise PreconditionFailedError(
            f"The {name} has {spec.get('replicas')} replicas, and the change is "
            f"from {change.from_replicas}: replicas differ."
        )


def _permit_pause(change: PauseRollout, spec: _Thing, name: str) -> None:
    if bool(spec.get("paused")) is change.paused:
        state = "paused" if change.paused else "not paused"
        raise OperationRefusedError(f"The rollout of the {name} is {state} already.")


def patch_for(change: WorkloadChange, thing: _Thing, *, earlier: _Thing | None, key: str) -> Patch:
    """Return the patch that makes `change` on exactly this version of the workload."""
    version = thing["metadata"]["resourceVersion"]
    patch: Patch = [{"op": "test", "path": "/metadata/resourceVersion", "value": version}]
    if isinstance(change, SetChange):
        patch.append({"op": "test", "path": "/metadata/uid", "value": change.uid})
    annotations = dict(annotations_of(thing))
    match change:
        case RollBackDeployment():
            template = bare_template(_meant(earlier)["spec"]["template"])
            patch.append({"op": "replace", "path": "/spec/template", "value": template})
            annotations = _after_roll_back(thing, _meant(earlier))
        case RollBackSet():
            template = template_of(_meant(earlier))
            patch.append({"op": "replace", "path": "/spec/template", "value": template})
        case RestartDeployment() | RestartSet():
            patch.append(_restart(change.restarted_at, thing["spec"]["template"]))
        case ScaleDeployment() | ScaleSet():
            path = "/spec/replicas"
            patch.append({"op": "test", "path": path, "value": change.from_replicas})
            patch.append({"op": "replace", "path": path, "value": change.replicas})
        case PauseRollout():
            patch.append({"op": "add", "path": "/spec/paused", "value": change.paused})
        case _:
            assert_never(change)
    # `add` replaces a member that is there, and makes one that is not.
    patch.append({"op": "add", "path": "/metadata/annotations", "value": annotations | {MARK: key}})
    return patch


def _meant(earlier: _Thing | None) -> _Thing:
    if earlier is None:
        raise AssertionError("a roll back was permitted without what it goes back to")
    return earlier


def _word(change: WorkloadChange) -> str:
    if not isinstance(change, SetChange):
        return "deployment"
    return {"statefulsets": "stateful set", "daemonsets": "daemon set"}[change.resource]


def _permit_roll_back(change: RollBackDeployment, spec: _Thing, replica_set: _Thing | None) -> None:
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


def _permit_set_back(change: RollBackSet, spec: _Thing, revision: _Thing | None) -> None:
    where = f"ControllerRevision {change.namespace}/{change.controller_revision}"
    again = f"Choose another revision of {change.resource}/{change.name}."
    if revision is None or revision["metadata"].get("uid") != change.controller_revision_uid:
        raise PreconditionFailedError(f"The {where} is gone: controller_revision differs. {again}")
    if data_digest(revision) != change.data_digest:
        raise PreconditionFailedError(
            f"The {where} holds other data than was seen: "
            f"controller_revision.data_sha256 differs. {again}"
        )
    if is_template(revision, spec["template"]):
        raise OperationRefusedError(
            f"{change.resource}/{change.name} in {change.namespace} has the template of "
            f"{change.controller_revision} already, so there is nothing to put back. {again}"
        )


def _after_roll_back(deployment: dict[str, Any], replica_set: dict[str, Any]) -> dict[str, str]:
    mine, its = annotations_of(deployment), annotations_of(replica_set)
    kept = {name: mine[name] for name in _KEPT if name in mine}
    return kept | {name: value for name, value in its.items() if name not in _KEPT}


def _restart(at: str, template: _Thing) -> dict[str, Any]:
    metadata = dict(template.get("metadata") or {})
    annotations = (metadata.get("annotations") or {}) | {RESTARTED_AT: at}
    value = metadata | {"annotations": annotations}
    return {"op": "add", "path": "/spec/template/metadata", "value": value}
