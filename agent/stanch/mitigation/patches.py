"""The strategy of `kubectl patch`: the fields of one object, each with its value before and after.

The earlier values that the way back puts in place are those that the look showed. What an
object held before somebody else changed it is known only if the runbook's patch says it.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, get_args

from pydantic import ValidationError

from stanch.mitigation import traffic
from stanch.mitigation.owners import OWNER, of_object
from stanch.mitigation.patches_reading import changes_of
from stanch.mitigation.patches_touches import fields_in_words, touches
from stanch.mitigation.strategy import CannotPlanError, Plan, Seen
from stanch.tools.operations import FieldChange, ListObjects, PatchObject, Read, ReadObject
from stanch.tools.operations.kubernetes_choice import ChangeChosen
from stanch.tools.operations.kubernetes_intents import PatchObjects
from stanch.tools.operations.kubernetes_names import canonical
from stanch.tools.operations.object_patch import Resource, observed
from stanch.tools.operations.owner import InspectOwner
from stanch.tools.operations.selectors import FieldRequirement

_RESOURCES: Final = frozenset(get_args(Resource))
_SINGULAR: Final = {
    "services": "service",
    "configmaps": "config map",
    "horizontalpodautoscalers": "autoscaler",
    "resourcequotas": "quota",
    "ingresses": "ingress",
    "networkpolicies": "network policy",
    "nodes": "node",
    "deployments": "deployment",
    "statefulsets": "stateful set",
    "daemonsets": "daemon set",
}


class Patches:
    """Changes fields of one object."""

    intents = (PatchObjects,)

    def looks(self, intent: PatchObjects) -> Mapping[str, Read]:
        """Return the look at the object, and at what depends on it where that is little."""
        if intent.subresource is not None:
            raise CannotPlanError(f"the subresource {intent.subresource} is left to people")
        resource, namespace, name = the_one(intent)
        target = ReadObject(resource=resource, namespace=namespace, name=name)
        owner = InspectOwner(resource=resource, namespace=namespace, name=name)
        looks: dict[str, Read] = {"target": target}
        looks |= {} if resource == "nodes" else {OWNER: owner}
        if resource == "services":
            only = (FieldRequirement(path="metadata.name", operator="=", value=name),)
            looks["endpoints"] = ListObjects(resource="endpoints", namespace=namespace, fields=only)
        if namespace is not None:
            looks |= traffic.looks(resource, namespace, intent.patch)
        if resource == "configmaps":
            looks["deployments"] = ListObjects(resource="deployments", namespace=namespace)
        return looks

    def plan(self, intent: PatchObjects, seen: Seen, *, now: datetime) -> Plan:
        """Return the exact fields that the patch changes of the object as it was seen."""
        del now
        thing = seen["target"]["object"]
        changes = changes_of(json.loads(intent.patch), intent.type, thing)
        return plan_of(the_one(intent)[0], thing, changes, seen=seen)

    def foretold(self, change: Any, after: Mapping[str, Any]) -> dict[str, Any]:
        """Return the identity of the object and the fields of the change as they will be."""
        return observed(change, after)


def plan_of(
    resource: str,
    thing: Mapping[str, Any],
    changes: Sequence[FieldChange],
    *,
    seen: Seen,
    title: str | None = None,
) -> Plan:
    """Return the plan that makes `changes` of the object `thing`.

    Raises:
        CannotPlanError: it is being deleted, a field is one that is left to people, or its
            owner would put the change back, or traffic would go where nobody is.
    """
    metadata = thing["metadata"]
    if metadata.get("deletionTimestamp"):
        raise CannotPlanError(f"{metadata['name']} is being deleted")
    led = traffic.check(resource, thing, changes, seen=seen)
    owned = of_object(thing, f"{_SINGULAR[resource]} {metadata['name']}", seen.get(OWNER))
    try:
        change = PatchObject.model_validate(
            {
                "resource": resource,
                "namespace": metadata.get("namespace"),
                "name": metadata["name"],
                "uid": metadata["uid"],
                "changes": tuple(changes),
                "behind": traffic.led_to(resource, thing, changes, seen=seen),
            }
        )
    except ValidationError as error:
        why = "; ".join(str(one["msg"]).removeprefix("Value error, ") for one in error.errors())
        raise CannotPlanError(f"{why}; a person may do it") from error
    workload = resource in {"deployments", "statefulsets"}
    status = thing.get("status") or {}
    return Plan(
        title=title or f"Change {_SINGULAR[resource]} {change.name}: {fields_in_words(changes)}",
        operation=change,
        observed=observed(change, thing)
        | ({"ready": dict.fromkeys(change.behind, True)} if change.behind else {}),
        inverse=change.inverse,
        inverse_note="puts the values back that were there when it was looked at",
        touches=(*touches(change, thing, seen), *led, *owned),
        ready=int(status.get("readyReplicas") or 0) if workload else None,
        capacity=int(thing["spec"].get("replicas", 1)) if workload else 0,
    )


def the_one(intent: ChangeChosen) -> tuple[str, str | None, str]:
    """Return resource, namespace and name of the one object that the intent is about.

    Raises:
        CannotPlanError: it is about several, or about one whose fields are left to people.
    """
    if len(intent.objects) != 1:
        raise CannotPlanError("it is for more than one object, and each change is of one")
    one = intent.objects[0]
    resource = canonical(one.resource)
    if resource not in _RESOURCES:
        raise CannotPlanError(f"the fields of {one.resource} are left to people")
    if resource == "nodes":
        return resource, None, one.name
    if intent.namespace is None:
        raise CannotPlanError(f"it does not say in which namespace {one.as_text()} is")
    return resource, intent.namespace, one.name
