"""A stateful set or daemon set with its revisions, pods and autoscalers, in one look."""

from functools import partial
from typing import Any

from stanch.tools.clients.cap import Cap
from stanch.tools.clients.kubernetes.found import Found
from stanch.tools.clients.kubernetes.kinds import (
    AUTOSCALERS,
    OLD_AUTOSCALERS,
    PODS,
    REVISIONS,
    WORKLOADS,
)
from stanch.tools.clients.kubernetes.objects import cleaned, owned_by, scales, selector_of, uid_of
from stanch.tools.clients.kubernetes.requests import NotFoundError
from stanch.tools.clients.kubernetes.visit import Visit
from stanch.tools.operations.controller_revisions import newest_first
from stanch.tools.operations.kubernetes_sets import InspectSet

_ROOM = 64 * 1024 * 1024


def inspect(operation: InspectSet, visit: Visit, cap: Cap) -> Found:
    """Return the set with all that a change of it must know."""
    kind, namespace, name = WORKLOADS[operation.resource], operation.namespace, operation.name
    workload = cleaned(visit.get(kind, namespace, name))
    owner, labels = {uid_of(workload)}, selector_of(workload)
    rooms = [Cap(_ROOM) for _ in range(3)]

    def owned(what: str, room: Cap) -> list[dict[str, Any]]:
        held = {"revisions": REVISIONS, "pods": PODS}[what]
        found = visit.items(held, namespace, labels=labels, cap=room)
        return room.first(one for one in found if owned_by(one, owner))

    revisions, pods, autoscalers = visit.side_by_side(
        partial(owned, "revisions", rooms[0]),
        partial(owned, "pods", rooms[1]),
        partial(autoscalers_of, visit, namespace, rooms[2]),
    )
    # Counted in the order of what a change cannot do without: pods are the first to be cut.
    data = {
        "workload": cap.shortened(workload),
        "revisions": cap.first(newest_first(revisions)),
        "autoscalers": cap.first(one for one in autoscalers if scales(one, name, kind.name)),
        "pods": cap.first(pods),
    }
    text = (
        f"{operation.resource}/{name} with {len(data['revisions'])} revisions, "
        f"{len(data['pods'])} pods and {len(data['autoscalers'])} autoscalers"
    )
    return Found(data, text, cap.truncated or any(room.truncated for room in rooms))


def autoscalers_of(visit: Visit, namespace: str, cap: Cap) -> list[dict[str, Any]]:
    """Return all autoscalers of a namespace, on clusters before 1.23 in their first version."""
    try:
        return cap.first(visit.items(AUTOSCALERS, namespace, cap=cap))
    except NotFoundError:
        return cap.first(visit.items(OLD_AUTOSCALERS, namespace, cap=cap))
