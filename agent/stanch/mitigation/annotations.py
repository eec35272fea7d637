"""The strategy of `kubectl annotate`, for the one annotation that moves traffic (MIT-09)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stanch.mitigation import traffic
from stanch.mitigation.owners import OWNER
from stanch.mitigation.patches import plan_of, the_one
from stanch.mitigation.patches_reading import field_change
from stanch.mitigation.strategy import CannotPlanError, Plan, Seen
from stanch.tools.operations import Read, ReadObject
from stanch.tools.operations.kubernetes_intents import AnnotateObjects
from stanch.tools.operations.object_patch import CANARY_WEIGHT, observed, pointer
from stanch.tools.operations.owner import InspectOwner


class Annotations:
    """Sets the weight of a canary Ingress of ingress-nginx."""

    intents = (AnnotateObjects,)

    def looks(self, intent: AnnotateObjects) -> Mapping[str, Read]:
        """Return the looks at the Ingress, at those beside it, and at what stands behind them.

        Raises:
            CannotPlanError: another annotation is meant, or another object.
        """
        resource, namespace, name = the_one(intent)
        keys = [*(one.key for one in intent.assign), *intent.remove]
        if resource != "ingresses" or keys != [CANARY_WEIGHT] or namespace is None:
            raise CannotPlanError(f"annotations other than {CANARY_WEIGHT} are left to people")
        if intent.remove:
            raise CannotPlanError("set the weight to 0 in place of taking it away")
        place = {"resource": "ingresses", "namespace": namespace, "name": name}
        return {
            "target": ReadObject(**place),
            OWNER: InspectOwner(**place),
            **traffic.ingress_looks(namespace, weighs=True),
        }

    def plan(self, intent: AnnotateObjects, seen: Seen, *, now: datetime) -> Plan:
        """Return the change of the weight as it was seen.

        Raises:
            CannotPlanError: it is that already, or traffic would go where nobody is ready.
        """
        del now
        thing = seen["target"]["object"]
        path = pointer("metadata", "annotations", CANARY_WEIGHT)
        change = field_change(thing, path, intent.assign[0].value)
        if change.stays:
            raise CannotPlanError("the ingress has this weight already")
        return plan_of("ingresses", thing, [change], seen=seen)

    def foretold(self, change: Any, after: Mapping[str, Any]) -> dict[str, Any]:
        """Return the identity of the Ingress and its weight as it will be."""
        return observed(change, after)
