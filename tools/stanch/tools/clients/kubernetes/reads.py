"""Each read operation of a cluster, and the data that its docstring promises."""

from functools import partial
from typing import Any, assert_never

from stanch.tools.clients.cap import Cap
from stanch.tools.clients.kubernetes import (
    argo,
    config_maps,
    evictable,
    owner,
    questions,
    secrets,
    sets,
    several,
    workloads,
)
from stanch.tools.clients.kubernetes.catalog import Catalog
from stanch.tools.clients.kubernetes.describe import describe
from stanch.tools.clients.kubernetes.found import Found
from stanch.tools.clients.kubernetes.kinds import (
    AUTOSCALERS,
    DEPLOYMENTS,
    NODE_USAGE,
    OLD_AUTOSCALERS,
    POD_USAGE,
    PODS,
    Kind,
)
from stanch.tools.clients.kubernetes.logs import read_logs, replica_sets_of
from stanch.tools.clients.kubernetes.objects import cleaned, owned_by, scales, selector_of, uid_of
from stanch.tools.clients.kubernetes.requests import NotFoundError
from stanch.tools.clients.kubernetes.rollout import newest_first, revisions_of, status_of
from stanch.tools.clients.kubernetes.usage import node_usage, pod_usage
from stanch.tools.clients.kubernetes.visit import Visit
from stanch.tools.clients.kubernetes.waiting import wait
from stanch.tools.errors import OperationRefusedError
from stanch.tools.operations.argo import ReadApplication
from stanch.tools.operations.config_restore import InspectConfigMap
from stanch.tools.operations.exec import ExecRead
from stanch.tools.operations.kubernetes import (
    DescribeObject,
    InspectWorkload,
    ListEvents,
    ListObjects,
    ReadLogs,
    ReadObject,
    RolloutHistory,
    RolloutStatus,
    TopNodes,
    TopPods,
)
from stanch.tools.operations.kubernetes_evictable import InspectEvictions
from stanch.tools.operations.kubernetes_reads import KubernetesRead
from stanch.tools.operations.kubernetes_server import (
    CanI,
    ListApiResources,
    ListApiVersions,
    ReadVersion,
    WhoAmI,
)
from stanch.tools.operations.kubernetes_sets import InspectSet
from stanch.tools.operations.kubernetes_several import DescribeSeveral, ListSeveral, ReadSeveral
from stanch.tools.operations.kubernetes_waits import (
    WaitFor,
    WorkloadRolloutHistory,
    WorkloadRolloutStatus,
)
from stanch.tools.operations.owner import InspectOwner
from stanch.tools.operations.secret_restore import InspectSecrets
from stanch.tools.operations.selectors import as_text

_ROOM = 64 * 1024 * 1024
"""For objects that are looked through and not all kept."""


