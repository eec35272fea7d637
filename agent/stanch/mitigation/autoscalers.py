"""The strategy of `kubectl autoscale`: makes an autoscaler, or moves the limits of the one there.

kubectl itself fails when the autoscaler exists, and makes a second one under another name,
which then fights with the first (DF-16). So one that scales the workload is changed, and only
where there is none one is made (MIT-07).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from stanch.mitigation.autoscaled import targeting
from stanch.mitigation.owners import OWNER, duties, owner_of
from stanch.mitigation.patches import plan_of, the_one
from stanch.mitigation.strategy import CannotPlanError, Plan, Seen
from stanch.tools.operations import (
    CreateAutoscaler,
    FieldChange,
    InspectSet,
    InspectWorkload,
    ListObjects,
    Read,
)
from stanch.tools.operations.autoscaler_changes import (
    DEFAULT_CPU,
    KINDS,
    creation_facts,
    made_facts,
)
from stanch.tools.operations.kubernetes_intents import Autoscale
from stanch.tools.operations.object_patch import observed
from stanch.tools.operations.owner import InspectOwner

_ALL: Final = "autoscalers"


class Autoscalers:
    """Puts one workload under an autoscaler, or moves the limits of the one that it has."""

    intents = (Autoscale,)

    def looks(self, intent: Autoscale) -> Mapping[str, Read]:
        """Return the looks at the workload, at all autoscalers there, and at its owner.

        Raises:
            CannotPlanError: it is not one deployment or stateful set.
        """
        resource, namespace, name = the_one(intent)
        if resource not in KINDS or namespace is None:
            raise CannotPlanError(f"the autoscaling of {resource} is left to people")
        place = {"namespace": namespace, "name": name}
        target: Read = InspectWorkload(**place)
        if resource == "statefulsets":
            target = InspectSet(resource="statefulsets", **place)
        every = ListObjects(resource="horizontalpodautoscalers", namespace=namespace)
        owner = InspectOwner(resource=resource, **place)
        return {"target": target, _ALL: every, OWNER: owner}

    def plan(self, intent: Autoscale, seen: Seen, *, now: datetime) -> Plan:
        """Return the autoscaler that comes, or the change of the one that is there.

        Raises:
            CannotPlanError: there are several, or one could not do its work.
        """
        del now
        resource, _, name = the_one(intent)
        found = seen["target"]["autoscalers"]
        if not found:
            return _made(intent, resource, seen)
        if len(found) > 1:
            raise CannotPlanError(
                f"{len(found)} autoscalers for {name}, and the limits of exactly one are moved"
            )
        changes = tuple(_moved(intent, found[0]["spec"], name))
        if not changes:
            raise CannotPlanError(f"the autoscaler of {name} has these limits already")
        conditions = targeting(resource, name)
        made = plan_of("horizontalpodautoscalers", found[0], (*conditions, *changes), seen={})
        ready = _ready(_workload(resource, seen))
        return replace(made, ready=ready, capacity=_kept(intent, found[0]))

    def foretold(self, change: Any, after: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is known of the autoscaler that comes, or of its limits as they will be."""
        if isinstance(change, CreateAutoscaler):
            return made_facts(after, change.digest)
        return observed(change, after)


def _moved(intent: Autoscale, spec: Mapping[str, Any], name: str) -> Iterator[FieldChange]:
    wanted = {"minReplicas": intent.least, "maxReplicas": intent.most}
    for field, value in wanted.items():
        if value is not None and spec.get(field) != value:
            yield FieldChange(path=f"/spec/{field}", before=spec.get(field), after=value)
    share = spec.get("targetCPUUtilizationPercentage")
    if intent.cpu is None or intent.cpu == share:
        return
    at, before = _share_of(spec, name)
    if before == intent.cpu:
        return
    path = f"/spec/metrics/{at}/resource"
    yield FieldChange(path=f"{path}/name", before="cpu", after="cpu")
    yield FieldChange(path=f"{path}/target/averageUtilization", before=before, after=intent.cpu)


def _share_of(spec: Mapping[str, Any], name: str) -> tuple[int, int]:
    """Return which metric of an autoscaler is the share of the CPU, and how high it is."""
    for at, metric in enumerate(spec.get("metrics") or ()):
        resource = metric.get("resource") or {}
        share = (resource.get("target") or {}).get("averageUtilization")
        if resource.get("name") == "cpu" and share is not None:
            return at, int(share)
    raise CannotPlanError(
        f"the autoscaler of {name} does not follow a share of the CPU; a person has to say "
        "what it is to follow"
    )


