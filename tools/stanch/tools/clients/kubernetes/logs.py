"""Reading the logs of several pods side by side, the newest lines first to be kept."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from stanch.tools.clients.cap import Cap
from stanch.tools.clients.kubernetes.catalog import Catalog
from stanch.tools.clients.kubernetes.kinds import DEPLOYMENTS, PODS, REPLICA_SETS
from stanch.tools.clients.kubernetes.objects import name_of, owned_by, selector_of, uid_of
from stanch.tools.clients.kubernetes.requests import NoRightError, RefusalError, Request
from stanch.tools.clients.kubernetes.visit import Visit
from stanch.tools.clients.patience import NoAnswerError
from stanch.tools.errors import OperationRefusedError, ToolError
from stanch.tools.operations import ReadLogs
from stanch.tools.operations.kubernetes_names import ObjectRef
from stanch.tools.operations.selectors import as_text

_DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"
_STAMP = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?(.*)", re.DOTALL
)
_LEAST = 4_096


@dataclass(frozen=True, slots=True)
class _Stream:
    """The lines of one container, or why there are none."""

    pod: dict[str, Any]
    container: str
    lines: list[dict[str, str]]
    error: ToolError | None = None
    cut: bool = False


def read_logs(
    operation: ReadLogs, catalog: Catalog, visit: Visit, size: int
) -> tuple[dict[str, Any], str, bool]:
    """Return the data, one line about it, and whether lines were cut to stay under `size` bytes.

    Raises:
        OperationRefusedError: the pods cannot be found, or the right to read logs is missing.
        TargetUnreachableError: the cluster gave no answer for any pod.
    """
    matching = _pods(operation, catalog, visit)
    pods = matching[: operation.pods]
    places = [(pod, container) for pod in pods for container in _containers(operation, pod)]
    share = max(size // max(len(places), 1), _LEAST)
    reads = [partial(_stream, operation, visit, *place, size=share) for place in places]
    streams = visit.side_by_side(*reads) if reads else []
    errors = [stream.error for stream in streams if stream.error is not None]
    if streams and len(errors) == len(streams) and isinstance(errors[0], NoAnswerError):
        raise errors[0]
    read = [stream for stream in streams if stream.error is None]
    data = {
        "streams": [_entry(stream) for stream in read],
        "not_read": [_absence(stream) for stream in streams if stream.error is not None],
    }
    lines = sum(len(stream.lines) for stream in read)
    shown = len({name_of(stream.pod) for stream in read})
    text = f"{lines} log lines of {shown} pods in {operation.namespace}"
    if len(matching) > len(pods):
        text += f" (the newest {len(pods)} of {len(matching)} pods)"
    if errors:
        text += f"; {len(errors)} could not be read"
    return data, text, any(stream.cut for stream in streams)


def pods_of(
    deployment: dict[str, Any], replica_sets: Sequence[dict[str, Any]], visit: Visit, cap: Cap
) -> list[dict[str, Any]]:
    """Return the pods that the deployment owns through its ReplicaSets."""
    owners = {uid_of(item) for item in replica_sets}
    namespace = deployment["metadata"]["namespace"]
    found = visit.items(PODS, namespace, labels=selector_of(deployment), cap=cap)
    return cap.first(pod for pod in found if owned_by(pod, owners))


def replica_sets_of(deployment: dict[str, Any], visit: Visit, cap: Cap) -> list[dict[str, Any]]:
    """Return the ReplicaSets that the deployment owns."""
    namespace, owner = deployment["metadata"]["namespace"], {uid_of(deployment)}
    found = visit.items(REPLICA_SETS, namespace, labels=selector_of(deployment), cap=cap)
    return cap.first(item for item in found if owned_by(item, owner))


def _pods(operation: ReadLogs, catalog: Catalog, visit: Visit) -> list[dict[str, Any]]:
    namespace = operation.namespace
    if operation.pod is not None:
        return [visit.get(PODS, namespace, operation.pod)]
    # Only names and labels of the pods are used, so this cap is not the answer's.
    cap = Cap(64 * 1024 * 1024)
    if operation.deployment is not None:
        deployment = visit.get(DEPLOYMENTS, namespace, operation.deployment)
        found = pods_of(deployment, replica_sets_of(deployment, visit, cap), visit, cap)
    elif operation.owner is not None:
        found = _pods_behind(operation.owner, namespace, catalog, visit, cap)
    else:
        found = list(visit.items(PODS, namespace, labels=as_text(operation.labels), cap=cap))
    found.sort(key=name_of)
    found.sort(key=lambda pod: str(pod["metadata"].get("creationTimestamp", "")), reverse=True)
    return found


def _pods_behind(
    owner: ObjectRef, namespace: str, catalog: Catalog, visit: Visit, cap: Cap
) -> list[dict[str, Any]]:
    """Return the pods of a workload or of a service.

    Raises:
        OperationRefusedError: it selects none.
    """
    thing = visit.get(catalog.find(owner.resource, visit), namespace, owner.name)
    selector = (thing.get("spec") or {}).get("selector") or {}
    plain = selector and not {"matchLabels", "matchExpressions"} & selector.keys()
    labels = ",".join(f"{key}={value}" for key, value in selector.items())
    chosen = labels if plain else selector_of(thing)
    if not chosen:
        raise OperationRefusedError(f"{owner.as_text()} selects no pods. Name a pod instead.")
    found = visit.items(PODS, namespace, labels=chosen, cap=cap)
    if plain:
        return list(found)
    return [pod for pod in found if owned_by(pod, {uid_of(thing)})]


def _containers(operation: ReadLogs, pod: dict[str, Any]) -> list[str]:
    if not operation.all_containers:
        return [operation.container or _container(pod)]
    lists = ("initContainers", "containers", "ephemeralContainers")
    return [str(one["name"]) for key in lists for one in pod["spec"].get(key) or ()]


def _stream(
    operation: ReadLogs, visit: Visit, pod: dict[str, Any], container: str, *, size: int
) -> _Stream:
    query = {"container": container, "timestamps": "true", "tailLines": str(operation.tail)}
    if operation.since_seconds is not None:
        query["sinceSeconds"] = str(operation.since_seconds)
    if operation.since_time is not None:
        query["sinceTime"] = operation.since_time
    if operation.previous:
        query["previous"] = "true"
    request = Request(
        verb="get",
        kind=PODS,
        namespace=operation.namespace,
        name=name_of(pod),
        subresource="log",
        query=query,
        most=size,
        keep="end",
    )
    try:
        answer = visit.read(request)
    except (OperationRefusedError, NoAnswerError) as error:
        if isinstance(error, NoRightError):
            raise
        return _Stream(pod, container, [], error)
    text = answer.body.decode(errors="replace")
    if answer.cut:
        text = text.partition("\n")[2]
    return _Stream(pod, container, lines_of(text), cut=answer.cut)


def lines_of(text: str) -> list[dict[str, str]]:
    """Return the lines of a log that the server stamped, each as {"at", "text"}.

    A line without a stamp belongs to the one before it; with none before it, its time
    is not known and `at` is empty.
    """
    lines: list[dict[str, str]] = []
    for line in text.split("\n"):
        if not line:
            continue
        if stamped := _STAMP.fullmatch(line):
            lines.append({"at": stamped[1], "text": stamped[2].rstrip("\r")})
        else:
            at = lines[-1]["at"] if lines else ""
            lines.append({"at": at, "text": line.rstrip("\r")})
    return lines


def _container(pod: dict[str, Any]) -> str:
    """The container that `kubectl logs` would read."""
    chosen = (pod["metadata"].get("annotations") or {}).get(_DEFAULT_CONTAINER)
    names = [str(container["name"]) for container in pod["spec"]["containers"]]
    return chosen if chosen in names else names[0]


def _entry(stream: _Stream) -> dict[str, Any]:
    return {
        "pod": name_of(stream.pod),
        "container": stream.container,
        "labels": stream.pod["metadata"].get("labels") or {},
        "lines": stream.lines,
    }


def _absence(stream: _Stream) -> dict[str, str]:
    error = stream.error
    reason = error.said if isinstance(error, RefusalError) else str(error)
    return {"pod": name_of(stream.pod), "container": stream.container, "reason": reason}
