"""Rows for `kubectl get`: the columns that the API server prints for each kind."""

from collections.abc import Callable
from typing import Any, TypeAlias

from stanch.sandbox.cluster.kinds import Kind
from stanch.sandbox.cluster.selectors import selector_text
from stanch.sandbox.cluster.table_pods import pod_cells
from stanch.sandbox.cluster.times import seconds, span

Cells: TypeAlias = list[Any]
# Name of a column, with a "+" before those that only `-o wide` shows.
_COLUMNS: dict[str, str] = {
    "Pod": "Name|Ready|Status|Restarts|Age|+IP|+Node|+Nominated Node|+Readiness Gates",
    "Deployment": "Name|Ready|Up-to-date|Available|Age|+Containers|+Images|+Selector",
    "ReplicaSet": "Name|Desired|Current|Ready|Age|+Containers|+Images|+Selector",
    "Service": "Name|Type|Cluster-IP|External-IP|Port(s)|Age|+Selector",
    "Endpoints": "Name|Endpoints|Age",
    "Namespace": "Name|Status|Age",
    "Node": "Name|Status|Roles|Age|Version|+Internal-IP|+External-IP|+OS-Image|"
    "+Kernel-Version|+Container-Runtime",
    "ConfigMap": "Name|Data|Age",
    "Secret": "Name|Type|Data|Age",
    "ServiceAccount": "Name|Secrets|Age",
    "Event": "Last Seen|Type|Reason|Object|+Subobject|+Source|Message|+First Seen|+Count|+Name",
    "HorizontalPodAutoscaler": "Name|Reference|Targets|MinPods|MaxPods|Replicas|Age",
    "Lease": "Name|Holder|Age",
    "NetworkPolicy": "Name|Pod-Selector|Age",
    "StatefulSet": "Name|Ready|Age|+Containers|+Images",
    "DaemonSet": "Name|Desired|Current|Ready|Up-to-date|Available|Node Selector|Age|+Containers"
    "|+Images|+Selector",
    "ControllerRevision": "Name|Controller|Revision|Age",
    "PodDisruptionBudget": "Name|Min Available|Max Unavailable|Allowed Disruptions|Age",
}
_NONE = "<none>"


def table(
    kind: Kind, objects: list[dict[str, Any]], *, now: float, include: str = "Metadata"
) -> dict[str, Any]:
    """Return a Table of `objects`; `now` in Unix seconds is what ages are counted to.

    `include` says what a row carries beside its cells: None, Metadata or Object.
    """
    cells = _CELLS.get(kind.kind, _plain)
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": _revision(objects)},
        "columnDefinitions": _columns(kind.kind),
        "rows": [{"cells": cells(obj, now), **_carried(obj, include)} for obj in objects],
    }


def _revision(objects: list[dict[str, Any]]) -> str:
    return str(objects[0]["metadata"].get("resourceVersion", "")) if len(objects) == 1 else ""


def _columns(kind: str) -> list[dict[str, Any]]:
    return [
        {
            "name": name.lstrip("+"),
            "type": "string",
            "format": "name" if name == "Name" else "",
            "description": "",
            "priority": int(name.startswith("+")),
        }
        for name in _COLUMNS.get(kind, "Name|Age").split("|")
    ]


def _carried(obj: dict[str, Any], include: str) -> dict[str, Any]:
    if include == "None":
        return {}
    if include == "Object":
        return {"object": obj}
    head = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}
    return {"object": {**head, "metadata": obj["metadata"]}}


def _age(obj: dict[str, Any], now: float) -> str:
    created = obj["metadata"].get("creationTimestamp")
    return span(now - seconds(created)) if created else "<unknown>"


def _plain(obj: dict[str, Any], now: float) -> Cells:
    return [obj["metadata"]["name"], _age(obj, now)]


def _pod(obj: dict[str, Any], now: float) -> Cells:
    ready, status, restarts, wide = pod_cells(obj, now=now)
    return [obj["metadata"]["name"], ready, status, restarts, _age(obj, now), *wide]


def _template(spec: dict[str, Any]) -> Cells:
    containers = spec["template"]["spec"].get("containers", [])
    names = ",".join(container["name"] for container in containers)
    images = ",".join(container["image"] for container in containers)
    return [names, images, selector_text(spec.get("selector"))]