def read(  # noqa: C901, PLR0911, PLR0912 - a dispatch
    operation: KubernetesRead, visit: Visit, size: int, *, catalog: Catalog
) -> Found:
    """Return what `operation` finds, in at most about `size` bytes."""
    cap = Cap(size)
    match operation:
        case ListObjects():
            return _list(operation, catalog, visit, cap)
        case ReadObject():
            return _object(operation, catalog, visit, cap)
        case DescribeObject():
            kind, thing = _get(operation, catalog, visit)
            return describe(kind, thing, visit, cap)
        case ReadLogs():
            return Found(*read_logs(operation, catalog, visit, size))
        case ListEvents():
            return _events(operation, visit, cap)
        case RolloutHistory():
            return _history(operation, visit, cap)
        case RolloutStatus():
            return _status(operation, visit, cap)
        case TopPods():
            return _top_pods(operation, visit, cap)
        case TopNodes():
            return _top_nodes(operation, visit, cap)
        case InspectWorkload():
            return _workload(operation, visit, cap)
        case ListSeveral():
            return several.list_several(operation, catalog, visit, cap)
        case ReadSeveral():
            return several.read_several(operation, catalog, visit, cap)
        case DescribeSeveral():
            return several.describe_several(operation, catalog, visit, cap)
        case WorkloadRolloutStatus():
            return workloads.status(operation, catalog, visit, cap)
        case WorkloadRolloutHistory():
            return workloads.history(operation, catalog, visit, cap)
        case WaitFor():
            return wait(operation, catalog, visit)
        case CanI():
            return questions.can_i(operation, catalog, visit, cap)
        case WhoAmI():
            return questions.whoami(visit)
        case ListApiResources():
            return questions.api_resources(operation, catalog, visit, cap)
        case ListApiVersions():
            return questions.api_versions(catalog, visit)
        case ReadVersion():
            return questions.version(visit)
        case InspectSet():
            return sets.inspect(operation, visit, cap)
        case InspectEvictions():
            return evictable.inspect(operation, visit, cap)
        case InspectOwner():
            return owner.inspect(operation, catalog, visit)
        case InspectConfigMap():
            return config_maps.inspect(operation, visit, cap)
        case InspectSecrets():
            return secrets.inspect(operation, catalog, visit)
        case ReadApplication():
            return argo.read_application(operation, visit)
        case ExecRead():
            raise OperationRefusedError(
                "stanch opens no session into a container yet. Run it yourself: "
                f"{operation.as_text()}"
            )
        case _:
            assert_never(operation)


def _list(operation: ListObjects, catalog: Catalog, visit: Visit, cap: Cap) -> Found:
    kind = catalog.find(operation.resource, visit)
    namespace = operation.namespace if kind.namespaced else None
    labels, fields = as_text(operation.labels), as_text(operation.fields)
    found = _items(visit, kind, namespace, labels=labels, fields=fields, cap=cap)
    where = f" in {namespace}" if namespace else ""
    return Found({"items": found}, f"{len(found)} {operation.resource}{where}", cap.truncated)


def _object(operation: ReadObject, catalog: Catalog, visit: Visit, cap: Cap) -> Found:
    thing = cap.shortened(_get(operation, catalog, visit)[1])
    return Found({"object": thing}, f"{operation.resource}/{operation.name}", cap.truncated)


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
    if operation.name is not None:
        one = visit.get(POD_USAGE, operation.namespace, operation.name)
        return Found({"items": [pod_usage(one)]}, f"usage of pod {operation.name}")
    labels = as_text(operation.labels)
    found = visit.items(POD_USAGE, operation.namespace, labels=labels, cap=cap)
    everywhere = operation.namespace is None
    items = cap.first(_placed(item) if everywhere else pod_usage(item) for item in found)
    text = f"usage of {len(items)} pods in {operation.namespace or 'all namespaces'}"
    return Found({"items": items}, text, cap.truncated)


def _placed(item: dict[str, Any]) -> dict[str, Any]:
    return {"namespace": item["metadata"].get("namespace", ""), **pod_usage(item)}


def _top_nodes(operation: TopNodes, visit: Visit, cap: Cap) -> Found:
    if operation.name is not None:
        one = visit.get(NODE_USAGE, None, operation.name)
        return Found({"items": [node_usage(one)]}, f"usage of node {operation.name}")
    found = visit.items(NODE_USAGE, None, labels=as_text(operation.labels), cap=cap)
    items = cap.first(node_usage(item) for item in found)
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


def _get(
    operation: ReadObject | DescribeObject, catalog: Catalog, visit: Visit
) -> tuple[Kind, dict[str, Any]]:
    kind = catalog.find(operation.resource, visit)
    namespace = operation.namespace if kind.namespaced else None
    if kind.namespaced and namespace is None:
        where = f"{operation.resource}/{operation.name}"
        raise OperationRefusedError(f"Say in which namespace {where} is.")
    try:
        return kind, cleaned(visit.get(kind, namespace, operation.name), kind.plural)
    except NotFoundError:
        if kind is not AUTOSCALERS:
            raise
        old = visit.get(OLD_AUTOSCALERS, namespace, operation.name)
        return kind, cleaned(old, kind.plural)


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
