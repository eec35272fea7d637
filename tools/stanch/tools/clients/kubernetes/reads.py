"""Each read operation of a cluster, and the data that its docstring promises."""

from functools import partial
from typing import Any, NamedTuple, assert_never

from stanch.tools.clients.cap import Cap
from stanch.tools.clients.kubernetes.kinds import (
    AUTOSCALERS,
    DEPLOYMENTS,
    KINDS,
    NAMES,
    NODE_USAGE,
    OLD_AUTOSCALERS,
    POD_USAGE,
    PODS,
    Kind,
)
from stanch.tools.clients.kubernetes.logs import pods_of, read_logs, replica_sets_of
from stanch.tools.clients.kubernetes.objects import cleaned, owned_by, scales, selector_of, uid_of
from stanch.tools.clients.kubernetes.requests import NotFoundError
from stanch.tools.clients.kubernetes.rollout import newest_first, revisions_of, status_of
from stanch.tools.clients.kubernetes.usage import node_usage, pod_usage
from stanch.tools.clients.kubernetes.visit import Visit
from stanch.tools.errors import OperationRefusedError
from stanch.tools.operations import (
    DescribeObject,
    InspectWorkload,
    KubernetesRead,
    ListEvents,
    ListObjects,
    ReadLogs,
    ReadObject,
    RolloutHistory,
    RolloutStatus,
    TopNodes,
    TopPods,
)
from stanch.tools.operations.kubernetes import CLUSTER_SCOPED
from stanch.tools.operations.selectors import as_text

_ROOM = 64 * 1024 * 1024
"""For objects that are looked through and not all kept."""


class Found(NamedTuple):
    """What a read found: its data, one line about it, and whether it was cut short."""

    data: dict[str, Any]
    text: str
    truncated: bool = False


def read(operation: KubernetesRead, visit: Visit, size: int) -> Found:  # noqa: C901, PLR0911 - a dispatch
    """Return what `operation` finds, in at most about `size` bytes."""
    match operation:
        case ListObjects():
            return _list(operation, visit, Cap(size))
        case ReadObject():
            return _object(operation, visit, Cap(size))
        case DescribeObject():
            return _describe(operation, visit, Cap(size))
        case ReadLogs():
            return Found(*read_logs(operation, visit, size))
        case ListEvents():
            return _events(operation, visit, Cap(size))
        case RolloutHistory():
            return _history(operation, visit, Cap(size))
        case RolloutStatus():
            return _status(operation, visit, Cap(size))
        case TopPods():
            return _top_pods(operation, visit, Cap(size))
        case TopNodes():
            return _top_nodes(visit, Cap(size))
        case InspectWorkload():
            return _workload(operation, visit, Cap(size))
        case _:
            assert_never(operation)


def _list(operation: ListObjects, visit: Visit, cap: Cap) -> Found:
    kind = KINDS[operation.resource]
    namespace = None if operation.resource in CLUSTER_SCOPED else operation.namespace
    labels, fields = as_text(operation.labels), as_text(operation.fields)
    found = _items(visit, kind, namespace, labels=labels, fields=fields, cap=cap)
    where = f" in {namespace}" if namespace else ""
    return Found({"items": found}, f"{len(found)} {operation.resource}{where}", cap.truncated)


def _object(operation: ReadObject, visit: Visit, cap: Cap) -> Found:
    thing = cap.shortened(_get(operation, visit))
    return Found({"object": thing}, f"{operation.resource}/{operation.name}", cap.truncated)


