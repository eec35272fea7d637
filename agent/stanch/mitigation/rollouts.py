"""The strategies of `kubectl rollout` and `kubectl scale` for any workload that rolls out.

A Deployment that is named alone has intents of its own (`plan.py`); here are stateful sets
and daemon sets, and the pause of a Deployment's rollout.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from stanch.mitigation import sets
from stanch.mitigation.autoscaled import least_of, require_current
from stanch.mitigation.owners import OWNER, duties, of_object, owner_of
from stanch.mitigation.patches import the_one
from stanch.mitigation.plan import Workloads
from stanch.mitigation.strategy import CannotPlanError, Plan, Seen
from stanch.tools.operations import (
    InspectSet,
    InspectWorkload,
    PatchObject,
    PauseRollout,
    Read,
    RestartSet,
    RestartWorkload,
    RollBackSet,
    ScaleWorkload,
    SetChange,
    UndoRollout,
    WorkloadIntent,
)
from stanch.tools.operations.controller_revisions import set_foretold
from stanch.tools.operations.kubernetes_intents import Rollout, ScaleObjects
from stanch.tools.operations.object_patch import observed as patched_facts
from stanch.tools.operations.owner import InspectOwner
from stanch.tools.operations.workload import foretold, observed, template_digest

_SETS: Final = frozenset({"statefulsets", "daemonsets"})
_DEPLOYMENTS: Final = Workloads()


class Rollouts:
    """Rolls any workload back, restarts it, scales it, or pauses a Deployment's rollout."""

    intents = (Rollout, ScaleObjects)

    def looks(self, intent: Rollout | ScaleObjects) -> Mapping[str, Read]:
        """Return the looks at the workload with all that is its own, and at who keeps it.

        Raises:
            CannotPlanError: it is not one workload, or one that cannot do this.
        """
        resource, namespace, name = _place(intent)
        place = {"namespace": namespace, "name": name}
        owner = InspectOwner(resource=resource, **place)
        if resource == "deployments":
            return {"target": InspectWorkload(**place), OWNER: owner}
        return {"target": InspectSet.model_validate({"resource": resource, **place}), OWNER: owner}

    def plan(self, intent: Rollout | ScaleObjects, seen: Seen, *, now: datetime) -> Plan:
        """Return the exact change of the workload, with what its owner makes of it.

        Raises:
            CannotPlanError: there is no sensible change, or the owner would put it back.
        """
        resource, namespace, name = _place(intent)
        if resource == "deployments":
            if isinstance(intent, Rollout) and intent.action in {"pause", "resume"}:
                return _pause(intent, seen)
            return _DEPLOYMENTS.plan(_alone(intent, namespace, name), seen, now=now)
        look = seen["target"]
        if isinstance(intent, ScaleObjects):
            made = _scale(resource, look, intent)
        elif intent.action == "undo":
            made = sets.undo(resource, look, intent.to_revision)
        else:
            made = sets.restart(resource, look, now)
        return replace(made, touches=(*made.touches, *_owned(made, look["workload"], seen)))

    def foretold(self, change: Any, after: Mapping[str, Any]) -> dict[str, Any]:
        """Return the identity and the desired state of the target after the change."""
        if isinstance(change, PatchObject):
            return patched_facts(change, after)
        if isinstance(change, SetChange):
            return set_foretold(change, after)
        return foretold(change, dict(after))


def _place(intent: Rollout | ScaleObjects) -> tuple[str, str, str]:
    resource, namespace, name = the_one(intent)
    if namespace is None or resource not in {"deployments", *_SETS}:
        raise CannotPlanError(f"{resource} do not roll out")
    if isinstance(intent, ScaleObjects):
        if resource == "daemonsets":
            raise CannotPlanError("a daemon set has a pod on every node and is not scaled")
        return resource, namespace, name
    known = {"restart", "undo"} if resource in _SETS else {"restart", "undo", "pause", "resume"}
    if intent.action not in known:
        raise CannotPlanError(f"`kubectl rollout {intent.action}` of {resource} is left to people")
    return resource, namespace, name


def _alone(intent: Rollout | ScaleObjects, namespace: str, name: str) -> WorkloadIntent:
    here = {"namespace": namespace, "name": name}
    if isinstance(intent, ScaleObjects):
        return ScaleWorkload(**here, replicas=intent.replicas, current=intent.current)
    if intent.action == "undo":
        return UndoRollout(**here, to_revision=intent.to_revision)
    return RestartWorkload(**here)


def _scale(resource: str, look: Mapping[str, Any], intent: ScaleObjects) -> Plan:
    workload, autoscalers = look["workload"], look["autoscalers"]
    name, now = str(workload["metadata"]["name"]), int(workload["spec"].get("replicas", 1))
    require_current(name, now, intent.current)
    if autoscalers:
        return least_of(
            autoscalers,
            resource,
            name,
            now=now,
            wanted=intent.replicas,
            ready=int((workload.get("status") or {}).get("readyReplicas") or 0),
        )
    return sets.scale(look, intent.replicas)


def _owned(made: Plan, workload: Mapping[str, Any], seen: Seen) -> tuple[str, ...]:
    """Return what the owner of a set makes of the change, one sentence each."""
    owner = owner_of(workload, seen.get(OWNER))
    if isinstance(made.operation, PatchObject):
        # It is the autoscaler that changes, and its plan has asked after its owner.
        return ()
    if isinstance(made.operation, RestartSet) and owner.tool != "operator":
        # What a restart writes stands in no release, so that no tool but an operator minds.
        return ()
    going_back = isinstance(made.operation, RollBackSet)
    return duties(owner, str(workload["metadata"]["name"]), roll_back=going_back)


def _pause(intent: Rollout, seen: Seen) -> Plan:
    look, on = seen["target"], intent.action == "pause"
    deployment = look["deployment"]
    name = deployment["metadata"]["name"]
    if deployment["metadata"].get("deletionTimestamp"):
        raise CannotPlanError(f"{name} is being deleted")
    if bool(deployment["spec"].get("paused")) is on:
        raise CannotPlanError(f"the rollout of {name} is {'' if on else 'not '}paused already")
    place = {key: deployment["metadata"][key] for key in ("namespace", "name", "uid")}
    facts = observed(dict(deployment))
    owned = of_object(deployment, name, seen.get(OWNER))
    return Plan(
        title=f"{'Pause' if on else 'Resume'} the rollout of {name}",
        operation=PauseRollout(**place, paused=on),
        observed=facts,
        inverse=PauseRollout(**place, paused=not on),
        inverse_note=f"{'resumes' if on else 'pauses'} it again",
        touches=(*_touched(deployment, look, on=on), *owned),
        ready=int((deployment.get("status") or {}).get("readyReplicas") or 0),
        capacity=int(deployment["spec"].get("replicas", 1)),
    )


def _touched(deployment: Mapping[str, Any], look: Mapping[str, Any], *, on: bool) -> list[str]:
    current = template_digest(deployment["spec"]["template"])
    newest = look["replica_sets"][0] if look["replica_sets"] else None
    waits = newest is None or template_digest(newest["spec"]["template"]) != current
    pods = f"the {len(look['pods'])} pods"
    if on:
        return [
            f"{pods} stay as they are, old and new ones side by side where a rollout is under way",
            "a change of the template has no effect until the rollout is resumed",
        ]
    if waits:
        return [f"a changed template waits: {pods} are replaced, a few at a time"]
    return [f"a rollout that was under way goes on; of {pods}, those of old revisions go"]
