"""The strategies of Deployments: roll back, restart, scale.

The look is the data of `kubernetes.workload`. "Undo the rollout" is pinned to one
ReplicaSet by UID and template digest: a revision number moves when a rollout is undone,
and undoing twice would bring the bad version back (DF-15).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, assert_never

from stanch.mitigation.autoscaled import least_of, require_current
from stanch.mitigation.owners import OWNER, of_workload
from stanch.mitigation.strategy import CannotPlanError, Plan, Seen
from stanch.tools.operations import (
    InspectWorkload,
    PatchObject,
    Read,
    RestartDeployment,
    RestartWorkload,
    RollBackDeployment,
    ScaleDeployment,
    ScaleWorkload,
    UndoRollout,
    WorkloadIntent,
)
from stanch.tools.operations.object_patch import observed as patched_facts
from stanch.tools.operations.owner import InspectOwner
from stanch.tools.operations.workload import foretold, images, observed, revision, template_digest


def plan(intent: WorkloadIntent, look: Mapping[str, Any], *, now: datetime) -> Plan:
    """Return the exact change that fulfils `intent` on the workload in `look`.

    Raises:
        CannotPlanError: there is nothing to go back to, an autoscaler that owns the
            replicas cannot keep as many, the rollout is paused, or the object is being
            deleted.
    """
    deployment = look["deployment"]
    if deployment["metadata"].get("deletionTimestamp"):
        raise CannotPlanError(f"{intent.name} is being deleted")
    match intent:
        case UndoRollout():
            return _undo(intent, deployment, look)
        case RestartWorkload():
            return _restart(intent, deployment, look, now)
        case ScaleWorkload():
            return _scale(intent, deployment, look)
        case _:
            assert_never(intent)


def _undo(intent: UndoRollout, deployment: Mapping[str, Any], look: Mapping[str, Any]) -> Plan:
    if deployment["spec"].get("paused"):
        raise CannotPlanError(f"the rollout of {intent.name} is paused; resume it first")
    current = template_digest(deployment["spec"]["template"])
    owned: Sequence[Mapping[str, Any]] = look["replica_sets"]
    newest = next((s for s in owned if template_digest(s["spec"]["template"]) == current), None)
    if newest is None:
        raise CannotPlanError(
            f"the newest revision of {intent.name} has no ReplicaSet yet; look again in a moment"
        )
    earlier = [
        one
        for one in owned
        if template_digest(one["spec"]["template"]) != current
        and (intent.to_revision is None or revision(dict(one)) == intent.to_revision)
    ]
    if not earlier:
        wanted = f"revision {intent.to_revision}" if intent.to_revision else "an earlier revision"
        raise CannotPlanError(f"{intent.name} has no ReplicaSet of {wanted} to go back to")
    # A revision that still serves has proved that it works; else the newest of the others.
    back = max(earlier, key=lambda one: (_ready(one) > 0, revision(dict(one))))
    facts = observed(dict(deployment)) | {"replica_set": _identity(back)}
    return Plan(
        title=f"Roll back {intent.name} to revision {revision(dict(back))}"
        f" ({', '.join(_short(image) for image in images(back['spec']['template']))})",
        operation=_to(deployment, back),
        observed=facts,
        inverse=_to(deployment, newest),
        inverse_note=f"puts revision {revision(dict(newest))} back as it is now",
        ready=_ready(deployment),
        capacity=int(deployment["spec"].get("replicas", 1)),
        touches=_touches(deployment, look, "are replaced, a few at a time"),
    )


def _restart(
    intent: RestartWorkload, deployment: Mapping[str, Any], look: Mapping[str, Any], now: datetime
) -> Plan:
    if deployment["spec"].get("paused"):
        raise CannotPlanError(f"the rollout of {intent.name} is paused; resume it first")
    stamp = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    return Plan(
        title=f"Restart the pods of {intent.name}, a few at a time",
        operation=RestartDeployment(
            namespace=intent.namespace,
            name=intent.name,
            uid=deployment["metadata"]["uid"],
            restarted_at=stamp,
        ),
        observed=observed(dict(deployment)),
        inverse=None,
        inverse_note="a restart has no way back: the template stays the same, "
        "and the replaced pods are gone",
        ready=_ready(deployment),
        capacity=int(deployment["spec"].get("replicas", 1)),
        touches=_touches(deployment, look, "are replaced, a few at a time"),
    )


def _scale(intent: ScaleWorkload, deployment: Mapping[str, Any], look: Mapping[str, Any]) -> Plan:
    now = int(deployment["spec"].get("replicas", 1))
    wanted = intent.replicas if intent.replicas is not None else now + (intent.add or 0)
    require_current(intent.name, now, intent.current)
    if look["autoscalers"]:
        return least_of(
            look["autoscalers"],
            "deployments",
            intent.name,
            now=now,
            wanted=wanted,
            ready=_ready(deployment),
        )
    if wanted == now:
        raise CannotPlanError(f"{intent.name} has {now} replicas already")
    here = {"namespace": intent.namespace, "name": intent.name}
    uid = deployment["metadata"]["uid"]
    return Plan(
        title=f"Scale {intent.name} from {now} to {wanted} replicas",
        operation=ScaleDeployment(**here, uid=uid, replicas=wanted, from_replicas=now),
        observed=observed(dict(deployment)),
        inverse=ScaleDeployment(**here, uid=uid, replicas=now, from_replicas=wanted),
        inverse_note=f"scales back to {now}",
        ready=_ready(deployment),
        capacity=int(deployment["spec"].get("replicas", 1)),
        touches=(f"{abs(wanted - now)} pods are {'added' if wanted > now else 'removed'}",),
    )


def _to(deployment: Mapping[str, Any], replica_set: Mapping[str, Any]) -> RollBackDeployment:
    template = replica_set["spec"]["template"]
    return RollBackDeployment(
        namespace=deployment["metadata"]["namespace"],
        name=deployment["metadata"]["name"],
        uid=deployment["metadata"]["uid"],
        replica_set=replica_set["metadata"]["name"],
        replica_set_uid=replica_set["metadata"]["uid"],
        revision=revision(dict(replica_set)),
        template_digest=template_digest(template),
        images=images(template),
    )


def _identity(replica_set: Mapping[str, Any]) -> dict[str, str]:
    return {
        "uid": replica_set["metadata"]["uid"],
        "template_sha256": template_digest(replica_set["spec"]["template"]),
    }


def _touches(deployment: Mapping[str, Any], look: Mapping[str, Any], fate: str) -> tuple[str, ...]:
    name, pods = deployment["metadata"]["name"], len(look["pods"])
    replicas = deployment["spec"].get("replicas", 1)
    rest = f"replicas stay {replicas}; no other object is changed"
    if deployment["spec"].get("strategy", {}).get("type") == "Recreate":
        down = "its strategy is Recreate: all of them end before a new one starts"
        return f"the {pods} pods of deployment {name} are replaced", down, rest
    rolling = deployment["spec"].get("strategy", {}).get("rollingUpdate") or {}
    return (
        f"the {pods} pods of deployment {name} {fate}",
        (
            f"at most {rolling.get('maxUnavailable', '25%')} of them are missing at a time, "
            f"at most {rolling.get('maxSurge', '25%')} more run beside them"
        ),
        rest,
    )


def _ready(thing: Mapping[str, Any]) -> int:
    return int(thing.get("status", {}).get("readyReplicas") or 0)


def _short(image: str) -> str:
    return image.rsplit("/", 1)[-1]


class Workloads:
    """Rolls a Deployment back, restarts it, or scales it."""

    intents = (UndoRollout, RestartWorkload, ScaleWorkload)

    def looks(self, intent: WorkloadIntent) -> Mapping[str, Read]:
        """Return the looks at the Deployment with all that is its own, and at who keeps it."""
        place = {"namespace": intent.namespace, "name": intent.name}
        owner = InspectOwner(resource="deployments", **place)
        return {"target": InspectWorkload(**place), OWNER: owner}

    def plan(self, intent: WorkloadIntent, seen: Seen, *, now: datetime) -> Plan:
        """Return the exact change of the Deployment, with what its owner makes of it.

        Raises:
            CannotPlanError: there is no sensible change, or the owner would put it back.
        """
        owned = of_workload(intent, seen["target"]["deployment"], seen.get(OWNER))
        made = plan(intent, seen["target"], now=now)
        if isinstance(made.operation, PatchObject):
            # It is the autoscaler that changes, and its plan has asked after its owner.
            return made
        return replace(made, touches=(*made.touches, *owned))

    def foretold(self, change: Any, after: Mapping[str, Any]) -> dict[str, Any]:
        """Return the identity and the desired state of what is changed, as they will be."""
        if isinstance(change, PatchObject):
            return patched_facts(change, after)
        return foretold(change, dict(after))