def _deployment(obj: dict[str, Any], now: float) -> Cells:
    spec, status = obj["spec"], obj.get("status", {})
    ready = f"{status.get('readyReplicas', 0)}/{spec['replicas']}"
    updated, available = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
    head = [obj["metadata"]["name"], ready, updated, available, _age(obj, now)]
    return head + _template(spec)


def _replica_set(obj: dict[str, Any], now: float) -> Cells:
    spec, status = obj["spec"], obj.get("status", {})
    counts = [spec["replicas"], status.get("replicas", 0), status.get("readyReplicas", 0)]
    return [obj["metadata"]["name"], *counts, _age(obj, now), *_template(spec)]


def _port(port: dict[str, Any]) -> str:
    node = f":{port['nodePort']}" if "nodePort" in port else ""
    return f"{port['port']}{node}/{port['protocol']}"


def _service(obj: dict[str, Any], now: float) -> Cells:
    spec = obj["spec"]
    ports = ",".join(map(_port, spec.get("ports", ())))
    external = ",".join(spec.get("externalIPs", ())) or spec.get("externalName", "")
    if spec["type"] == "LoadBalancer" and not external:
        external = "<pending>"
    selector = ",".join(f"{key}={value}" for key, value in spec.get("selector", {}).items())
    head = [obj["metadata"]["name"], spec["type"], spec.get("clusterIP", _NONE)]
    return [*head, external or _NONE, ports or _NONE, _age(obj, now), selector or _NONE]


def _endpoints(obj: dict[str, Any], now: float) -> Cells:
    found = [
        f"{address['ip']}:{port['port']}"
        for subset in obj.get("subsets", ())
        for port in subset.get("ports", ())
        for address in subset.get("addresses", ())
    ]
    more = f" + {len(found) - 3} more..." if len(found) > 3 else ""
    shown = ",".join(found[:3]) + more
    return [obj["metadata"]["name"], shown or _NONE, _age(obj, now)]


def _namespace(obj: dict[str, Any], now: float) -> Cells:
    return [obj["metadata"]["name"], obj["status"]["phase"], _age(obj, now)]


def _node(obj: dict[str, Any], now: float) -> Cells:
    status, metadata = obj.get("status", {}), obj["metadata"]
    ready = next((c["status"] for c in status.get("conditions", ()) if c["type"] == "Ready"), "")
    word = {"True": "Ready", "": "Unknown"}.get(ready, "NotReady")
    if obj.get("spec", {}).get("unschedulable"):
        word += ",SchedulingDisabled"
    prefix = "node-role.kubernetes.io/"
    roles = [key.removeprefix(prefix) for key in metadata.get("labels", {}) if prefix in key]
    info = status.get("nodeInfo", {})
    addresses = {item["type"]: item["address"] for item in status.get("addresses", ())}
    head = [metadata["name"], word, ",".join(roles) or _NONE, _age(obj, now)]
    wide = [addresses.get("InternalIP", _NONE), addresses.get("ExternalIP", _NONE)]
    system = ("osImage", "kernelVersion", "containerRuntimeVersion")
    wide += [info.get(key, "<unknown>") for key in system]
    return [*head, info.get("kubeletVersion", ""), *wide]


def _config_map(obj: dict[str, Any], now: float) -> Cells:
    count = len(obj.get("data", {})) + len(obj.get("binaryData", {}))
    return [obj["metadata"]["name"], count, _age(obj, now)]


def _secret(obj: dict[str, Any], now: float) -> Cells:
    return [obj["metadata"]["name"], obj["type"], len(obj.get("data", {})), _age(obj, now)]


def _service_account(obj: dict[str, Any], now: float) -> Cells:
    return [obj["metadata"]["name"], len(obj.get("secrets", ())), _age(obj, now)]


def _lease(obj: dict[str, Any], now: float) -> Cells:
    holder = obj.get("spec", {}).get("holderIdentity", "")
    return [obj["metadata"]["name"], holder, _age(obj, now)]


def _network_policy(obj: dict[str, Any], now: float) -> Cells:
    chosen = selector_text(obj["spec"].get("podSelector"))
    return [obj["metadata"]["name"], chosen, _age(obj, now)]


