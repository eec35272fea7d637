"""The strategies of `kubectl drain` and of `kubectl delete pod`: one eviction at a time.

A drain begins with the cordon. Then each proposal evicts the next pod, so that every one is
seen, approved and verified by itself, and a person can stop between any two.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from stanch.mitigation.evictions import Drain, budgets_of, drain_of, is_ready
from stanch.mitigation.nodes import cordon_of
from stanch.mitigation.strategy import CannotPlanError, Plan, Seen
from stanch.tools.operations import EvictPod, InspectEvictions, Read
from stanch.tools.operations.evictions import controller_of, evicted_facts, local_volumes
from stanch.tools.operations.kubernetes_intents import DeleteObjects
from stanch.tools.operations.kubernetes_names import canonical
from stanch.tools.operations.kubernetes_nodes import DrainNodes
from stanch.tools.operations.object_patch import PatchObject, observed

_NO_WAY_BACK = "an evicted pod does not come back; its controller has made another one"


class Drains:
    """Empties one node pod by pod, or evicts the one pod that is named."""

    intents = (DrainNodes, DeleteObjects)

    def looks(self, intent: DrainNodes | DeleteObjects) -> Mapping[str, Read]:
        """Return the look at the node with its pods, or at the pod, with the budgets.

        Raises:
            CannotPlanError: it is not one node or one pod, or the pod is to be forced away.
        """
        if len(intent.objects) != 1:
            raise CannotPlanError("it is for more than one object, and each change is of one")
        one = intent.objects[0]
        if isinstance(intent, DrainNodes):
            if intent.force:
                raise CannotPlanError("--force takes pods that nothing replaces; a person does it")
            return {"target": InspectEvictions(node=one.name)}
        if canonical(one.resource) != "pods":
            raise CannotPlanError(f"the deletion of {one.as_text()} is left to people")
        if intent.force:
            raise CannotPlanError("a pod that is forced away may still run; a person does it")
        if intent.namespace is None:
            raise CannotPlanError(f"it does not say in which namespace {one.as_text()} is")
        return {"target": InspectEvictions(namespace=intent.namespace, name=one.name)}

    def plan(self, intent: DrainNodes | DeleteObjects, seen: Seen, *, now: datetime) -> Plan:
        """Return the next step of the drain, or the eviction of the pod.

        Raises:
            CannotPlanError: nothing is left to evict, or nothing would replace the pod.
        """
        del now
        look = seen["target"]
        local = isinstance(intent, DrainNodes) and intent.local_data
        drain = drain_of(look["pods"], look["budgets"], local_data=local)
        if isinstance(intent, DeleteObjects):
            if drain.left:
                raise CannotPlanError(f"pod {drain.left[0].name} is left: {drain.left[0].why}")
            return _evict(drain.evict[0], look, ())
        node = look["node"]
        name = node["metadata"]["name"]
        if not node["spec"].get("unschedulable"):
            if not drain.evict:
                raise CannotPlanError(f"no pod of node {name} can be evicted{_because(drain)}")
            return cordon_of(node, off=True, seen=seen, more=_to_come(drain))
        if not drain.evict:
            raise CannotPlanError(f"no pod of node {name} is left to evict{_because(drain)}")
        return _evict(drain.evict[0], look, tuple(_to_come(drain)))

    def foretold(self, change: Any, after: Mapping[str, Any]) -> dict[str, Any]:
        """Return the facts about the node after the cordon; none about a pod that is gone."""
        return observed(change, after) if isinstance(change, PatchObject) else {}


def _evict(pod: Mapping[str, Any], look: Mapping[str, Any], more: Sequence[str]) -> Plan:
    metadata, controller = pod["metadata"], controller_of(pod)
    if controller is None:
        raise AssertionError("a pod without a controller is left")
    try:
        change = EvictPod.model_validate(
            {
                "namespace": metadata["namespace"],
                "name": metadata["name"],
                "uid": metadata["uid"],
                "node": pod["spec"].get("nodeName", ""),
                "controller": {key: controller[key] for key in ("kind", "name", "uid")},
                "workload": look["workloads"].get(metadata["uid"]),
                "loses": tuple(local_volumes(pod)),
            }
        )
    except ValidationError as error:
        raise CannotPlanError(f"pod {metadata['name']} is on no node yet") from error
    budgets = budgets_of(pod, look["budgets"])
    if len(budgets) > 1:
        names = ", ".join(sorted(str(one["metadata"]["name"]) for one in budgets))
        raise CannotPlanError(
            f"pod {change.name} has several disruption budgets ({names}), and the server evicts "
            "no such pod; take one of them away"
        )
    return Plan(
        title=f"Evict pod {change.name} from node {change.node}",
        operation=change,
        observed=evicted_facts(pod),
        inverse=None,
        inverse_note=_NO_WAY_BACK,
        touches=(*_touched(change, pod, budgets), *more),
    )


def _touched(
    change: EvictPod, pod: Mapping[str, Any], budgets: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    serves = "takes traffic" if is_ready(pod) else "is not ready and takes no traffic"
    yield f"pod {change.name} of {change.controller.shown} {serves}; it ends in its grace period"
    yield f"{change.controller.shown} makes another one, on any node that takes it"
    if change.loses:
        yield f"what is in its volumes {', '.join(change.loses)} is lost for good"
    for one in budgets:
        status = one.get("status") or {}
        yield (
            f"the budget {one['metadata']['name']} lets {status.get('disruptionsAllowed', 0)} "
            f"pods go now ({status.get('currentHealthy', 0)} healthy, "
            f"{status.get('desiredHealthy', 0)} needed)"
        )
    if not budgets:
        yield "no disruption budget protects it"


def _to_come(drain: Drain) -> Iterator[str]:
    names = [str(pod["metadata"]["name"]) for pod in drain.evict]
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    yield f"the drain evicts {len(names)} pods, each by a proposal of its own: {shown}"
    for one in drain.left:
        if one.blocks:
            yield f"pod {one.name} in {one.namespace} stays: {one.why}"


def _because(drain: Drain) -> str:
    stay = [f"{one.name}: {one.why}" for one in drain.left if one.blocks]
    return f" ({'; '.join(stay[:5])})" if stay else ""
