"""The strategy of `kubectl cordon` and `uncordon`: no new pods on a node, or again some."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from stanch.mitigation.patches import plan_of, the_one
from stanch.mitigation.strategy import CannotPlanError, Plan, Seen
from stanch.tools.operations import FieldChange, Read, ReadObject
from stanch.tools.operations.kubernetes_nodes import CordonNodes
from stanch.tools.operations.object_patch import observed

_PATH = "/spec/unschedulable"


class Nodes:
    """Keeps new pods off one node, or lets them on again."""

    intents = (CordonNodes,)

    def looks(self, intent: CordonNodes) -> Mapping[str, Read]:
        """Return the look at the node."""
        resource, _, name = the_one(intent)
        return {"target": ReadObject(resource=resource, name=name)}

    def plan(self, intent: CordonNodes, seen: Seen, *, now: datetime) -> Plan:
        """Return the change of the one field that says whether pods are placed there."""
        del now
        node = seen["target"]["object"]
        name, off = node["metadata"]["name"], bool(node["spec"].get("unschedulable"))
        if off is not intent.lift:
            raise CannotPlanError(f"node {name} takes {'no' if off else 'new'} pods already")
        return cordon_of(node, off=not off, seen=seen)

    def foretold(self, change: Any, after: Mapping[str, Any]) -> dict[str, Any]:
        """Return the identity of the node and whether it takes pods."""
        return observed(change, after)


def cordon_of(node: Mapping[str, Any], *, off: bool, seen: Seen, more: Iterable[str] = ()) -> Plan:
    """Return the change of the one field that says whether pods are placed on a node.

    `more` are sentences about what follows.
    """
    name, before = node["metadata"]["name"], node["spec"].get("unschedulable")
    change = FieldChange(path=_PATH, before=before or None, after=True if off else None)
    title = f"Keep new pods off node {name}" if off else f"Let new pods on node {name} again"
    made = plan_of("nodes", node, (change,), seen=seen, title=title)
    return replace(made, touches=(*made.touches, *more))
