"""Objects as a client asked to see them: another version, a scale, usage, or a table."""

import json
from typing import TYPE_CHECKING, Any

from stanch.sandbox.cluster.kinds import Kind
from stanch.sandbox.cluster.selectors import selector_text
from stanch.sandbox.cluster.times import stamp

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster

METRICS_GROUP = "metrics.k8s.io"
_METRICS_WINDOW = 15.0


def as_served(kind: Kind, obj: dict[str, Any]) -> dict[str, Any]:
    """Return a stored object in the version that was asked for."""
    if obj["apiVersion"] == kind.api_version:
        return obj
    return _autoscaler_v1(obj)


def from_served(kind: Kind, obj: dict[str, Any]) -> dict[str, Any]:
    """Return what a client sent in the version in which it is kept."""
    if (kind.group, kind.version) != ("autoscaling", "v1"):
        return obj
    given = obj.get("spec") or {}
    if not isinstance(given, dict):
        # Reading it as the version in which it is kept refuses it.
        return {**obj, "apiVersion": "autoscaling/v2"}
    spec = dict(given)
    percent = spec.pop("targetCPUUtilizationPercentage", None)
    if percent is not None:
        target = {"type": "Utilization", "averageUtilization": percent}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    return {**obj, "apiVersion": "autoscaling/v2", "spec": spec}


def _autoscaler_v1(obj: dict[str, Any]) -> dict[str, Any]:
    spec = {key: value for key, value in obj["spec"].items() if key != "metrics"}
    spec.pop("behavior", None)
    status = obj.get("status", {})
    kept = ("currentReplicas", "desiredReplicas", "lastScaleTime", "observedGeneration")
    shown = {key: status[key] for key in kept if key in status}
    shown = {"currentReplicas": 0, "desiredReplicas": 0, **shown}
    for metric in obj["spec"].get("metrics", ()):
        target = metric.get("resource", {}).get("target", {})
        if metric.get("resource", {}).get("name") == "cpu" and "averageUtilization" in target:
            spec["targetCPUUtilizationPercentage"] = target["averageUtilization"]
    for metric in status.get("currentMetrics", ()):
        current = metric.get("resource", {}).get("current", {})
        if metric.get("resource", {}).get("name") == "cpu" and "averageUtilization" in current:
            shown["currentCPUUtilizationPercentage"] = current["averageUtilization"]
    return {**obj, "apiVersion": "autoscaling/v1", "spec": spec, "status": shown}


def scale(obj: dict[str, Any]) -> dict[str, Any]:
    """Return the Scale of a workload."""
    metadata = obj["metadata"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    status: dict[str, Any] = {"replicas": obj.get("status", {}).get("replicas", 0)}
    if text := selector_text(obj["spec"].get("selector")):
        status["selector"] = text
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: metadata[key] for key in kept},
        "spec": {"replicas": obj["spec"]["replicas"]},
        "status": status,
    }


def usage(cluster: "Cluster", kind: Kind, obj: dict[str, Any]) -> dict[str, Any]:
    """Return what a node or a pod uses now, as the metrics server would."""
    metadata = obj["metadata"]
    kept = {key: metadata[key] for key in ("name", "namespace", "labels") if key in metadata}
    shown: dict[str, Any] = {
        "kind": kind.kind,
        "apiVersion": kind.api_version,
        "metadata": {**kept, "creationTimestamp": stamp(cluster.now)},
        "timestamp": stamp(cluster.now),
        "window": f"{_METRICS_WINDOW:.0f}s",
    }
    if kind.plural == "pods":
        shown["containers"] = [
            {"name": name, "usage": _amounts(used.cpu_cores, used.memory_bytes)}
            for name, used in cluster.usage(obj)
        ]
        return shown
    cpu, memory = 0.1, 300 * 2.0**20 + cluster.eviction.taken(metadata["name"])
    for pod in cluster.store.list("pods"):
        if pod["spec"].get("nodeName") == metadata["name"]:
            for _, used in cluster.usage(pod):
                cpu, memory = cpu + used.cpu_cores, memory + used.memory_bytes
    return {**shown, "usage": _amounts(cpu, memory)}


def _amounts(cpu_cores: float, memory_bytes: float) -> dict[str, str]:
    return {"cpu": f"{round(cpu_cores * 1e9)}n", "memory": f"{round(memory_bytes / 1024)}Ki"}


def dump(obj: Any) -> bytes:
    """Write JSON as the server does, without blanks."""
    return json.dumps(obj, separators=(",", ":")).encode()