def _stateful_set(obj: dict[str, Any], now: float) -> Cells:
    spec, status = obj["spec"], obj.get("status", {})
    ready = f"{status.get('readyReplicas', 0)}/{spec['replicas']}"
    return [obj["metadata"]["name"], ready, _age(obj, now), *_template(spec)[:2]]


def _daemon_set(obj: dict[str, Any], now: float) -> Cells:
    spec, status = obj["spec"], obj.get("status", {})
    counts = (
        *("desiredNumberScheduled", "currentNumberScheduled", "numberReady"),
        *("updatedNumberScheduled", "numberAvailable"),
    )
    chosen = spec["template"]["spec"].get("nodeSelector", {})
    nodes = ",".join(f"{key}={value}" for key, value in chosen.items()) or _NONE
    shown = [status.get(name, 0) for name in counts]
    return [obj["metadata"]["name"], *shown, nodes, _age(obj, now), *_template(spec)]


def _revision_of(obj: dict[str, Any], now: float) -> Cells:
    owners = obj["metadata"].get("ownerReferences", ())
    above = next((one for one in owners if one.get("controller")), None)
    controller = f"{above['kind'].lower()}.apps/{above['name']}" if above else _NONE
    return [obj["metadata"]["name"], controller, obj["revision"], _age(obj, now)]


def _budget(obj: dict[str, Any], now: float) -> Cells:
    spec, status = obj["spec"], obj.get("status", {})
    bounds = [spec.get("minAvailable", "N/A"), spec.get("maxUnavailable", "N/A")]
    allowed = status.get("disruptionsAllowed", 0)
    return [obj["metadata"]["name"], *bounds, allowed, _age(obj, now)]


def _event(obj: dict[str, Any], now: float) -> Cells:
    about, count = obj.get("involvedObject", {}), obj.get("count") or 1
    last = obj.get("lastTimestamp") or obj.get("eventTime")
    first = obj.get("firstTimestamp") or last
    seen = span(now - seconds(last)) if last else "<unknown>"
    begun = span(now - seconds(first)) if first else "<unknown>"
    if count > 1:
        seen = f"{seen} (x{count} over {begun})"
    source = obj.get("source", {})
    by = ", ".join(source[key] for key in ("component", "host") if source.get(key))
    thing = f"{about.get('kind', '').lower()}/{about.get('name', '')}"
    head = [seen, obj.get("type", ""), obj.get("reason", ""), thing, about.get("fieldPath", "")]
    tail = [begun, count, obj["metadata"]["name"]]
    return [*head, by, obj.get("message", "").strip(), *tail]


def _autoscaler(obj: dict[str, Any], now: float) -> Cells:
    spec, status = obj["spec"], obj.get("status", {})
    reference = spec["scaleTargetRef"]
    current = {
        metric["resource"]["name"]: metric["resource"]["current"].get("averageUtilization")
        for metric in status.get("currentMetrics", ())
        if "resource" in metric
    }
    targets = []
    for metric in spec.get("metrics", ()):
        resource = metric.get("resource", {})
        have = current.get(resource.get("name"))
        shown = "<unknown>" if have is None else f"{have}%"
        wanted = resource.get("target", {}).get("averageUtilization", "<auto>")
        targets.append(f"{resource.get('name', '')}: {shown}/{wanted}%")
    return [
        obj["metadata"]["name"],
        f"{reference['kind']}/{reference['name']}",
        ", ".join(targets) or _NONE,
        spec["minReplicas"],
        spec["maxReplicas"],
        status.get("currentReplicas", 0),
        _age(obj, now),
    ]


_CELLS: dict[str, Callable[[dict[str, Any], float], Cells]] = {
    "Pod": _pod,
    "Deployment": _deployment,
    "ReplicaSet": _replica_set,
    "Service": _service,
    "Endpoints": _endpoints,
    "Namespace": _namespace,
    "Node": _node,
    "ConfigMap": _config_map,
    "Secret": _secret,
    "ServiceAccount": _service_account,
    "Event": _event,
    "HorizontalPodAutoscaler": _autoscaler,
    "Lease": _lease,
    "NetworkPolicy": _network_policy,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
    "ControllerRevision": _revision_of,
    "PodDisruptionBudget": _budget,
}