def _made(intent: Autoscale, resource: str, seen: Seen) -> Plan:
    look, workload = seen["target"], _workload(resource, seen)
    every: Sequence[Mapping[str, Any]] = seen[_ALL]["items"]
    metadata, replicas = workload["metadata"], int(workload["spec"].get("replicas", 1))
    change = _change(intent, resource, metadata, replicas)
    _require_sense(change, workload, look["pods"], every)
    owned = duties(owner_of(workload, seen.get(OWNER)), change.workload.name)
    return Plan(
        title=f"Put {change.workload.name} under an autoscaler: {change.least} to {change.most} "
        f"pods, {change.cpu} % of the CPU that they request",
        operation=change,
        observed=creation_facts(change, workload, every),
        inverse=change.inverse,
        inverse_note=f"deletes exactly this autoscaler, and sets {replicas} replicas again",
        touches=(*_touched(change, replicas), *owned),
        ready=_ready(workload),
        # It may take pods away down to its least, and that is no harm.
        capacity=change.least,
    )


def _workload(resource: str, seen: Seen) -> Mapping[str, Any]:
    look = seen["target"]
    found: Mapping[str, Any] = look["workload" if resource == "statefulsets" else "deployment"]
    return found


def _ready(workload: Mapping[str, Any]) -> int:
    return int((workload.get("status") or {}).get("readyReplicas") or 0)


def _kept(intent: Autoscale, autoscaler: Mapping[str, Any]) -> int:
    """Return how many pods are left at least: down to that it may take pods away."""
    return intent.least or int(autoscaler["spec"].get("minReplicas") or 1)


def _change(
    intent: Autoscale, resource: str, metadata: Mapping[str, Any], replicas: int
) -> CreateAutoscaler:
    try:
        return CreateAutoscaler.model_validate(
            {
                "namespace": metadata["namespace"],
                "name": intent.named or metadata["name"],
                "workload": {
                    "resource": resource,
                    "name": metadata["name"],
                    "uid": metadata["uid"],
                },
                "least": intent.least if intent.least is not None else 1,
                "most": intent.most,
                "cpu": intent.cpu if intent.cpu is not None else DEFAULT_CPU,
                "from_replicas": replicas,
            }
        )
    except ValidationError as error:
        why = "; ".join(str(one["msg"]).removeprefix("Value error, ") for one in error.errors())
        raise CannotPlanError(f"no autoscaler can be made: {why}") from error


def _require_sense(
    change: CreateAutoscaler,
    workload: Mapping[str, Any],
    pods: Sequence[Mapping[str, Any]],
    every: Sequence[Mapping[str, Any]],
) -> None:
    """Return if the autoscaler could be made and would do its work.

    Raises:
        CannotPlanError: it could not; says why.
    """
    name = change.workload.name
    if workload["metadata"].get("deletionTimestamp"):
        raise CannotPlanError(f"{name} is being deleted")
    if change.from_replicas == 0:
        raise CannotPlanError(f"{name} has no replicas, and an autoscaler leaves that alone")
    if any(one["metadata"]["name"] == change.name for one in every):
        raise CannotPlanError(
            f"the autoscaler {change.name} is there and scales something else; name another"
        )
    specs = [pod["spec"] for pod in pods] or [workload["spec"]["template"]["spec"]]
    lacking = sorted({one for spec in specs for one in _unmeasured(spec)})
    if lacking:
        raise CannotPlanError(
            f"{', '.join(lacking)} of {name} request no CPU, and a share of it cannot be "
            "measured; set their requests first"
        )


def _unmeasured(spec: Mapping[str, Any]) -> Iterator[str]:
    for container in spec.get("containers") or ():
        resources = container.get("resources") or {}
        asked = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
        if "cpu" not in asked:
            yield f"container {container['name']}"


def _touched(change: CreateAutoscaler, replicas: int) -> Iterator[str]:
    yield (
        f"the replicas of {change.workload.name} belong to the autoscaler from now on: a scale "
        "by hand, or by a release that states them, is undone"
    )
    if change.least > replicas:
        yield f"{change.least - replicas} pods are added at once"
    if change.most < replicas:
        yield f"{replicas - change.most} pods are removed at once"
    if change.least < replicas:
        yield f"pods are removed, down to {change.least}, when they use less CPU for five minutes"
    yield "no other object is changed"