def _describe(operation: DescribeObject, visit: Visit, cap: Cap) -> Found:
    thing = _get(operation, visit)
    owner = uid_of(thing)
    fields = f"involvedObject.kind={NAMES[operation.resource]},involvedObject.name={operation.name}"
    # Events of nodes stand in the namespace `default` and name no UID.
    namespace = None if operation.resource in CLUSTER_SCOPED else operation.namespace

    shown = cap.shortened(thing)
    events_cap = Cap(cap.left // 2)
    events = visit.events(namespace, fields, events_cap)
    if namespace is not None:
        events = [e for e in events if e["involvedObject"].get("uid") in {None, "", owner}]
    replica_sets: list[dict[str, Any]] = []
    pods: list[dict[str, Any]] = []
    owned_cap = Cap(cap.left - cap.left // 2)
    if operation.resource == "deployments":
        replica_sets = newest_first(replica_sets_of(thing, visit, owned_cap))
        pods = pods_of(thing, replica_sets, visit, owned_cap)
    elif operation.resource == "replicasets":
        found = visit.items(PODS, namespace, labels=selector_of(thing), cap=owned_cap)
        pods = owned_cap.first(pod for pod in found if owned_by(pod, {owner}))
    data = {"object": shown, "events": events, "pods": pods, "replicasets": replica_sets}
    text = f"{operation.resource}/{operation.name} with {len(events)} events and {len(pods)} pods"
    return Found(data, text, cap.truncated or events_cap.truncated or owned_cap.truncated)


def _events(operation: ListEvents, visit: Visit, cap: Cap) -> Found:
    fields = [
        f"involvedObject.kind={operation.about_kind}" if operation.about_kind else "",
        f"involvedObject.name={operation.about_name}" if operation.about_name else "",
        "type=Warning" if operation.warnings_only else "",
    ]
    found = visit.events(operation.namespace, ",".join(filter(None, fields)), cap)
    return Found({"items": found}, f"{len(found)} events in {operation.namespace}", cap.truncated)


def _history(operation: RolloutHistory, visit: Visit, cap: Cap) -> Found:
    deployment = cleaned(visit.get(DEPLOYMENTS, operation.namespace, operation.name))
    # Which ReplicaSet is the current one can only be told from all of them.
    everything = Cap(_ROOM)
    replica_sets = replica_sets_of(deployment, visit, everything)
    shown = cap.shortened(deployment)
    revisions = cap.first(revisions_of(deployment, replica_sets))
    text = f"{len(revisions)} revisions of deployment {operation.name}"
    truncated = cap.truncated or everything.truncated
    return Found({"deployment": shown, "revisions": revisions}, text, truncated)


def _status(operation: RolloutStatus, visit: Visit, cap: Cap) -> Found:
    deployment = cleaned(visit.get(DEPLOYMENTS, operation.namespace, operation.name))
    state, message = status_of(deployment)
    data = {"deployment": cap.shortened(deployment), "state": state, "message": message}
    return Found(data, message, cap.truncated)


def _top_pods(operation: TopPods, visit: Visit, cap: Cap) -> Found:
    labels = as_text(operation.labels)
    found = visit.items(POD_USAGE, operation.namespace, labels=labels, cap=cap)
    items = cap.first(pod_usage(item) for item in found)
    text = f"usage of {len(items)} pods in {operation.namespace}"
    return Found({"items": items}, text, cap.truncated)


def _top_nodes(visit: Visit, cap: Cap) -> Found:
    items = cap.first(node_usage(item) for item in visit.items(NODE_USAGE, None, cap=cap))
    return Found({"items": items}, f"usage of {len(items)} nodes", cap.truncated)


def _workload(operation: InspectWorkload, visit: Visit, cap: Cap) -> Found:
    namespace, name = operation.namespace, operation.name
    deployment = cleaned(visit.get(DEPLOYMENTS, namespace, name))
    rooms = [Cap(_ROOM) for _ in range(3)]
    replica_sets, pods, autoscalers = visit.side_by_side(
        partial(replica_sets_of, deployment, visit, rooms[0]),
        partial(_items, visit, PODS, namespace, labels=selector_of(deployment), cap=rooms[1]),
        partial(_items, visit, AUTOSCALERS, namespace, cap=rooms[2]),
    )
    owners = {uid_of(item) for item in replica_sets}
    # Counted in the order of what a change cannot do without: pods are the first to be cut.
    data = {
        "deployment": cap.shortened(deployment),
        "replica_sets": cap.first(newest_first(replica_sets)),
        "autoscalers": cap.first(item for item in autoscalers if scales(item, name)),
        "pods": cap.first(pod for pod in pods if owned_by(pod, owners)),
    }
    text = (
        f"deployment {name} with {len(data['replica_sets'])} revisions, "
        f"{len(data['pods'])} pods and {len(data['autoscalers'])} autoscalers"
    )
    return Found(data, text, cap.truncated or any(room.truncated for room in rooms))


def _get(operation: ReadObject | DescribeObject, visit: Visit) -> dict[str, Any]:
    resource = operation.resource
    if resource in CLUSTER_SCOPED:
        return cleaned(visit.get(KINDS[resource], None, operation.name))
    if operation.namespace is None:
        raise OperationRefusedError(f"Say in which namespace {resource}/{operation.name} is.")
    try:
        return cleaned(visit.get(KINDS[resource], operation.namespace, operation.name))
    except NotFoundError:
        if KINDS[resource] is not AUTOSCALERS:
            raise
        return cleaned(visit.get(OLD_AUTOSCALERS, operation.namespace, operation.name))


def _items(
    visit: Visit,
    kind: Kind,
    namespace: str | None,
    *,
    labels: str = "",
    fields: str = "",
    cap: Cap,
) -> list[dict[str, Any]]:
    try:
        return cap.first(visit.items(kind, namespace, labels=labels, fields=fields, cap=cap))
    except NotFoundError:
        # Clusters before 1.23 know autoscalers only in their first version.
        if kind is not AUTOSCALERS:
            raise
        return _items(visit, OLD_AUTOSCALERS, namespace, labels=labels, fields=fields, cap=cap)
